import { randomUUID } from 'node:crypto';
import { RedisFailure, script } from '../../redis/redis.ts';
import type { Redis } from '../../redis/redis.ts';
import { REMEMBERED_MS } from './store.ts';
import type { Claim, IdempotencyStore } from './store.ts';

/*
 * A key is a hash: `state` (IN_FLIGHT, DONE, UNKNOWN), `input` (a digest), `token` of the request that may settle it,
 * `until` when its lease ends, by the clock of Redis, `new` (1 if nothing was known before the claim), `result` (sealed).
 * It has a name for each encryption key, of which the first that exists is used.
 */

/** KEYS: its names. ARGV: token, lease, how long to keep it, and a digest of the input for each name. */
const CLAIM = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local name, known = KEYS[1], 0
local input = ARGV[4]
for at, other in ipairs(KEYS) do
  local entry = redis.call('HMGET', other, 'state', 'input', 'until', 'result')
  if entry[1] then
    if entry[2] ~= ARGV[3 + at] then return {'MISMATCH'} end
    if entry[1] == 'DONE' then return {'DONE', entry[4]} end
    if entry[1] == 'IN_FLIGHT' and tonumber(entry[3]) > now then return {'IN_FLIGHT'} end
    name, known, input = other, 1, entry[2]
    break
  end
end
redis.call('HSET', name, 'state', 'IN_FLIGHT', 'input', input, 'token', ARGV[1],
  'until', string.format('%.0f', now + ARGV[2]), 'new', 1 - known)
redis.call('PEXPIRE', name, ARGV[3])
return {'CLAIMED', tostring(known)}
`);

/** KEYS: its names. ARGV: token, what became of it, how long to keep it, the result. */
const SETTLE = script(`
for _, name in ipairs(KEYS) do
  local entry = redis.call('HMGET', name, 'token', 'new')
  if entry[1] == ARGV[1] then
    if ARGV[2] == 'FREE' or (ARGV[2] == 'WITHDRAWN' and entry[2] == '1') then
      return redis.call('DEL', name)
    end
    if ARGV[2] == 'DONE' then
      redis.call('HSET', name, 'state', 'DONE', 'result', ARGV[4])
    else
      redis.call('HSET', name, 'state', 'UNKNOWN')
    end
    return redis.call('PEXPIRE', name, ARGV[3])
  end
end
return 0
`);

const PURPOSE = 'idempotency key';

/** Remembers keys in Redis, for all instances. It has neither a key, nor an input, nor a result that can be read there. */
export function createRedisStore(redis: Redis): IdempotencyStore {
  const { keyRing } = redis;
  const namesOf = (key: string) =>
    keyRing.digestsOf(PURPOSE, key).map((digest) => `oidc-gateway:key:${digest}`);

  return {
    claim: async (key, input, leaseMs) => {
      const names = namesOf(key);
      const token = randomUUID();
      const inputs = keyRing.digestsOf('idempotency input', input);
      try {
        const args = [token, leaseMs, leaseMs + REMEMBERED_MS, ...inputs];
        const claim = claimOf(await redis.run(CLAIM, names, args), token, (sealed) =>
          keyRing.open(sealed, PURPOSE + key),
        );
        if (claim.kind === 'CLAIMED' && !(await redis.isReplicated()))
          throw new RedisFailure('NOT_REPLICATED');
        return claim;
      } catch (error) {
        // Nothing is sent: if the claim was made all the same, it is taken back.
        void redis
          .run(SETTLE, names, [token, 'WITHDRAWN', REMEMBERED_MS, ''])
          .catch(() => undefined);
        throw error;
      }
    },
    settle: async (key, token, settled) => {
      const result = settled.kind === 'DONE' ? keyRing.seal(settled.result, PURPOSE + key) : '';
      await redis.run(SETTLE, namesOf(key), [token, settled.kind, REMEMBERED_MS, result]);
    },
  };
}

/** @throws RedisFailure for what the script cannot have returned, or a result that cannot be opened */
function claimOf(reply: unknown, token: string, open: (sealed: string) => string | null): Claim {
  const [kind, detail] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  if (kind === 'MISMATCH' || kind === 'IN_FLIGHT') return { kind };
  if (kind === 'CLAIMED') return { kind, token, mayBeApplied: detail === '1' };
  const result = kind === 'DONE' && typeof detail === 'string' ? open(detail) : null;
  if (result === null) throw new RedisFailure('UNREADABLE');
  return { kind: 'DONE', result };
}
