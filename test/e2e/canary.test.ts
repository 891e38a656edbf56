import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';

/*
 * Every secret and token contains a unique string. The upstreams echo everything they receive, and the gateway gets
 * requests that it must refuse. None of the strings may appear in any response or in the output of the process.
 */

const SECRET = 'Canary "secret" \\ <é> & 1+1=2';
const ORDERCLOUD_TOKEN = 'canaryOrderCloudToken.abc/def+ghi=';
const AUTHORIZATION_TOKEN = 'canaryAuthorizationToken-0123456789';
const HUAWEI_TOKEN = 'canaryHuaweiToken_0123456789==';
const CANARIES = [SECRET, ORDERCLOUD_TOKEN, AUTHORIZATION_TOKEN, HUAWEI_TOKEN];

/** Every form in which a canary might come back. */
const FORMS = CANARIES.flatMap((canary) => [
  canary,
  JSON.stringify(canary).slice(1, -1),
  JSON.stringify(JSON.stringify(canary).slice(1, -1)).slice(1, -1),
  encodeURIComponent(canary),
  Buffer.from(canary).toString('base64'),
  Buffer.from(canary).toString('base64url'),
]);

const HEADERS = {
  'x-ordercloud-authorization': `Bearer ${ORDERCLOUD_TOKEN}`,
  authorization: `Bearer ${AUTHORIZATION_TOKEN}`,
  'x-auth-token': HUAWEI_TOKEN,
};

const ERROR =
  '__typename ... on OidcError { code message requestId upstream { status requestId details { code message data } } }';
const INPUT = {
  id: 'canary',
  orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
  connectClientId: 'app',
  connectClientSecret: SECRET,
  appStartUrl: 'https://shop.example.com/?t={0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
};
const CONFIG = {
  idpId: 'ACME',
  accessMode: 'PROGRAM',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client_id_example',
  signingKey: { keys: [{ kty: 'RSA', n: 'example', e: 'AQAB' }] },
};
const CREATE = `mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { ${ERROR} ... on OidcInvalidInputError { issues { path code message } } ... on OidcOutcomeUnknownError { reason verifyWith } } }`;
const CREATE_CONFIG = `mutation ($input: CreateOidcConfigInput!) { createOidcConfig(input: $input) { ${ERROR} ... on OidcInvalidInputError { issues { path code message } } ... on OidcOutcomeUnknownError { reason verifyWith } } }`;

let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
let gateway: BuiltGateway;
const responses: string[] = [];

beforeAll(async () => {
  orderCloud = await startOrderCloud();
  huawei = await startHuawei();
  gateway = await startBuiltGateway({
    ...orderCloud.environment,
    ...huawei.environment,
    LOG_LEVEL: 'trace',
    METRICS_PORT: '0',
  });
});
afterAll(async () => {
  await Promise.all([orderCloud.close(), huawei.close()]);
});

async function raw(path: string, init: RequestInit): Promise<string> {
  const response = await fetch(new URL(path, gateway.url), init);
  const text = await response.text();
  responses.push(JSON.stringify([...response.headers]) + text);
  return text;
}

