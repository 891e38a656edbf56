import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { startRedis } from '../services/setup/redis.ts';
import type { RedisServer } from '../services/setup/redis.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { takeOneOf } from '../setup/ports.ts';
import { Callers } from './setup/callers.ts';
import { IMAGE } from './setup/image.ts';
import { openPods } from './setup/pods.ts';
import type { Pod, Pods } from './setup/pods.ts';
import { openStorage } from './setup/storage.ts';
import { startUpstreams } from './setup/upstreams.ts';
import type { Upstreams } from './setup/upstreams.ts';

/* A day of an operator, under load: three pods of the chart share Redis, and no write is lost or done twice. */

const storage = openStorage(inject('storage'));
const inbound = makeApiKey();
const callers = new Callers(inbound.headers);
const password = randomBytes(12).toString('hex');
const oldKey = randomBytes(32).toString('base64');
const newKey = randomBytes(32).toString('base64');
const [repository = '', tag = ''] = IMAGE.split(/:(?=[^:]+$)/);
let upstreams: Upstreams;
let redis: RedisServer;
let pods: Pods;
let running: readonly Pod[];
let values: object;

beforeAll(async () => {
  const address = await storage.gateway();
  upstreams = await startUpstreams(address);
  const { first: port, release } = await takeOneOf(1, 0);
  await release();
  const certificate = upstreams.authority;
  redis = await startRedis(
    ...['--bind', '0.0.0.0', '--requirepass', password, '--tls-port', String(port)],
    ...['--tls-cert-file', certificate, '--tls-key-file', join(dirname(certificate), 'key.pem')],
    ...['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no'],
    ...['--maxmemory-policy', 'noeviction'],
  );
  pods = await openPods(storage);
  const { ORDERCLOUD_CLIENT_SECRET, ...others } = upstreams.secrets;
  await pods.secret('walk-huawei', 'VARIABLES', others);
  await pods.secret('walk-files', 'FILES', {
    'client-secret': ORDERCLOUD_CLIENT_SECRET,
    'keys.json': readFileSync(inbound.environment.AUTH_API_KEYS_FILE, 'utf8'),
    'ca.pem': readFileSync(certificate, 'utf8'),
    'redis-password': password,
  });
  // One for each step of a change of the key.
  await pods.secret('walk-key-0', 'VARIABLES', { REDIS_ENCRYPTION_KEY: oldKey });
  await pods.secret('walk-key-1', 'VARIABLES', {
    REDIS_ENCRYPTION_KEY: oldKey,
    REDIS_ENCRYPTION_KEY_PREVIOUS: newKey,
  });
  await pods.secret('walk-key-2', 'VARIABLES', {
    REDIS_ENCRYPTION_KEY: newKey,
    REDIS_ENCRYPTION_KEY_PREVIOUS: oldKey,
  });
  values = {
    image: { repository, tag },
    autoscaling: { enabled: false },
    env: {
      ...upstreams.environment,
      ORDERCLOUD_CLIENT_SECRET_FILE: '/secrets/client-secret',
      AUTH_API_KEYS_FILE: '/secrets/keys.json',
      NODE_EXTRA_CA_CERTS: '/secrets/ca.pem',
      REDIS_URL: `rediss://${address}:${port}`,
      REDIS_PASSWORD_FILE: '/secrets/redis-password',
      INSTANCES: 4,
      LIMIT_OPERATIONS_PER_MINUTE: 100_000,
    },
    secretFiles: [{ secretName: 'walk-files', mountPath: '/secrets' }],
  };
});
afterAll(async () => {
  await callers.stop();
  await redis.close();
  await upstreams.close();
  inbound.remove();
});

/** Replaces one pod after the other, as a rolling update with `maxUnavailable: 0` and `maxSurge: 1` does. */
async function update(name: string, changes: object): Promise<void> {
  for (const [index, old] of running.entries()) {
    const [next] = await pods.install(`${name}-${index}`, { ...values, replicas: 1, ...changes });
    if (next === undefined) throw new Error('podman made no pod');
    running = [...running.filter((pod) => pod !== old), next];
    callers.use(running.map(({ origin }) => origin));
    expect(await pods.end(old)).toBe(0);
  }
  await callers.progress();
}

it('has as many pods as the values say, and all of them write', async () => {
  running = await pods.install('walk', {
    ...values,
    replicas: 3,
    secretEnv: ['walk-huawei', 'walk-key-0'],
  });
  callers.use(running.map(({ origin }) => origin));
  callers.start(6);
  expect(running.length).toBe(3);
  await callers.progress();
});

it('one of them is killed', async () => {
  const [victim] = running;
  if (victim === undefined) throw new Error('there are three');
  const { container, origin } = victim;
  const id = (await storage.podman('inspect', '--format={{.State.Pid}}', container)).trim();
  // With a write of its own under way, which is done although its result is lost.
  callers.use([origin]);
  const held = upstreams.hold('/openidconnects');
  await held.arrived;
  process.kill(Number(id), 'SIGKILL');
  callers.use(running.map((pod) => pod.origin));
  held.release();
  // Kubernetes starts it again.
  await expect.poll(() => fetch(`${origin}/readyz`).then(({ status }) => status, String)).toBe(200);
  await callers.progress();
});

it('Redis is restarted', async () => {
  await redis.kill();
  await callers.isRefused();
  await redis.restart();
  await callers.progress();
});

it('the encryption key is changed', async () => {
  await update('key-1', { secretEnv: ['walk-huawei', 'walk-key-1'] });
  await update('key-2', { secretEnv: ['walk-huawei', 'walk-key-2'] });
});

it('an upgrade is rolled back', async () => {
  await storage.podman('tag', IMAGE, `${repository}:next`);
  const secretEnv = ['walk-huawei', 'walk-key-2'];
  await update('next', { image: { repository, tag: 'next' }, secretEnv });
  await update('back', { secretEnv });
});

it('no write is lost, and none is done twice', async () => {
  const { acknowledged, unknown } = await callers.stop();
  const stored = await callers.stored();
  expect(acknowledged.length).toBeGreaterThan(200);
  for (const write of acknowledged) expect(stored.get(write), write).toBe(1);
  for (const write of unknown) expect(stored.get(write) ?? 0, write).toBeLessThanOrEqual(1);
  // Only what was under way when its instance was killed, or when Redis was, and cannot be read back without an id.
  expect(unknown.length).toBeLessThanOrEqual(12);
  expect([...stored.values()].filter((count) => count > 1)).toEqual([]);
  process.stdout.write(
    `${acknowledged.length} writes acknowledged, ${unknown.length} unknown, ${callers.repeats} sent again\n`,
  );
});
