import { randomUUID } from 'node:crypto';
import type { WatchResult, WatchState } from '../domain/sign-in/watch.ts';
import { CancelSource } from '../transport/waiting/cancel-signal.ts';
import { Semaphore } from '../transport/waiting/semaphore.ts';
import { checkWatch } from './check-watch.ts';
import type { RunCheck, WatchClock } from './check-watch.ts';
import type { Claim, Ledger, Memory } from './ledger/ledger.ts';
import { createMemoryLedger } from './ledger/memory-ledger.ts';
import { kindOf, signatureOf } from './notice.ts';
import type { Notice } from './notice.ts';

/** Something to check at intervals. */
export interface WatchJob {
  /** The same at all instances that watch the same object. */
  readonly name: string;
  readonly about: Omit<WatchState, 'result'>;
  readonly run: RunCheck;
}

export interface WatcherOptions {
  /** Shared with other instances, or of this process alone. */
  readonly ledger: Ledger;
  readonly clock: WatchClock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** How long a check may take, in milliseconds. */
  readonly deadlineMs: number;
  /** How long nobody else may make a check that has begun, in milliseconds: longer than a check, its writes and its notice take. */
  readonly leaseMs: number;
  /** Called after each check of this process. */
  readonly onChecked: (
    about: WatchJob['about'],
    result: WatchResult,
    written: string | null,
  ) => void;
  /** Tells the operator, once. */
  readonly onNotice: (about: WatchJob['about'], notice: Notice) => void;
  /** Sends a notice. Null if it goes nowhere. @returns whether it was taken */
  readonly send: ((about: WatchJob['about'], notice: Notice) => Promise<boolean>) | null;
  /** Called with an error that should not happen. */
  readonly onUnexpected: (error: unknown) => void;
}

/** What is known here of a watch. */
export interface KnownWatch extends WatchState {
  /** Whether several intervals have gone by without a check, as far as is known. */
  readonly isOverdue: boolean;
}

/** Checks watches at their intervals. */
export interface Watcher {
  /** From now on checks these, and no others. Those that were checked before keep their intervals. */
  readonly watch: (jobs: readonly WatchJob[]) => void;
  /** The last results, at all instances. */
  readonly read: () => Promise<readonly WatchState[]>;
  /** The same as far as this process knows. */
  readonly known: () => readonly KnownWatch[];
  /** Ends all checks. Resolves when the last write has ended. */
  readonly stop: () => Promise<void>;
}

/** How many checks are made at the same time. */
export const MAX_AT_ONCE = 4;

/** The first check comes within this time, in milliseconds, and within the first interval. */
const FIRST_WITHIN_MS = 60_000;

/** Up to this part of an interval is added to it, so that not all checks come at once. */
const JITTER = 0.1;

/** After this many intervals without a check, a watch is overdue. */
const OVERDUE_AFTER = 3;

/** How soon to ask again if it cannot be known who makes a check, in milliseconds. */
const ASK_AGAIN_MS = 30_000;

/** A watch in this process. */
interface Slot {
  job: WatchJob;
  memory: Memory | null;
  /** Since when it is watched here. */
  readonly since: number;
  /** Stops the wait for its next turn. Null during a turn. */
  endWait: (() => void) | null;
  /** Of the attempt whose claim got no answer. */
  token: string | null;
  /** Since when nobody says who makes its check; null if somebody does. */
  unansweredSince: number | null;
}

