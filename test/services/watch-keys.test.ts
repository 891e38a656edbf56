import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readWatches } from '../../src/config/config.ts';
import type { Jwk } from '../../src/domain/keys/key-material.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { startKeysGateway } from '../setup/keys-gateway.ts';
import { rsaKey } from '../setup/rotating-keys.ts';
import { KEY, later } from './setup/instances.ts';
import { startRedis, startSentinel } from './setup/redis.ts';

/* Three instances keep the keys of an issuer current at Huawei Cloud, while the master of their Redis is killed. */

const EVERY_MS = 500;
const [a, b, c] = [rsaKey('a'), rsaKey('b'), rsaKey('c')];
const [d, e, f] = [rsaKey('d'), rsaKey('e'), rsaKey('f')];

it('has one check in each interval and one write for each change, but within a failover', async () => {
  const account = await startKeysGateway([a]);
  account.publish(a);
  const redis = later(await startRedis());
  const replica = later(await startRedis('--replicaof', '127.0.0.1', String(redis.port)));
  await expect.poll(() => redis.ask('INFO', 'replication')).toContain('state=online');
  const sentinel = later(await startSentinel(redis.port));
  const inbound = makeApiKey();
  const folder = mkdtempSync(join(tmpdir(), 'watch-keys-'));
  later({
    close: () => {
      inbound.remove();
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  });
  const file = join(folder, 'watch.yaml');
  writeFileSync(file, 'oidcConfigKeys:\n  - idpId: ACME\n    mode: sync\n');
  const environment = {
    ...inbound.environment,
    HUAWEI_IAM_URL: account.upstream.origin,
    HUAWEI_CREDENTIALS: 'gateway',
    HUAWEI_AUTH_METHOD: 'access-key',
    HUAWEI_ACCESS_KEY: 'canary-access-key',
    HUAWEI_SECRET_KEY: 'canary-secret-key',
    ISSUER_ALLOWED_HOSTS: account.issuer.issuer,
    REDIS_URL: `redis+sentinel://127.0.0.1:${sentinel.port}/shared`,
    REDIS_ENCRYPTION_KEY: KEY,
    METRICS_PORT: '0',
    WATCH_FILE: file,
  };
  const read = await readWatches(upstreams, environment);
  if ('issues' in read) throw new Error(read.issues.join());
  const watches = read.watches.map((watch) => ({ ...watch, everyMs: EVERY_MS }));
  const gateways = await Promise.all([1, 2, 3].map(() => startGateway(environment)));
  for (const { stop } of gateways) later({ close: stop });
  const began = performance.now();
  for (const { gateway } of gateways) gateway.watch(watches);

  const stored = () => account.keys().map(({ kid }) => kid);
  const rotate = async (...published: readonly Jwk[]) => {
    const before = account.writes();
    account.publish(...published);
    const kids = published.map(({ kid }) => kid);
    await expect.poll(stored).toEqual(expect.arrayContaining(kids));
    // Whoever else had begun has ended by then.
    const checks = checksOf(gateways);
    await expect.poll(() => checksOf(gateways)).toBeGreaterThan(checks + 2);
    return account.writes() - before;
  };
  expect(await rotate(a, b)).toBe(1);
  expect(await rotate(b, c)).toBe(1);
  const killed = performance.now();
  expect(checksOf(gateways)).toBeLessThanOrEqual((killed - began) / EVERY_MS + 2);

  await redis.kill();
  // Two of them may write the same: nobody says which of them makes the check. Nothing is lost.
  expect(await rotate(c, d)).toBeLessThanOrEqual(gateways.length);
  for (const { logs } of gateways)
    await expect.poll(() => logs.filter(({ msg }) => msg === 'connected to Redis').length).toBe(2);
  const over = performance.now();
  const checks = checksOf(gateways);
  expect(await rotate(d, e)).toBe(1);
  expect(await rotate(e, f)).toBe(1);
  // Each may have begun one before it was connected again.
  expect(checksOf(gateways) - checks).toBeLessThanOrEqual(
    (performance.now() - over) / EVERY_MS + 1 + gateways.length,
  );
  expect(stored().sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect((await replica.ask('KEYS', 'oidc-gateway:watch:*')).trim()).not.toBe('');
});

/** How many checks were made at all instances. */
function checksOf(gateways: readonly TestGateway[]): number {
  return gateways
    .flatMap(({ gateway }) =>
      Object.values(gateway.metrics?.collect()['oidc_gateway_watch_checks_total'] ?? {}),
    )
    .reduce((sum, count) => sum + count, 0);
}
