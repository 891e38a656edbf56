import type { Redis, RedisEvent, RedisSettings } from './redis.ts';

/** Connects to Redis if it is configured. The client takes time to load, so nothing of it is loaded otherwise. @param settings null if it is not */
export async function loadRedis(
  settings: RedisSettings | null,
  onEvent: (event: RedisEvent) => void,
): Promise<Redis | null> {
  if (settings === null) return null;
  const { openRedis } = await import('./open-redis.ts');
  return openRedis(settings, onEvent);
}
