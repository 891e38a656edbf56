import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SCOPES } from '../../src/domain/identity.ts';
import type { Scope } from '../../src/domain/identity.ts';
import type { GraphQLResponse } from '../setup/gateway.ts';
import { HUAWEI_FIELDS, ORDERCLOUD_FIELDS } from '../setup/field-cases.ts';
import type { FieldCase } from '../setup/field-cases.ts';
import { MODES, startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway, Mode } from '../setup/guarded-gateway.ts';
import type { Headers } from '../setup/inbound.ts';
import { STORED } from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';

/*
 * Who may have what: every root field, every kind of caller who must not have it, and those who may. Of a request that
 * is refused nothing reaches an upstream, in both modes of credentials.
 */

// One test sends dozens of requests, and GraphiQL's page has megabytes.
vi.setConfig({ testTimeout: 30_000 });

const provision = {
  ...STORED.oidcConfig,
  mappingId: STORED.mapping.id,
  rules: STORED.mapping.rules,
};
const { idpId, accessMode, clientId } = STORED.oidcConfig;
const CASES: Readonly<Record<string, FieldCase>> = {
  ...ORDERCLOUD_FIELDS,
  ...HUAWEI_FIELDS,
  provisionOidcConfig: {
    variables: { input: provision },
    bad: { input: { ...provision, signingKey: '{}' } },
  },
  provisionOidcSignIn: {
    variables: {
      input: { issuer: 'https://127.0.0.1', oidcConfig: { idpId, accessMode, clientId } },
    },
    bad: { input: { issuer: 'https://127.0.0.1' } },
  },
  oidcIssuer: { variables: { issuer: 'https://127.0.0.1' }, bad: { issuer: '' } },
  oidcConfigKeys: {
    variables: { input: { idpId: STORED.oidcConfig.idpId, issuer: 'https://127.0.0.1' } },
    bad: { input: { idpId: 'A/B' } },
  },
  syncOidcConfigKeys: {
    variables: { input: { idpId: STORED.oidcConfig.idpId, issuer: 'https://127.0.0.1' } },
    bad: { input: { idpId: 'A/B' } },
  },
  checkOidcConfig: {
    variables: { input: { idpId: STORED.oidcConfig.idpId, issuer: 'https://127.0.0.1' } },
    bad: { input: { idpId: 'A/B' } },
  },
  checkOpenIdConnect: {
    variables: { input: { id: STORED.openIdConnect.id, issuer: 'https://127.0.0.1' } },
    bad: { input: { id: 'A/B' } },
  },
  oidcWatches: { variables: {} },
};

/** Fields that need the issuer, which is refused, but only to those who may ask. Some call no upstream before it is read. */
const REFUSED_ISSUER: Readonly<Record<string, string>> = {
  oidcIssuer: 'OidcIssuerError',
  provisionOidcSignIn: 'OidcIssuerError',
  oidcConfigKeys: 'OidcIssuerError',
  syncOidcConfigKeys: 'OidcInvalidInputError',
};
const WITHOUT_UPSTREAM = ['oidcIssuer', 'provisionOidcSignIn', 'oidcWatches'];

/** What each field takes, by a rule of its own, and not by what the schema declares. */
const neededFor = (name: string): Scope => {
  if (ROOT_FIELDS.get(name)?.kind === 'query') return 'oidc:read';
  return name.startsWith('delete') ? 'oidc:admin' : 'oidc:write';
};
/** Scopes that are not enough for another one. */
const below = (scope: Scope) => SCOPES.slice(0, SCOPES.indexOf(scope));

const ENTITIES = 'query ($r: [_Any!]!) { result: _entities(representations: $r) { __typename } }';
const REFERENCES = {
  r: [
    { __typename: 'OpenIdConnect', id: 'google' },
    { __typename: 'OidcConfig', idpId: 'ACME' },
    { __typename: 'HuaweiIdentityProvider', id: 'ACME' },
  ],
};
const MEMBERS = { OidcPermissionDeniedError: 'code message missing' };

/** Requests for each root field, those of federation among them. */
const REQUESTS: Readonly<
  Record<string, { readonly document: string; readonly variables: object }>
> = {
  ...Object.fromEntries(
    Object.entries(CASES).map(([name, { variables }]) => [
      name,
      { document: documentOf(name, MEMBERS), variables },
    ]),
  ),
  _entities: { document: ENTITIES, variables: REFERENCES },
  _service: { document: '{ result: _service { sdl } }', variables: {} },
};

const memberOf = ({ data }: GraphQLResponse) =>
  (data?.['result'] as { readonly __typename?: string } | undefined)?.__typename;

it('all root fields of the schema are here, each with the scope that it declares', () => {
  expect(Object.keys(CASES).sort()).toEqual([...ROOT_FIELDS.keys()].sort());
  for (const name of ROOT_FIELDS.keys())
    expect([name, ROOT_FIELDS.get(name)?.scope]).toEqual([name, neededFor(name)]);
});

