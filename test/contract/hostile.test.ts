import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import type { ScriptedUpstream } from '../setup/scripted-upstream.ts';

/* Hostile requests and upstream responses: each gets a response of a bounded size that says what is wrong. */

let upstream: ScriptedUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await startGateway({
    ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
    HUAWEI_IAM_URL: upstream.origin,
    LIMIT_ALIASES: '40',
    LIMIT_COST: '10000',
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});
beforeEach(() => {
  gateway.logs.length = 0;
});

const HEADERS = {
  'x-ordercloud-authorization': 'Bearer token-for-ordercloud',
  'x-auth-token': 'token-for-huawei',
};
const CONFIG = {
  idpId: 'deep',
  accessMode: 'PROGRAM',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client',
  signingKey: { keys: [{ kty: 'RSA', n: 'example', e: 'AQAB' }] },
};
const CREATE =
  'mutation ($input: CreateOidcConfigInput!) { createOidcConfig(input: $input) { __typename ... on CreateOidcConfigSuccess { oidcConfig { jwks } } ... on OidcError { message } ... on OidcInvalidInputError { issues { path } } } }';

describe('a stored key set that is nested too deeply', () => {
  const signingKey = `{"keys":${'['.repeat(14_990)}${']'.repeat(14_990)}}`;
  const body = JSON.stringify({
    openid_connect_config: {
      access_mode: 'program',
      idp_url: 'https://accounts.example.com',
      client_id: 'client',
      signing_key: signingKey,
    },
  });

  it('is none, and costs nothing else of a read', async () => {
    upstream.respondWith({ status: 200, body });
    const { data } = await gateway.post(
      '{ other: __typename oidcConfig(idpId: "deep") { ... on OidcConfigSuccess { oidcConfig { jwks signingKey } } } }',
      {},
      HEADERS,
    );
    expect(data).toEqual({
      other: 'Query',
      oidcConfig: { oidcConfig: { jwks: null, signingKey } },
    });
  });

  it.each(['application/json', 'text/event-stream', 'multipart/mixed'])(
    'does not hide a create that was applied, in %s',
    async (accept) => {
      upstream.respondWith({ status: 201, body });
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept, ...HEADERS },
        body: JSON.stringify({ query: CREATE, variables: { input: CONFIG } }),
      });
      expect(await response.text()).toContain('CreateOidcConfigSuccess');
    },
  );
});

describe('a request with very many errors', () => {
  it('of types gets the first of them', async () => {
    const query =
      'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename } }';
    const { status, errors, text } = await gateway.post(
      query,
      { input: { additionalIdpScopes: Array.from({ length: 9_000 }, () => 1.5) } },
      HEADERS,
    );
    expect(status).toBe(400);
    expect(errors).toHaveLength(50);
    expect(text.length).toBeLessThan(20_000);
  });

  it('of content gets the first hundred, and a note about the rest', async () => {
    const keys = Array.from({ length: 9_000 }, () => ({}));
    const { data, text } = await gateway.post(
      CREATE,
      { input: { ...CONFIG, signingKey: { keys } } },
      HEADERS,
    );
    const { message, issues } = data?.['createOidcConfig'] as {
      message: string;
      issues: unknown[];
    };
    expect(issues).toHaveLength(100);
    expect(message).toMatch(
      /^The input has at least 100 errors; nothing was sent\. See .+ and others\.$/,
    );
    expect(text.length).toBeLessThan(20_000);
  });

  it('of unknown input fields gets the first of them, in every media type', async () => {
    const query =
      'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename } }';
    const input = Object.fromEntries(
      Array.from({ length: 9_000 }, (_, index) => [`member${index}`, 1]),
    );
    for (const accept of ['application/json', 'text/event-stream']) {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept, ...HEADERS },
        body: JSON.stringify({ query, variables: { input } }),
      });
      const text = await response.text();
      expect(text.match(/"message"/g)).toHaveLength(50);
      expect(text).toContain(
        'Field \\"orderCloudApiClientId\\" of required type \\"String!\\" was not provided.',
      );
      expect(text.length).toBeLessThan(20_000);
    }
  });

  it('of words gets the first hundred', async () => {
    const query =
      'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { ... on OidcInvalidInputError { message issues { path code } } } }';
    const input = {
      orderCloudApiClientId: 'a',
      connectClientId: 'a',
      connectClientSecret: 'a',
      appStartUrl: 'https://a.example/{0}',
      authorizationEndpoint: 'https://a.example/',
      tokenEndpoint: 'https://a.example/',
      additionalIdpScopes: Array.from({ length: 9_000 }, () => 'a b'),
    };
    const { data } = await gateway.post(query, { input }, HEADERS);
    const { message, issues } = data?.['createOpenIdConnect'] as {
      message: string;
      issues: readonly unknown[];
    };
    expect(issues).toEqual(
      Array.from({ length: 100 }, (_, index) => ({
        path: ['additionalIdpScopes', String(index)],
        code: 'INVALID_FORMAT',
      })),
    );
    expect(message).toContain('at least 100 errors');
  });

  it('of fields with long names quotes the first characters of each, and its position', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `${'a'.repeat(10_000)}${index}`);
    const { errors, text } = await gateway.post(`{ ${names.join(' ')} }`, {}, HEADERS);
    expect(errors?.map(({ message }) => message)).toEqual(
      names.map(() => `Cannot query field "${'a'.repeat(200)}…" on type "Query".`),
    );
    expect(text).toContain('"locations":[{"line":1,"column":3}]');
  });

  it('of literals gets the matching error', async () => {
    const literals = Array.from({ length: 300 }, () => '[1]').join(' ');
    const { errors } = await gateway.post(
      `mutation { createOpenIdConnect(input: { additionalIdpScopes: [${literals}] }) { __typename } }`,
      {},
      HEADERS,
    );
    expect(errors?.some(({ message }) => message === 'Expected a value of type "String!".')).toBe(
      true,
    );
    expect(errors?.at(-1)?.message).toBe(
      'The document has too many errors, or takes too long to check. Validation aborted.',
    );
  });
});

