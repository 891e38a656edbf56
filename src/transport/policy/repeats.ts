import { performance } from 'node:perf_hooks';
import { TransportFailure } from '../http/http.ts';
import type { Outcome } from '../http/http.ts';
import { retryAfterSeconds } from '../response/retry-after.ts';
import type { CancelSignal } from '../waiting/cancel-signal.ts';
import { pause } from '../waiting/time-limit.ts';
import type { Patience } from '../waiting/time-limit.ts';

/** Maximum number of attempts of one call, including the first. */
const MAX_ATTEMPTS = 3;

/** Maximum wait before the first repeat, in milliseconds; doubled for the next. The actual wait is a random part of it. */
const BACKOFF_MS = 200;

/** Maximum `Retry-After` that the gateway itself waits for, in seconds. */
const MAX_RETRY_AFTER_S = 5;

/** Maximum number of saved-up repeats, and what each call adds: an upstream that is down gets 20% more load, not three times as much. */
const BUDGET = { max: 10, perCall: 0.2 };

/** Statuses after which a request may succeed if it is soon sent again. */
const PASSING = new Set([429, 502, 503, 504]);

/** Whether another attempt may succeed although this one did not. */
export function mayPass(outcome: Pick<Outcome, 'status'>): boolean {
  return outcome instanceof TransportFailure
    ? outcome.reason === 'CONNECTION_LOST'
    : outcome.status !== null && PASSING.has(outcome.status);
}

/** Decides when a call is sent again. All calls to an upstream share one budget; reading back a write does not use it. */
export class Repeats {
  /** Returns a number from 0 to 1, for the jitter. */
  readonly random: () => number;
  #budget = BUDGET.max;
  #closed = false;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  /**
   * Sends a read, and again as long as the deadline allows.
   * @param repeatable whether a request that may have been received may be sent again. A request that was not sent always may
   * @param attempt sends the request once
   * @returns the outcome of the last attempt
   */
  async run(
    repeatable: boolean,
    patience: Patience,
    attempt: () => Promise<Outcome>,
  ): Promise<Outcome> {
    this.begin();
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await attempt();
      const isUnsent = outcome instanceof TransportFailure && !outcome.sent;
      if (!mayPass(outcome) || !(repeatable || isUnsent)) return outcome;
      const retryAfter = retryAfterSeconds(outcome.header('retry-after'));
      if (!(await this.pauseAfter(attempts, retryAfter, patience))) return outcome;
    }
  }

  /** Counts a call, which adds to the budget. */
  begin(): void {
    this.#budget = Math.min(BUDGET.max, this.#budget + BUDGET.perCall);
  }

  /**
   * Waits until a call may be sent again.
   * @param attempts how many times it was sent
   * @param retryAfter seconds that the upstream asks for, null if it does not say
   * @returns false if it must not be sent again
   */
  async pauseAfter(
    attempts: number,
    retryAfter: number | null,
    { deadline, signal }: Patience,
  ): Promise<boolean> {
    if (
      attempts >= MAX_ATTEMPTS ||
      this.#budget < 1 ||
      (retryAfter !== null && retryAfter > MAX_RETRY_AFTER_S)
    )
      return false;
    const wait = (retryAfter ?? 0) * 1000 + BACKOFF_MS * 2 ** (attempts - 1) * this.random();
    if (this.#isOver(signal) || performance.now() + wait >= deadline) return false;
    this.#budget -= 1;
    await pause(wait, signal);
    return !this.#isOver(signal);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  #isOver(signal: CancelSignal): boolean {
    return this.#closed || signal.aborted;
  }

  /** Called when the connection is closed. From then on, nothing is repeated. */
  close(): void {
    this.#closed = true;
  }
}
