import { performance } from 'node:perf_hooks';

/** Limits how many operations each caller may start. */
export interface RateLimit {
  /**
   * Takes one operation from what a caller has left.
   * @param key who calls
   * @returns null where it may start, else the whole seconds, at least one, after which the next one may
   */
  readonly take: (key: string) => number | null;
}

export interface RateLimitOptions {
  /** Operations that a caller may start in a minute, at an even pace, and that they may save up: as many at once. A whole number, at least 1. */
  readonly perMinute: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

const MINUTE_MS = 60_000;

/** Callers that have a bucket of their own at the same time. */
const MOST_BUCKETS = 10_000;

/**
 * A token bucket for every caller. Of each, one number is kept: the time when it is full again (the generic cell rate
 * algorithm). Time is reckoned in parts of a millisecond, `perMinute` of them, so that one operation is a whole number.
 *
 * Memory is bounded, and forgetting a bucket gives nobody anything: only full ones are forgotten, which say no more than
 * none. Where there are too many that are not, newcomers share one, and what a newcomer gets later begins with what is
 * left in it. The price: while more than 10,000 callers are active within a minute, the newest of them have less than
 * they might, and all others what they always had.
 */
export function createRateLimit({ perMinute, now = () => performance.now() }: RateLimitOptions): RateLimit {
  const capacity = MINUTE_MS * perMinute;
  /** When each bucket is full again; who was here longest ago is first. */
  const buckets = new Map<string, number>();
  let shared = 0;

  /** Whether there is room for one more bucket. Any bucket is full a minute after its last use, so the first goes sooner or later. */
  const makeRoom = (time: number): boolean => {
    if (buckets.size < MOST_BUCKETS) return true;
    const [[oldest, fullAt] = ['', Infinity]] = buckets;
    return fullAt <= time && buckets.delete(oldest);
  };

  return {
    take: (key) => {
      const time = Math.floor(now()) * perMinute;
      const own = buckets.get(key);
      const fullAt = Math.max(own ?? shared, time) + MINUTE_MS;
      if (fullAt - time > capacity) return Math.ceil((fullAt - time - capacity) / (1000 * perMinute));

      if (own === undefined && !makeRoom(time)) {
        shared = fullAt;
        return null;
      }
      buckets.delete(key);
      buckets.set(key, fullAt);
      return null;
    },
  };
}
