import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import { post } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { permissiveUpstream, STORED } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import { HEADERS } from '../setup/scripted-gateway.ts';
import type { Result } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse, ScriptedUpstream } from '../setup/scripted-upstream.ts';
import { makeCertificate } from './setup/certificate.ts';
import { KEY, later, newKey, setting } from './setup/instances.ts';
import type { Environment } from './setup/instances.ts';
import { startRedis, startSentinel } from './setup/redis.ts';
import { runStorm } from './storm/storm.ts';

/* Several instances of the gateway share idempotency keys and rates through a real Redis. */

const CREATE = documentOf('createOpenIdConnect', {
  CreateOpenIdConnectSuccess:
    'openIdConnect { id connectClientSecret hasConnectClientSecret } warnings { code }',
  OidcError:
    'code message ... on OidcOutcomeUnknownError { reason } ... on OidcIdempotencyInFlightError { retryAfterSeconds }',
});
const INPUT = { input: STORED.openIdConnect };

/** Creates a configuration with a key. */
async function create(
  { url }: { readonly url: string },
  { key = 'key-1', variables = INPUT }: { readonly key?: string; readonly variables?: object } = {},
): Promise<Result & { readonly replayed: boolean }> {
  const { data, errors, text } = await post(url, CREATE, variables, {
    ...HEADERS,
    'idempotency-key': key,
  });
  expect(errors).toBeUndefined();
  return { ...(data?.['result'] as Result), replayed: text.includes('"replayed":true') };
}

const writes = ({ seen }: ScriptedUpstream) => seen.filter(({ method }) => method !== 'GET').length;
const SUCCESS = { __typename: 'CreateOpenIdConnectSuccess' };
const UNSENT = { code: 'UPSTREAM_UNAVAILABLE' };

/** Lets the next write wait. @returns when it has arrived, and what lets it go on */
function holdWrite(upstream: ScriptedUpstream): {
  readonly arrived: Promise<void>;
  readonly release: () => void;
} {
  let arrive = (): void => undefined;
  let release = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  upstream.respondWith(async (request): Promise<ScriptedResponse> => {
    const response = permissiveUpstream(request);
    if (request.method === 'GET') return response;
    arrive();
    await released;
    return response;
  });
  return {
    arrived,
    release: () => {
      release();
    },
  };
}

