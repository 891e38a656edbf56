import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault } from '../setup/built-gateway.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { listen } from '../setup/sockets.ts';

/* What a router of a supergraph asks of the gateway, without a router. */

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on OpenIdConnect { id connectClientId }
    ... on OidcConfig { idpId idpUrl }
    ... on HuaweiIdentityProvider { id enabled }
  }
}`;

let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
let gateway: TestGateway;
let headers: Record<string, string>;

beforeAll(async () => {
  orderCloud = await startOrderCloud();
  huawei = await startHuawei();
  headers = { ...orderCloud.exampleHeaders, ...huawei.exampleHeaders };
  gateway = await startGateway({
    ...orderCloud.environment,
    ...huawei.environment,
    INTROSPECTION: 'true',
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([orderCloud.close(), huawei.close()]);
});
beforeEach(async () => {
  gateway.logs.length = 0;
  await Promise.all(
    [orderCloud, huawei].map(({ url }) => fetch(`${url}/__emulator/faults`, { method: 'DELETE' })),
  );
});

const entities = (representations: readonly object[], with_: Record<string, string> = headers) =>
  gateway.post(ENTITIES, { representations }, with_);
const EXISTING = { __typename: 'OpenIdConnect', id: 'example-existing' };

describe('references', () => {
  it('give the objects in their order, whatever their type, and null for those that do not exist', async () => {
    const { data, errors } = await entities([
      { __typename: 'HuaweiIdentityProvider', id: 'ACME' },
      EXISTING,
      { __typename: 'OpenIdConnect', id: 'nobody' },
      { __typename: 'OidcConfig', idpId: 'ACME-CONFIGURED' },
      { __typename: 'OidcConfig', idpId: 'ACME-NO-PROTOCOL' },
    ]);
    expect(errors).toBeUndefined();
    expect(data?.['_entities']).toEqual([
      { __typename: 'HuaweiIdentityProvider', id: 'ACME', enabled: true },
      { __typename: 'OpenIdConnect', id: 'example-existing', connectClientId: 'existing-app' },
      null,
      {
        __typename: 'OidcConfig',
        idpId: 'ACME-CONFIGURED',
        idpUrl: 'https://accounts.example.com',
      },
      null,
    ]);
  });

  it('to the same object are one call to the upstream, in all fields of a request', async () => {
    const before = orderCloud.requests.length;
    const ids = ['example-existing', ...Array.from({ length: 9 }, (_, index) => `nobody-${index}`)];
    const representations = Array.from({ length: 50 }, (_, index) => ({
      __typename: 'OpenIdConnect',
      id: ids[index % 10],
    }));
    const query = `query ($representations: [_Any!]!) { one: _entities(representations: $representations) { __typename } other: _entities(representations: $representations) { __typename } }`;
    const { data } = await gateway.post(query, { representations }, headers);
    expect(data?.['one']).toEqual(data?.['other']);
    expect(data?.['one']).toHaveLength(50);
    expect(
      orderCloud.requests
        .slice(before)
        .map(({ target }) => target)
        .sort(),
    ).toEqual(ids.map((id) => `/v1/openidconnects/${id}`).sort());
  });

  it('to more objects than may be read at once are refused before anything is sent, over all fields of a request', async () => {
    const before = orderCloud.requests.length;
    const references = (count: number, begin = 0) =>
      Array.from({ length: count }, (_, index) => ({
        __typename: 'OpenIdConnect',
        id: `nobody-${begin + index}`,
      }));
    const { status, data, errors } = await entities(references(34));
    expect([status, data]).toEqual([200, null]);
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /^The request has 34 objects; at most 33 are allowed, .* LIMIT_COST\.$/,
        ) as unknown,
        path: ['_entities'],
        extensions: { code: 'LIMIT_EXCEEDED', requestId: expect.any(String) as string },
      }),
    ]);
    expect(orderCloud.requests).toHaveLength(before);

    const twice =
      'query ($one: [_Any!]!, $other: [_Any!]!) { one: _entities(representations: $one) { __typename } other: _entities(representations: $other) { __typename } }';
    expect(
      (await gateway.post(twice, { one: references(20), other: references(20, 13) }, headers))
        .errors,
    ).toBeUndefined();
    expect(
      (await gateway.post(twice, { one: references(20), other: references(20, 20) }, headers))
        .errors,
    ).toEqual([
      expect.objectContaining({
        path: ['other'],
        extensions: { code: 'LIMIT_EXCEEDED', requestId: expect.any(String) as string },
      }),
    ]);
  });

  it('that are many to few objects are refused too, for any caller, before any work is done for each', async () => {
    for (const [representation, with_] of [
      [EXISTING, headers],
      [0, {}],
    ] as const) {
      const { data, errors, text } = await gateway.post(
        ENTITIES,
        { representations: Array.from({ length: 331 }, () => representation) },
        with_,
      );
      expect([data, errors]).toEqual([
        null,
        [
          expect.objectContaining({
            message: expect.stringMatching(
              /^The request has 331 references; at most 330 are allowed/,
            ) as unknown,
            extensions: { code: 'LIMIT_EXCEEDED', requestId: expect.any(String) as string },
          }),
        ],
      ]);
      expect(text.length).toBeLessThan(1_000);
    }
    expect((await entities(Array.from({ length: 330 }, () => EXISTING))).errors).toBeUndefined();
    const twice =
      'query ($r: [_Any!]!) { one: _entities(representations: $r) { __typename } other: _entities(representations: $r) { __typename } }';
    expect(
      (await gateway.post(twice, { r: Array.from({ length: 166 }, () => EXISTING) }, headers))
        .errors,
    ).toEqual([
      expect.objectContaining({
        path: ['other'],
        extensions: { code: 'LIMIT_EXCEEDED', requestId: expect.any(String) as string },
      }),
    ]);
  });

  it('to as many objects as the limit of cost allows are read', async () => {
    const generous = await startGateway({ ...orderCloud.environment, LIMIT_COST: '10000' });
    const references = Array.from({ length: 67 }, (_, index) => ({
      __typename: 'OpenIdConnect',
      id: `nobody-${index}`,
    }));
    expect(
      (await generous.post(ENTITIES, { representations: references.slice(0, 66) }, headers)).errors,
    ).toBeUndefined();
    expect(
      (await generous.post(ENTITIES, { representations: references }, headers)).errors,
    ).toEqual([
      expect.objectContaining({
        extensions: { code: 'LIMIT_EXCEEDED', requestId: expect.any(String) as string },
      }),
    ]);
    await generous.stop();
  });

  it('of one request are read a few at a time', async () => {
    const open: Socket[] = [];
    let most = 0;
    // Ten are held until all of them are there, and as much longer as an eleventh would take.
    const server = await listen((socket, _request, count) => {
      open.push(socket);
      most = Math.max(most, open.length);
      if (open.length === 10 || count === 35 || count === 85)
        setTimeout(() => {
          for (const one of open.splice(0))
            one.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
        }, 50);
    });
    const slow = await startGateway({
      ORDERCLOUD_API_URL: `${server.origin}/v1`,
      LIMIT_COST: '10000',
    });
    const representations = Array.from({ length: 35 }, (_, index) => ({
      __typename: 'OpenIdConnect',
      id: `id-${index}`,
    }));
    const { data } = await slow.post(ENTITIES, { representations }, headers);
    expect(data?.['_entities']).toEqual(representations.map(() => null));
    expect(server.requests).toHaveLength(35);
    // Over all fields, too.
    const fields = Array.from(
      { length: 10 },
      (_, index) =>
        `a${index}: _entities(representations: [${Array.from({ length: 5 }, (_, item) => `{ __typename: "OpenIdConnect", id: "x-${index}-${item}" }`).join(' ')}]) { __typename }`,
    );
    await slow.post(`{ ${fields.join(' ')} }`, {}, headers);
    expect(server.requests).toHaveLength(85);
    expect(most).toBe(10);
    await slow.stop();
    await server.close();
  });

  it.each<[string, object, Record<string, string>, string, string | RegExp]>([
    ['without a token', EXISTING, {}, 'UNAUTHENTICATED', /X-OrderCloud-Authorization/],
    [
      'with a token that is refused',
      EXISTING,
      { 'x-ordercloud-authorization': 'Bearer canary-token' },
      'UNAUTHENTICATED',
      /does not accept the credentials/,
    ],
    [
      'by an id that none can have',
      { ...EXISTING, id: '../canary' },
      {},
      'UNAUTHENTICATED',
      /X-OrderCloud-Authorization/,
    ],
    ['without a key', { __typename: 'OidcConfig', id: 'ACME' }, {}, 'INVALID_INPUT', /idpId/],
    ['of an unknown type', { __typename: 'Canary', id: 'ACME' }, {}, 'INVALID_INPUT', /__typename/],
  ])(
    '%s are an error with a code, and null',
    async (_what, representation, credentials, code, message) => {
      const { status, data, errors, text } = await entities([representation], credentials);
      expect(status).toBe(200);
      expect(data).toEqual({ _entities: [null] });
      expect(errors).toEqual([
        expect.objectContaining({
          message: expect.stringMatching(message) as unknown,
          path: ['_entities', 0],
          extensions: { code, requestId: expect.any(String) as string },
        }),
      ]);
      expect(text).not.toContain('canary');
    },
  );

  it('by an id that none can have are refused before anything is sent', async () => {
    const before = orderCloud.requests.length;
    const { errors } = await entities([{ ...EXISTING, id: 'a/../b' }]);
    expect(errors).toEqual([
      expect.objectContaining({
        extensions: { code: 'INVALID_INPUT', requestId: expect.any(String) as string },
      }),
    ]);
    expect(orderCloud.requests).toHaveLength(before);
  });

  it.each<[object, string]>([
    [{ kind: 'status', status: 500 }, 'UPSTREAM_UNAVAILABLE'],
    [{ kind: 'status', status: 429, headers: { 'retry-after': '60' } }, 'RATE_LIMITED'],
    [{ kind: 'status', status: 418 }, 'UPSTREAM_REJECTED'],
    [{ kind: 'html', status: 200 }, 'UPSTREAM_CONTRACT'],
  ])('that fail with %j leave the others as they are', async (fault, code) => {
    await addFault(orderCloud.url, {
      method: 'GET',
      path: '/v1/openidconnects/example-existing',
      times: 'always',
      fault,
    });
    const { data, errors } = await entities([
      EXISTING,
      { __typename: 'HuaweiIdentityProvider', id: 'ACME' },
    ]);
    expect(data?.['_entities']).toEqual([
      null,
      { __typename: 'HuaweiIdentityProvider', id: 'ACME', enabled: true },
    ]);
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['_entities', 0],
        extensions: { code, requestId: expect.any(String) as string },
      }),
    ]);
  });

  it('show no secret that an upstream echoes, in the response or in the log', async () => {
    await addFault(orderCloud.url, {
      method: 'GET',
      path: '/v1/openidconnects',
      fault: { kind: 'echo', status: 400 },
    });
    const token = headers['X-OrderCloud-Authorization']?.replace('Bearer ', '') ?? '';
    const { text } = await entities([EXISTING]);
    expect(text).toContain('UPSTREAM_REJECTED');
    expect(text + JSON.stringify(gateway.logs)).not.toContain(token);
  });

  it('are logged by name and number, like every operation', async () => {
    await entities([EXISTING]);
    expect(gateway.logs).toContainEqual(
      expect.objectContaining({
        msg: 'operation',
        operationType: 'query',
        fields: [{ field: '_entities', member: null }],
        errors: 0,
      }),
    );
  });
});

describe('the subgraph', () => {
  it('gives its schema for composition', async () => {
    const { data } = await gateway.post('{ _service { sdl } }');
    const { sdl } = data?.['_service'] as { sdl: string };
    expect(sdl).toMatch(
      /^extend schema @link\(url: "https:\/\/specs\.apollo\.dev\/federation\/v2\.9", import: \["@key", "@tag"\]\)/,
    );
    expect(sdl).toContain('type OpenIdConnect implements OidcConfiguration @key(fields: "id") {');
    expect(sdl.match(/@tag\(name: "sensitive"\)/g)).toHaveLength(1);
    expect(sdl).toContain('connectClientSecret: String @tag(name: "sensitive")');
    expect(sdl).not.toMatch(/_entities|_Any|_Service/);
  });

  it('keeps the trace of a request, in its log and towards the upstream, with a new span for each call', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await entities([EXISTING], { ...headers, traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const sent = orderCloud.requests.at(-1)?.headers['traceparent'] ?? '';
    expect(sent).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    expect(
      gateway.logs.filter((line) => line['traceId'] === traceId).map((line) => line['msg']),
    ).toEqual(['operation']);
  });

  it('sends no traceparent if the request has none, or a malformed one', async () => {
    for (const traceparent of [undefined, 'canary']) {
      await entities([EXISTING], { ...headers, ...(traceparent !== undefined && { traceparent }) });
      expect(orderCloud.requests.at(-1)?.headers).not.toHaveProperty('traceparent');
    }
  });
});