const post = (body: unknown, headers: Record<string, string> = HEADERS) =>
  raw('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

function expectNoCanary(text: string): void {
  for (const form of FORMS) expect(text.includes(form), `found ${form}`).toBe(false);
}

describe('canaries', () => {
  it('are echoed by the upstreams', async () => {
    await addFault(orderCloud.url, { fault: { kind: 'echo', status: 400 } });
    const direct = await fetch(`${orderCloud.url}/v1/openidconnects`, {
      method: 'POST',
      headers: { authorization: HEADERS['x-ordercloud-authorization'] },
      body: JSON.stringify(INPUT),
    });
    expect(await direct.text()).toContain(ORDERCLOUD_TOKEN);
  });

  it.each([301, 400, 401, 403, 404, 408, 409, 410, 422, 429, 500, 503])(
    'are in no response when status %i echoes them',
    async (status) => {
      for (const emulator of [orderCloud, huawei])
        await addFault(emulator.url, { times: 'always', fault: { kind: 'echo', status } });
      const texts = [
        await post({ query: CREATE, variables: { input: INPUT } }),
        await post({ query: CREATE_CONFIG, variables: { input: CONFIG } }),
        await post({
          query: `{ openIdConnect(id: "canary") { ${ERROR} } oidcConfig(idpId: "ACME") { ${ERROR} } }`,
        }),
      ];
      for (const emulator of [orderCloud, huawei])
        await fetch(`${emulator.url}/__emulator/faults`, { method: 'DELETE' });
      for (const text of texts) {
        expect(text).toContain(`"status":${status}`);
        expectNoCanary(text);
      }
      expect(texts.join(''), 'something was there to be cut out').toContain('[redacted]');
    },
  );

  it('are in no response when the gateway refuses the input', async () => {
    const broken = {
      ...INPUT,
      id: SECRET,
      appStartUrl: `${SECRET}{9}`,
      authorizationEndpoint: SECRET,
      tokenEndpoint: `ftp://${SECRET}`,
      connectClientId: `${SECRET}\n`,
      additionalIdpScopes: [SECRET],
    };
    const text = await post({ query: CREATE, variables: { input: broken } });
    expect(text).toContain('OidcInvalidInputError');
    expectNoCanary(text);
    const keys = await post({
      query: CREATE_CONFIG,
      variables: {
        input: {
          ...CONFIG,
          idpId: SECRET,
          clientId: 'x',
          signingKey: {
            keys: [
              { kty: 'RSA', n: 'x', d: SECRET },
              { kty: 'oct', k: SECRET },
            ],
          },
        },
      },
    });
    expect(keys).toContain('PRIVATE_KEY');
    expectNoCanary(keys);
  });

  const literal = JSON.stringify(SECRET);
  it.each([
    [
      'a variable of a wrong type',
      {
        query: CREATE,
        variables: {
          input: { ...INPUT, connectClientSecret: { nested: SECRET }, appStartUrl: [SECRET] },
        },
      },
    ],
    ['variables that are no object', { query: CREATE, variables: SECRET }],
    [
      'a literal of a wrong type',
      {
        query: `mutation { createOpenIdConnect(input: { connectClientSecret: [${literal}] appStartUrl: { a: ${literal} } }) { __typename } }`,
      },
    ],
    [
      'a literal for an enum',
      {
        query: `mutation { createOidcConfig(input: { accessMode: ${literal}, signingKey: [${literal}] }) { __typename } }`,
      },
    ],
    [
      'a literal without its quotes',
      {
        query: `mutation { createOpenIdConnect(input: { connectClientSecret: ${AUTHORIZATION_TOKEN.replaceAll('-', '_')} }) { __typename } }`,
      },
    ],
    [
      'a syntax error at a string',
      {
        query: `mutation { createOpenIdConnect(input: { connectClientSecret ${literal} }) { __typename } }`,
      },
    ],
    [
      'a string without its end',
      {
        query: `mutation { createOpenIdConnect(input: { connectClientSecret: ${literal.slice(0, -1)} }) { __typename } }`,
      },
    ],
    ['bad JSON', `{"query": ${literal}, "variables": {"input": ${SECRET}}}`],
    ['a body that is a string', literal],
    ['a parameter that does not exist', { query: '{ __typename }', [SECRET]: SECRET }],
    [
      'an operation name that does not exist',
      { query: 'query A { __typename } query B { __typename }', operationName: SECRET },
    ],
    ['a query that is no string', { query: [SECRET] }],
    ['a batch', [{ query: CREATE, variables: { input: INPUT } }]],
  ])('are in no response to %s', async (_name, body) => {
    const text = await post(body);
    expect(text).toContain('"errors"');
    expectNoCanary(text);
    expect(text).not.toContain(AUTHORIZATION_TOKEN.replaceAll('-', '_'));
  });

  it('are in no response as words of the document either, if the gateway knows them as tokens', async () => {
    const headers = {
      ...HEADERS,
      'x-auth-token': 'canaryWord0123456789',
      'x-request-id': 'canaryWord0123456789',
    };
    for (const query of [
      '{ canaryWord0123456789 }',
      'query ($a: canaryWord0123456789) { __typename }',
      'query canaryWord0123456789 { __typename }',
      '{ oidcConfig(idpId: $canaryWord0123456789) { __typename } }',
    ]) {
      const text = await post({ query }, headers);
      expect(text).not.toContain('canaryWord0123456789');
    }
    const unquoted = await post({
      query:
        'mutation { createOpenIdConnect(input: { connectClientSecret: $canarySecretWord }) { __typename } }',
    });
    expect(unquoted).not.toContain('canarySecretWord');
  });

  it('are in no response to parameters of a GET or a form', async () => {
    const search = new URLSearchParams({ query: '{ __typename }', variables: SECRET }).toString();
    for (const text of [
      await raw(`/graphql?${search}`, { headers: HEADERS }),
      await raw('/graphql', {
        method: 'POST',
        headers: { ...HEADERS, 'content-type': 'application/x-www-form-urlencoded' },
        body: search,
      }),
      await raw(`/graphql?query=${encodeURIComponent(`{ a(b: ${literal} }`)}`, {
        headers: HEADERS,
      }),
      await raw(`/elsewhere?${search}`, { headers: HEADERS }),
    ])
      expectNoCanary(text);
  });

  it('are in no response when a token is malformed', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      // `fetch` would not send such headers.
      const call = request(
        gateway.url,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-auth-token': `${HUAWEI_TOKEN} é`,
            'x-ordercloud-authorization': `Basic ${ORDERCLOUD_TOKEN}`,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('end', () => {
              resolve(Buffer.concat(chunks).toString());
            });
        },
      );
      call.on('error', reject).end(
        JSON.stringify({
          query: `{ openIdConnect(id: "a") { ${ERROR} } oidcConfig(idpId: "a") { ${ERROR} } }`,
        }),
      );
    });
    responses.push(text);
    expect(text.match(/"OidcUnauthenticatedError"/g)).toHaveLength(2);
    expectNoCanary(text);
  });

  it('are in a response only as the selected client secret', async () => {
    const query = `mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename ... on CreateOpenIdConnectSuccess { openIdConnect { connectClientSecret hasConnectClientSecret } } ${ERROR.replace('__typename', '')} } }`;
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...orderCloud.exampleHeaders },
      body: JSON.stringify({ query, variables: { input: INPUT } }),
    });
    expect(await response.json()).toEqual({
      data: {
        createOpenIdConnect: {
          __typename: 'CreateOpenIdConnectSuccess',
          openIdConnect: { connectClientSecret: SECRET, hasConnectClientSecret: true },
        },
      },
    });

    const withheld = await startBuiltGateway({
      ...orderCloud.environment,
      ORDERCLOUD_REVEAL_SECRET: 'false',
    });
    const read = await fetch(withheld.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...orderCloud.exampleHeaders },
      body: JSON.stringify({
        query:
          '{ openIdConnect(id: "canary") { ... on OpenIdConnectSuccess { openIdConnect { connectClientSecret hasConnectClientSecret } } } }',
      }),
    });
    expect(await read.json()).toEqual({
      data: {
        openIdConnect: {
          openIdConnect: { connectClientSecret: null, hasConnectClientSecret: true },
        },
      },
    });
    expectNoCanary((await withheld.stop()).stdout);
  });

  it('are in no metric', async () => {
    const [, url = ''] = await gateway.line(/"url":"([^"]+)","msg":"metrics are served"/);
    const text = await (await fetch(url)).text();
    expect(text).toContain('oidc_gateway_operations_total{field="createOpenIdConnect"');
    expectNoCanary(text);
    expect(text).not.toContain('canaryWord0123456789');
  });

  it('are in no response at all, and in nothing that the process printed', async () => {
    const { stdout, stderr } = await gateway.stop();
    expect(responses.length).toBeGreaterThan(50);
    expectNoCanary(responses.join('\n'));
    expect(stdout).not.toContain('canaryWord0123456789');
    expect(stdout).toContain('"msg":"operation"');
    expectNoCanary(stdout);
    expectNoCanary(stderr);
  });
});