describe('instances that share Redis', () => {
  it('replay the result of another one, without its secret, and refuse another input', async () => {
    const { upstream, instance } = await setting();
    const [one, two, three] = [await instance(), await instance(), await instance()];
    expect(await create(one)).toMatchObject({ ...SUCCESS, replayed: false });
    for (const gateway of [one, two, three])
      expect(await create(gateway)).toMatchObject({
        ...SUCCESS,
        replayed: true,
        openIdConnect: { id: 'google', connectClientSecret: null, hasConnectClientSecret: true },
      });
    const variables = { input: { ...STORED.openIdConnect, connectClientSecret: 'another' } };
    expect(await create(two, { variables })).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(writes(upstream)).toBe(1);
  });

  it('refuse a key whose write is under way at another one', async () => {
    const { upstream, instance } = await setting();
    const [one, two] = [await instance(), await instance()];
    const { arrived, release } = holdWrite(upstream);
    const first = create(one);
    await arrived;
    expect(await create(two)).toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT' });
    release();
    expect(await first).toMatchObject(SUCCESS);
    expect(await create(two)).toMatchObject({ ...SUCCESS, replayed: true });
    expect(writes(upstream)).toBe(1);
  });

  it('read back the write of one that was killed', async () => {
    const { upstream, environment, instance } = await setting();
    const killed = await startBuiltGateway(environment);
    const { arrived, release } = holdWrite(upstream);
    const lost = create(killed).catch(() => 'lost');
    await arrived;
    killed.signal('SIGKILL');
    expect(await lost).toBe('lost');
    release();
    const two = await instance();
    expect(await create(two)).toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT' });
    await expect
      .poll(() => create(two), { interval: 500 })
      .toMatchObject({
        ...SUCCESS,
        replayed: false,
        warnings: expect.arrayContaining([{ code: 'CONFIRMED_BY_READING' }]) as unknown,
      });
    expect(writes(upstream)).toBe(1);
  });

  it('read what was stored under the other key, whichever is the current one', async () => {
    const { upstream, instance } = await setting();
    const next = newKey();
    const old = await instance();
    const prepared = await instance({ REDIS_ENCRYPTION_KEY_PREVIOUS: next });
    const changed = await instance({
      REDIS_ENCRYPTION_KEY: next,
      REDIS_ENCRYPTION_KEY_PREVIOUS: KEY,
    });
    for (const gateway of [old, prepared, changed])
      expect(await create(gateway)).toMatchObject({ ...SUCCESS, replayed: gateway !== old });
    for (const gateway of [changed, prepared])
      expect(await create(gateway, { key: 'key-2' })).toMatchObject({
        ...SUCCESS,
        replayed: gateway !== changed,
      });
    const variables = { input: { ...STORED.openIdConnect, connectClientSecret: 'another' } };
    expect(await create(changed, { variables })).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(writes(upstream)).toBe(2);
  });

  it('leave nothing in Redis that can be read', async () => {
    const { redis, instance } = await setting();
    // So slow a rate that what is counted does not run out meanwhile.
    await create(await instance({ LIMIT_OPERATIONS_PER_MINUTE: '1' }), { key: 'canary-key' });
    // A count of the caller comes after the response.
    await expect.poll(() => redis.ask('DBSIZE')).toBe('2\n');
    const names = (await redis.ask('KEYS', '*')).trim().split('\n').sort();
    const content = await Promise.all(
      names.map(async (name) => {
        const command = name.startsWith('oidc-gateway:key:') ? 'HGETALL' : 'GET';
        return `${name} ${await redis.ask(command, name)}`;
      }),
    );
    expect(content.join()).toContain('DONE');
    const { connectClientSecret, connectClientId, tokenEndpoint } = STORED.openIdConnect;
    for (const text of [
      connectClientSecret,
      connectClientId,
      tokenEndpoint,
      'google',
      'example-token',
      'canary-key',
      'createOpenIdConnect',
      KEY,
    ])
      for (const form of ['utf8', 'hex', 'base64', 'base64url'] as const)
        expect(content.join()).not.toContain(
          Buffer.from(text).toString(form).replace(/=+$/, '').slice(0, -2),
        );
    // Forgotten after a day.
    const [name = ''] = names;
    const left = Number(await redis.ask('PTTL', name));
    expect(left).toBeGreaterThan(86_000_000);
    expect(left).toBeLessThanOrEqual(86_400_000);
  });
});

