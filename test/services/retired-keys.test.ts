import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../src/domain/scrub/secret.ts';
import { openRedis } from '../../src/redis/open-redis.ts';
import type { Redis } from '../../src/redis/redis.ts';
import { createSharedRetiredKeys } from '../../src/redis/retired-keys.ts';
import { startRedis } from './setup/redis.ts';
import type { RedisServer } from './setup/redis.ts';

/* Instances of the gateway remember together, in a real Redis, since when issuers no longer publish keys. */

const newKey = () => new Secret(randomBytes(32).toString('base64'));
const KEY = newKey();

async function instance(
  { port }: RedisServer,
  {
    encryptionKey = KEY,
    otherKey = null,
  }: { encryptionKey?: Secret; otherKey?: Secret | null } = {},
): Promise<Redis> {
  const settings = {
    at: { kind: 'SERVER', server: { host: '127.0.0.1', port } },
    tls: false,
    database: 0,
    user: null,
    password: null,
    encryptionKey,
    otherKey,
    instances: 2,
  } as const;
  const redis = await openRedis(settings, () => undefined);
  onTestFinished(() => redis.close());
  return redis;
}

async function server(): Promise<RedisServer> {
  const redis = await startRedis();
  onTestFinished(() => redis.close());
  return redis;
}

const SEEN = {
  at: '["https://iam.example","ACME","https://idp.example"]',
  gone: ['gone-key'],
  published: ['live-key'],
};
const ageOf = async (redis: Redis, seen = SEEN) =>
  (await createSharedRetiredKeys(redis).see(seen))?.get('gone-key');

it('is known to all instances, also to those with another encryption key, until the key comes back', async () => {
  const redis = await server();
  const [one, two] = [await instance(redis), await instance(redis)];
  expect(await ageOf(one)).toBe(0);
  await sleep(50);
  const age = await ageOf(two);
  expect(age).toBeGreaterThanOrEqual(0.05);
  expect(await ageOf(two, { ...SEEN, at: 'another issuer' })).toBe(0);

  const newer = await instance(redis, { encryptionKey: newKey(), otherKey: KEY });
  expect(await ageOf(newer)).toBeGreaterThanOrEqual(age ?? Infinity);
  expect(await ageOf(newer)).toBeGreaterThanOrEqual(age ?? Infinity);

  await createSharedRetiredKeys(newer).see({ ...SEEN, gone: [], published: ['gone-key'] });
  expect(await ageOf(newer)).toBe(0);
});

it('shows nothing in Redis that can be read there, and is forgotten after a month', async () => {
  const redis = await server();
  await ageOf(await instance(redis));
  const names = (await redis.ask('KEYS', '*')).trim().split('\n');
  expect(names).toEqual([expect.stringMatching(/^oidc-gateway:retired:[\w-]{43}$/)]);
  expect(await redis.ask('GET', names[0] ?? '')).toMatch(/^\d{13}\s*$/);
  expect(Number(await redis.ask('TTL', names[0] ?? ''))).toBeGreaterThan(30 * 86_400);
});

it('is not known while Redis is gone, or if it has something else', async () => {
  const redis = await server();
  const gateway = await instance(redis);
  await ageOf(gateway);
  const name = (await redis.ask('KEYS', '*')).trim();
  await redis.ask('SET', name, 'something else');
  expect(await ageOf(gateway)).toBe(0);
  await redis.ask('DEL', name);
  await redis.ask('HSET', name, 'a', 'b');
  expect(await ageOf(gateway)).toBe(0);
  await redis.kill();
  expect(await createSharedRetiredKeys(gateway).see(SEEN)).toBeNull();
});
