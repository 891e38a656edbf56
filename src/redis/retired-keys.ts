import { MAX_RETIRED } from '../issuer/retired-keys.ts';
import type { RetiredKeys } from '../domain/keys/rotation/retired-keys.ts';
import { RedisFailure, script } from './redis.ts';
import type { Redis } from './redis.ts';

/** How long a key is remembered after it was last seen gone, in milliseconds: longer than it can stay stored. */
const REMEMBERED_MS = 31 * 24 * 3_600_000;

/**
 * KEYS: the names of each gone key, then those of the published keys. ARGV: how many keys are gone, how many names a key has,
 * how long to remember it. A gone key has the time at which it was first seen gone, by the clock of Redis.
 */
const SEE = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local gone, names = tonumber(ARGV[1]), tonumber(ARGV[2])
local ages = {}
for at = 1, gone do
  local first = (at - 1) * names
  local since = now
  for other = 1, names do
    local known = tonumber(redis.call('MGET', KEYS[first + other])[1] or '')
    if known and known < since then since = known end
  end
  redis.call('SET', KEYS[first + 1], string.format('%.0f', since), 'PX', ARGV[3])
  ages[at] = string.format('%.0f', now - since)
end
for at = gone * names + 1, #KEYS do redis.call('DEL', KEYS[at]) end
return ages
`);

/** Remembers in Redis, for all instances, since when issuers no longer publish keys. Redis has no name that can be read there. */
export function createSharedRetiredKeys(redis: Redis): RetiredKeys {
  return {
    see: async ({ at, gone: all, published }) => {
      const gone = all.slice(0, MAX_RETIRED);
      const namesOf = (thumbprint: string) =>
        redis.keyRing
          .digestsOf('retired key', `${at}\0${thumbprint}`)
          .map((digest) => `oidc-gateway:retired:${digest}`);
      const names = gone.map(namesOf);
      const args = [gone.length, names[0]?.length ?? 1, REMEMBERED_MS];
      try {
        const ages = await redis.run(SEE, [...names, ...published.map(namesOf)].flat(), args);
        return new Map(gone.map((thumbprint, index) => [thumbprint, secondsOf(ages, index)]));
      } catch (error) {
        if (!(error instanceof RedisFailure)) throw error;
        return null;
      }
    },
  };
}

/** @throws RedisFailure for what the script cannot have returned */
function secondsOf(ages: unknown, index: number): number {
  const age = Array.isArray(ages) ? Number((ages as readonly unknown[])[index]) : Number.NaN;
  if (!Number.isFinite(age)) throw new RedisFailure('UNREADABLE');
  return age / 1_000;
}
