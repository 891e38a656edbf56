import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { post } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { permissiveUpstream, refusal } from '../setup/permissive-upstream.ts';
import type { ScriptedResponse } from '../setup/scripted-upstream.ts';
import { KEY, later, newKey, setting } from './setup/instances.ts';
import type { Environment, Setting } from './setup/instances.ts';
import { startRedis, startSentinel } from './setup/redis.ts';
import type { RedisServer } from './setup/redis.ts';

/* Instances whose logins at the upstream are shared through a real Redis. */

const SECRET = 'canary-client-secret';
const INBOUND = makeApiKey();
afterAll(() => {
  INBOUND.remove();
});
const READ = '{ openIdConnect(id: "google") { __typename ... on OidcError { code } } }';

interface Account extends Setting {
  /** The secret of each login. */
  readonly logins: string[];
  /** The tokens of calls that were let in. */
  readonly used: Set<string>;
  /** What the account accepts. */
  readonly accepts: {
    secret: string;
    /** Tokens up to this one are refused. */
    revoked: number;
    /** Called before the response to a login. */
    login: (count: number) => Promise<void> | void;
  };
}

/** An upstream that the gateway logs in to itself, with a deadline that no wait reaches. */
async function account(environment: Environment = {}): Promise<Account> {
  const { instance, ...given } = await setting();
  const logins: string[] = [];
  const used = new Set<string>();
  const accepts: Account['accepts'] = { secret: SECRET, revoked: 0, login: () => undefined };
  given.upstream.respondWith(async (request): Promise<ScriptedResponse> => {
    const { target, body, headers } = request;
    if (target === '/oauth/token') {
      const secret = new URLSearchParams(body).get('client_secret') ?? '';
      const count = logins.push(secret);
      await accepts.login(count);
      return secret === accepts.secret
        ? {
            status: 200,
            body: `{"access_token":"canary-token-${count}","token_type":"bearer","expires_in":3600}`,
          }
        : { status: 401, body: '{"error":"invalid_client"}' };
    }
    const [, token = '', number] =
      /^Bearer (canary-token-(\d+))$/.exec(headers.authorization ?? '') ?? [];
    if (!(Number(number) > accepts.revoked))
      return {
        ...(refusal(target, 401, 'Auth.InvalidToken', 'No.') as { status: number; body: string }),
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      };
    used.add(token);
    return permissiveUpstream(request);
  });
  const all = {
    ...given.environment,
    ...INBOUND.environment,
    ORDERCLOUD_CREDENTIALS: 'gateway',
    ORDERCLOUD_CLIENT_ID: 'gateway',
    ORDERCLOUD_CLIENT_SECRET: SECRET,
    UPSTREAM_TIMEOUT_MS: '60000',
    ...environment,
  };
  return {
    ...given,
    environment: all,
    logins,
    used,
    accepts,
    instance: (more = {}) => instance({ ...all, ...more }),
  };
}

/** Reads a configuration. @returns the member of the union, or the code of the error */
async function read({ url }: { readonly url: string }): Promise<string> {
  const { data } = await post(url, READ, {}, INBOUND.headers);
  const { __typename, code } = data?.['openIdConnect'] as Record<string, string>;
  return code ?? __typename ?? '';
}
const SUCCESS = 'OpenIdConnectSuccess';

const three = async ({ instance }: Account, environment: Environment = {}) => [
  await instance(environment),
  await instance(environment),
  await instance(environment),
];
const linesOf = ({ logs }: TestGateway, text: string) =>
  logs.filter(({ msg }) => String(msg).includes(text)).length;

