import { describe, expect, it } from 'vitest';
import type { Jwk } from '../../src/domain/keys/key-material.ts';
import { permissiveUpstreams } from '../setup/guarded-gateway.ts';
import { startIssuer } from '../setup/issuer-server.ts';
import { rsaKey, storedText } from '../setup/rotating-keys.ts';
import type { Responder } from '../setup/scripted-upstream.ts';
import { watching } from '../setup/watching-gateway.ts';

/* Keys that rotate, watched on a simulated clock: what signs in today goes on doing so, and everything is told once. */

const [A, B, C] = [rsaKey('a'), rsaKey('b'), rsaKey('c')];

/** A gateway that watches the keys of a configuration, which has A stored. */
async function keysOf(entry: object) {
  const issuer = await startIssuer();
  const gateway = await watching(
    { oidcConfigKeys: [{ idpId: 'ACME', ...entry }] },
    { ISSUER_ALLOWED_HOSTS: issuer.issuer },
  );
  let config: Readonly<Record<string, string>> = {
    access_mode: 'program',
    idp_url: issuer.issuer,
    client_id: 'idp-app',
    signing_key: storedText(A),
  };
  const account: Responder = (request) => {
    if (!request.target.endsWith('/openid-connect-config')) return permissiveUpstreams(request);
    if (request.method === 'PUT')
      config = {
        ...config,
        ...(JSON.parse(request.body) as { openid_connect_config: Record<string, string> })
          .openid_connect_config,
      };
    return { status: 200, body: JSON.stringify({ openid_connect_config: config }) };
  };
  gateway.platform.respondWith(account);
  return {
    ...gateway,
    account,
    issuer,
    store: (...keys: readonly Jwk[]) => {
      config = { ...config, signing_key: storedText(...keys) };
    },
    publish: (...keys: readonly Jwk[]) => {
      issuer.publish(issuer.metadata, { keys });
    },
    stored: () =>
      (JSON.parse(config['signing_key'] ?? '') as { readonly keys: readonly Jwk[] }).keys.map(
        ({ kid }) => kid,
      ),
    writes: () => gateway.platform.seen.filter(({ method }) => method === 'PUT').length,
    told: () => gateway.hooks().map(({ type }) => type),
  };
}

describe('with mode: sync', () => {
  it('new keys are stored before they sign, with one write, and the old ones stay', async () => {
    const { first, round, publish, stored, writes, told, lines } = await keysOf({ mode: 'sync' });
    publish(A);
    await first();
    publish(A, B);
    expect(await round()).toMatchObject([
      { status: 'OK', written: 'The keys of the issuer were stored: 1 added.' },
    ]);
    publish(B);
    await round();
    await round();
    expect([stored(), writes()]).toEqual([['a', 'b'], 1]);
    await expect.poll(told).toEqual(['watch.written']);
    expect(lines(/^audit$/)).toMatchObject([
      { event: 'intent', caller: { kind: 'WATCHER' }, operation: 'syncOidcConfigKeys' },
      { event: 'outcome', object: 'ACME', member: 'SyncOidcConfigKeysSuccess' },
    ]);
  });

  it.each<[string, (world: Awaited<ReturnType<typeof keysOf>>) => void, string]>([
    [
      'an issuer that is down',
      ({ issuer }) => {
        issuer.responses.clear();
      },
      'ISSUER_UNUSABLE',
    ],
    [
      'an empty set of keys',
      ({ publish }) => {
        publish();
      },
      'ISSUER_UNUSABLE',
    ],
    [
      'metadata of another issuer',
      ({ issuer }) => {
        issuer.publish({ ...issuer.metadata, issuer: 'https://evil.example.com' }, { keys: [C] });
      },
      'ISSUER_UNUSABLE',
    ],
    [
      'keys of another issuer',
      ({ publish }) => {
        publish(C);
      },
      'KEYS_REPLACED',
    ],
  ])('takes nothing away that signs in today, and tells once: %s', async (_what, cause, code) => {
    const world = await keysOf({ mode: 'sync' });
    world.publish(A);
    await world.first();
    cause(world);
    const [watch] = await world.round();
    await world.round();
    await world.round();
    expect([watch?.error?.code, ...(watch?.findings ?? []).map((one) => one.code)]).toContain(code);
    expect([world.stored(), world.writes()]).toEqual([['a'], 0]);
    world.publish(A);
    await world.round();
    await expect
      .poll(world.told)
      .toEqual([code === 'KEYS_REPLACED' ? 'watch.found' : 'watch.failed', 'watch.recovered']);
  });

  it('a hard cut is accepted if the entry says so', async () => {
    const { first, round, publish, stored, writes, told } = await keysOf({
      mode: 'sync',
      onHardCut: 'accept',
    });
    publish(A);
    await first();
    publish(C);
    expect(await round()).toMatchObject([{ status: 'OK' }]);
    await round();
    expect(stored()).toContain('c');
    expect(writes()).toBe(1);
    await expect.poll(told).toEqual(['watch.written']);
  });

  it('a write whose answer is lost is read back, and not repeated', async () => {
    const { first, round, publish, platform, account, stored, told } = await keysOf({
      mode: 'sync',
    });
    publish(A);
    await first();
    publish(A, B);
    platform.respondWith(async (request) => {
      const response = await account(request);
      return request.method === 'PUT' ? { destroy: true } : response;
    });
    expect(await round()).toMatchObject([{ status: 'OK' }]);
    await round();
    expect(stored()).toEqual(['a', 'b']);
    expect(platform.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    await expect.poll(told).toEqual(['watch.written']);
  });
});

it('with mode: report, nothing is written, and the next failure is told before it comes', async () => {
  const { first, round, publish, stored, writes, told } = await keysOf({});
  publish(A);
  expect(await first()).toMatchObject([{ status: 'OK' }]);
  publish(A, B);
  expect(await round()).toMatchObject([{ findings: [{ code: 'KEYS_FAIL_NEXT' }] }]);
  publish(C);
  expect(await round()).toMatchObject([{ findings: [{ code: 'KEYS_FAIL' }] }]);
  await round();
  expect([stored(), writes()]).toEqual([['a'], 0]);
  await expect.poll(told).toEqual(['watch.found', 'watch.found']);
});

it.each(['report', 'sync'])(
  'with mode: %s, nothing is found if the issuer publishes two keys with one kid, and both are stored',
  async (mode) => {
    const { first, round, publish, store, writes } = await keysOf({ mode });
    const twin = rsaKey('twin', { kid: 'a' });
    store(A, twin);
    publish(A, twin);
    expect(await first()).toMatchObject([{ status: 'OK', findings: [] }]);
    expect(await round()).toMatchObject([{ status: 'OK', findings: [] }]);
    expect(writes()).toBe(0);
  },
);

it.each([
  ['report', 'KEYS_FAIL', ', or set onHardCut: accept with mode: sync.'],
  ['sync', 'KEYS_REPLACED', ', or set onHardCut: accept for the watch.'],
])('with mode: %s, the advice for a hard cut is to ask first', async (mode, code, or) => {
  const { first, publish } = await keysOf({ mode });
  publish(C);
  const [watch] = await first();
  const advice = `Ask the owner of the issuer whether the published keys are its own. Then send syncOidcConfigKeys with force: true${or}`;
  expect(watch?.findings).toMatchObject([{ code, advice }]);
});