describe.each(Object.keys(MODES) as Mode[])('with the %s', (mode) => {
  let gateway: GuardedGateway;
  let strangers: Readonly<Record<string, Headers>>;
  beforeAll(async () => {
    gateway = await startGuardedGateway(mode, { INTROSPECTION: 'true' });
    strangers = await gateway.inbound.strangers();
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.upstream.seen.length = 0;
  });

  const send = (name: string, headers: Headers, variables = REQUESTS[name]?.variables) =>
    gateway.post(REQUESTS[name]?.document ?? '', variables, { ...MODES[mode].headers, ...headers });

  describe.each(Object.keys(REQUESTS))('%s', (name) => {
    it('is not for callers who cannot tell who they are', async () => {
      for (const [what, headers] of Object.entries(strangers)) {
        const { status, headers: responseHeaders, data, errors } = await send(name, headers);
        expect([what, status, responseHeaders.get('www-authenticate'), data]).toEqual([
          what,
          401,
          'Bearer realm="oidc-config-gateway", ApiKey realm="oidc-config-gateway"',
          undefined,
        ]);
        expect(errors).toEqual([
          {
            message: expect.any(String) as string,
            extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) as string },
          },
        ]);
      }
      expect(gateway.upstream.seen).toEqual([]);
    });
  });

  describe.each(Object.keys(CASES))('%s', (name) => {
    const needed = neededFor(name);
    const denied = {
      __typename: 'OidcPermissionDeniedError',
      code: 'PERMISSION_DENIED',
      message: `The caller's credentials for this gateway lack the scope ${needed}. Nothing was sent.`,
      missing: [needed],
    };

    it('is not for callers without its scope, whatever they send', async () => {
      const { byToken, byApiKey } = gateway.inbound;
      const callers = [
        await byToken([]),
        ...(await Promise.all(below(needed).map((scope) => byToken([scope])))),
        await byToken(below(needed)),
        ...below(needed).map(byApiKey),
      ];
      for (const caller of callers) {
        for (const variables of [CASES[name]?.variables, CASES[name]?.bad ?? {}]) {
          const { status, data, errors } = await send(name, caller, variables);
          expect([status, data, errors]).toEqual([200, { result: denied }, undefined]);
        }
      }
      expect(gateway.upstream.seen).toEqual([]);
    });

    it('is for callers with its scope', async () => {
      const { byToken, byApiKey } = gateway.inbound;
      for (const caller of [await byToken([needed]), byApiKey(needed)]) {
        gateway.upstream.seen.length = 0;
        const member = memberOf(await send(name, caller));
        if (name in REFUSED_ISSUER) expect(member).toBe(REFUSED_ISSUER[name]);
        else expect(member).toMatch(/Success$/);
        expect(gateway.upstream.seen.length > 0).toBe(!WITHOUT_UPSTREAM.includes(name));
      }
    });
  });

  it('_entities returns one error for any number of references if the scope is missing; if not, the objects', async () => {
    const refused = await send('_entities', await gateway.inbound.byToken([]));
    expect([refused.status, refused.data]).toEqual([200, null]);
    expect(refused.errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'PERMISSION_DENIED', requestId: expect.any(String) as string },
    ]);
    expect(gateway.upstream.seen).toEqual([]);
    for (const caller of [
      await gateway.inbound.byToken(['oidc:read']),
      gateway.inbound.byApiKey('oidc:read'),
    ]) {
      expect((await send('_entities', caller)).data).toEqual({
        result: REFERENCES.r.map(({ __typename }) => ({ __typename })),
      });
    }
    expect(gateway.upstream.seen).not.toEqual([]);
  });

  it('_service takes no scope, for it tells nothing of what is stored', async () => {
    const { data } = await send('_service', await gateway.inbound.byToken([]));
    expect(data).toEqual({
      result: { sdl: expect.stringContaining('extend schema @link') as unknown },
    });
    expect(gateway.upstream.seen).toEqual([]);
  });
});

