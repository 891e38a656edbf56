import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Result, ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse, ScriptedBytes } from '../setup/scripted-upstream.ts';

/* Upstream responses other than plain UTF-8 JSON of a moderate size in the documented form. */

let gateway: ScriptedGateway;
beforeAll(async () => {
  gateway = await startScriptedGateway();
});
afterEach(() => {
  gateway.upstream.seen.length = 0;
});
afterAll(() => gateway.stop());

const ERROR =
  '__typename ... on OidcError { code message upstream { status details { code message } } }';
const WRITE_ERROR = `${ERROR} ... on OidcOutcomeUnknownError { reason }`;
const UPDATE_CONFIG = `mutation ($input: UpdateOidcConfigInput!) { result: updateOidcConfig(input: $input) { ... on UpdateOidcConfigSuccess { oidcConfig { clientId } } ${WRITE_ERROR} } }`;
const READ_CONFIG = `query ($idpId: ID!) { result: oidcConfig(idpId: $idpId) { ... on OidcConfigSuccess { oidcConfig { clientId } } ${ERROR} } }`;
const READ_PROTOCOL = `query ($idpId: ID!) { result: huaweiProtocol(idpId: $idpId) { ${ERROR} } }`;
const DELETE_PROTOCOL = `mutation ($input: DeleteHuaweiProtocolInput!) { result: deleteHuaweiProtocol(input: $input) { ${WRITE_ERROR} } }`;
const READ_OPEN_ID_CONNECT = `query ($id: ID!) { result: openIdConnect(id: $id) { ... on OpenIdConnectSuccess { openIdConnect { connectClientId customErrorUrl } } ${ERROR} } }`;
const UPDATE_OPEN_ID_CONNECT = `mutation ($input: UpdateOpenIdConnectInput!) { result: updateOpenIdConnect(input: $input) { ... on UpdateOpenIdConnectSuccess { openIdConnect { connectClientId } } ${WRITE_ERROR} } }`;
const DELETE_OPEN_ID_CONNECT = `mutation ($input: DeleteOpenIdConnectInput!) { result: deleteOpenIdConnect(input: $input) { ${WRITE_ERROR} } }`;
const LIST = `query { result: openIdConnects { ... on OpenIdConnectsSuccess { openIdConnects { id } meta { page pageSize totalCount totalPages itemRange } warnings { code path } } ${ERROR} } }`;

const KEYS = JSON.stringify({
  keys: [{ kty: 'RSA', n: 'example', e: 'AQAB', use: 'sig', kid: 'clé' }],
});
const CONFIG = {
  access_mode: 'program',
  idp_url: 'https://idp.example.com',
  client_id: 'café-client',
  signing_key: KEYS,
};
const CONFIG_BODY = JSON.stringify({ openid_connect_config: CONFIG });
const STORED = { ID: 'acme', ConnectClientID: 'café-client' };
const STORED_BODY = JSON.stringify(STORED);

const responseWith = (
  bytes: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): ScriptedBytes => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  bytes: Buffer.from(bytes),
});
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const methods = () => gateway.upstream.seen.map(({ method }) => method);
const runs = (
  response: ScriptedResponse | ScriptedBytes,
  document: string,
  variables: object,
): Promise<Result> => {
  gateway.upstream.respondWith(response);
  return gateway.run(document, variables);
};

