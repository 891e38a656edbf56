import { performance } from 'node:perf_hooks';

/** Limits how many operations each caller may start. */
export interface RateLimit {
  /**
   * Counts one operation of a caller.
   * @param key identifies the caller
   * @returns null if it may start, else the seconds, at least one, until the next one may
   */
  readonly take: (key: string) => number | null;
  /** The same without counting anything. */
  readonly wait: (key: string) => number | null;
}

export interface RateLimitOptions {
  /** Operations that a caller may start in a minute, at an even pace or all at once. A whole number, at least 1. */
  readonly perMinute: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

const MINUTE_MS = 60_000;

/** Maximum number of callers with a bucket of their own. */
const MAX_BUCKETS = 10_000;

/** How many buckets to check for one that can be dropped when a new caller comes. */
const MAX_LOOKS = 4;

/** What a caller has used. */
interface Bucket {
  /** When it is full again, in parts of a millisecond. */
  fullAt: number;
}

/**
 * A token bucket for every caller. Each is one number: the time when it is full again (the generic cell rate algorithm).
 * The unit of time is a millisecond divided by `perMinute`, so that one operation is a whole number.
 *
 * Memory is bounded, and nobody gains from a dropped bucket: only full ones are dropped, which are the same as none. If
 * too many are not full, new callers share one, and a bucket of their own later starts with what is left in it. The
 * price: while more than 10,000 callers are active within a minute, the newest of them get less, and all others the same
 * as before.
 */
export function createRateLimit({
  perMinute,
  now = () => performance.now(),
}: RateLimitOptions): RateLimit {
  const capacity = MINUTE_MS * perMinute;
  const buckets = new Map<string, Bucket>();
  const shared: Bucket = { fullAt: 0 };

  /** Whether there is room for one more bucket. Any is full a minute after its last use. One that is not moves to the end, to be checked again later. */
  const makeRoom = (time: number): boolean => {
    if (buckets.size < MAX_BUCKETS) return true;
    let looks = 0;
    for (const [key, bucket] of buckets) {
      looks += 1;
      buckets.delete(key);
      if (bucket.fullAt <= time) return true;
      buckets.set(key, bucket);
      if (looks === MAX_LOOKS) break;
    }
    return false;
  };

  const waitUntil = (fullAt: number, time: number) =>
    fullAt - time > capacity ? Math.ceil((fullAt - time - capacity) / (1000 * perMinute)) : null;

  return {
    wait: (key) => {
      const { fullAt } = buckets.get(key) ?? shared;
      // Most callers have nothing counted: there is no need to read the clock.
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