describe('without Redis', () => {
  const linesOf = ({ logs }: TestGateway) =>
    logs
      .filter(({ msg }) => String(msg).includes('Redis'))
      .map(({ level, reason }) => [level, reason]);

  it('a write with a key is refused unsent, one without is not, and it works again after a restart', async () => {
    const { redis, upstream, instance } = await setting();
    const gateway = await instance();
    await create(gateway);
    await redis.kill();
    for (const key of ['key-1', 'key-2', 'key-3'])
      expect(await create(gateway, { key })).toMatchObject(UNSENT);
    expect(writes(upstream)).toBe(1);
    const plain = await gateway.post(CREATE, INPUT, { ...HEADERS });
    expect(plain.data?.['result']).toMatchObject(SUCCESS);
    expect((await fetch(new URL('/readyz', gateway.url))).status).toBe(200);

    await redis.restart();
    await expect.poll(() => create(gateway, { key: 'key-2' })).toMatchObject(SUCCESS);
    expect(await create(gateway)).toMatchObject({ ...SUCCESS, replayed: true });
    expect(writes(upstream)).toBe(3);
    const lines = linesOf(gateway);
    expect(lines.map(([level]) => level)).toEqual(['info', 'warn', 'info']);
    expect(JSON.stringify(gateway.logs)).not.toContain(KEY);
  });

  it('that answers too late, nothing is sent, and the claim is taken back', async () => {
    const { redis, upstream, instance } = await setting();
    const gateway = await instance();
    redis.signal('SIGSTOP');
    expect(await create(gateway)).toMatchObject(UNSENT);
    redis.signal('SIGCONT');
    await expect
      .poll(() => create(gateway))
      .toMatchObject({
        ...SUCCESS,
        replayed: false,
        warnings: expect.not.arrayContaining([{ code: 'CONFIRMED_BY_READING' }]) as unknown,
      });
    expect(writes(upstream)).toBe(1);
  });

  it.each([
    ['no server', {}, 'ECONNREFUSED'],
    ['a wrong password', { REDIS_PASSWORD: 'canary-password' }, 'WRONGPASS'],
    ['no password', {}, 'NOAUTH'],
  ])(
    '%s: the gateway starts, and says why once',
    async (_what, environment: Environment, reason) => {
      const { redis, upstream, instance } = await setting('--requirepass', 'right');
      if (reason === 'ECONNREFUSED') await redis.kill();
      const gateway = await instance(environment);
      await sleep(1_000);
      expect(await create(gateway)).toMatchObject(UNSENT);
      expect(linesOf(gateway)).toEqual([['warn', reason]]);
      expect(JSON.stringify(gateway.logs)).not.toContain('canary-password');
      expect(writes(upstream)).toBe(0);
    },
  );

  it('no Sentinel: the gateway starts, and says why once', async () => {
    const { instance } = await setting();
    const gateway = await instance({ REDIS_URL: 'redis+sentinel://127.0.0.1:1/shared' });
    expect(await create(gateway)).toMatchObject(UNSENT);
    await expect.poll(() => linesOf(gateway)).toEqual([['warn', 'SENTINELS_UNREACHABLE']]);
  });

  /** The rights that docs/idempotency.md names. */
  const RIGHTS =
    '~oidc-gateway:* +evalsha +eval +time +hmget +hset +mget +set +del +pexpire +info +wait';
  const withUser = async (rights: string, database = '') => {
    const { redis, upstream, instance } = await setting();
    const user = ['ACL', 'SETUSER', 'gateway', 'on', '>pa:ss@word'];
    await redis.ask(...user, ...rights.split(' '));
    const url = redis.url.replace('//', '//gateway:pa%3Ass%40word@');
    return { redis, upstream, user, gateway: await instance({ REDIS_URL: `${url}${database}` }) };
  };

  it('a user and a password in the URL are used, and not shown', async () => {
    const { redis, gateway } = await withUser(`${RIGHTS} +select`, '/1');
    expect(await create(gateway)).toMatchObject(SUCCESS);
    expect(JSON.stringify(gateway.logs)).not.toMatch(/pa:ss|pa%3Ass/);
    const keys = await redis.ask('INFO', 'keyspace');
    expect([keys.includes('db1:'), keys.includes('db0:')]).toEqual([true, false]);
  });

  it.each([
    ['a command', RIGHTS.replace('+pexpire ', '+del '), ''],
    ['the keys', RIGHTS.replace('~oidc-gateway:*', '~other:*'), ''],
    ['INFO', RIGHTS.replace('+info ', ''), ''],
    ['the database', RIGHTS, '/1'],
  ])(
    'without the right to %s, it is not used, until the right is given',
    async (_what, rights, database) => {
      const { redis, upstream, user, gateway } = await withUser(rights, database);
      expect(await create(gateway)).toMatchObject(UNSENT);
      expect(linesOf(gateway)).toEqual([['warn', 'NOPERM']]);
      expect(writes(upstream)).toBe(0);
      await redis.ask(...user, ...RIGHTS.split(' '), '+select');
      await expect.poll(() => create(gateway)).toMatchObject(SUCCESS);
    },
  );
});