describe('a configuration in Latin-1', () => {
  const change = { input: { idpId: 'ACME', idpUrl: 'https://other.example.com' } };

  it('with a named charset is written back as stored', async () => {
    expect(
      await runs(
        responseWith(latin1(CONFIG_BODY), {
          'content-type': 'application/json; charset=ISO-8859-1',
        }),
        UPDATE_CONFIG,
        change,
      ),
    ).toMatchObject({ oidcConfig: { clientId: 'café-client' } });
    expect(methods()).toEqual(['GET', 'PUT']);
    expect(JSON.parse(gateway.upstream.seen[1]?.body ?? '')).toEqual({
      openid_connect_config: { ...CONFIG, idp_url: 'https://other.example.com' },
    });
  });

  it.each([
    ['is not named', {}],
    ['is named otherwise', { 'content-type': 'application/json;charset=utf8' }],
    ['nobody knows', { 'content-type': 'application/json; charset=x-mine' }],
  ])('whose charset %s is a contract error before anything is written', async (_how, headers) => {
    expect(
      await runs(responseWith(latin1(CONFIG_BODY), headers), UPDATE_CONFIG, change),
    ).toMatchObject({
      code: 'UPSTREAM_CONTRACT',
      message: expect.stringMatching(
        /^Huawei Cloud IAM returned 200, but its body (is not valid UTF-8|has the charset "x-mine", which the gateway does not support)\. Report/,
      ) as unknown,
    });
    expect(methods()).toEqual(['GET']);
  });

  it('as the response to a write leaves its outcome unknown', async () => {
    const result = await runs(responseWith(latin1(STORED_BODY)), UPDATE_OPEN_ID_CONNECT, {
      input: { id: 'acme', connectClientId: 'café-client' },
    });
    expect(result).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'UNREADABLE_ANSWER',
      message: expect.stringContaining('its body is not valid UTF-8') as unknown,
    });
  });

  it('in an error response keeps the meaning of its status', async () => {
    expect(
      await runs(
        responseWith(latin1('{"Errors":[{"ErrorCode":"é"}]}'), {}, 403),
        READ_OPEN_ID_CONNECT,
        { id: 'acme' },
      ),
    ).toMatchObject({
      code: 'PERMISSION_DENIED',
      message:
        'OrderCloud returned status 403, but its body is not valid UTF-8: it may not allow the caller to read the OpenID Connect configuration, or an intermediary such as a proxy refused the request.',
      upstream: { status: 403, details: [] },
    });
  });
});

describe('a compressed response', () => {
  it.each([
    ['gzip', gzipSync(STORED_BODY), 'gzip'],
    ['gzip by its old name', gzipSync(STORED_BODY), 'X-GZIP'],
    ['deflate', deflateSync(STORED_BODY), 'deflate'],
    ['deflate without a header', deflateRawSync(STORED_BODY), 'deflate'],
    ['brotli', brotliCompressSync(STORED_BODY), 'br'],
    ['two of them', brotliCompressSync(gzipSync(STORED_BODY)), 'gzip, br'],
  ])('is read, although none is asked for: %s', async (_what, bytes, coding) => {
    expect(
      await runs(responseWith(bytes, { 'content-encoding': coding }), READ_OPEN_ID_CONNECT, {
        id: 'acme',
      }),
    ).toMatchObject({ openIdConnect: { connectClientId: 'café-client' } });
    expect(gateway.upstream.seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(
      await runs(responseWith(bytes, { 'content-encoding': coding }), UPDATE_OPEN_ID_CONNECT, {
        input: { id: 'acme', connectClientId: 'café-client' },
      }),
    ).toMatchObject({ openIdConnect: { connectClientId: 'café-client' } });
  });

  it.each([
    [
      'zstd',
      Buffer.from(STORED_BODY),
      'zstd',
      'its body has the content coding "zstd", which the gateway does not support',
    ],
    [
      'gzip that is cut',
      gzipSync(STORED_BODY).subarray(0, -4),
      'gzip',
      'its body is incomplete or not valid in the content coding "gzip"',
    ],
    [
      'more than is read',
      gzipSync(Buffer.alloc(16 * 1024 * 1024, ' ')),
      'gzip',
      'its decompressed body has more than the 1048576 bytes that the gateway reads',
    ],
  ])('is reported if it cannot be read: %s', async (_what, bytes, coding, problem) => {
    const response = responseWith(bytes, { 'content-encoding': coding });
    expect(await runs(response, READ_OPEN_ID_CONNECT, { id: 'acme' })).toMatchObject({
      code: 'UPSTREAM_CONTRACT',
      message: `OrderCloud returned 200, but ${problem}. Report this to the operator of the gateway, with the request id.`,
    });
    expect(
      await runs(response, UPDATE_OPEN_ID_CONNECT, { input: { id: 'acme', connectClientId: 'x' } }),
    ).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'UNREADABLE_ANSWER',
      message: expect.stringContaining(problem) as unknown,
    });
    expect(
      await runs({ ...response, status: 401 }, READ_OPEN_ID_CONNECT, { id: 'acme' }),
    ).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(`returned status 401, but ${problem}`) as unknown,
    });
  });

  it('may be an error', async () => {
    const body = gzipSync(
      JSON.stringify({
        Errors: [
          {
            ErrorCode: 'NotFound',
            Message: 'Object not found.',
            Data: { ObjectType: 'OpenIdConnect', ObjectID: 'acme' },
          },
        ],
      }),
    );
    expect(
      await runs(responseWith(body, { 'content-encoding': 'gzip' }, 404), READ_OPEN_ID_CONNECT, {
        id: 'acme',
      }),
    ).toMatchObject({
      code: 'NOT_FOUND',
      message: 'OrderCloud has no OpenIdConnect "acme" (NotFound: Object not found).',
      upstream: { details: [{ code: 'NotFound' }] },
    });
  });

  it('names no secret that stands in the place of its coding', async () => {
    const { message } = await runs(
      responseWith(STORED_BODY, { 'content-encoding': 'example-token' }),
      READ_OPEN_ID_CONNECT,
      { id: 'acme' },
    );
    expect(message).toContain('the content coding "[redacted]"');
  });
});

