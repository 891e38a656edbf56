import { performance } from 'node:perf_hooks';
import { pause } from '../hang-up.ts';
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

/** When a call is sent again. One budget holds for all calls to an upstream. */
export class Repeats {
  readonly #random: () => number;
  #budget = BUDGET.max;
  #closed = false;

  /** @param random gives a number from 0 to 1, for the jitter */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /**
   * Sends a call, and again what may be repeated, as long as the deadline allows.
   * @param attempt sends the request once
   * @returns what became of the last attempt
   */
  async run(call: RepeatableCall, attempt: () => Promise<Outcome>): Promise<Outcome> {
    this.#budget = Math.min(BUDGET.max, this.#budget + BUDGET.perCall);
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await attempt();
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

  /** @returns milliseconds to wait before the next attempt, null if there must be none */
  #waitBeforeRepeat(outcome: Outcome, attempts: number, { repeatable }: RepeatableCall): number | null {
    const jitter = BACKOFF_MS * 2 ** (attempts - 1) * this.#random();
    if (outcome instanceof TransportFailure) return outcome.reason === 'CONNECTION_LOST' && (repeatable || !outcome.sent) ? jitter : null;
    if (!repeatable || !PASSING.has(outcome.status)) return null;
    const asked = retryAfterSeconds(outcome.header('retry-after'));
    return asked === null ? jitter : asked <= MAX_RETRY_AFTER_S ? asked * 1000 + jitter : null;
  }
}
