import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { addFault } from '../setup/built-gateway.ts';
import { stopClock } from '../setup/clock.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';

/* Requests signed with an access key, many at a time: a key locks after a handful of wrong signatures. */

const READ = '{ huaweiIdentityProviders { __typename ... on OidcError { code message } } }';
const signed = (emulator: RunningEmulator, secretKey?: string) => {
  const noteOf = (label: string) =>
    emulator.notes.find((note) => note.label === label)?.value ?? '';
  return {
    HUAWEI_CREDENTIALS: 'gateway',
    HUAWEI_AUTH_METHOD: 'access-key',
    HUAWEI_ACCESS_KEY: noteOf('access key (AK)'),
    HUAWEI_SECRET_KEY: secretKey ?? noteOf('secret key (SK)'),
  };
};

let emulator: RunningEmulator;
let inbound: ReturnType<typeof makeApiKey>;
let gateway: TestGateway;
beforeAll(async () => {
  emulator = await startEmulator();
  inbound = makeApiKey();
});
afterEach(() => gateway.stop());
afterAll(async () => {
  inbound.remove();
  await emulator.close();
});

async function start(environment: Readonly<Record<string, string>>) {
  gateway = await startGateway({ ...emulator.environment, ...inbound.environment, ...environment });
  const before = emulator.requests.length;
  const many = (count: number) =>
    Promise.all(
      Array.from(
        { length: count },
        async () =>
          (await gateway.post(READ, {}, inbound.headers)).data?.['huaweiIdentityProviders'] as {
            readonly __typename: string;
          },
      ),
    );
  return { many, sent: () => emulator.requests.length - before };
}

describe('a hundred callers at once', () => {
  it('are all served if the key is right', async () => {
    const { many, sent } = await start(signed(emulator));
    expect(new Set((await many(100)).map(({ __typename }) => __typename))).toEqual(
      new Set(['HuaweiIdentityProvidersSuccess']),
    );
    expect(sent()).toBe(100);
  });

  it('make one wrong signature if the key is wrong, and none after it', async () => {
    const { many, sent } = await start(signed(emulator, 'canary-secret-key'));
    for (const result of [...(await many(100)), ...(await many(5))])
      expect(result).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        message: expect.not.stringContaining('HUAWEI_SECRET_KEY') as unknown,
      });
    expect(sent()).toBe(1);
    expect(gateway.logs.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({
        upstream: 'HUAWEI_IAM',
        advice: expect.stringContaining('HUAWEI_SECRET_KEY') as unknown,
      }),
    ]);
    expect(JSON.stringify(gateway.logs)).not.toContain('canary');
  });

  it('find the refusal by the ids of their requests', async () => {
    await start(signed(emulator, 'canary-secret-key'));
    const ids = Array.from({ length: 12 }, (_, index) => `caller-${index}`);
    await Promise.all(
      ids.map((id) => gateway.post(READ, {}, { ...inbound.headers, 'x-request-id': id })),
    );
    await gateway.post(READ, {}, { ...inbound.headers, 'x-request-id': 'later' });
    const [refusal] = gateway.logs.filter(({ level }) => level === 'error');
    const named = refusal?.['requestIds'] as string[];
    expect(ids).toEqual(expect.arrayContaining(named));
    expect(named).toHaveLength(Math.min(10, Number(refusal?.['requests'])));
    const operations = gateway.logs.filter(({ msg }) => msg === 'operation');
    expect(operations.map(({ requestId }) => requestId).sort()).toEqual([...ids, 'later'].sort());
    for (const line of operations)
      expect(line).toMatchObject({
        level: 'warn',
        noAccess: [{ upstream: 'HUAWEI_IAM', reason: 'CALL_REFUSED' }],
      });
  });
});

it('sends nothing that was signed and waited for its turn when a signature was refused', async () => {
  const { many, sent } = await start({ ...signed(emulator), HUAWEI_MAX_IN_FLIGHT: '1' });
  await many(1);
  await addFault(emulator.url, {
    path: '/v3/OS-FEDERATION/identity_providers',
    fault: {
      kind: 'status',
      status: 401,
      body: {
        error_code: 'APIGW.0301',
        error_msg: 'Incorrect IAM authentication information: verify aksk signature fail',
      },
    },
  });
  for (const result of await many(20))
    expect(result).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  expect(sent()).toBe(2);
});