describe('instances that share Redis', () => {
  it('log in once for all of them', async () => {
    const shared = await account();
    const gateways = await three(shared);
    expect(await Promise.all(gateways.map(read))).toEqual([SUCCESS, SUCCESS, SUCCESS]);
    gateways.push(await shared.instance());
    expect(await Promise.all(gateways.map(read))).toEqual(Array(4).fill(SUCCESS));
    expect(shared.logins).toEqual([SECRET]);
    expect([...shared.used]).toEqual(['canary-token-1']);
    const count = (text: string) => gateways.reduce((sum, one) => sum + linesOf(one, text), 0);
    expect(count('the gateway logged in')).toBe(1);
    expect(count('the gateway uses the token of a login of another instance')).toBe(3);
  });

  it('try a refused login once, as long as the one that tried it runs', async () => {
    const shared = await account();
    shared.accepts.secret = 'another';
    const origin = await shared.instance();
    expect(await read(origin)).toBe('UPSTREAM_UNAVAILABLE');
    const others = await three(shared);
    for (const gateway of [origin, ...others])
      expect(await read(gateway)).toBe('UPSTREAM_UNAVAILABLE');
    expect(shared.logins).toEqual([SECRET]);
    for (const gateway of others) expect(linesOf(gateway, 'the gateway could not log in')).toBe(1);
    // Other credentials have nothing to do with it.
    const corrected = await shared.instance({ ORDERCLOUD_CLIENT_SECRET: 'another' });
    expect(await read(corrected)).toBe(SUCCESS);
    expect(await read(await shared.instance())).toBe('UPSTREAM_UNAVAILABLE');
    expect(shared.logins).toEqual([SECRET, 'another']);
    // Somebody corrects the account, and restarts.
    shared.accepts.secret = SECRET;
    await origin.stop();
    expect(await read(await shared.instance())).toBe(SUCCESS);
    expect(shared.logins).toEqual([SECRET, 'another', SECRET]);
  });

  it('try a refused login once, also if all need it at the same time', async () => {
    const shared = await account();
    shared.accepts.secret = 'another';
    const gateways = await three(shared);
    expect(new Set(await Promise.all(gateways.map(read)))).toEqual(
      new Set(['UPSTREAM_UNAVAILABLE']),
    );
    expect(shared.logins).toEqual([SECRET]);
  });

  it('never use a token of other credentials, another address or another key', async () => {
    const shared = await account();
    expect(await read(await shared.instance())).toBe(SUCCESS);
    for (const [name, value] of [
      ['ORDERCLOUD_CLIENT_ID', 'other'],
      ['ORDERCLOUD_ROLES', 'OpenIDConnectReader'],
      ['ORDERCLOUD_API_URL', `${shared.upstream.origin.replace('127.0.0.1', 'localhost')}/v1`],
      ['REDIS_ENCRYPTION_KEY', newKey()],
    ] as const)
      expect(await read(await shared.instance({ [name]: value }))).toBe(SUCCESS);
    expect(shared.logins).toHaveLength(5);
    // During a change of keys, what was stored under the other key is read.
    const changed = { REDIS_ENCRYPTION_KEY: newKey(), REDIS_ENCRYPTION_KEY_PREVIOUS: KEY };
    expect(await read(await shared.instance(changed))).toBe(SUCCESS);
    expect(shared.logins).toHaveLength(5);
  });

  it('replace a token that the upstream refuses by one login, and drop it', async () => {
    const shared = await account();
    const gateways = await three(shared);
    await Promise.all(gateways.map(read));
    shared.accepts.revoked = 1;
    // The first one needs the turn of the other one, so the old token is no longer in Redis while it logs in.
    const namesInRedis: string[] = [];
    shared.accepts.login = async () => {
      namesInRedis.push(await shared.redis.ask('KEYS', 'oidc-gateway:token:*'));
    };
    expect(await Promise.all(gateways.map(read))).toEqual([SUCCESS, SUCCESS, SUCCESS]);
    expect(await read(await shared.instance())).toBe(SUCCESS);
    expect(shared.logins).toHaveLength(2);
    expect(namesInRedis.join('').trim()).toBe('');
    expect([...shared.used]).toEqual(['canary-token-1', 'canary-token-2']);
  });

  it('wait for the login of one of them for a fifth of the deadline, then log in by themselves', async () => {
    const shared = await account({ UPSTREAM_TIMEOUT_MS: '5000' });
    const [one, two] = [await startBuiltGateway(shared.environment), await shared.instance()];
    // The first login never gets its response.
    shared.accepts.login = (count) => (count === 1 ? new Promise(() => undefined) : undefined);
    const lost = read(one).catch(() => 'lost');
    await expect.poll(() => shared.logins.length).toBe(1);
    one.signal('SIGKILL');
    expect(await lost).toBe('lost');
    expect(await read(two)).toBe(SUCCESS);
    expect(shared.logins).toHaveLength(2);
  });
});

describe('without Redis', () => {
  it('each logs in by itself, and they share again when it is back', async () => {
    const shared = await account();
    const one = await shared.instance();
    expect(await read(one)).toBe(SUCCESS);
    const two = await shared.instance();
    await shared.redis.kill();
    expect(await read(two)).toBe(SUCCESS);
    expect(await read(await shared.instance())).toBe(SUCCESS);
    expect(await read(one)).toBe(SUCCESS);
    expect(shared.logins).toHaveLength(3);
    expect(linesOf(two, 'Redis cannot be reached')).toBe(1);
    await shared.redis.restart();
    await expect.poll(() => shared.redis.ask('PING')).toBe('PONG\n');
    expect(await read(await shared.instance())).toBe(SUCCESS);
    expect(shared.logins).toHaveLength(3);
  });

  it('that does not respond, each logs in by itself', async () => {
    const shared = await account();
    const gateway = await shared.instance();
    shared.redis.signal('SIGSTOP');
    expect(await read(gateway)).toBe(SUCCESS);
    shared.redis.signal('SIGCONT');
    expect(shared.logins).toHaveLength(1);
  });
});