describe('headers', () => {
  it('of a response may have 60 KB', async () => {
    expect(
      await runs(
        responseWith(STORED_BODY, { 'x-filler': 'x'.repeat(60_000) }),
        READ_OPEN_ID_CONNECT,
        {
          id: 'acme',
        },
      ),
    ).toMatchObject({ openIdConnect: { connectClientId: 'café-client' } });
  });

  it('of a response over 64 KiB are reported, without advice to try again', async () => {
    const response = responseWith(STORED_BODY, { 'x-filler': 'x'.repeat(70_000) });
    expect(await runs(response, READ_OPEN_ID_CONNECT, { id: 'acme' })).toMatchObject({
      code: 'UPSTREAM_CONTRACT',
      message:
        'OrderCloud returned more than 64 KiB of headers, the most that the gateway reads. Report this to the operator of the gateway, with the request id.',
    });
    expect(methods()).toEqual(['GET']);
    expect(
      await runs(response, UPDATE_OPEN_ID_CONNECT, { input: { id: 'acme', connectClientId: 'x' } }),
    ).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'UNREADABLE_ANSWER',
      message: expect.stringContaining('more than 64 KiB of headers') as unknown,
    });
  });

  it('of a request may hold a token of 60,000 characters', async () => {
    gateway.upstream.respondWith(responseWith(CONFIG_BODY));
    const token = 't'.repeat(60_000);
    expect(
      await gateway.run(READ_CONFIG, { idpId: 'ACME' }, { 'x-auth-token': token }),
    ).toMatchObject({ oidcConfig: { clientId: 'café-client' } });
    expect(gateway.upstream.seen[0]?.headers['x-auth-token']).toBe(token);
  });

  it('that are not ASCII are not used as a request id', async () => {
    const result = await runs(
      { status: 404, headers: { 'x-request-id': 'caf\u00e9' }, body: '' },
      `query { result: oidcConfig(idpId: "ACME") { ... on OidcError { upstream { requestId } } __typename } }`,
      {},
    );
    expect(result).toMatchObject({ upstream: { requestId: null } });
  });
});