/** At first it watches nothing. */
export function createWatcher(options: WatcherOptions): Watcher {
  const { ledger: shared, clock, random, deadlineMs, leaseMs } = options;
  const alone = createMemoryLedger(clock.now);
  const slots = new Map<string, Slot>();
  const places = new Semaphore(MAX_AT_ONCE);
  const stopping = new CancelSource();
  const turns = new Set<Promise<void>>();
  const stopped = new Promise<false>((resolve) => {
    stopping.addEventListener('abort', () => {
      resolve(false);
    });
  });

  const turnIn = (slot: Slot, ms: number) => {
    if (stopping.aborted || slots.get(slot.job.name) !== slot) return;
    slot.endWait = clock.wait(ms, () => {
      slot.endWait = null;
      const turn = places
        .run(() => takeTurn(slot))
        .catch((error: unknown) => {
          options.onUnexpected(error);
          return slot.job.about.everyMs;
        })
        .then((nextMs) => {
          turns.delete(turn);
          turnIn(slot, nextMs);
        });
      turns.add(turn);
    });
  };

  const jitter = ({ everyMs }: WatchJob['about']) => random() * JITTER * everyMs;

  /** @returns how long until the next turn */
  const takeTurn = async (slot: Slot): Promise<number> => {
    const { job } = slot;
    const { about } = job;
    if (stopping.aborted || slots.get(job.name) !== slot) return 0;
    const token = (slot.token ??= randomUUID());
    const asked = await ask(slot, token);
    if (asked === null) return Math.min(ASK_AGAIN_MS, about.everyMs);
    const { claim, ledger } = asked;
    slot.token = null;
    slot.memory = claim.memory ?? slot.memory;
    if (claim.kind === 'TAKEN') return claim.inMs + jitter(about);
    await check(slot, token, ledger);
    return about.everyMs + jitter(about);
  };

  /** Asks who makes the check. If nobody knows for a whole interval, this process makes it. @returns null if it is not known yet */
  const ask = async (
    slot: Slot,
    token: string,
  ): Promise<{ readonly claim: Claim; readonly ledger: Ledger } | null> => {
    const { name, about } = slot.job;
    const terms = { everyMs: about.everyMs, leaseMs };
    try {
      const claim = await shared.claim(name, token, terms);
      slot.unansweredSince = null;
      return { claim, ledger: shared };
    } catch {
      slot.unansweredSince ??= clock.now();
      if (clock.now() - slot.unansweredSince < about.everyMs) return null;
      return { claim: await alone.claim(name, token, terms), ledger: alone };
    }
  };

  const check = async (slot: Slot, token: string, ledger: Ledger): Promise<void> => {
    const { name, about, run } = slot.job;
    const { memory: before } = slot;
    const checked = await checkWatch(run, {
      clock,
      deadlineMs,
      stop: stopping,
      holds: () => ledger.holds(name, token),
      before: before?.result ?? null,
      onUnexpected: options.onUnexpected,
    });
    if (checked === null) {
      await ledger.release(name, token).catch(() => undefined);
      return;
    }
    const { result, written } = checked;
    const kind = kindOf(before?.reported ?? null, result, written);
    const notice = kind === null ? null : { kind, id: randomUUID(), result, written };
    const unsent = options.send === null ? null : (notice ?? before?.unsent ?? null);
    const memory = { result, reported: signatureOf(result), unsent };
    options.onChecked(about, result, written);
    // Without an answer it is ours: nobody else makes the check of this interval.
    const isOurs = await ledger.record(name, token, memory, unsent === null).catch(() => true);
    if (!isOurs) return;
    slot.memory = memory;
    if (notice !== null) options.onNotice(about, notice);
    if (unsent === null || options.send === null) return;
    // The receiver knows by its id if it comes again.
    const isSent = await Promise.race([options.send(about, unsent), stopped]);
    slot.memory = { ...memory, unsent: isSent ? null : unsent };
    await ledger.record(name, token, slot.memory, true).catch(() => undefined);
  };

  return {
    watch: (jobs) => {
      const names = new Set(jobs.map(({ name }) => name));
      for (const [name, { endWait }] of slots) {
        endWait?.();
        if (!names.has(name)) slots.delete(name);
      }
      for (const job of jobs) {
        const known = slots.get(job.name);
        const slot = known ?? {
          job,
          memory: null,
          since: clock.now(),
          endWait: null,
          token: null,
          unansweredSince: null,
        };
        slot.job = job;
        slots.set(job.name, slot);
        // One that is being checked goes on by itself.
        if (known === undefined || known.endWait !== null)
          turnIn(slot, random() * Math.min(FIRST_WITHIN_MS, job.about.everyMs));
      }
    },
    read: async () => {
      const all = [...slots.values()];
      const memories = await shared
        .read(all.map(({ job }) => job.name))
        .catch(() => all.map(({ memory }) => memory));
      return all.map(({ job, memory }, index) => ({
        ...job.about,
        result: (memories[index] ?? memory)?.result ?? null,
      }));
    },
    known: () =>
      [...slots.values()].map(({ job: { about }, memory, since }) => ({
        ...about,
        result: memory?.result ?? null,
        isOverdue:
          clock.now() - (memory?.result.checkedAt ?? since) > OVERDUE_AFTER * about.everyMs,
      })),
    stop: async () => {
      stopping.cancel();
      for (const { endWait } of slots.values()) endWait?.();
      await Promise.all(turns);
    },
  };
}
