import { performance } from 'node:perf_hooks';
import { RedisFailure, script } from '../../redis/redis.ts';
import type { Redis } from '../../redis/redis.ts';
import { createRateLimit } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';

export interface SharedRateLimitOptions {
  /** What is counted, as part of names in Redis. */
  readonly what: string;
  /** Operations that a caller may start in a minute at all instances together, at an even pace or all at once. */
  readonly perMinute: number;
  readonly redis: Pick<Redis, 'keyRing' | 'run' | 'isReachable'>;
  /** Processes that count, at all instances together. */
  readonly processes: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

const MINUTE_MS = 60_000;

/** How long counts may wait to be told to Redis, and how long what Redis says counts as current, in milliseconds. */
const BATCH_MS = 200;
const CURRENT_MS = 1_000;

/** How long this process counts alone after Redis has failed, in milliseconds. */
const ALONE_MS = 1_000;

/** Callers in a batch, and callers with a bucket. */
const MAX_BATCH = 500;
const MAX_BUCKETS = 10_000;

/** How many buckets to check for one that can be dropped when a new caller comes. */
const MAX_LOOKS = 4;

/**
 * How many operations of a caller may be untold: a tenth of the rate at all processes together, so that it is exceeded by
 * no more. If that is very few, these are allowed while the caller has some left: one request may have several.
 */
const UNTOLD_SHARE = 0.1;
const FEW_UNTOLD = 5;

/**
 * KEYS: names of callers. ARGV: what an operation costs, in milliseconds; then how many there were of each caller. Each
 * caller has the time when its bucket is full again. Returns for each in how many milliseconds that is.
 */
const COUNT = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local known = redis.call('MGET', unpack(KEYS))
local left = {}
for at, name in ipairs(KEYS) do
  local full = math.max(tonumber(known[at] or 0), now) + ARGV[1 + at] * ARGV[1]
  redis.call('SET', name, string.format('%.3f', full), 'PX', string.format('%.0f', math.ceil(full - now)))
  left[at] = string.format('%.3f', full - now)
end
return left
`);

/** What is known of a caller. Times are those of `now`. */
interface Bucket {
  readonly name: string;
  /** When it is full again. */
  fullAt: number;
  /** Operations that Redis does not know of: not yet told, and being told. */
  untold: number;
  telling: number;
  /** How many there may be of them, if the share of the rate is less. */
  fewUntold: number;
  toldAt: number;
}

/**
 * A token bucket for every caller, over all instances. It decides at once by what it knows, and tells Redis afterwards
 * what it has counted, for many callers at a time. While Redis cannot be reached, it counts alone, with its share of the
 * rate.
 */
export function createSharedRateLimit({
  what,
  perMinute,
  redis,
  processes,
  now = () => performance.now(),
}: SharedRateLimitOptions): Pick<RateLimit, 'take'> {
  const cost = MINUTE_MS / perMinute;
  const alone = createRateLimit({ perMinute: Math.max(1, Math.floor(perMinute / processes)), now });
  const untoldShare = Math.ceil((perMinute * UNTOLD_SHARE) / processes);
  const buckets = new Map<string, Bucket>();
  const changed = new Set<Bucket>();
  let aloneUntil = -Infinity;
  let isTelling = false;
  /** How long the next batch may wait. */
  let nextMs = BATCH_MS;
  let timer: { readonly at: number; readonly handle: NodeJS.Timeout } | null = null;

  const makeRoom = (time: number): boolean => {
    if (buckets.size < MAX_BUCKETS) return true;
    let looks = 0;
    for (const [key, bucket] of buckets) {
      looks += 1;
      buckets.delete(key);
      if (bucket.fullAt <= time && bucket.untold + bucket.telling === 0) return true;
      buckets.set(key, bucket);
      if (looks === MAX_LOOKS) break;
    }
    return false;
  };

  const bucketOf = (key: string, time: number): Bucket | null => {
    const known = buckets.get(key);
    if (known !== undefined) return known;
    if (!makeRoom(time)) return null;
    const [digest = ''] = redis.keyRing.digestsOf(`rate ${what}`, key);
    const bucket = {
      name: `oidc-gateway:rate:${what}:${digest}`,
      fullAt: time,
      untold: 0,
      telling: 0,
      fewUntold: FEW_UNTOLD,
      toldAt: -Infinity,
    };
    buckets.set(key, bucket);
    return bucket;
  };

  const isCurrent = ({ toldAt }: Bucket, time: number) => time - toldAt < CURRENT_MS;
  const maxUntoldOf = (bucket: Bucket, time: number) =>
    Math.max(untoldShare, isCurrent(bucket, time) ? bucket.fewUntold : FEW_UNTOLD);

  const waitOf = (bucket: Bucket, time: number): number | null => {
    const over = Math.max(bucket.fullAt, time) + cost - time - MINUTE_MS;
    // A thousandth of a millisecond: sums of costs are not exact.
    if (over > 0.001) return Math.ceil(over / 1_000);
    return bucket.untold + bucket.telling < maxUntoldOf(bucket, time) ? null : 1;
  };

  const tellWithin = (ms: number, time: number) => {
    nextMs = Math.min(nextMs, ms);
    if (isTelling || (timer !== null && timer.at <= time + ms)) return;
    if (timer !== null) clearTimeout(timer.handle);
    const handle = setTimeout(() => {
      timer = null;
      void tell();
    }, ms);
    handle.unref();
    timer = { at: time + ms, handle };
  };

  const tell = async (): Promise<void> => {
    isTelling = true;
    nextMs = BATCH_MS;
    const batch = [...changed].slice(0, MAX_BATCH);
    for (const bucket of batch) {
      changed.delete(bucket);
      bucket.telling = bucket.untold;
      bucket.untold = 0;
    }
    try {
      const reply = await redis.run(
        COUNT,
        batch.map(({ name }) => name),
        [cost, ...batch.map(({ telling }) => telling)],
      );
      const time = now();
      for (const [index, left] of leftOf(reply, batch.length).entries()) {
        const bucket = batch[index];
        if (bucket === undefined) break;
        bucket.fullAt = time + left + bucket.untold * cost;
        bucket.fewUntold = Math.min(FEW_UNTOLD, Math.ceil((MINUTE_MS - left) / cost / processes));
        bucket.toldAt = time;
      }
    } catch {
      aloneUntil = now() + ALONE_MS;
      // It may have been counted or not. The rest is not told later: Redis may have forgotten everything by then.
      for (const bucket of changed) bucket.untold = 0;
      changed.clear();
    } finally {
      for (const bucket of batch) bucket.telling = 0;
      isTelling = false;
      if (changed.size > 0) tellWithin(nextMs, now());
    }
  };

  return {
    take: (key) => {
      const time = now();
      const bucket = time < aloneUntil || !redis.isReachable() ? null : bucketOf(key, time);
      if (bucket === null) return alone.take(key);
      const wait = waitOf(bucket, time);
      if (wait !== null) return wait;
      bucket.fullAt = Math.max(bucket.fullAt, time) + cost;
      bucket.untold += 1;
      // So that nobody gets more when Redis is gone.
      alone.take(key);
      changed.add(bucket);
      const isSoon = isCurrent(bucket, time) && bucket.untold * 2 < maxUntoldOf(bucket, time);
      tellWithin(isSoon ? BATCH_MS : 0, time);
      return null;
    },
  };
}

/** @throws RedisFailure for what the script cannot have returned */
function leftOf(reply: unknown, count: number): readonly number[] {
  const left = Array.isArray(reply) ? reply.map(Number) : [];
  if (left.length !== count || !left.every(Number.isFinite)) throw new RedisFailure('UNREADABLE');
  return left;
}
