import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LineWriter } from '../../src/server/log/line-writer.ts';
import { stopClock } from '../setup/clock.ts';
import { permissiveUpstream, STORED } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import { ScriptedPipe } from '../setup/scripted-pipe.ts';

/* What becomes of writes if the log is read slowly, not at all, or cannot be written. */

let gateway: ScriptedGateway;
let pipe: ScriptedPipe;
afterEach(() => gateway.stop());
const start = async (environment: Readonly<Record<string, string>> = {}) => {
  pipe = new ScriptedPipe();
  gateway = await startScriptedGateway(
    environment,
    new LineWriter({ shared: false, write: pipe.write }),
  );
  gateway.upstream.respondWith(permissiveUpstream);
};
const remove = () =>
  gateway.run(documentOf('deleteOpenIdConnect', { OidcError: 'code message' }), {
    input: { id: 'google' },
  });
const read = () => gateway.run(documentOf('openIdConnect'), { id: 'google' });
const ready = async () => {
  const response = await fetch(new URL('/readyz', gateway.url));
  return [response.status, await response.text()];
};
const events = () =>
  pipe
    .lines()
    .filter(({ msg }) => msg === 'audit')
    .map(({ event }) => event);
const UNSENT = {
  __typename: 'OidcUpstreamUnavailableError',
  code: 'UPSTREAM_UNAVAILABLE',
  message: expect.stringMatching(/audit trail .* Nothing was sent/) as unknown,
};

describe.each(['true', 'false'])('with FAST_PATH=%s', (fastPath) => {
  it('a write is sent after its intent is written, and its response after its outcome', async () => {
    await start({ FAST_PATH: fastPath });
    let before: unknown[] = [];
    gateway.upstream.respondWith((request) => {
      before = events();
      return permissiveUpstream(request);
    });
    expect(await remove()).toMatchObject({ __typename: 'DeleteOpenIdConnectSuccess' });
    expect([before, events()]).toEqual([['intent'], ['intent', 'outcome']]);
  });

  it('a write waits for a slow reader, and the response too', async () => {
    await start({ FAST_PATH: fastPath });
    pipe.room = 0;
    let finished = false;
    const removed = remove().finally(() => {
      finished = true;
    });
    // Served on another connection later.
    for (let times = 0; times < 5; times += 1)
      expect(await read()).toMatchObject({ __typename: 'OpenIdConnectSuccess' });
    expect(gateway.upstream.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    gateway.upstream.respondWith((request) => {
      pipe.room = 0;
      return permissiveUpstream(request);
    });
    pipe.room = Infinity;
    await vi.waitFor(() => {
      expect(gateway.upstream.seen.filter(({ method }) => method !== 'GET')).toHaveLength(1);
    });
    for (let times = 0; times < 5; times += 1) await ready();
    expect([finished, events()]).toEqual([false, ['intent']]);
    pipe.room = Infinity;
    expect(await removed).toMatchObject({ __typename: 'DeleteOpenIdConnectSuccess' });
    expect(events()).toEqual(['intent', 'outcome']);
  });

  it.each(['EPIPE', 'ENOSPC', 'EBADF'])(
    'a write is refused unsent while its intent cannot be written (%s); reads go on, and it recovers',
    async (code) => {
      await start({ FAST_PATH: fastPath });
      pipe.failure = code;
      expect(await remove()).toMatchObject(UNSENT);
      expect(gateway.upstream.seen).toEqual([]);
      expect(await read()).toMatchObject({ __typename: 'OpenIdConnectSuccess' });
      expect(await ready()).toEqual([503, `the audit trail cannot be written (${code})\n`]);
      expect(await remove()).toMatchObject(UNSENT);
      pipe.failure = null;
      expect(await remove()).toMatchObject({ __typename: 'DeleteOpenIdConnectSuccess' });
      expect(await ready()).toEqual([200, 'ready\n']);
      expect(pipe.lines().find(({ dropped }) => dropped !== undefined)).toMatchObject({
        level: 'warn',
        dropped: expect.any(Number) as number,
      });
    },
  );
});

it('a write that waits past its deadline for a reader is refused unsent', async () => {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  await start();
  pipe.room = 0;
  let result: unknown = null;
  void remove().then((given) => {
    result = given;
  });
  while (result === null) {
    pass(1_000);
    await setImmediate();
  }
  expect(result).toMatchObject(UNSENT);
  expect(gateway.upstream.seen).toEqual([]);
  pipe.room = Infinity;
});

it('a response does not wait for ever for the outcome: the write has happened', async () => {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  await start();
  gateway.upstream.respondWith((request) => {
    pipe.room = 0;
    return permissiveUpstream(request);
  });
  let result: unknown = null;
  void remove().then((given) => {
    result = given;
  });
  await vi.waitFor(() => {
    expect(gateway.upstream.seen).toHaveLength(1);
  });
  while (result === null) {
    pass(1_000);
    await setImmediate();
  }
  expect(result).toMatchObject({ __typename: 'DeleteOpenIdConnectSuccess' });
  expect(events()).toEqual(['intent']);
  pipe.room = Infinity;
  await vi.waitFor(() => {
    expect(events()).toEqual(['intent', 'outcome']);
  });
});

it('the steps of a provisioning that cannot be written down are not taken', async () => {
  await start();
  gateway.upstream.respondWith((request) => {
    // From the second step on.
    if (request.method !== 'GET') pipe.failure = 'ENOSPC';
    return request.method === 'GET'
      ? {
          status: 404,
          body: '{"error":{"code":404,"message":"Could not find it.","title":"Not Found"}}',
        }
      : permissiveUpstream(request);
  });
  await gateway.run(documentOf('provisionOidcConfig'), {
    input: { ...STORED.oidcConfig, mappingId: STORED.mapping.id, rules: STORED.mapping.rules },
  });
  expect(gateway.upstream.seen.filter(({ method }) => method !== 'GET').length).toBeLessThanOrEqual(
    1,
  );
});

it('without an audit trail (LOG_LEVEL=silent) nothing is waited for', async () => {
  await start({ LOG_LEVEL: 'silent' });
  pipe.failure = 'EPIPE';
  expect(await remove()).toMatchObject({ __typename: 'DeleteOpenIdConnectSuccess' });
  expect([pipe.writes, await ready()]).toEqual([[], [200, 'ready\n']]);
});

it('what callers name is cut in every line', async () => {
  await start();
  const long = 'canary'.repeat(40_000);
  await gateway.post(
    `query ${long.slice(0, 60_000)} { openIdConnect(id: "google") { __typename } }`,
  );
  await gateway.post(`{ ${long.slice(0, 60_000)} }`);
  await gateway.post(`{ openIdConnect(id: "google", ${long.slice(0, 60_000)}: 1) { __typename } }`);
  await gateway.post(
    `{ ${Array.from({ length: 30 }, (_, index) => `unknown${index}`).join(' ')} }`,
  );
  await vi.waitFor(() => {
    expect(
      pipe.lines().filter(({ msg }) => msg === 'request refused' || msg === 'operation'),
    ).toHaveLength(4);
  });
  for (const line of pipe.text().split('\n')) expect(line.length).toBeLessThan(3_000);
});
