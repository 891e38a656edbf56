import { performance } from 'node:perf_hooks';
import {
  NotFoundError,
  OidcError,
  OutcomeUnknownError,
  RateLimitedError,
  StaleError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
import { fingerprintOf, isUnchanged, requireFresh } from '../../domain/fingerprint.ts';
import type { Snapshot } from '../../domain/fingerprint.ts';
import type { Warning, WarningCode } from '../../domain/warnings.ts';
import { TransportFailure } from '../http/http.ts';
import type { Outcome } from '../http/http.ts';
import type { Operation, ReadOperation } from '../operation.ts';
import { mayPass } from '../policy/repeats.ts';
import type { Repeats } from '../policy/repeats.ts';
import { retryAfterSeconds } from '../response/retry-after.ts';
import { CancelSource } from '../waiting/cancel-signal.ts';
import { callContext } from './call-context.ts';
import type { CallContext } from './call-context.ts';
import type { Check, Exchange } from './exchange.ts';
import { lookUntilSettled } from './read-back.ts';

/** How long a write whose response was lost is read back, in addition to its own deadline, in milliseconds. */
const READ_BACK_MS = 3_000;

export const CONFIRMED: Warning<WarningCode> = {
  code: 'CONFIRMED_BY_READING',
  path: [],
  message:
    'The response to the write was lost. Reading the object back showed everything as requested.',
};

const REPEATED: Warning<WarningCode> = {
  code: 'REPEATED',
  path: [],
  message:
    'The write took more than one attempt. An earlier attempt may still arrive late and undo what others write in the meantime.',
};

/** What a write starts from. */
export interface StartingPoint {
  /** The fingerprint that the caller last saw; it is compared before every attempt. Null or undefined to compare nothing. */
  readonly expected?: string | null | undefined;
  /** What was read before, if the write is based on it. */
  readonly before?: Snapshot;
}

/** The result of a call. */
export interface Called<Result> {
  readonly value: Result;
  readonly warnings: readonly Warning[];
}

/**
 * One write: it is sent, sent again if that is safe, and read back if it is unknown whether it was applied.
 *
 * A write that was definitely not applied is sent again. After an attempt that may have been applied, the object is read first,
 * and the write is sent again only if what is stored is as it was before: otherwise it could undo somebody else's change.
 */
export class Write<Args, Wire, Result> {
  readonly #operation: Operation<Args, Wire, Result>;
  readonly #args: Args;
  readonly #context: CallContext;
  readonly #exchange: Exchange;
  readonly #repeats: Repeats;
  readonly #expected: string | null;
  /** What was stored before the first attempt, null if it was not read. */
  #before: Snapshot | null;
  /** Attempts, not counting those that only renewed the token. */
  #attempts = 0;
  /** Times that it was about to be sent, also with another token. */
  #sends = 0;
  /** The last attempt that may have been applied. */
  #unknown: OutcomeUnknownError | null = null;
  /** What the check before a repeat found, if the write must not be sent again: that it was applied, or something else. */
  #found: { readonly applied: Result } | 'OTHERWISE' | null = null;

  constructor(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    start: StartingPoint,
    context: CallContext,
    exchange: Exchange,
    repeats: Repeats,
  ) {
    this.#operation = operation;
    this.#args = args;
    this.#context = context;
    this.#exchange = exchange;
    this.#repeats = repeats;
    this.#expected = start.expected ?? null;
    this.#before = start.before ?? null;
  }

  /** @throws OidcError */
  async run(): Promise<Called<Result>> {
    const [exchange, repeats] = [this.#exchange, this.#repeats];
    repeats.begin();
    for (let times = 1; ; times += 1) {
      let outcome: Outcome | null = null;
      let error: OidcError | null = null;
      try {
        const check = this.#check();
        if (check === null) this.#attempts += 1;
        outcome = await exchange.send(this.#operation, this.#args, this.#context, {
          check,
          nextAttempt: this.#nextAttempt,
        });
        if (this.#found === null)
          return this.#called(
            exchange.result(this.#operation, this.#args, outcome, this.#context),
            false,
          );
      } catch (thrown) {
        const shown = exchange.forCaller(thrown, this.#context);
        if (!(shown instanceof OidcError)) throw shown;
        error = shown;
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
        (await repeats.pauseAfter(times, waitOf(error, outcome), this.#context))
      )
        continue;
      if (this.#unknown === null) throw error;
      const wasSent = outcome !== null && !(outcome instanceof TransportFailure && !outcome.sent);
      return this.#readBack(wasSent && error !== this.#unknown ? error : null);
    }
  }

  /** Looks whether it was applied, and sends nothing. @param earlier the attempt that may have applied it @throws OidcError */
  readBackOnly(earlier: OutcomeUnknownError): Promise<Called<Result>> {
    this.#unknown = earlier;
    return this.#readBack(null);
  }

  /** The check before a repeat has ended it. */
  #ended(): Promise<Called<Result>> | Called<Result> {
    return this.#found === null || this.#found === 'OTHERWISE'
      ? this.#readBack(null)
      : this.#called(this.#found.applied, true);
  }

  readonly #nextAttempt = (): number => (this.#sends += 1);

  /** What comes right before an attempt, in its slot; null if there is nothing to check. */
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

  /** The check while nothing was applied. @throws StaleError if what is stored is not what the caller last saw, OidcError if it cannot be read */
  async #isFresh(read: ReadOperation): Promise<true> {
    const { current, name } = this.#operation;
    if (current === undefined)
      throw new Error(`${name} has nothing that expectedFingerprint could be compared with`);
    const stored = await current(this.#args, read);
    requireFresh(this.#expected, stored);
    if (this.#before !== null && !isUnchanged(this.#before, stored))
      throw this.#stale(stored, 'Nothing was written.');
    this.#before = stored;
    return true;
  }

  /** The check after an attempt that may have been applied. */
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
    // The check could not read what is stored.
    if (outcome === null) return this.#unknown === null;
    // It was definitely not applied: it was refused, or it never left.
    return this.#operation.repeatable || outcome instanceof TransportFailure;
  }

  /**
   * Looks whether the write was applied, also for a caller who has hung up: the outcome of a write belongs in the log.
   * @param failure the error of a repeat, null if there was no repeat
   */
  async #readBack(failure: OidcError | null): Promise<Called<Result>> {
    const [exchange, repeats] = [this.#exchange, this.#repeats];
    const [operation, args, before] = [this.#operation, this.#args, this.#before];
    let unknown = this.#unknown;
    if (unknown === null) throw new Error('only what may have been applied is read back');
    if (failure !== null)
      unknown = extended(
        unknown,
        `It was sent again, which is safe for this operation, but that failed (${failure.code}).`,
      );
    const until = performance.now() + READ_BACK_MS;
    const signal = new CancelSource();
    const { authenticator, requester } = this.#context;
    const context = callContext(authenticator, requester, until, signal, 'READ_BACK');
    const read: ReadOperation = (reading, key) => exchange.read(reading, key, context);
    const first = repeats.isClosed ? null : operation.readBack?.(args, read);
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
      signal,
      isFinal: (stored) => isTaken !== null || isChanged(stored),
      repeats,
    });
    if ('applied' in found) return this.#called(found.applied, true);
    if (found.stored !== undefined && isChanged(found.stored))
      throw this.#stale(
        found.stored,
        `The response to an attempt to ${operation.purpose} was lost: it may or may not have been applied before that change. It was not sent again.`,
        unknown,
      );
    throw extended(unknown, found.words);
  }

  /** @param cause an attempt that may have been applied */
  #stale({ title, content }: Snapshot, what: string, cause?: OutcomeUnknownError): StaleError {
    return new StaleError(
      `${title} no longer matches expectedFingerprint: it was changed since. ${what} Read it again, then decide whether to retry.`,
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

/** Whether another attempt may succeed although this one did not. */
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
