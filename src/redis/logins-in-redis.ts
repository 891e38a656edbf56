import * as z from 'zod';
import { parseJson } from '../domain/json/json.ts';
import { Secret } from '../domain/scrub/secret.ts';
import type { ReplacedToken } from '../transport/credentials/login-gate.ts';
import type { IssuedToken } from '../transport/credentials/login.ts';
import type { Attempt, LoginAnswer, LoginStore } from './login-store.ts';
import { RedisFailure, script } from './redis.ts';
import type { Redis } from './redis.ts';

/*
 * The logins with the same credentials have two entries. One is a hash: `lease`, the id of the attempt that has the turn,
 * and `leaseUntil`; `refusedUntil`; `refusals` in a row. The other one is the token: when it ends, a colon, and the token,
 * sealed. Times are those of the clock of Redis, in milliseconds. Each has a name for each encryption key: all of them
 * are read, and the first is written.
 */

/** How long the hash is kept after its last use, in milliseconds. */
const KEPT_MS = 24 * 3_600_000;

/** How often tokens may change while they are read. */
const MAX_READS = 3;

/**
 * A token is given to others only if its end is further away than this, so that none of them would renew it at once; in
 * milliseconds, or a fifth of its lifetime if that is shorter.
 */
const MIN_LEFT_MS = 120_000;

/**
 * KEYS: the names of hashes, then of tokens. ARGV: id, lease, how long to keep the hash; then for each token what was
 * read there and cannot be used, and 1 if it must be removed. Returns the time and the tokens if they are other ones.
 */
const ASK = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count = #KEYS / 2
local tokens, changed = {'TOKENS', string.format('%.0f', now)}, false
for at = 1, count do
  local token = redis.call('MGET', KEYS[count + at])[1] or ''
  tokens[2 + at] = token
  if token ~= '' and token ~= ARGV[2 + 2 * at] then changed = true end
end
if changed then return tokens end
for at = 1, count do
  if tokens[2 + at] ~= '' and ARGV[3 + 2 * at] == '1' then redis.call('DEL', KEYS[count + at]) end
end
local refusals = 0
for at = 1, count do
  local logins = redis.call('HMGET', KEYS[at], 'lease', 'leaseUntil', 'refusedUntil', 'refusals')
  local paused = tonumber(logins[3] or 0) - now
  if paused > 0 then return {'REFUSED', string.format('%.0f', paused)} end
  if logins[1] ~= ARGV[1] and tonumber(logins[2] or 0) > now then return {'TAKEN'} end
  refusals = math.max(refusals, tonumber(logins[4] or 0))
end
redis.call('HSET', KEYS[1], 'lease', ARGV[1], 'leaseUntil', string.format('%.0f', now + ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'TURN', tostring(refusals)}
`);

/**
 * KEYS: as above. ARGV: id, how long to keep the hash, what became of the login, the lifetime of the token or the pause
 * after a refusal, the sealed token.
 */
const END = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count = #KEYS / 2
local last = now
for at = 1, count do
  local logins = redis.call('HMGET', KEYS[at], 'lease', 'refusedUntil', 'refusals')
  if logins[1] == ARGV[1] then redis.call('HSET', KEYS[at], 'leaseUntil', '0') end
  if logins[1] and ARGV[3] == 'WORKED' then redis.call('HSET', KEYS[at], 'refusals', '0') end
  if logins[1] and ARGV[3] == 'FORGET' then redis.call('HSET', KEYS[at], 'refusedUntil', '0') end
  if at == 1 and (ARGV[3] == 'REFUSED' or ARGV[3] == 'KEEP') then
    local more = ARGV[3] == 'REFUSED' and 1 or 0
    last = math.max(tonumber(logins[2] or 0), now + ARGV[4])
    redis.call('HSET', KEYS[1], 'lease', logins[1] or '', 'refusedUntil', string.format('%.0f', last),
      'refusals', tonumber(logins[3] or 0) + more)
  end
end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', last - now + ARGV[2]))
if ARGV[5] ~= '' then
  redis.call('SET', KEYS[count + 1], string.format('%.0f', now + ARGV[4]) .. ':' .. ARGV[5], 'PX', ARGV[4])
end
return 1
`);

