import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { FOR_GOOD, WORKED } from '../transport/credentials/login-gate.ts';
import type { LoginGate, Turn } from '../transport/credentials/login-gate.ts';
import type { Attempt, LoginAnswer, LoginOutcome, LoginStore } from './login-store.ts';

export interface SharedLoginGateOptions {
  /** Of this machine. */
  readonly local: LoginGate;
  readonly store: LoginStore;
  /** The deadline of a caller, in milliseconds. */
  readonly timeoutMs: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

/** How long to wait for the login of another instance: this share of a caller's deadline. After that, this one logs in. */
const WAIT_SHARE = 0.2;

/** How long another instance may have to log in before it counts as lost: this share of a caller's deadline. A login takes 0.8 of it at most. */
const LEASE_SHARE = 1;

/** How often to look whether another instance has logged in, in milliseconds. */
const LOOK_MS = 50;

/** How long a refusal for good holds for other instances after the last sign of life of the one that got it, and how often that gives one, in milliseconds. */
const REFUSAL_MS = 60_000;
const ALIVE_MS = 20_000;

/** A gate that all instances share. */
export interface SharedLoginGate extends LoginGate {
  /** Other instances may try again what was refused to this one for good: after a restart, so would this one. */
  readonly close: () => Promise<void>;
}

/**
 * The gate of this machine, and behind it the one of all instances: one of them logs in, and the others use its token.
 * A login that was refused for good to one of them is not tried by another one as long as that one runs. If the store
 * fails, an instance logs in by itself.
 */
export function shareLogins({
  local,
  store,
  timeoutMs,
  now = () => performance.now(),
}: SharedLoginGateOptions): SharedLoginGate {
  const refused = new Map<string, { readonly attempt: Attempt; readonly timer: NodeJS.Timeout }>();

  const rememberRefusal = (attempt: Attempt) => {
    if (refused.has(attempt.upstream)) return;
    const timer = setInterval(() => {
      void store.keepRefusal(attempt, REFUSAL_MS).catch(() => undefined);
    }, ALIVE_MS).unref();
    refused.set(attempt.upstream, { attempt, timer });
  };

  /** @returns null if the store has no answer in time */
  const ask = async (attempt: Attempt): Promise<Exclude<LoginAnswer, { kind: 'TAKEN' }> | null> => {
    const until = now() + timeoutMs * WAIT_SHARE;
    try {
      for (;;) {
        const answer = await store.ask(attempt, Math.ceil(timeoutMs * LEASE_SHARE));
        if (answer.kind !== 'TAKEN') return answer;
        if (now() >= until) return null;
        await sleep(LOOK_MS);
      }
    } catch {
      return null;
    }
  };

  const end = (attempt: Attempt, outcome: LoginOutcome) => {
    // If it cannot be told, the others wait until the lease is over, and log in by themselves.
    void store.end(attempt, outcome).catch(() => undefined);
  };

  return {
    enter: async (upstream, login) => {
      const turn = await local.enter(upstream, login);
      const attempt = { id: randomUUID(), upstream, login };
      if ('pausedMs' in turn) {
        // Another worker of this instance got the refusal.
        if (turn.pausedMs === FOR_GOOD) rememberRefusal(attempt);
        return turn;
      }
      const answer = await ask(attempt);
      if (answer?.kind === 'REFUSED') {
        turn.end(0);
        return { pausedMs: answer.pausedMs };
      }
      if (answer?.kind === 'TOKEN') return { ...turn, token: answer.token };
      return {
        refusals: Math.max(turn.refusals, answer?.refusals ?? 0),
        end: (pauseMs, token) => {
          turn.end(pauseMs);
          const isForGood = pauseMs === FOR_GOOD;
          if (isForGood) rememberRefusal(attempt);
          end(attempt, outcomeOf(isForGood ? REFUSAL_MS : pauseMs, token));
        },
      };
    },
    close: async () => {
      await Promise.all(
        [...refused.values()].map(({ attempt, timer }) => {
          clearInterval(timer);
          return store.keepRefusal(attempt, 0).catch(() => undefined);
        }),
      );
    },
  };
}

function outcomeOf(pauseMs: number, token: Parameters<Turn['end']>[1]): LoginOutcome {
  if (pauseMs === WORKED) return { kind: 'WORKED', token };
  return pauseMs > 0 ? { kind: 'REFUSED', pauseMs } : { kind: 'UNKNOWN' };
}