it('TLS is required to have a trusted certificate', async () => {
  const { keyPath, path } = later(await makeCertificate());
  const { redis, environment, instance } = await setting(
    ...['--tls-cert-file', path, '--tls-key-file', keyPath, '--tls-auth-clients', 'no'],
  );
  await redis.ask('CONFIG', 'SET', 'port', '0', 'tls-port', String(redis.port));
  const encrypted = { ...environment, REDIS_URL: redis.url.replace('redis:', 'rediss:') };
  const untrusting = await instance(encrypted);
  expect(await create(untrusting)).toMatchObject(UNSENT);
  expect(untrusting.logs).toContainEqual(
    expect.objectContaining({ level: 'warn', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
  );
  const trusting = await startBuiltGateway({ ...encrypted, NODE_EXTRA_CA_CERTS: path });
  later({ close: trusting.stop });
  expect(await create(trusting)).toMatchObject(SUCCESS);
});

describe('replicas', () => {
  it('have each claim before anything is sent, otherwise it is refused', async () => {
    const { redis, upstream, instance } = await setting();
    const replica = later(await startRedis('--replicaof', '127.0.0.1', String(redis.port)));
    await expect.poll(() => redis.ask('INFO', 'replication')).toContain('state=online');
    const gateway = await instance();
    expect(await create(gateway)).toMatchObject(SUCCESS);
    replica.signal('SIGSTOP');
    expect(await create(gateway, { key: 'key-2' })).toMatchObject(UNSENT);
    expect(writes(upstream)).toBe(1);
    replica.signal('SIGCONT');
    await expect
      .poll(() => create(gateway, { key: 'key-2' }))
      .toMatchObject({ ...SUCCESS, replayed: false });
    expect(writes(upstream)).toBe(2);
  });

  it('take over behind Sentinels, with the keys', async () => {
    const { redis, upstream, instance } = await setting();
    const replica = later(await startRedis('--replicaof', '127.0.0.1', String(redis.port)));
    await expect.poll(() => redis.ask('INFO', 'replication')).toContain('state=online');
    const sentinel = later(await startSentinel(redis.port));
    const gateway = await instance({
      REDIS_URL: `redis+sentinel://127.0.0.1:${sentinel.port}/shared`,
    });
    // Until the replica has the key in time: on a busy machine, that may take several attempts.
    await expect.poll(() => create(gateway)).toMatchObject(SUCCESS);
    await redis.kill();
    await expect.poll(() => replica.ask('ROLE'), { interval: 200 }).toContain('master');
    // It has no replica of its own yet, so no new key is taken; those that are known are.
    await expect.poll(() => create(gateway)).toMatchObject({ ...SUCCESS, replayed: true });
    expect(await create(gateway, { key: 'key-2' })).toMatchObject(UNSENT);
    expect(writes(upstream)).toBe(1);
  });
});

it('a rate holds for all instances, and each has its share of it while Redis is gone', async () => {
  const { redis, instance } = await setting();
  const rate = 600;
  const environment = { LIMIT_OPERATIONS_PER_MINUTE: String(rate), INSTANCES: '3' };
  const gateways: TestGateway[] = [];
  for (let index = 0; index < 3; index += 1) gateways.push(await instance(environment));
  /** How many of many requests are let in, and how many may be in the time that they take. */
  const flood = async () => {
    const began = performance.now();
    let [sent, taken] = [0, 0];
    const caller = async () => {
      for (; sent < 2 * rate;) {
        sent += 1;
        const { text } = await post(
          gateways[sent % 3]?.url ?? '',
          '{ openIdConnect(id: "google") { __typename } }',
          {},
          { ...HEADERS },
        );
        if (!text.includes('OidcRateLimitedError')) taken += 1;
      }
    };
    await Promise.all(Array.from({ length: 24 }, caller));
    return { taken, refilled: ((performance.now() - began) / 60_000) * rate };
  };
  const first = await flood();
  expect(first.taken).toBeGreaterThanOrEqual(rate);
  expect(first.taken).toBeLessThanOrEqual((rate + first.refilled) * 1.1);
  const names = await redis.ask('KEYS', '*');
  expect(names.trim()).toMatch(/^oidc-gateway:rate:operations:[\w-]{43}$/);
  await redis.kill();
  // What was used before counts.
  const second = await flood();
  const refilled = first.refilled + second.refilled;
  expect(first.taken + second.taken).toBeLessThanOrEqual((rate + refilled) * 1.1);
});

const STORM = { requests: 600, callers: 20, instances: 3, seed: '1' } as const;

it('a storm of repeats applies each key at most once, and repeats get the same result', async () => {
  const report = await runStorm({ ...STORM, redis: 'SHARED' });
  expect(report).toMatchObject({
    requests: 600,
    appliedTwice: [],
    notApplied: [],
    different: [],
    unexpected: [],
  });
  expect(report.results['REPLAY']).toBeGreaterThan(50);
  expect(report.readBacks).toBeGreaterThan(5);
});

it('so does one in which the master of Redis is killed', async () => {
  const report = await runStorm({ ...STORM, redis: 'FAILOVER' });
  expect(report).toMatchObject({
    lostInFailover: [],
    appliedTwice: [],
    notApplied: [],
    different: [],
    unexpected: [],
  });
  expect(report.failoverMs).toBeGreaterThan(0);
  expect(report.appliedAfterwards).toBeGreaterThan(20);
});

it.each([
  ['EACH_ITS_OWN', 'appliedTwice'],
  ['LOSING_FAILOVER', 'lostInFailover'],
] as const)('the storm would show writes that are applied twice: %s', async (redis, member) => {
  const report = await runStorm({ ...STORM, redis });
  expect(report[member].length).toBeGreaterThan(0);
});