/** The logins of all instances, in Redis. It has neither credentials nor a token that can be read there. */
export function createLoginsInRedis({ keyRing, run }: Pick<Redis, 'keyRing' | 'run'>): LoginStore {
  const namesOf = ({ upstream, login }: Attempt) => {
    const digests = keyRing.digestsOf('login', `${upstream}\0${login.credentials.reveal()}`);
    return ['login', 'token'].flatMap((what) =>
      digests.map((digest) => `oidc-gateway:${what}:${digest}`),
    );
  };
  const end = async (
    attempt: Attempt,
    kind: string,
    ms: number,
    token?: IssuedToken,
  ): Promise<void> => {
    const names = namesOf(attempt);
    const sealed =
      token === undefined
        ? ''
        : keyRing.seal(
            JSON.stringify([token.value.reveal(), token.lifetimeMs]),
            names[names.length / 2] ?? '',
          );
    await run(END, names, [attempt.id, KEPT_MS, kind, Math.ceil(ms), sealed]);
  };

  return {
    ask: async (attempt, leaseMs) => {
      const names = namesOf(attempt);
      const tokenNames = names.slice(names.length / 2);
      let useless: readonly Useless[] = tokenNames.map(() => ({ read: '', isRefused: false }));
      for (let reads = 0; reads < MAX_READS; reads += 1) {
        const reply = await run(ASK, names, [
          attempt.id,
          leaseMs,
          KEPT_MS,
          ...useless.flatMap(({ read, isRefused }) => [read, isRefused ? 1 : 0]),
        ]);
        const answer = answerOf(reply);
        if (answer !== null) return answer;
        const [now = '', ...tokens] = (reply as readonly string[]).slice(1);
        const read = tokenNames.map((name, index) =>
          readToken(tokens[index] ?? '', Number(now), attempt.login.replaces, (sealed) =>
            keyRing.open(sealed, name),
          ),
        );
        const token = read.find((one) => 'lifetimeMs' in one);
        if (token !== undefined) return { kind: 'TOKEN', token };
        useless = read.filter((one) => 'read' in one);
      }
      // Others log in again and again.
      return { kind: 'TAKEN' };
    },
    end: (attempt, outcome) =>
      outcome.kind === 'WORKED'
        ? end(attempt, outcome.kind, outcome.token?.lifetimeMs ?? 0, outcome.token)
        : end(attempt, outcome.kind, outcome.kind === 'REFUSED' ? outcome.pauseMs : 0),
    keepRefusal: (attempt, ms) => end(attempt, ms === 0 ? 'FORGET' : 'KEEP', ms),
  };
}

/** A token that cannot be used, as it was read. */
interface Useless {
  readonly read: string;
  /** Whether it is the one that the upstream refused. */
  readonly isRefused: boolean;
}

/** @returns null if tokens are to be read; they are texts @throws RedisFailure for what the script cannot have returned */
function answerOf(reply: unknown): LoginAnswer | null {
  const [kind, detail, ...more] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  const number = Number(detail);
  if (kind === 'TAKEN') return { kind };
  if (kind === 'TURN' && Number.isFinite(number)) return { kind, refusals: number };
  if (kind === 'REFUSED' && number > 0) return { kind, pausedMs: number };
  if (kind !== 'TOKENS' || ![detail, ...more].every((one) => typeof one === 'string'))
    throw new RedisFailure('UNREADABLE');
  return null;
}

const sealedToken = z.tuple([z.string(), z.number().positive()]);

function readToken(
  read: string,
  now: number,
  replaces: ReplacedToken | null,
  open: (sealed: string) => string | null,
): IssuedToken | Useless {
  const colon = read.indexOf(':');
  const token = sealedToken.safeParse(parseJson(open(read.slice(colon + 1)) ?? ''));
  if (!token.success) return { read, isRefused: false };
  const [value, lifetimeMs] = token.data;
  if (value === replaces?.value.reveal()) return { read, isRefused: replaces.isRefused };
  // Somebody who can write to Redis cannot make a token live longer.
  const leftMs = Math.min(lifetimeMs, Number(read.slice(0, colon)) - now);
  return leftMs > Math.min(MIN_LEFT_MS, lifetimeMs / 5)
    ? { value: new Secret(value), lifetimeMs: leftMs }
    : { read, isRefused: false };
}
