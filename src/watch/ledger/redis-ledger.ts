import { RedisFailure, script } from '../../redis/redis.ts';
import type { Redis } from '../../redis/redis.ts';
import type { Claim, Ledger, Memory } from './ledger.ts';

/*
 * A watch is a hash: `at`, when its last check was claimed, `token` of who claimed it, `ends`, when that lease ends, and
 * `memory` (sealed). Times are those of the clock of Redis, in milliseconds. It has a name for each encryption key, of
 * which the first that exists is used. A claim moves it to the first, so that nothing keeps the name of a key that is
 * given up. It needs no command but those that a user of Redis was given for everything else.
 */

/** Finds the name that is used, and what is there. */
const FIND = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local name = KEYS[1]
local entry = {}
for _, other in ipairs(KEYS) do
  local found = redis.call('HMGET', other, 'at', 'token', 'ends', 'memory')
  if found[1] then
    name, entry = other, found
    break
  end
end
local isOwn = entry[2] == ARGV[1] and tonumber(entry[3]) > now
`;

/** KEYS: its names. ARGV: token, interval, lease, how long to remember it. */
const CLAIM = script(`${FIND}
local memory = entry[4] or ''
if name ~= KEYS[1] then
  redis.call('HSET', KEYS[1], 'at', entry[1], 'token', entry[2] or '', 'ends', entry[3] or '0', 'memory', memory)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('DEL', name)
  name = KEYS[1]
end
if isOwn then return {'CLAIMED', 0, memory} end
if entry[1] then
  local due = math.max(entry[1] + ARGV[2], tonumber(entry[3]))
  if due > now then return {'TAKEN', due - now, memory} end
end
redis.call('HSET', name, 'at', string.format('%.0f', now), 'token', ARGV[1],
  'ends', string.format('%.0f', now + ARGV[3]))
redis.call('PEXPIRE', name, ARGV[4])
return {'CLAIMED', 0, memory}
`);

/** KEYS: its names. ARGV: token. */
const HOLDS = script(`${FIND}
return isOwn and 1 or 0
`);

/** KEYS: its names. ARGV: token, memory, whether the check is done. */
const RECORD = script(`${FIND}
if not isOwn then return 0 end
redis.call('HSET', name, 'memory', ARGV[2])
if ARGV[3] == '1' then redis.call('HSET', name, 'token', '', 'ends', '0') end
return 1
`);

/** KEYS: its names. ARGV: token. */
const RELEASE = script(`${FIND}
if isOwn then redis.call('HSET', name, 'at', '0', 'token', '', 'ends', '0') end
return 1
`);

/** KEYS: the names of all watches, as many for each as there are encryption keys. ARGV: how many that are. */
const READ = script(`
local memories = {}
for at = 1, #KEYS, tonumber(ARGV[1]) do
  local memory = ''
  for other = at, at + ARGV[1] - 1 do
    local found = redis.call('HMGET', KEYS[other], 'memory')
    if found[1] and memory == '' then memory = found[1] end
  end
  memories[#memories + 1] = memory
end
return memories
`);

const PURPOSE = 'watch';

/** How long a watch is remembered after its last check, in milliseconds: much longer than any interval. */
const REMEMBERED_MS = 30 * 86_400_000;

/** Remembers watches in Redis, for all instances. Nothing of them can be read there. */
export function createRedisLedger({ keyRing, run }: Pick<Redis, 'keyRing' | 'run'>): Ledger {
  const namesOf = (name: string) =>
    keyRing.digestsOf(PURPOSE, name).map((digest) => `oidc-gateway:watch:${digest}`);
  /** What another version wrote in another form, or under a key that is gone, is not remembered. */
  const opened = (name: string, sealed: unknown): Memory | null => {
    const text =
      typeof sealed === 'string' && sealed !== '' ? keyRing.open(sealed, PURPOSE + name) : null;
    // Sealed: it was written by an instance of the gateway.
    return text === null ? null : (JSON.parse(text) as Memory);
  };
  return {
    claim: async (name, token, { everyMs, leaseMs }) => {
      const args = [token, everyMs, leaseMs, REMEMBERED_MS];
      return claimOf(await run(CLAIM, namesOf(name), args), (sealed) => opened(name, sealed));
    },
    holds: async (name, token) => (await run(HOLDS, namesOf(name), [token])) === 1,
    record: async (name, token, memory, isLast) => {
      const sealed = keyRing.seal(JSON.stringify(memory), PURPOSE + name);
      return (await run(RECORD, namesOf(name), [token, sealed, Number(isLast)])) === 1;
    },
    release: async (name, token) => {
      await run(RELEASE, namesOf(name), [token]);
    },
    read: async (names) => {
      const all = names.map(namesOf);
      if (names.length === 0) return [];
      const reply = await run(READ, all.flat(), [all[0]?.length ?? 1]);
      const sealed: readonly unknown[] = Array.isArray(reply) ? reply : [];
      return names.map((name, index) => opened(name, sealed[index]));
    },
  };
}

/** @throws RedisFailure for what the script cannot have returned */
function claimOf(reply: unknown, open: (sealed: unknown) => Memory | null): Claim {
  const [kind, inMs, sealed] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  if (kind === 'CLAIMED') return { kind, memory: open(sealed) };
  if (kind !== 'TAKEN' || typeof inMs !== 'number') throw new RedisFailure('UNREADABLE');
  return { kind, inMs, memory: open(sealed) };
}
