import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { resultOf, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse } from '../setup/scripted-upstream.ts';

/* Upstreams, or what stands before them, that repeat the secrets of the gateway's own credentials. */

let inbound: ReturnType<typeof makeApiKey>;
let gateway: ScriptedGateway;
beforeAll(() => {
  inbound = makeApiKey();
});
afterEach(() => gateway.stop());
afterAll(() => {
  inbound.remove();
});

const SECRETS = {
  password: 'canary/password of+Huawei',
  clientSecret: 'canary-client&secret-of-OrderCloud',
  huaweiToken: `canary-huawei-${'t'.repeat(60)}`,
  orderCloudToken: `canary-ordercloud-${'t'.repeat(60)}`,
};
const GATEWAY = {
  HUAWEI_CREDENTIALS: 'gateway',
  HUAWEI_AUTH_METHOD: 'password',
  HUAWEI_DOMAIN_NAME: 'acme',
  HUAWEI_USER_NAME: 'gateway',
  HUAWEI_PASSWORD: SECRETS.password,
  ORDERCLOUD_CREDENTIALS: 'gateway',
  ORDERCLOUD_CLIENT_ID: 'gateway',
  ORDERCLOUD_CLIENT_SECRET: SECRETS.clientSecret,
};

const LOGINS: Readonly<Record<string, ScriptedResponse>> = {
  '/v3/auth/tokens?nocatalog=true': {
    status: 201,
    headers: { 'x-subject-token': SECRETS.huaweiToken },
    body: JSON.stringify({
      token: {
        issued_at: '2026-01-01T00:00:00.000000Z',
        expires_at: '2026-01-02T00:00:00.000000Z',
      },
    }),
  },
  '/oauth/token': {
    status: 200,
    body: JSON.stringify({
      access_token: SECRETS.orderCloudToken,
      token_type: 'bearer',
      expires_in: 3600,
    }),
  },
};

const PAGE = {
  identity_providers: [],
  Meta: { Page: 1, PageSize: 20, TotalCount: 0, TotalPages: 0, ItemRange: [0, 0] },
  Items: [],
};
const ERROR = '... on OidcError { code message upstream { details { code message data } } }';
const READ = `query ($id: ID!) { result: openIdConnect(id: $id) { __typename ... on OpenIdConnectSuccess { openIdConnect { id appStartUrl } } ${ERROR} } }`;
const CREATE = `mutation ($input: CreateOpenIdConnectInput!) { result: createOpenIdConnect(input: $input) { __typename ... on CreateOpenIdConnectSuccess { openIdConnect { id appStartUrl } warnings { code } } ${ERROR} } }`;
const INPUT = {
  orderCloudApiClientId: 'client',
  connectClientId: 'connect',
  connectClientSecret: 'secret-of-the-caller',
  appStartUrl: 'https://app.example.com/{0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
};
const STORED = {
  ID: 'google',
  OrderCloudApiClientID: 'client',
  ConnectClientID: 'connect',
  ConnectClientSecret: 'secret-of-the-caller',
  AppStartUrl: INPUT.appStartUrl,
  AuthorizationEndpoint: INPUT.authorizationEndpoint,
  TokenEndpoint: INPUT.tokenEndpoint,
};

/** A gateway that has a token of each upstream, and whose other calls get this response. */
async function start(response: (target: string, method: string) => ScriptedResponse) {
  gateway = await startScriptedGateway({ ...inbound.environment, ...GATEWAY });
  gateway.upstream.respondWith(
    ({ target }) => LOGINS[target] ?? { status: 200, body: JSON.stringify(PAGE) },
  );
  await ask('{ result: openIdConnects { __typename } }');
  await ask('{ result: huaweiIdentityProviders { __typename } }');
  gateway.upstream.respondWith(({ target, method }) => LOGINS[target] ?? response(target, method));
}

const ask = (document: string, variables: object = {}) =>
  resultOf(gateway, document, variables, inbound.headers);

/** Nothing of a secret is shown or logged. */
function expectNothing(result: unknown) {
  const shown = JSON.stringify([result, gateway.logs]);
  for (const part of [
    'canary',
    Buffer.from('canary').toString('base64').slice(0, 7),
    '%63%61',
    '\\u0063',
  ])
    expect(shown).not.toContain(part);
}

const encodings: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in a URL', encodeURIComponent],
  [
    'byte by byte',
    (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join(''),
  ],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
];

describe('an error that repeats a secret of the credentials of', () => {
  it.each(
    Object.entries(SECRETS).flatMap(([name, secret]) =>
      encodings.map(([how, encode]) => [name, how, encode(secret)] as const),
    ),
  )('the gateway tells and logs nothing of it: %s %s', async (_name, _how, text) => {
    await start(() => ({
      status: 400,
      body: JSON.stringify({
        Errors: [
          {
            ErrorCode: 'InvalidRequest',
            Message: `AppStartUrl ${text} is wrong`,
            Data: { a: text, [text]: 1 },
          },
        ],
      }),
    }));
    const result = await ask(CREATE, { input: { ...INPUT, id: 'google' } });
    expect(result).toMatchObject({
      __typename: 'OidcInvalidInputError',
      message: expect.stringContaining('[redacted]') as unknown,
    });
    expectNothing(result);
  });
});

describe('a success that repeats one', () => {
  it.each(
    Object.entries(SECRETS).flatMap(([name, secret]) =>
      encodings.map(([how, encode]) => [name, how, encode(secret)] as const),
    ),
  )('is a contract error in a read: %s %s', async (_name, _how, text) => {
    await start(() => ({
      status: 200,
      body: JSON.stringify({ ...STORED, AppStartUrl: `https://app.example.com/?a=${text}` }),
    }));
    const result = await ask(READ, { id: 'google' });
    expect(result).toMatchObject({
      __typename: 'OidcUpstreamContractError',
      message: expect.stringContaining(
        "it repeats a secret of the gateway's own credentials",
      ) as unknown,
    });
    expectNothing(result);
  });

  it('is read back after a write', async () => {
    await start((_target, method) => ({
      status: method === 'POST' ? 201 : 200,
      body: JSON.stringify(method === 'POST' ? { ...STORED, Note: SECRETS.clientSecret } : STORED),
    }));
    const result = await ask(CREATE, { input: { ...INPUT, id: 'google' } });
    expect(result).toMatchObject({
      __typename: 'CreateOpenIdConnectSuccess',
      openIdConnect: { id: 'google' },
    });
    expect(JSON.stringify(result)).toContain('CONFIRMED_BY_READING');
    expectNothing(result);
  });

  it('is an unknown outcome if a write cannot be read back, and its id appears nowhere', async () => {
    await start(() => ({
      status: 201,
      body: JSON.stringify({ ...STORED, ID: SECRETS.orderCloudToken }),
    }));
    const result = await ask(CREATE, { input: INPUT });
    expect(result).toMatchObject({ __typename: 'OidcOutcomeUnknownError' });
    expect(gateway.logs.filter(({ msg }) => msg === 'audit')).toMatchObject([
      { event: 'intent', object: null },
      { event: 'outcome', member: 'OidcOutcomeUnknownError', object: null },
    ]);
    expectNothing(result);
  });
});
