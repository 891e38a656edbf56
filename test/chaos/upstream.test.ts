import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Pending } from './exchange.ts';
import { FAULTS } from './faults.ts';
import type { Fault } from './faults.ts';
import type { UpstreamName } from './history.ts';
import { HttpClient } from './http-client.ts';
import type { HttpReply } from './http-client.ts';
import { huawei } from './huawei.ts';
import { Ledger } from './ledger.ts';
import { ordercloud } from './ordercloud.ts';
import { FakeUpstream } from './upstream.ts';

/* The upstreams of a storm, over loopback: what is stored must be what the name of the fault says. */

const HEADERS = {
  authorization: 'Bearer CANARY-oc-1',
  'x-auth-token': 'CANARY-hw-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01',
};
const BODY = {
  OrderCloudApiClientID: 'a',
  ConnectClientID: 'mark-1-1',
  ConnectClientSecret: 'CANARY',
  AppStartUrl: 'https://a.example',
  AuthorizationEndpoint: 'https://a.example',
  TokenEndpoint: 'https://a.example',
};

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(name: UpstreamName, fault: () => Fault | null = () => null) {
  const ledger = new Ledger();
  const pending = new Pending();
  const upstream = new FakeUpstream(
    name,
    { ledger, pending, model: name === 'ORDERCLOUD' ? ordercloud : huawei, timeoutMs: 50 },
    'seed',
    fault,
  );
  await upstream.open();
  const client = new HttpClient(1);
  closing.push(
    () => upstream.shut(),
    () => {
      client.close();
    },
  );
  return {
    upstream,
    ledger,
    send: (method: string, path: string, body: unknown = null): Promise<HttpReply | null> =>
      client.send(method, `${upstream.origin}${path}`, body, HEADERS, null),
    /** Resolves when nothing is to be applied any more. */
    settled: async () => {
      while (pending.count > 0) await sleep(5);
    },
  };
}

/** Faults by which nothing is ever applied, and those by which it is applied after the connection has broken. */
const NEVER = [
  'reset, not applied',
  'reset before the body is read',
  '503 page, not applied',
  'offline in its own words',
  '502 page, not applied',
  '504 page, not applied',
  '500 in its own words, not applied',
  '429',
  '429 with Retry-After',
  '401 once',
  '400 that repeats what was sent',
  'no response, not applied',
  'redirect',
  '200 to a deletion that was not done',
];
const LATE = [
  '503 page, applied later',
  'applied after the deadline',
  'reset, applied later',
  '202 to a deletion, done later',
];

describe.each(FAULTS.map((fault) => [fault.name, fault] as const))(
  'the fault "%s"',
  (name, fault) => {
    it('applies what its name says, once', async () => {
      let current: Fault | null = null;
      const { ledger, send, settled } = await open('ORDERCLOUD', () => current);
      await send('PUT', '/v1/openidconnects/a', BODY);
      current = fault;
      const [method, body] =
        fault.to === 'delete'
          ? ['DELETE', null]
          : ['PUT', { ...BODY, ConnectClientID: 'mark-1-2' }];
      void send(method, '/v1/openidconnects/a', body);
      // It strikes when the body has been read.
      const struck = () =>
        ledger.requests.find(
          ({ number, bodyHash }) => number === 1 && (bodyHash !== null || fault.isEarly === true),
        );
      while (struck() === undefined) await sleep(5);
      await settled();
      expect(struck()?.fault).toBe(name);
      expect(ledger.applications.slice(1).map(({ isLate }) => isLate)).toEqual(
        NEVER.includes(name) ? [] : [LATE.includes(name)],
      );
      expect(struck()?.isRefusal).toBe(
        [
          'offline in its own words',
          '429',
          '429 with Retry-After',
          '401 once',
          '400 that repeats what was sent',
        ].includes(name),
      );
    });
  },
);

describe('the upstreams without faults', () => {
  it('keep configurations of OrderCloud', async () => {
    const { send, ledger } = await open('ORDERCLOUD');
    const replies = [
      await send('POST', '/v1/openidconnects', { ID: 'a', ...BODY }),
      await send('POST', '/v1/openidconnects', { ID: 'a', ...BODY }),
      await send('PATCH', '/v1/openidconnects/a', { ID: 'b' }),
      await send('GET', '/v1/openidconnects/a'),
      await send('GET', '/v1/openidconnects/b'),
      await send('DELETE', '/v1/openidconnects/b'),
      await send('DELETE', '/v1/openidconnects/b'),
      await send('PUT', '/v1/openidconnects/c', {}),
    ];
    expect(replies.map((reply) => reply?.status)).toEqual([201, 409, 200, 404, 200, 204, 404, 400]);
    expect(ledger.applications.map(({ key, kind }) => `${kind} ${key}`)).toEqual([
      'create oc/a',
      'delete oc/a',
      'create oc/b',
      'delete oc/b',
    ]);
    expect(ledger.requests[4]).toMatchObject({ seen: { key: 'oc/b', version: 3 }, truth: 'told' });
  });

  it('keep the federation of Huawei Cloud IAM, whose providers take their parts along', async () => {
    const { send, ledger } = await open('HUAWEI_IAM');
    const provider = '/v3/OS-FEDERATION/identity_providers/a';
    const config = '/v3.0/OS-FEDERATION/identity-providers/a/openid-connect-config';
    const replies = [
      await send('POST', config, { openid_connect_config: {} }),
      await send('PUT', provider, { identity_provider: {} }),
      await send('PUT', `${provider}/protocols/oidc`, { protocol: { mapping_id: 'm' } }),
      await send('PUT', `${provider}/protocols/oidc`, { protocol: { mapping_id: 'm' } }),
      await send('POST', config, { openid_connect_config: { client_id: 'mark-1-1' } }),
      await send('PUT', config, { openid_connect_config: { client_id: 'mark-1-2' } }),
      await send('DELETE', provider),
      await send('GET', config),
    ];
    expect(replies.map((reply) => reply?.status)).toEqual([404, 201, 201, 409, 201, 200, 204, 404]);
    expect(ledger.applications.slice(-3).map(({ key, isCascade }) => [key, isCascade])).toEqual([
      ['provider/a', false],
      ['protocol/a', true],
      ['config/a', true],
    ]);
  });
});

describe('a whole upstream', () => {
  it('neither applies requests nor responds in a black hole', async () => {
    const { upstream, send, ledger } = await open('ORDERCLOUD');
    upstream.goDark(true);
    const sent = send('PUT', '/v1/openidconnects/a', BODY);
    while (ledger.requests.length === 0) await sleep(5);
    upstream.goDark(false);
    await send('PUT', '/v1/openidconnects/b', BODY);
    expect(ledger.requests.map(({ fault }) => fault)).toEqual(['black hole', null]);
    expect(ledger.applications.map(({ key }) => key)).toEqual(['oc/b']);
    await upstream.shut();
    expect(await sent).toBeNull();
  });

  it('refuses connections, and comes back at the same place', async () => {
    const { upstream, send } = await open('ORDERCLOUD');
    const { origin } = upstream;
    await upstream.shut();
    await expect(fetch(origin)).rejects.toThrow();
    await upstream.open();
    expect(upstream.origin).toBe(origin);
    expect(await send('GET', '/v1/openidconnects')).toMatchObject({ status: 200 });
  });
});