describe('a deletion', () => {
  it.each([
    ['200 {}', 200, '{}'],
    ['200 OK', 200, 'OK'],
  ])('with the response %s should have had no body', async (_what, status, body) => {
    const message = `returned ${status}, but with an unexpected body.`;
    expect(
      await runs({ status, body }, DELETE_OPEN_ID_CONNECT, { input: { id: 'acme' } }),
    ).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'UNREADABLE_ANSWER',
      message: expect.stringContaining(message) as unknown,
    });
    expect(
      await runs({ status, body }, DELETE_PROTOCOL, { input: { idpId: 'ACME' } }),
    ).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringContaining(message) as unknown,
    });
  });
});

describe('a deletion without a body', () => {
  const PROBLEM = 'but its contract defines another status for this operation.';

  it.each<[number, string, object]>([
    [200, DELETE_OPEN_ID_CONNECT, { id: 'acme' }],
    [202, DELETE_OPEN_ID_CONNECT, { id: 'acme' }],
    [205, DELETE_OPEN_ID_CONNECT, { id: 'acme' }],
    [202, DELETE_PROTOCOL, { idpId: 'ACME' }],
  ])('with the response %i has an unknown outcome: %s', async (status, document, input) => {
    gateway.upstream.respondWith(({ method, target }) =>
      method === 'DELETE'
        ? { status, body: '' }
        : {
            status: 200,
            body: target.includes('protocols') ? '{"protocol":{"id":"oidc"}}' : STORED_BODY,
          },
    );
    expect(await gateway.run(document, { input })).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'UNREADABLE_ANSWER',
      message: expect.stringContaining(`returned ${status}, ${PROBLEM}`) as unknown,
    });
    // It may be under way: it is looked at as long as there is time, and not sent again.
    expect([methods()[0], new Set(methods().slice(1))]).toEqual(['DELETE', new Set(['GET'])]);
  });

  it('that was only taken note of is a success if reading finds nothing', async () => {
    gateway.upstream.respondWith(({ method }) =>
      method === 'DELETE'
        ? { status: 202, body: '' }
        : {
            status: 404,
            body: '{"Errors":[{"ErrorCode":"NotFound","Message":"Object not found.","Data":null}]}',
          },
    );
    expect(await gateway.run(DELETE_OPEN_ID_CONNECT, { input: { id: 'acme' } })).toEqual({
      __typename: 'DeleteOpenIdConnectSuccess',
    });
    expect(methods()).toEqual(['DELETE', 'GET']);
  });

  it.each([
    ['OrderCloud', 204, DELETE_OPEN_ID_CONNECT, { id: 'acme' }],
    ['Huawei Cloud IAM', 204, DELETE_PROTOCOL, { idpId: 'ACME' }],
    ['Huawei Cloud IAM', 200, DELETE_PROTOCOL, { idpId: 'ACME' }],
  ])('that %s confirms with %i is applied', async (_upstream, status, document, input) => {
    gateway.upstream.respondWith({ status, body: '' });
    expect(await gateway.run(document, { input })).toMatchObject({
      __typename: expect.stringContaining('Success') as unknown,
    });
    expect(methods()).toEqual(['DELETE']);
  });
});

