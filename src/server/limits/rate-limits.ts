import type { Config } from '../../config/config.ts';
import type { Redis } from '../../redis/redis.ts';
import { createRateLimit } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';
import { createSharedRateLimit } from './shared-rate-limit.ts';

/** Makes rate limits, over all instances if they share Redis. */
export function rateLimitsOf(
  config: Config,
  redis: Redis | null,
): (what: string, perMinute: number) => Pick<RateLimit, 'take'> {
  if (redis === null) return (_what, perMinute) => createRateLimit({ perMinute });
  const processes = (config.redis?.instances ?? 1) * config.workers;
  return (what, perMinute) => createSharedRateLimit({ what, perMinute, redis, processes });
}