it('lets others go on if the first one waited for its turn in vain', async () => {
  const { pass, restore } = stopClock({ fromMs: 100 });
  onTestFinished(restore);
  const { many, sent } = await start({
    ...signed(emulator),
    HUAWEI_MAX_PER_SECOND: '1',
    UPSTREAM_TIMEOUT_MS: '500',
  });
  await addFault(emulator.url, {
    path: '/v3/OS-FEDERATION/identity_providers',
    fault: { kind: 'hang' },
  });
  const first = many(1);
  await vi.waitFor(() => {
    expect(sent()).toBe(1);
  });
  pass(200);
  // When the first one has timed out, there is no time left to wait for the next second.
  const second = many(1);
  pass(300);
  expect([...(await first), ...(await second)]).toEqual([
    expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' }),
    expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' }),
  ]);
  pass(1_000);
  expect(await many(1)).toEqual([{ __typename: 'HuaweiIdentityProvidersSuccess' }]);
  expect(sent()).toBe(2);
});

describe('a 401 to a signed request', () => {
  const PAGE = { status: 200, body: '{"identity_providers":[]}' };
  const refusal = (body: unknown) => ({
    status: 401,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const KEY = {
    HUAWEI_CREDENTIALS: 'gateway',
    HUAWEI_AUTH_METHOD: 'access-key',
    HUAWEI_ACCESS_KEY: 'AK',
    HUAWEI_SECRET_KEY: 'canary-secret-key',
  };

  /** A gateway with a stopped clock, over a scripted upstream. */
  async function startStopped() {
    const scripted = await startScriptedGateway({ ...inbound.environment, ...KEY });
    gateway = scripted;
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const { upstream } = scripted;
    /** Sixty calls at once. @returns what they gave, each once, and how many requests they made */
    const sixty = async () => {
      const before = upstream.seen.length;
      const results = await Promise.all(
        Array.from({ length: 60 }, () =>
          scripted.run(READ.replace('{ ', '{ result: '), {}, inbound.headers),
        ),
      );
      return {
        given: [...new Set(results.map(({ __typename }) => __typename))],
        sent: upstream.seen.length - before,
      };
    };
    return { pass, upstream, sixty };
  }

  const NONE = { given: ['OidcUpstreamUnavailableError'], sent: 0 };
  const ONE = { ...NONE, sent: 1 };

  it.each<[string, unknown]>([
    [
      'Keystone',
      {
        error: {
          code: 401,
          message: 'The request you have made requires authentication.',
          title: 'Unauthorized',
        },
      },
    ],
    [
      'IAM.0001',
      { error_code: 'IAM.0001', error_msg: 'The request you have made requires authentication.' },
    ],
    ['APIGW.0307', { error_code: 'APIGW.0307', error_msg: 'The token must be updated.' }],
    ['no word', ''],
    ['the page of a proxy', '<html>Sign in</html>'],
  ])(
    'by %s is followed by a pause, in which nothing is sent, and then by one request alone',
    async (_whose, body) => {
      const { pass, upstream, sixty } = await startStopped();
      upstream.respondWith(refusal(body));
      expect(await sixty()).toEqual(ONE);
      for (const pauseMs of [1_000, 2_000, 4_000]) {
        pass(pauseMs - 1);
        expect(await sixty()).toEqual(NONE);
        pass(1);
        expect(await sixty()).toEqual(ONE);
      }
      upstream.respondWith(PAGE);
      expect(await sixty()).toEqual(NONE);
      pass(8_000);
      expect(await sixty()).toEqual({ given: ['HuaweiIdentityProvidersSuccess'], sent: 60 });
      // The next refusal starts over, for any number of requests.
      upstream.respondWith(refusal(body));
      expect((await sixty()).given).toEqual(NONE.given);
      expect(await sixty()).toEqual(NONE);
      pass(1_000);
      expect(await sixty()).toEqual(ONE);
      expect(JSON.stringify(gateway.logs)).not.toContain('canary');
    },
  );

  it('that names the signature is followed by five minutes, whatever came before', async () => {
    const { pass, upstream, sixty } = await startStopped();
    upstream.respondWith(refusal(''));
    expect(await sixty()).toEqual(ONE);
    pass(1_000);
    upstream.respondWith(
      refusal({
        error_code: 'APIGW.0301',
        error_msg: 'Incorrect IAM authentication information: verify aksk signature fail',
      }),
    );
    expect(await sixty()).toEqual(ONE);
    pass(299_999);
    expect(await sixty()).toEqual(NONE);
    upstream.respondWith(PAGE);
    pass(1);
    expect(await sixty()).toEqual({ given: ['HuaweiIdentityProvidersSuccess'], sent: 60 });
  });
});
