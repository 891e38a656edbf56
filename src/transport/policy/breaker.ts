import { performance } from 'node:perf_hooks';
import { TransportFailure } from '../http/http.ts';
import type { Outcome, TransportFailureReason } from '../http/http.ts';
import { Refusal } from './refusal.ts';

/** An event of a breaker, for the operator. */
export type BreakerEvent =
  /** `failures`: number of consecutive failures; `reason` is that of the last one. `retryMs`: time until one call is tried, in milliseconds. */
  | {
      readonly kind: 'BREAKER_OPENED';
      readonly failures: number;
      readonly reason: TransportFailureReason;
      readonly retryMs: number;
    }
  /** `openMs`: how long calls were paused, in milliseconds. */
  | { readonly kind: 'BREAKER_CLOSED'; readonly openMs: number };

/** What the end of an attempt says about the upstream; `NOTHING` if it ended for a reason that does not concern the upstream. */
export type Verdict =
  | { readonly kind: 'RESPONDED' }
  | { readonly kind: 'FAILED'; readonly reason: TransportFailureReason }
  | { readonly kind: 'NOTHING' };

export const NOTHING: Verdict = { kind: 'NOTHING' };
const RESPONDED: Verdict = { kind: 'RESPONDED' };

/** What an outcome says about the upstream. Any response shows that the upstream responds. @param outcome null if no attempt was made */
export function verdictOn(outcome: Outcome | null): Verdict {
  if (outcome === null) return NOTHING;
  if (!(outcome instanceof TransportFailure)) return RESPONDED;
  const { reason } = outcome;
  if (reason === 'CANCELLED' || reason === 'CLOSED') return NOTHING;
  return reason === 'TIMEOUT' || reason === 'CONNECTION_LOST' || reason === 'TLS_FAILED'
    ? { kind: 'FAILED', reason }
    : RESPONDED;
}

/** A call as the breaker sees it. */
interface Call {
  /** The key of the caller. */
  readonly caller: string;
  /** When it gives up, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
}

/** Wait until one call is tried, in milliseconds: the first, doubled after each failure up to the longest. */
const FIRST_WAIT_MS = 5_000;
const MAX_WAIT_MS = 30_000;

/** The part of a wait that is random, so that processes do not all try at once. */
const JITTER = 0.2;

/** A caller counts as calling for this long after its last call, in milliseconds. */
const CALLING_MS = 30_000;

/** State while calls are paused. */
interface Pause {
  readonly since: number;
  waitMs: number;
  /** When one call is tried. */
  retryAt: number;
  /** The deadline of the call that is being tried, null if none is. */
  tryingUntil: number | null;
}

/**
 * Pauses the calls to an upstream that does not respond: sending them would only leave more writes with an unknown
 * outcome. Failures of a single caller are not enough if others call too, because that caller's own requests may be the cause.
 */
export class Breaker {
  readonly #maxFailures: number;
  readonly #report: (event: BreakerEvent) => void;
  readonly #random: () => number;
  #pause: Pause | null = null;
  /** The call that is tried during the pause, null if none is. */
  #trial: Call | null = null;
  /** Number of failures since the last response. */
  #failures = 0;
  /** The caller whose call failed first. */
  #failing: string | null = null;
  /** Whether calls of other callers failed too. */
  #failingOthers = false;
  /** The most recent caller, and the time of its last call on the clock of `performance.now()`. */
  #caller: string | null = null;
  #calledAt = 0;
  /** The most recent caller before that, and the time of its last call. */
  #other: string | null = null;
  #otherCalledAt = 0;

  /**
   * @param maxFailures number of failures that open it; 0 if it never opens
   * @param random gives a number from 0 to 1, for the jitter
   */
  constructor(
    maxFailures: number,
    report: (event: BreakerEvent) => void,
    random: () => number = Math.random,
  ) {
    this.#maxFailures = maxFailures;
    this.#report = report;
    this.#random = random;
  }

  get state(): 'CLOSED' | 'OPEN' | 'TRYING' {
    if (this.#pause === null) return 'CLOSED';
    return this.#pause.tryingUntil === null ? 'OPEN' : 'TRYING';
  }

  /** Why no call may be sent now; null if one may. */
  refusal(): Refusal | null {
    if (this.#pause === null) return null;
    const { retryAt, tryingUntil } = this.#pause;
    const waitMs = (tryingUntil ?? retryAt) - performance.now();
    return waitMs <= 0 ? null : new Refusal('BREAKER_OPEN', waitMs);
  }

  /** Records that a call is being sent. */
  start(call: Call, now: number): void {
    const { caller, deadline } = call;
    if (caller !== this.#caller) {
      this.#other = this.#caller;
      this.#otherCalledAt = this.#calledAt;
      this.#caller = caller;
    }
    this.#calledAt = now;
    if (this.#pause === null) return;
    this.#pause.tryingUntil = deadline;
    this.#trial = call;
  }

  /** Records that a request, or the call it belongs to, has ended. */
  end(verdict: Verdict, call: Call, now = performance.now()): void {
    const tried = this.#trial === call;
    if (verdict.kind === 'NOTHING' && !tried) return;
    if (tried) this.#trial = null;
    if (verdict.kind === 'RESPONDED') this.#close(now);
    else if (verdict.kind === 'FAILED') this.#fail(verdict.reason, call.caller, tried, now);
    // The next call is tried in its place.
    else if (this.#pause !== null) this.#pause.tryingUntil = null;
  }

  #close(now: number): void {
    this.#failures = 0;
    if (this.#pause === null) return;
    const openMs = now - this.#pause.since;
    this.#pause = null;
    this.#report({ kind: 'BREAKER_CLOSED', openMs });
  }

  #fail(reason: TransportFailureReason, caller: string, tried: boolean, now: number): void {
    if (this.#pause !== null) {
      // A failure of a call that was sent before the pause tells us nothing new.
      if (!tried) return;
      this.#pause.tryingUntil = null;
      this.#pause.waitMs = Math.min(MAX_WAIT_MS, this.#pause.waitMs * 2);
      this.#pause.retryAt = now + this.#jittered(this.#pause.waitMs);
      return;
    }
    if (this.#failures === 0) {
      this.#failing = caller;
      this.#failingOthers = false;
    } else if (caller !== this.#failing) this.#failingOthers = true;
    this.#failures += 1;
    if (
      this.#maxFailures === 0 ||
      this.#failures < this.#maxFailures ||
      !(this.#failingOthers || this.#isAlone(now))
    )
      return;
    const retryMs = this.#jittered(FIRST_WAIT_MS);
    this.#pause = { since: now, waitMs: FIRST_WAIT_MS, retryAt: now + retryMs, tryingUntil: null };
    this.#report({ kind: 'BREAKER_OPENED', failures: this.#failures, reason, retryMs });
  }

  /** Whether only the caller whose calls fail has called lately. */
  #isAlone(now: number): boolean {
    const [other, calledAt] =
      this.#caller === this.#failing
        ? [this.#other, this.#otherCalledAt]
        : [this.#caller, this.#calledAt];
    return other === null || now - calledAt > CALLING_MS;
  }

  #jittered(ms: number): number {
    return ms * (1 - JITTER * this.#random());
  }
}
