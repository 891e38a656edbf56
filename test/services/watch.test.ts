import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { readWatches } from '../../src/config/config.ts';
import { Secret } from '../../src/domain/scrub/secret.ts';
import { openRedis } from '../../src/redis/open-redis.ts';
import type { RedisSettings } from '../../src/redis/redis.ts';
import { REAL_CLOCK } from '../../src/server/watching/watching.ts';
import { createRedisLedger } from '../../src/watch/ledger/redis-ledger.ts';
import type { Memory } from '../../src/watch/ledger/ledger.ts';
import { createWatcher } from '../../src/watch/watcher.ts';
import type { WatchJob } from '../../src/watch/watcher.ts';
import { fixture } from '../fixtures/upstream/upstream.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { startGateway } from '../setup/gateway.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import { startRedis } from './setup/redis.ts';
import type { RedisServer } from './setup/redis.ts';

/* Several instances of the watcher share a real Redis: each interval has one check, and everybody is told once. */

const open: { readonly close: () => Promise<unknown> }[] = [];
function later<Opened extends { readonly close: () => Promise<unknown> }>(opened: Opened): Opened {
  open.push(opened);
  return opened;
}
afterEach(async () => {
  for (const { close } of open.splice(0).reverse()) await close();
});

const READ = '{ result: oidcWatches { ... on OidcWatchesSuccess { watches { status written } } } }';

const newKey = () => new Secret(randomBytes(32).toString('base64'));
const KEY = newKey();

async function connect(server: RedisServer, keys: Partial<RedisSettings> = {}) {
  return later(
    await openRedis(
      {
        at: { kind: 'SERVER', server: { host: '127.0.0.1', port: server.port } },
        tls: false,
        database: 0,
        user: null,
        password: null,
        encryptionKey: KEY,
        otherKey: null,
        instances: 3,
        ...keys,
      },
      () => undefined,
    ),
  );
}

const RESULT = {
  status: 'OK',
  findings: [],
  error: null,
  checkedAt: 1,
  changedAt: 1,
  written: null,
} as const;
const memory: Memory = { result: RESULT, reported: 'OK', unsent: null };
const TERMS = { everyMs: 60_000, leaseMs: 60_000 };

it('gives the check of an interval to one, and its lease to nobody else', async () => {
  const server = later(await startRedis());
  const one = createRedisLedger(await connect(server));
  const other = createRedisLedger(await connect(server));
  expect(await one.claim('a', 'token-1', TERMS)).toEqual({ kind: 'CLAIMED', memory: null });
  // As after a reply that was lost.
  expect(await one.claim('a', 'token-1', TERMS)).toEqual({ kind: 'CLAIMED', memory: null });
  expect(await other.claim('a', 'token-2', TERMS)).toMatchObject({ kind: 'TAKEN', memory: null });
  expect(await other.holds('a', 'token-2')).toBe(false);
  expect(await other.record('a', 'token-2', memory, true)).toBe(false);
  expect(await one.holds('a', 'token-1')).toBe(true);
  expect(await one.record('a', 'token-1', memory, false)).toBe(true);
  expect(await one.record('a', 'token-1', memory, true)).toBe(true);
  expect(await one.holds('a', 'token-1')).toBe(false);
  expect(await other.read(['b', 'a'])).toEqual([null, memory]);
  const taken = await other.claim('a', 'token-3', TERMS);
  expect(taken).toMatchObject({ kind: 'TAKEN', memory });
  expect('inMs' in taken && taken.inMs > 0 && taken.inMs <= TERMS.everyMs).toBe(true);
  // A shorter interval counts at once.
  expect(await other.claim('a', 'token-3', { everyMs: 0, leaseMs: 60_000 })).toMatchObject({
    kind: 'CLAIMED',
    memory,
  });
  await other.release('a', 'token-3');
  expect(await one.claim('a', 'token-4', TERMS)).toMatchObject({ kind: 'CLAIMED' });
});

it('has nothing that can be read in Redis, and is found under another key', async () => {
  const server = later(await startRedis());
  const next = newKey();
  const old = createRedisLedger(await connect(server));
  await old.claim('canary', 'token', TERMS);
  await old.record('canary', 'token', { ...memory, reported: 'canary' }, true);
  const [name = ''] = (await server.ask('keys', '*')).trim().split('\n');
  expect(name).toMatch(/^oidc-gateway:watch:[\w-]{43}$/);
  expect(await server.ask('hgetall', name)).not.toContain('canary');
  const renewed = createRedisLedger(await connect(server, { encryptionKey: next, otherKey: KEY }));
  expect(await renewed.read(['canary', 'b'])).toMatchObject([{ reported: 'canary' }, null]);
  expect(await renewed.claim('canary', 'token-2', TERMS)).toMatchObject({ kind: 'TAKEN' });
});