describe('numbers of a list', () => {
  const META = {
    Page: 1,
    PageSize: 20,
    TotalCount: 1,
    TotalPages: 1,
    ItemRange: [1, 1],
    NextPageKey: null,
  };
  const MAX = 2_147_483_647;
  // Not by JSON.stringify: it has no numbers beyond the largest.
  const page = (meta: Readonly<Record<string, unknown>>) =>
    responseWith(
      `{"Meta":{${Object.entries({ ...META, ...meta })
        .map(
          ([name, value]) =>
            `"${name}":${typeof value === 'string' ? value : JSON.stringify(value)}`,
        )
        .join(',')}},"Items":[${STORED_BODY}]}`,
    );

  it.each<[string, Readonly<Record<string, unknown>>, object, readonly object[]]>([
    ['the largest', { TotalCount: MAX, TotalPages: MAX }, { totalCount: MAX, totalPages: MAX }, []],
    [
      'one more',
      { TotalCount: MAX + 1 },
      { totalCount: MAX, totalPages: 1 },
      [{ code: 'COUNT_CAPPED', path: ['meta', 'totalCount'] }],
    ],
    [
      'pages too',
      { TotalCount: 2 ** 53 + 2, TotalPages: 2 ** 40 },
      { totalCount: MAX, totalPages: MAX },
      [{ path: ['meta', 'totalCount'] }, { path: ['meta', 'totalPages'] }],
    ],
    ['1e300', { TotalCount: '1e300' }, { totalCount: MAX }, [{ path: ['meta', 'totalCount'] }]],
    [
      'beyond any number',
      { TotalCount: '1e999' },
      { totalCount: MAX },
      [{ path: ['meta', 'totalCount'] }],
    ],
    [
      'the range of items',
      { ItemRange: [1, 5_000_000_000] },
      { itemRange: [1, MAX] },
      [{ code: 'COUNT_CAPPED', path: ['meta', 'itemRange', '1'] }],
    ],
    [
      'the page',
      { Page: 3_000_000_000, PageSize: 3_000_000_000 },
      { page: MAX, pageSize: MAX },
      [{ path: ['meta', 'page'] }, { path: ['meta', 'pageSize'] }],
    ],
    ['below zero', { TotalCount: -1 }, { totalCount: -1 }, []],
    [
      'far below zero',
      { TotalCount: -3_000_000_000 },
      { totalCount: -MAX - 1 },
      [{ code: 'COUNT_CAPPED', path: ['meta', 'totalCount'] }],
    ],
  ])('do not cost its items: %s', async (_what, meta, shown, warnings) => {
    const result = await runs(page(meta), LIST, {});
    expect(result).toMatchObject({ openIdConnects: [{ id: 'acme' }], meta: shown });
    expect(
      (result['warnings'] as { code: string }[]).filter(({ code }) => code === 'COUNT_CAPPED'),
    ).toMatchObject(warnings);
  });

  it.each([
    ['a fraction', '1.5'],
    ['a text', '"1"'],
    ['nothing', 'null'],
  ])('violate the contract if they are %s', async (_what, value) => {
    expect(await runs(page({ TotalCount: value }), LIST, {})).toMatchObject({
      code: 'UPSTREAM_CONTRACT',
      message: expect.stringContaining('Meta.TotalCount is not as expected') as unknown,
    });
  });
});

