import type { RedisEvent } from '../../redis/redis.ts';
import type { Log } from './log.ts';

/** Logs when Redis can be reached and when it cannot: one line for each change. */
export function logRedis(log: Log, event: RedisEvent): void {
  if (event.kind === 'UNREACHABLE') {
    log.warn(
      { reason: event.reason },
      'Redis cannot be reached: writes with an Idempotency-Key are refused, and nothing of them is sent; each instance counts its share of the rates, and logs in, by itself',
    );
    return;
  }
  log.info({}, 'connected to Redis');
  if (event.forgets.length > 0)
    log.warn(
      { settings: event.forgets },
      'Redis may forget idempotency keys: set maxmemory-policy noeviction and appendonly yes',
    );
}
