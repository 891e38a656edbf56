import { performance } from 'node:perf_hooks';
import {
  NotFoundError,
  OidcError,
  OutcomeUnknownError,
  RateLimitedError,
  StaleError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import { fingerprintOf, isUnchanged, requireFresh } from '../domain/fingerprint.ts';
import type { Snapshot } from '../domain/fingerprint.ts';
import type { Warning } from '../domain/warnings.ts';
import type { Check, Exchange, Terms } from './exchange.ts';
import { Line } from './hang-up.ts';
import { TransportFailure } from './http.ts';
import type { Outcome } from './http.ts';
import type { Operation, ReadOperation } from './operation.ts';
import { mayPass } from './policy/repeats.ts';
import type { Repeats } from './policy/repeats.ts';
import { lookUntilSettled } from './read-back.ts';
import { retryAfterSeconds } from './status.ts';

/** Deadline of reading back a write whose response was lost, beside its own, in milliseconds. */
const READ_BACK_MS = 3_000;

const CONFIRMED: Warning = {
  code: 'CONFIRMED_BY_READING',
  path: [],
  message: 'The response to the write was lost. Reading back found everything as it was asked for.',
};

const REPEATED: Warning = {
  code: 'REPEATED',
  path: [],
  message:
    'The write took more than one attempt. An earlier one may still arrive late, and would then undo what others write meanwhile.',
};

/** What a write starts from. */
export interface StartingPoint {
  /** The fingerprint that the caller last saw: it is compared before every attempt. Null or left out if nothing is to be compared. */
  readonly expected?: string | null | undefined;
  /** What was read before, if the write is based on it. */
  readonly before?: Snapshot;
}

/** What a call gave. */
export interface Called<Result> {
  readonly value: Result;
  /** How it came about, if that is worth knowing. */
  readonly warnings: readonly Warning[];
}

/** What all writes to an upstream share. */
export interface WriteOptions {
  readonly exchange: Exchange;
  readonly repeats: Repeats;
  /** Whether the connection is closed. */
  readonly isClosed: () => boolean;
}

/**
 * One write: it is sent, sent again if that cannot do harm, and read back if nobody can say whether it was applied.
 *
 * What was definitely not applied is sent again. After an attempt that may have been applied it is read first, and sent
 * again only if what is stored is as it was before: otherwise somebody else's change would be undone.
 */
export class Write<Args, Wire, Result> {
  readonly #operation: Operation<Args, Wire, Result>;
  readonly #args: Args;
  readonly #terms: Terms;
  readonly #options: WriteOptions;
  readonly #expected: string | null;
  /** What was stored before the first attempt, null if nobody looked. */
  #before: Snapshot | null;
  /** How often the request itself was to be sent. */
  #attempts = 0;
  /** How often it was about to be sent, also with another token. */
  #sends = 0;
  /** The last attempt that may have been applied. */
  #unknown: OutcomeUnknownError | null = null;
  /** What the check before a repeat found, if the write must not be sent again: that it was applied, or anything else. */
  #found: { readonly applied: Result } | 'OTHERWISE' | null = null;

  constructor(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    start: StartingPoint,
    terms: Terms,
    options: WriteOptions,
  ) {
    this.#operation = operation;
    this.#args = args;
    this.#terms = terms;
    this.#options = options;
    this.#expected = start.expected ?? null;
    this.#before = start.before ?? null;
  }

  /** @throws OidcError */
  async run(): Promise<Called<Result>> {
    const { exchange, repeats } = this.#options;
    repeats.begin();
    for (let times = 1; ; times += 1) {
      let outcome: Outcome | null = null;
      let error: OidcError | null = null;
      try {
        const check = this.#check();
        if (check === null) this.#attempts += 1;
        outcome = await exchange.send(this.#operation, this.#args, this.#terms, {
          check,
          nextAttempt: this.#nextAttempt,
        });
        if (this.#found === null)
          return this.#called(
            exchange.result(this.#operation, this.#args, outcome, this.#terms),
            false,
          );
      } catch (thrown) {
        const told = exchange.forCaller(thrown, this.#terms);
        if (!(told instanceof OidcError)) throw told;
        error = told;
      }
      if (error === null) return this.#ended();
      if (error instanceof OutcomeUnknownError) this.#unknown = error;
      if (
        this.#unknown !== null &&
        error instanceof NotFoundError &&
        error.attested &&
        this.#operation.whenGone !== undefined
      )
        return this.#called(this.#operation.whenGone(this.#args), false);
      if (
        this.#maySendAgain(error, outcome) &&
        (await repeats.pauseAfter(times, waitOf(error, outcome), {
          deadline: this.#terms.deadline,
          hangUp: this.#terms.caller.hangUp,
        }))
      )
        continue;
      if (this.#unknown === null) throw error;
      const wasSent = outcome !== null && !(outcome instanceof TransportFailure && !outcome.sent);
      return this.#readBack(wasSent && error !== this.#unknown ? error : null);
    }
  }

  /** The check before a repeat has ended it. */
  #ended(): Promise<Called<Result>> | Called<Result> {
    return this.#found === null || this.#found === 'OTHERWISE'
      ? this.#readBack(null)
      : this.#called(this.#found.applied, true);
  }

  readonly #nextAttempt = (): number => (this.#sends += 1);

  /** What comes right before an attempt, in its slot; null if there is nothing to look at. */
  #check(): Check | null {
    if (this.#unknown === null && this.#expected === null) return null;
    let isCounted = false;
    return async (read) => {
      const mayBeSent =
        this.#unknown === null ? await this.#isFresh(read) : await this.#isAsBefore(read);
      // With another token, it is the same attempt.
      if (mayBeSent && !isCounted) this.#attempts += 1;
      isCounted ||= mayBeSent;
      return mayBeSent;
    };
  }

  /** Nothing was applied so far. @throws StaleError if what is stored is not what the caller last saw, OidcError if it cannot be read */
  async #isFresh(read: ReadOperation): Promise<true> {
    const { current, name } = this.#operation;
    if (current === undefined)
      throw new Error(`${name} has nothing that expectedFingerprint could be compared with`);
    const stored = await current(this.#args, read);
    if (stored.secret !== null) this.#terms.caller.scrubber.add(stored.secret);
    requireFresh(this.#expected, stored);
    if (this.#before !== null && !isUnchanged(this.#before, stored))
      throw this.#stale(stored, 'Nothing was written.');
    this.#before = stored;
    return true;
  }

  /** An earlier attempt may have been applied. */
  async #isAsBefore(read: ReadOperation): Promise<boolean> {
    const found = await this.#operation.readBack?.(this.#args, read);
    if (found !== undefined && found !== null && 'applied' in found) this.#found = found;
    else if (
      found?.stored === undefined ||
      this.#before === null ||
      !isUnchanged(this.#before, found.stored)
    )
      this.#found = 'OTHERWISE';
    return this.#found === null;
  }

  #maySendAgain(error: OidcError, outcome: Outcome | null): boolean {
    if (!isPassing(error)) return false;
    if (error instanceof OutcomeUnknownError)
      return this.#operation.repeatable && this.#before !== null;
    if (!(error instanceof RateLimitedError || error instanceof UpstreamUnavailableError))
      return false;
    // Its check could not read what is stored.
    if (outcome === null) return this.#unknown === null;
    // It was definitely not applied: it was refused, or it never left.
    return this.#operation.repeatable || outcome instanceof TransportFailure;
  }

  /**
   * Looks whether the write was applied, also for a caller who has hung up: what became of a write belongs into the log.
   * @param failure what became of it when it was sent again, null if it was not
   */
  async #readBack(failure: OidcError | null): Promise<Called<Result>> {
    const { exchange, repeats, isClosed } = this.#options;
    const [operation, args, before] = [this.#operation, this.#args, this.#before];
    let unknown = this.#unknown;
    if (unknown === null) throw new Error('only what may have been applied is read back');
    if (failure !== null)
      unknown = extended(
        unknown,
        `It was sent again, which is safe for this operation, but that failed (${failure.code}).`,
      );
    const until = performance.now() + READ_BACK_MS;
    const hangUp = new Line();
    const terms: Terms = {
      ...this.#terms,
      caller: { ...this.#terms.caller, hangUp },
      deadline: until,
      lane: 'READ_BACK',
    };
    const read: ReadOperation = (reading, key) => exchange.read(reading, key, terms);
    const first = isClosed() ? null : operation.readBack?.(args, read);
    if (first === undefined || first === null) throw unknown;

    const isChanged = (stored: Snapshot) =>
      before !== null &&
      this.#expected !== null &&
      operation.repeatable &&
      !isUnchanged(before, stored);
    const isTaken = (operation.effect === 'write' && operation.claims?.(args)) ?? null;
    const found = await lookUntilSettled({
      first,
      look: () => operation.readBack?.(args, read) ?? first,
      until,
      hangUp,
      isFinal: (stored) => isTaken !== null || isChanged(stored),
      isClosed,
      random: repeats.random,
    });
    if ('applied' in found) return this.#called(found.applied, true);
    if (found.stored !== undefined && isChanged(found.stored))
      throw this.#stale(
        found.stored,
        `The response to an attempt to ${operation.purpose} was lost: it may have been applied before that change, or not. It was not sent again.`,
        unknown,
      );
    throw extended(unknown, found.words);
  }

  /** @param cause an attempt that may have been applied */
  #stale({ title, content }: Snapshot, what: string, cause?: OutcomeUnknownError): StaleError {
    return new StaleError(
      `${title} is not what expectedFingerprint stands for any more: it was changed since. ${what} Read it again, and decide anew.`,
      fingerprintOf(content),
      { cause },
    );
  }

  #called(value: Result, isConfirmed: boolean): Called<Result> {
    const isRepeated = this.#attempts > 1;
    return {
      value,
      warnings:
        isConfirmed || isRepeated
          ? [...(isConfirmed ? [CONFIRMED] : []), ...(isRepeated ? [REPEATED] : [])]
          : [],
    };
  }
}

/** Whether another attempt may succeed where this one did not. */
function isPassing({ cause, upstream }: OidcError): boolean {
  return mayPass(cause instanceof TransportFailure ? cause : { status: upstream?.status ?? null });
}

/** Seconds that the upstream asks to wait before the next attempt, null if it does not say. */
function waitOf(error: OidcError, outcome: Outcome | null): number | null {
  if (outcome !== null) return retryAfterSeconds(outcome.header('retry-after'));
  return error instanceof RateLimitedError || error instanceof UpstreamUnavailableError
    ? error.retryAfterSeconds
    : null;
}

/** The same error with another sentence at its end. */
function extended(unknown: OutcomeUnknownError, sentence: string): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `${unknown.message} ${sentence}`,
    unknown.reason,
    unknown.verifyWith,
    {
      ...(unknown.upstream !== null && { upstream: unknown.upstream }),
      cause: unknown.cause,
    },
  );
}