/** All that clients say to Redis, as it says itself. */
function monitor({ port }: RedisServer) {
  const child = spawn('/usr/bin/redis-cli', ['-p', String(port), 'MONITOR']);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  later({
    close: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  });
  return () => text;
}

it('nothing in Redis, or on its way there, can be read', async () => {
  const shared = await account();
  const heard = monitor(shared.redis);
  await expect.poll(heard).toContain('OK');
  await Promise.all((await three(shared)).map(read));
  shared.accepts.revoked = 1;
  await Promise.all((await three(shared)).map(read));
  shared.accepts.secret = 'canary-other-secret';
  await read(await shared.instance({ ORDERCLOUD_CLIENT_ID: 'canary-client' }));
  await expect.poll(() => shared.redis.ask('KEYS', 'oidc-gateway:token:*')).not.toBe('\n');
  const names = (await shared.redis.ask('KEYS', '*')).trim().split('\n');
  const content = await Promise.all(
    names.map(async (name) => {
      const type = (await shared.redis.ask('TYPE', name)).trim();
      const left = Number(await shared.redis.ask('PTTL', name));
      if (name.includes(':token:')) expect(left).toBeLessThanOrEqual(3_600_000);
      expect(left).toBeGreaterThan(0);
      return `${name} ${await shared.redis.ask(type === 'hash' ? 'HGETALL' : 'GET', name)}`;
    }),
  );
  const all = content.join('\n') + heard();
  expect(all).toContain('refusedUntil');
  expect(all).toMatch(/oidc-gateway:token:[\w-]{43} \d+:[\w+/=]{40}/);
  for (const text of [
    SECRET,
    'canary-other-secret',
    'canary-client',
    'canary-token-1',
    'canary-token-2',
    shared.upstream.origin,
    KEY,
  ])
    for (const form of ['utf8', 'hex', 'base64', 'base64url'] as const)
      expect(all).not.toContain(Buffer.from(text).toString(form).replace(/=+$/, '').slice(0, -2));
});

it('a failover under load costs no login and no operation above the rate, but within itself', async () => {
  const rate = 600;
  const shared = await account({ LIMIT_OPERATIONS_PER_MINUTE: String(rate), INSTANCES: '4' });
  const replica = later(await startRedis('--replicaof', '127.0.0.1', String(shared.redis.port)));
  await expect.poll(() => shared.redis.ask('INFO', 'replication')).toContain('state=online');
  const sentinel = later(await startSentinel(shared.redis.port));
  const behind = { REDIS_URL: `redis+sentinel://127.0.0.1:${sentinel.port}/shared` };
  const gateways = await three(shared, behind);
  /** When an operation was let in. */
  const taken: number[] = [];
  let refused = 0;
  let isOver = false;
  const load = Array.from({ length: 12 }, async (_, index) => {
    while (!isOver) {
      const { text } = await post(gateways[index % 3]?.url ?? '', READ, {}, INBOUND.headers);
      if (text.includes(SUCCESS)) taken.push(performance.now());
      else refused += 1;
      await sleep(2);
    }
  });
  const takenIn = (from: number, to: number) => taken.filter((at) => at >= from && at < to).length;
  const most = (burst: number, ms: number) => burst + (ms / 60_000) * rate + rate * 0.1;

  const began = performance.now();
  await expect.poll(() => refused).toBeGreaterThan(100);
  const killed = performance.now();
  expect(takenIn(began, killed)).toBeLessThanOrEqual(most(rate, killed - began));
  expect(shared.logins).toHaveLength(1);
  expect((await replica.ask('KEYS', 'oidc-gateway:token:*')).trim()).not.toBe('');

  await shared.redis.kill();
  expect(await read(await shared.instance(behind))).toBe(SUCCESS);
  const within = shared.logins.length;
  expect(within).toBeLessThanOrEqual(2);
  for (const gateway of gateways)
    await expect.poll(() => linesOf(gateway, 'connected to Redis')).toBe(2);
  const over = performance.now();
  await expect.poll(() => takenIn(over, Infinity)).toBeGreaterThan(50);
  expect(await read(await shared.instance(behind))).toMatch(/Success|RATE_LIMITED/);
  isOver = true;
  await Promise.all(load);
  const ended = performance.now();
  // What each let in by itself is not known in Redis.
  expect(takenIn(over, ended)).toBeLessThanOrEqual(most(0, ended - killed));
  expect(shared.logins).toHaveLength(within);
});
