import { performance } from 'node:perf_hooks';

/** Limits how many operations each caller may start. */
export interface RateLimit {
  /**
   * Takes one operation from what a caller has left.
   * @param key who calls
   * @returns null where it may start, else the whole seconds, at least one, after which the next one may
   */
  readonly take: (key: string) => number | null;
  /** The same without taking anything. */
  readonly wait: (key: string) => number | null;
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

/** Buckets that a newcomer looks at to find one that may be forgotten. */
const MOST_LOOKS = 4;

/** What a caller has used. */
interface Bucket {
  /** When it is full again, in parts of a millisecond. */
  fullAt: number;
}

/**
 * A token bucket for every caller. Of each, one number is kept: the time when it is full again (the generic cell rate
 * algorithm). Time is reckoned in parts of a millisecond, `perMinute` of them, so that one operation is a whole number.
 *
 * Memory is bounded, and forgetting a bucket gives nobody anything: only full ones are forgotten, which say no more than
 * none. Where there are too many that are not, newcomers share one, and what a newcomer gets later begins with what is
 * left in it. The price: while more than 10,000 callers are active within a minute, the newest of them have less than
 * they might, and all others what they always had.
 */
export function createRateLimit({
  perMinute,
  now = () => performance.now(),
}: RateLimitOptions): RateLimit {
  const capacity = MINUTE_MS * perMinute;
  const buckets = new Map<string, Bucket>();
  const shared: Bucket = { fullAt: 0 };

  /** Whether there is room for one more bucket. Any is full a minute after its last use: one that is not goes to the end, to be looked at again later. */
  const makeRoom = (time: number): boolean => {
    if (buckets.size < MOST_BUCKETS) return true;
    let looks = 0;
    for (const [key, bucket] of buckets) {
      looks += 1;
      buckets.delete(key);
      if (bucket.fullAt <= time) return true;
      buckets.set(key, bucket);
      if (looks === MOST_LOOKS) break;
    }
    return false;
  };

  const waitUntil = (fullAt: number, time: number) =>
    fullAt - time > capacity ? Math.ceil((fullAt - time - capacity) / (1000 * perMinute)) : null;

  return {
    wait: (key) => {
      const { fullAt } = buckets.get(key) ?? shared;
      // Most callers have never taken anything: the clock need not be read.
      if (fullAt === 0) return null;
      const time = Math.floor(now()) * perMinute;
      return waitUntil(Math.max(fullAt, time) + MINUTE_MS, time);
    },
    take: (key) => {
      const time = Math.floor(now()) * perMinute;
      const own = buckets.get(key);
      const fullAt = Math.max((own ?? shared).fullAt, time) + MINUTE_MS;
      const wait = waitUntil(fullAt, time);
      if (wait !== null) return wait;

      if (own !== undefined) own.fullAt = fullAt;
      else if (makeRoom(time)) buckets.set(key, { fullAt });
      else shared.fullAt = fullAt;
      return null;
    },
  };
}