describe('an operation with many calls', () => {
  it('makes Node complain of nothing', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    upstream.respondWith({ status: 404, body: '' });
    const fields = Array.from(
      { length: 40 },
      (_, index) => `f${index}: openIdConnect(id: "id-${index}") { __typename }`,
    );
    const { data } = await gateway.post(`{ ${fields.join(' ')} }`, {}, HEADERS);
    expect(Object.keys(data ?? {})).toHaveLength(40);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});

describe('a request that is refused', () => {
  it.each([
    ['subscription { a }', /subscription/i],
    [
      'query ($id: ID = "x") { openIdConnect(id: $id) { __typename } }',
      /null where a value is required/,
    ],
  ])('gets the reason: %s', async (query, message) => {
    const { errors } = await gateway.post(query, { id: null }, HEADERS);
    expect(errors?.[0]?.message).toMatch(message);
  });

  it.each([
    ['a text that is no GraphQL', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['a field that does not exist', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a literal of another type',
      { query: '{ oidcConfig(idpId: true) { __typename } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a literal of a number that is no id',
      { query: '{ oidcConfig(idpId: 1.5) { __typename } }' },
      'BAD_USER_INPUT',
    ],
    [
      'a variable of another type',
      {
        query: 'query ($id: ID!) { oidcConfig(idpId: $id) { __typename } }',
        variables: { id: [] },
      },
      'BAD_USER_INPUT',
    ],
    [
      'a variable that is null',
      {
        query: 'query ($id: ID = "x") { oidcConfig(idpId: $id) { __typename } }',
        variables: { id: null },
      },
      'BAD_USER_INPUT',
    ],
    [
      'an operation that is not there',
      { query: '{ __typename }', operationName: 'Other' },
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['a parameter that is not known', { query: '{ __typename }', other: 1 }, 'BAD_REQUEST'],
    ['nothing', {}, 'BAD_REQUEST'],
  ])('has a code: %s', async (_what, body, code) => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...HEADERS },
      body: JSON.stringify(body),
    });
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.any(String) as string, extensions: { code } }],
    });
  });

  it.each(['application/json', 'application/graphql-response+json'])(
    'has the status 400 if it selects nothing, for any Accept header: %s',
    async (accept) => {
      for (const body of [{}, { query: null }, { variables: {} }]) {
        const response = await fetch(gateway.url, {
          method: 'POST',
          headers: { accept, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        expect([response.status, await response.json()]).toEqual([
          400,
          {
            errors: [
              {
                message: 'Send the text of a document as "query".',
                extensions: { code: 'BAD_REQUEST', requestId: expect.any(String) as string },
              },
            ],
          },
        ]);
      }
      const response = await fetch(gateway.url, {
        headers: { accept, 'apollo-require-preflight': '1' },
      });
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining('"BAD_REQUEST"'),
      ]);
    },
  );

  it('is none for the case of its media type', async () => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'APPLICATION/JSON; charset=UTF-8' },
      body: '{"query":"{ __typename }"}',
    });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });
});