it('moves to the name of a new key with its next claim, and needs the old key no more after its next check', async () => {
  const server = later(await startRedis());
  const next = newKey();
  const names = async () => (await server.ask('keys', '*')).trim().split('\n');
  const told = { ...memory, told: 'FOUND A' };
  const old = createRedisLedger(await connect(server, { otherKey: next }));
  await old.claim('a', 'token', TERMS);
  await old.record('a', 'token', told, true);
  const [before] = await names();
  const both = createRedisLedger(await connect(server, { encryptionKey: next, otherKey: KEY }));
  expect(await both.claim('a', 'token-2', TERMS)).toMatchObject({ kind: 'TAKEN', memory: told });
  const [after, ...others] = await names();
  expect([after === before, others]).toEqual([false, []]);
  expect(Number(await server.ask('pttl', String(after)))).toBeGreaterThan(TERMS.everyMs);
  // An instance that was not restarted yet makes a check meanwhile, and keeps its lease.
  const now = { ...TERMS, everyMs: 0 };
  expect(await old.claim('a', 'token-3', now)).toEqual({ kind: 'CLAIMED', memory: told });
  expect(await both.claim('a', 'token-2', now)).toMatchObject({ kind: 'TAKEN' });
  expect(await old.record('a', 'token-3', told, true)).toBe(true);
  expect(await both.claim('a', 'token-4', now)).toEqual({ kind: 'CLAIMED', memory: told });
  expect(await both.record('a', 'token-4', told, true)).toBe(true);
  expect(await names()).toEqual([after]);
  const alone = createRedisLedger(await connect(server, { encryptionKey: next }));
  expect(await alone.claim('a', 'token-5', TERMS)).toMatchObject({ kind: 'TAKEN', memory: told });
});

it('has one check and at most one write in each interval at three instances, and tells once', async () => {
  const server = later(await startRedis());
  const everyMs = 400;
  const start = performance.now();
  const began: number[] = [];
  const told: string[] = [];
  const job: WatchJob = {
    name: 'keys',
    about: { watch: 'keys', upstream: 'SHOP', id: 'one', everyMs },
    run: async ({ refusal }) => {
      began.push(performance.now());
      const why = await refusal();
      await sleep(50);
      return {
        findings: [{ code: 'A', message: 'a', advice: null }],
        written: why ?? (began.length === 3 ? 'Keys.' : null),
      };
    },
  };
  for (let instance = 0; instance < 3; instance += 1) {
    const watcher = createWatcher({
      ledger: createRedisLedger(await connect(server)),
      clock: REAL_CLOCK,
      random: Math.random,
      deadlineMs: 10_000,
      leaseMs: 20_000,
      onChecked: () => undefined,
      onNotice: (_about, { kind, written }) => {
        told.push(`${kind} ${String(written)}`);
      },
      send: null,
      onUnexpected: (error) => {
        throw error;
      },
    });
    later({ close: watcher.stop });
    watcher.watch([job]);
  }
  await expect.poll(() => began.length).toBeGreaterThan(8);
  // Each check was claimed at least an interval after the one before. Redis counts in whole milliseconds, by its own clock.
  for (const [index, time] of began.entries())
    expect(time - start).toBeGreaterThanOrEqual(index * everyMs - 50);
  expect(told).toEqual(['FOUND null', 'WRITTEN Keys.']);
});

it('has one write at three gateways, which all show it, and one line about it', async () => {
  const server = later(await startRedis());
  const upstream = later(await startScriptedUpstream());
  upstream.respondWith(({ body }) => ({ status: 201, body }));
  const inbound = makeApiKey();
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  later({
    close: () => {
      inbound.remove();
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  });
  const path = join(folder, 'watch.json');
  writeFileSync(path, JSON.stringify({ oidcWidgets: [{ id: 'abc', mode: 'sync' }] }));
  const environment = {
    ...inbound.environment,
    FIXTURE_API_URL: upstream.origin,
    FIXTURE_CREDENTIALS: 'gateway',
    REDIS_URL: server.url,
    REDIS_ENCRYPTION_KEY: KEY.reveal(),
    METRICS_PORT: '0',
    WATCH_FILE: path,
  };
  const all = [fixture];
  const gateways = await Promise.all(
    [1, 2, 3].map(() => startGateway(environment, all, undefined, { random: () => 0 })),
  );
  for (const { stop } of gateways) later({ close: stop });
  for (const gateway of gateways)
    await expect
      .poll(async () => (await gateway.post(READ, {}, { ...inbound.headers })).data)
      .toEqual({ result: { watches: [{ status: 'OK', written: 'The widget was created.' }] } });
  // As after SIGHUP: the interval has its check.
  const read = await readWatches(all, environment);
  if ('issues' in read) throw new Error(read.issues.join());
  for (const { gateway } of gateways) {
    gateway.watch(read.watches);
    await expect
      .poll(() => gateway.metrics?.collect()['oidc_gateway_watches'])
      .toMatchObject({ '{watch="oidcWidgets",status="ok"}': 1 });
  }
  expect(upstream.seen.map(({ method, body }) => `${method} ${body}`)).toEqual([
    'POST {"id":"abc"}',
  ]);
  const lines = gateways.flatMap(({ logs }) => logs.filter(({ msg }) => msg === 'a watch wrote'));
  expect(lines).toHaveLength(1);
});
