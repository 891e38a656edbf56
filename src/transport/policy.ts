import { performance } from 'node:perf_hooks';
import { pause } from './hang-up.ts';
import type { HangUp } from './hang-up.ts';
import { TransportFailure } from './http.ts';
import type { Outcome } from './http.ts';
import { retryAfterSeconds } from './status.ts';

/** How hard an upstream may be pushed. */
export interface PolicyOptions {
  /** Requests on the way at the same time; more wait for their turn. */
  readonly maxInFlight: number;
  /** Requests that may start within a second; null for no limit. */
  readonly maxPerSecond: number | null;
  /** A number from 0 to 1, for the jitter. */
  readonly random?: () => number;
}

/**
 * What each of several processes may do, so that all of them together keep to the limits. In whole numbers: at a fraction
 * of a rate, each would still start its first request at once, and all might in the same second. What the division
 * leaves over is not used.
 */
export function shareOf({ maxInFlight, maxPerSecond, ...options }: PolicyOptions, processes: number): PolicyOptions {
  const share = (limit: number) => Math.max(1, Math.floor(limit / processes));
  return { ...options, maxInFlight: share(maxInFlight), maxPerSecond: maxPerSecond === null ? null : share(maxPerSecond) };
}

/** One call of an operation. */
export interface PolicyCall {
  /** Whether a request that may have arrived may be sent again. One that never left always may. */
  readonly repeatable: boolean;
  /** When to give up, waiting and repeats included, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Fires when the caller hangs up: nothing more is sent then. */
  readonly hangUp: HangUp;
}

/** Sends at most this often, the first time included. */
const MAX_ATTEMPTS = 3;

/** Wait before the first repeat, in milliseconds; doubled for the next. The real wait is a random part of it. */
const BACKOFF_MS = 200;

/** A `Retry-After` beyond this is for the caller to wait, in seconds. */
const MAX_RETRY_AFTER_S = 5;

/** Repeats that are saved up at most, and what each call adds: an upstream that is down gets a fifth more load, not three times as much. */
const BUDGET = { most: 10, perCall: 0.2 };

/** Statuses of an upstream that may answer otherwise in a moment. */
const PASSING = new Set([429, 502, 503, 504]);

/** What holds for all calls to one upstream: how many at a time, how fast, and when one is repeated. */
export class Policy {
  readonly #options: PolicyOptions;
  #inFlight = 0;
  readonly #waiting = new Set<() => void>();
  #nextStart = 0;
  #budget = BUDGET.most;
  #closed = false;

  constructor(options: PolicyOptions) {
    this.#options = options;
  }

  /**
   * Runs a call: waits for its turn, and repeats what may be repeated as long as the deadline allows.
   * @param attempt sends the request once
   * @returns what became of the last attempt, or of waiting in vain
   */
  async run(call: PolicyCall, attempt: () => Promise<Outcome>): Promise<Outcome> {
    this.#budget = Math.min(BUDGET.most, this.#budget + BUDGET.perCall);
    for (let attempts = 1; ; attempts += 1) {
      const turn = this.#enter(call);
      let outcome: Outcome | null = turn === null ? null : await turn;
      if (outcome === null) {
        // It has its place now.
        try {
          const pace = this.#keepPace(call);
          outcome = (pace === null ? null : await pace) ?? (await attempt());
        } finally {
          this.#leave();
        }
      }
      const wait = attempts < MAX_ATTEMPTS && this.#budget >= 1 && !this.#closed ? this.#waitBeforeRepeat(outcome, attempts, call) : null;
      if (wait === null || call.hangUp.aborted || performance.now() + wait >= call.deadline) return outcome;
      this.#budget -= 1;
      await pause(wait, call.hangUp);
    }
  }

  /** From now on nothing is repeated. */
  close(): void {
    this.#closed = true;
  }

  /** Takes a place among those in flight, at once or, first come, first served, when one is free. @returns why there was none to be had */
  #enter({ deadline, hangUp }: PolicyCall): Promise<TransportFailure | null> | null {
    if (this.#inFlight < this.#options.maxInFlight) {
      this.#inFlight += 1;
      return null;
    }
    return new Promise((resolve) => {
      const settle = () => {
        this.#waiting.delete(enter);
        clearTimeout(timer);
        hangUp.removeEventListener('abort', onHangUp);
      };
      const enter = () => {
        settle();
        resolve(null);
      };
      const giveUp = (reason: 'TIMEOUT' | 'CANCELLED') => {
        settle();
        resolve(new TransportFailure(reason, false, null));
      };
      const onHangUp = () => { giveUp('CANCELLED'); };
      const timer = setTimeout(() => { giveUp('TIMEOUT'); }, deadline - performance.now());
      hangUp.addEventListener('abort', onHangUp);
      this.#waiting.add(enter);
    });
  }

  /** Hands the place on to who has waited longest. */
  #leave(): void {
    if (this.#waiting.size === 0) {
      this.#inFlight -= 1;
      return;
    }
    const [next] = this.#waiting;
    next?.();
  }

  /** Waits for its time, where there is a pace. @returns why it must not start, null where it may; null at once where nothing is to be waited for */
  #keepPace(call: PolicyCall): Promise<TransportFailure | null> | null {
    if (this.#options.maxPerSecond === null && !call.hangUp.aborted) return null;
    return this.#waitForPace(call);
  }

  async #waitForPace({ deadline, hangUp }: PolicyCall): Promise<TransportFailure | null> {
    const wait = this.#reserve(deadline);
    if (wait === null) return new TransportFailure('TIMEOUT', false, null);
    if (wait > 0) await pause(wait, hangUp);
    return hangUp.aborted ? new TransportFailure('CANCELLED', false, null) : null;
  }

  /** Takes the next place in the pace, if it comes before the deadline. @returns milliseconds until then, null where it does not */
  #reserve(deadline: number): number | null {
    const { maxPerSecond } = this.#options;
    if (maxPerSecond === null) return 0;
    const start = Math.max(performance.now(), this.#nextStart);
    if (start >= deadline) return null;
    this.#nextStart = start + 1000 / maxPerSecond;
    return start - performance.now();
  }

  /** @returns milliseconds to wait before the next attempt, null where there must be none */
  #waitBeforeRepeat(outcome: Outcome, attempts: number, { repeatable }: PolicyCall): number | null {
    const jitter = BACKOFF_MS * 2 ** (attempts - 1) * (this.#options.random ?? Math.random)();
    if (outcome instanceof TransportFailure) return outcome.reason === 'CONNECTION_LOST' && (repeatable || !outcome.sent) ? jitter : null;
    if (!repeatable || !PASSING.has(outcome.status)) return null;
    const asked = retryAfterSeconds(outcome.header('retry-after'));
    return asked === null ? jitter : asked <= MAX_RETRY_AFTER_S ? asked * 1000 + jitter : null;
  }
}