describe('whichever way a request comes in', () => {
  let gateway: GuardedGateway;
  beforeAll(async () => {
    gateway = await startGuardedGateway('credentials of the gateway', { GRAPHIQL: 'true' });
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.upstream.seen.length = 0;
  });

  const QUERY =
    '{ result: openIdConnect(id: "google") { __typename ... on OidcPermissionDeniedError { missing } } }';
  const search = `?query=${encodeURIComponent(QUERY)}`;
  const json = { method: 'POST', body: JSON.stringify({ query: QUERY }) };
  const ways: readonly (readonly [string, string, RequestInit, Headers])[] = [
    ['JSON', '', json, { 'content-type': 'application/json' }],
    [
      'JSON, with an event stream as the response',
      '',
      json,
      { 'content-type': 'application/json', accept: 'text/event-stream' },
    ],
    [
      'JSON, with a multipart response',
      '',
      json,
      { 'content-type': 'application/json', accept: 'multipart/mixed' },
    ],
    [
      'a form',
      '',
      { method: 'POST', body: new URLSearchParams({ query: QUERY }) },
      { 'x-graphql-yoga-csrf': '1' },
    ],
    [
      'the document alone',
      '',
      { method: 'POST', body: QUERY },
      { 'content-type': 'application/graphql' },
    ],
    ['GET', search, {}, { 'x-graphql-yoga-csrf': '1' }],
  ];
  const ask = async (path: string, init: RequestInit, headers: Headers) => {
    const response = await fetch(gateway.url + path, { ...init, headers });
    return [response.status, await response.text()] as const;
  };

  it.each(ways)('%s needs credentials, and their scope', async (_what, path, init, headers) => {
    expect(await ask(path, init, headers)).toEqual([
      401,
      expect.stringContaining('"UNAUTHENTICATED"'),
    ]);
    expect(await ask(path, init, { ...headers, ...(await gateway.inbound.byToken([])) })).toEqual([
      200,
      expect.stringContaining('"missing":["oidc:read"]'),
    ]);
    expect(gateway.upstream.seen).toEqual([]);
    expect(await ask(path, init, { ...headers, ...gateway.inbound.byApiKey('oidc:read') })).toEqual(
      [200, expect.stringContaining('"OpenIdConnectSuccess"')],
    );
  });

  it.each(['OPTIONS', 'HEAD', 'PUT', 'DELETE'])(
    '%s needs credentials before its problem is reported',
    async (method) => {
      expect((await ask(search, { method }, {}))[0]).toBe(401);
      expect(
        (await ask(search, { method }, gateway.inbound.byApiKey('oidc:admin')))[0],
      ).toBeGreaterThanOrEqual(400);
      expect(gateway.upstream.seen).toEqual([]);
    },
  );

  it.each(['text/html', 'text/html, application/json', 'application/json, text/html;q=0.1'])(
    'a page that is asked for with Accept: %s needs none, and executes nothing',
    async (accept) => {
      const [status, text] = await ask(
        search,
        {},
        { accept, 'x-graphql-yoga-csrf': '1', 'content-type': 'application/json' },
      );
      expect([
        status,
        text.trimStart().slice(0, 5).toLowerCase(),
        text.includes('<title>OIDC\u00A0gateway'),
      ]).toEqual([200, '<!doc', true]);
      expect(gateway.upstream.seen).toEqual([]);
    },
  );

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['tokens', {}, ['Authorization: Bearer <token>']],
    [
      'API keys alone',
      { AUTH_JWKS_FILE: '', AUTH_ISSUER: '', AUTH_AUDIENCE: '' },
      ['X-Api-Key: <key>'],
    ],
  ])(
    'the page shows where credentials go, those for the upstreams only where callers bring them: %s',
    async (_what, environment, own) => {
      const upstreams = {
        'credentials of callers': [
          'X-OrderCloud-Authorization: Bearer <token>',
          'X-Auth-Token: <token>',
        ],
        'credentials of the gateway': [],
      };
      for (const mode of ['credentials of callers', 'credentials of the gateway'] as const) {
        const with_ = await startGuardedGateway(mode, { GRAPHIQL: 'true', ...environment });
        const page = await (await fetch(with_.url, { headers: { accept: 'text/html' } })).text();
        await with_.stop();
        const [, text = '""'] = /"defaultHeaders":("(?:[^"\\]|\\.)*")/.exec(page) ?? [];
        const headers = JSON.parse(JSON.parse(text) as string) as Record<string, string>;
        expect(Object.entries(headers).map(([name, value]) => `${name}: ${value}`)).toEqual([
          ...own,
          ...upstreams[mode],
        ]);
        expect(page).toContain('In the headers of each tab, replace');
      }
    },
  );
});

it('if tokens cannot be checked, all callers get an error, and the log has a warning', async () => {
  const gateway = await startGuardedGateway('credentials of callers', {
    AUTH_JWKS_FILE: '',
    AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks',
  });
  onTestFinished(async () => {
    await gateway.stop();
  });
  const { status, errors } = await gateway.post(
    '{ __typename }',
    {},
    await gateway.inbound.byToken(['oidc:read']),
  );
  expect([status, errors]).toEqual([
    503,
    [
      {
        message: expect.stringContaining('Nothing was executed') as unknown,
        extensions: { code: 'AUTHENTICATION_UNAVAILABLE', requestId: expect.any(String) as string },
      },
    ],
  ]);
  expect(gateway.upstream.seen).toEqual([]);
  expect(gateway.logs.find(({ msg }) => msg === 'request refused')).toMatchObject({
    level: 'warn',
    codes: ['AUTHENTICATION_UNAVAILABLE'],
    reasons: [expect.stringContaining('the keys of the issuer cannot be fetched')],
  });
});
