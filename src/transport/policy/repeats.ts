import { performance } from 'node:perf_hooks';
import { pause } from '../hang-up.ts';
import type { HangUp } from '../hang-up.ts';
import { TransportFailure } from '../http.ts';
import type { Outcome } from '../http.ts';
import { retryAfterSeconds } from '../status.ts';
import type { Patience } from './concurrency.ts';

/** One call of an operation. */
export interface RepeatableCall extends Patience {
  /** Whether a request that may have arrived may be sent again. One that never left always may. */
  readonly repeatable: boolean;
}

/** Sends at most this often, the first time included. */
const MAX_ATTEMPTS = 3;

/** Wait before the first repeat, in milliseconds; doubled for the next. The real wait is a random part of it. */
const BACKOFF_MS = 200;

/** A `Retry-After` beyond this is for the caller to wait, in seconds. */
const MAX_RETRY_AFTER_S = 5;

/** Repeats that are saved up at most, and what each call adds: an upstream that is down gets a fifth more load, not three times as much. */
const BUDGET = { max: 10, perCall: 0.2 };

/** Statuses of an upstream that may answer otherwise in a moment. */
const PASSING = new Set([429, 502, 503, 504]);

/** Whether another attempt may succeed where this one did not. */
export function mayPass(outcome: Pick<Outcome, 'status'>): boolean {
  return outcome instanceof TransportFailure
    ? outcome.reason === 'CONNECTION_LOST'
    : outcome.status !== null && PASSING.has(outcome.status);
}

/** When a call is sent again. One budget holds for all calls to an upstream; reading back a lost write has no share in it. */
export class Repeats {
  /** Gives a number from 0 to 1, for the jitter. */
  readonly random: () => number;
  #budget = BUDGET.max;
  #closed = false;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  /**
   * Sends a read, and again as long as the deadline allows.
   * @param attempt sends the request once
   * @returns what became of the last attempt
   */
  async run(call: RepeatableCall, attempt: () => Promise<Outcome>): Promise<Outcome> {
    this.begin();
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await attempt();
      const isUnsent = outcome instanceof TransportFailure && !outcome.sent;
      if (!mayPass(outcome) || !(call.repeatable || isUnsent)) return outcome;
      if (
        !(await this.pauseAfter(attempts, retryAfterSeconds(outcome.header('retry-after')), call))
      )
        return outcome;
    }
  }

  /** Counts a call, which adds to the budget. */
  begin(): void {
    this.#budget = Math.min(BUDGET.max, this.#budget + BUDGET.perCall);
  }

  /**
   * Waits until a call may be sent again.
   * @param attempts how often it was sent
   * @param retryAfter seconds that the upstream asks for, null if it does not say
   * @returns false if it must not be sent again
   */
  async pauseAfter(
    attempts: number,
    retryAfter: number | null,
    { deadline, hangUp }: Patience,
  ): Promise<boolean> {
    if (
      attempts >= MAX_ATTEMPTS ||
      this.#budget < 1 ||
      (retryAfter !== null && retryAfter > MAX_RETRY_AFTER_S)
    )
      return false;
    const wait = (retryAfter ?? 0) * 1000 + BACKOFF_MS * 2 ** (attempts - 1) * this.random();
    if (this.#isOver(hangUp) || performance.now() + wait >= deadline) return false;
    this.#budget -= 1;
    await pause(wait, hangUp);
    return !this.#isOver(hangUp);
  }

  #isOver(hangUp: HangUp): boolean {
    return this.#closed || hangUp.aborted;
  }

  /** From now on nothing is repeated. */
  close(): void {
    this.#closed = true;
  }
}