describe('a response without an error body of the upstream', () => {
  const page = (status: number): ScriptedResponse => ({
    status,
    headers: { 'content-type': 'text/html' },
    body: '<html><body>Proxy</body></html>',
  });
  const kong = (status: number): ScriptedResponse => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: '{"message":"no Route matched with those values"}',
  });
  const spring = (status: number): ScriptedResponse => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: '{"timestamp":"2026-01-01","status":404,"error":"Not Found","path":"/x"}',
  });
  const google = (status: number): ScriptedResponse => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: '{"error":{"code":404,"message":"Could not find it.","status":"NOT_FOUND"}}',
  });
  const FOREIGN = [
    ['HTML', page],
    ['JSON of Kong', kong],
    ['JSON of Spring', spring],
    ['JSON of Google', google],
  ] as const;

  it.each(FOREIGN)(
    'does not tell for a fact that something does not exist: %s',
    async (_what, of) => {
      const found = await runs(of(404), READ_OPEN_ID_CONNECT, { id: 'acme' });
      expect(found).toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringMatching(
          /^OrderCloud returned status 404, but not in its own error format.*: the OpenIdConnect "acme" may not exist, or ORDERCLOUD_API_URL or ORDERCLOUD_REGION .*may be wrong at this gateway\.$/,
        ) as unknown,
      });
      const config = await runs(of(404), READ_CONFIG, { idpId: 'ACME' });
      expect(config).toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringMatching(
          /: the identity provider "ACME" may have no OpenID Connect configuration, or HUAWEI_IAM_URL or HUAWEI_REGION may be wrong at this gateway\.$/,
        ) as unknown,
      });
      const protocol = await runs(of(404), READ_PROTOCOL, { idpId: 'ACME' });
      expect(protocol).toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining(
          'the identity provider "ACME" may have no protocol oidc, or HUAWEI_IAM_URL',
        ) as unknown,
      });
    },
  );

  it.each(FOREIGN)('does not tell for a fact who refused, and why: %s', async (_what, of) => {
    for (const [document, variables] of [
      [READ_OPEN_ID_CONNECT, { id: 'acme' }],
      [READ_CONFIG, { idpId: 'ACME' }],
    ] as const) {
      for (const [status, code, words] of [
        [
          401,
          'UNAUTHENTICATED',
          'it may not accept the credentials, or an intermediary such as a proxy refused the request',
        ],
        [
          403,
          'PERMISSION_DENIED',
          'it may not allow the caller to read the OpenID Connect configuration, or an intermediary such as a proxy refused the request',
        ],
        [
          413,
          'UPSTREAM_REJECTED',
          'it, or an intermediary such as a proxy, refused to read the OpenID Connect configuration',
        ],
        [429, 'RATE_LIMITED', 'it, or an intermediary such as a proxy, asks for fewer requests'],
      ] as const) {
        const result = await runs(of(status), document, variables);
        expect(result).toMatchObject({
          code,
          message: expect.stringMatching(
            new RegExp(`returned status ${status}, but not in its own error format.*: ${words}`),
          ) as unknown,
        });
      }
    }
    const renamed = await runs(of(409), UPDATE_OPEN_ID_CONNECT, {
      input: { id: 'acme', newId: 'other' },
    });
    expect(renamed).toMatchObject({
      code: 'ALREADY_EXISTS',
      message: expect.stringContaining(
        'it may already have OpenIdConnect "other", or an intermediary such as a proxy refused the request. According to that status, nothing was changed.',
      ) as unknown,
    });
  });

  it.each(FOREIGN)('does not mean that an entity is absent: %s', async (_what, of) => {
    gateway.upstream.respondWith(of(404));
    const { data, errors } = await gateway.post(
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }',
      { representations: [{ __typename: 'OpenIdConnect', id: 'acme' }] },
      { 'x-ordercloud-authorization': 'Bearer example-token' },
    );
    expect(data).toEqual({ _entities: [null] });
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });
});

it('names an identity provider together with what it lacks', async () => {
  const keystone = (message: string): ScriptedResponse => ({
    status: 404,
    body: JSON.stringify({ error: { code: 404, message, title: 'Not Found' } }),
  });
  const missing: ScriptedResponse = {
    status: 404,
    body: JSON.stringify({
      error_code: 'IAM.0004',
      error_msg: 'Could not find openid_connect_config: ACME.',
    }),
  };
  expect(await runs(missing, READ_CONFIG, { idpId: 'ACME' })).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringMatching(
      /^Identity provider "ACME" has no OpenID Connect configuration /,
    ) as unknown,
  });
  expect(
    await runs(missing, UPDATE_CONFIG, { input: { idpId: 'ACME', clientId: 'client-1' } }),
  ).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringMatching(
      /^Identity provider "ACME" has no OpenID Connect configuration /,
    ) as unknown,
  });
  for (const words of [
    'Could not find protocol: oidc.',
    'Could not find federated_protocol: oidc.',
    'Could not find federated protocol oidc for identity provider: ACME',
  ]) {
    expect(await runs(keystone(words), READ_PROTOCOL, { idpId: 'ACME' })).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/^Identity provider "ACME" has no protocol oidc /) as unknown,
    });
    expect(
      await runs(keystone(words), DELETE_PROTOCOL, { input: { idpId: 'ACME' } }),
    ).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/^Identity provider "ACME" has no protocol oidc /) as unknown,
    });
  }
  expect(
    await runs(keystone('Could not find identity_provider: ACME.'), READ_PROTOCOL, {
      idpId: 'ACME',
    }),
  ).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringMatching(/^Huawei Cloud IAM has no identity_provider "ACME" /) as unknown,
  });
});
