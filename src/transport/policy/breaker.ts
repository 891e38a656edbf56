import { performance } from 'node:perf_hooks';
import type { TransportFailureReason } from '../http.ts';
import { Refusal } from './refusal.ts';

/** What an operator has to know of a breaker. */
export type BreakerEvent =
  /** `failures`: how many came one after the other, the last of them for `reason`. `retryMs`: when one call is tried, in milliseconds. */
  | {
      readonly kind: 'BREAKER_OPENED';
      readonly failures: number;
      readonly reason: TransportFailureReason;
      readonly retryMs: number;
    }
  /** `openMs`: how long no calls were sent, in milliseconds. */
  | { readonly kind: 'BREAKER_CLOSED'; readonly openMs: number };

/** What the end of an attempt says of the upstream; nothing if it ended for another reason. */
export type Verdict =
  | { readonly kind: 'RESPONDED' }
  | { readonly kind: 'FAILED'; readonly reason: TransportFailureReason }
  | { readonly kind: 'NOTHING' };

/** Wait until one call is tried, in milliseconds: the first, doubled after each failure up to the longest. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 30_000;

/** The part of a wait that chance may take away: processes must not all try at once. */
const JITTER = 0.2;

/** A caller counts as calling for this long after its last call, in milliseconds. */
const CALLING_MS = 30_000;

/** The calls are paused. */
interface Pause {
  readonly since: number;
  waitMs: number;
  /** When one call is tried. */
  retryAt: number;
  /** The deadline of the call that is being tried, null if none is. */
  tryingUntil: number | null;
}

/**
 * Pauses the calls to an upstream that does not respond: sent, they would only make more writes of unknown outcome.
 * Failures of a single caller are not enough if others call too, because they may be about what that caller asks for.
 */
export class Breaker {
  readonly #maxFailures: number;
  readonly #report: (event: BreakerEvent) => void;
  readonly #random: () => number;
  #pause: Pause | null = null;
  /** Failures since the last response, who met the first of them, and whether others did too. */
  #failures = 0;
  #failing: string | null = null;
  #failingOthers = false;
  /** Who called last, who else did before, and when, on the clock of `performance.now()`. */
  #caller: string | null = null;
  #calledAt = 0;
  #other: string | null = null;
  #otherCalledAt = 0;

  /**
   * @param maxFailures how many open it; 0: it never opens
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

  /** Why no call may go now; null if one may. */
  refusal(): Refusal | null {
    if (this.#pause === null) return null;
    const { retryAt, tryingUntil } = this.#pause;
    const waitMs = (tryingUntil ?? retryAt) - performance.now();
    return waitMs <= 0 ? null : new Refusal('BREAKER_OPEN', waitMs);
  }

  /**
   * An attempt goes to the upstream.
   * @returns whether it is the one that is tried
   */
  start(caller: string, deadline: number, now: number): boolean {
    if (caller !== this.#caller) {
      this.#other = this.#caller;
      this.#otherCalledAt = this.#calledAt;
      this.#caller = caller;
    }
    this.#calledAt = now;
    if (this.#pause === null) return false;
    this.#pause.tryingUntil = deadline;
    return true;
  }

  /** An attempt has ended. @param tried what `start` returned */
  end(verdict: Verdict, caller: string, tried: boolean, now: number): void {
    if (verdict.kind === 'RESPONDED') this.#close(now);
    else if (verdict.kind === 'FAILED') this.#fail(verdict.reason, caller, tried, now);
    // The next call is tried in its place.
    else if (tried && this.#pause !== null) this.#pause.tryingUntil = null;
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
      // Those that were sent before the pause tell nothing new.
      if (!tried) return;
      this.#pause.tryingUntil = null;
      this.#pause.waitMs = Math.min(LONGEST_WAIT_MS, this.#pause.waitMs * 2);
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

  /** Whether nobody calls but the caller whose calls fail. */
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
