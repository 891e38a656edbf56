import type { Outcome } from '../http.ts';
import { Concurrency } from './concurrency.ts';
import type { Patience } from './concurrency.ts';
import { Pace } from './pace.ts';

/** How hard an upstream may be pushed. */
export interface PolicyOptions {
  /** Requests on the way at the same time; more wait for their turn. */
  readonly maxInFlight: number;
  /** Requests that may start within a second; null for no limit. */
  readonly maxPerSecond: number | null;
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

/** What holds for every attempt to reach an upstream: how many at a time, and how fast. When to try again is for `Repeats` to say. */
export class Policy {
  readonly #concurrency: Concurrency;
  readonly #pace: Pace;

  constructor({ maxInFlight, maxPerSecond }: PolicyOptions) {
    this.#concurrency = new Concurrency(maxInFlight);
    this.#pace = new Pace(maxPerSecond);
  }

  /**
   * Makes one attempt when its turn has come.
   * @param send sends the request once
   * @returns what became of it, or of waiting in vain
   */
  async attempt(patience: Patience, send: () => Promise<Outcome>): Promise<Outcome> {
    const entered = this.#concurrency.enter(patience);
    const refused = entered === null ? null : await entered;
    if (refused !== null) return refused;
    try {
      const paced = this.#pace.wait(patience);
      return (paced === null ? null : await paced) ?? (await send());
    } finally {
      this.#concurrency.leave();
    }
  }
}
