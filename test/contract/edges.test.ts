import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_CALLS } from '../../src/graph/edges/reads.ts';
import { startGateway } from '../setup/gateway.ts';
import { makeInbound } from '../setup/inbound.ts';
import { ABSENT, permissiveUpstream, WIRE_OPEN_ID_CONNECT } from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Responder, ScriptedResponse, SeenRequest } from '../setup/scripted-upstream.ts';

/* Fields that lead from an object to another one: what they give, and which calls they take. */

const ERROR = '... on OidcError { code message }';
const PROTOCOL = `protocol { __typename ... on HuaweiProtocolSuccess { huaweiProtocol { idpId mappingId } } ${ERROR} }`;
const MAPPING = `mapping { __typename ... on HuaweiMappingSuccess { huaweiMapping { id rules { remote { type } } } warnings { code } } ${ERROR} ... on OidcNotFoundError { resource id } }`;
const CONFIG = `oidcConfig { __typename ... on OidcConfigSuccess { oidcConfig { idpId idpUrl } } ${ERROR} ... on OidcPermissionDeniedError { missing } }`;
const PARTS = `${PROTOCOL} ${MAPPING} ${CONFIG}`;
const PROVIDERS = `{ result: huaweiIdentityProviders { ... on HuaweiIdentityProvidersSuccess { huaweiIdentityProviders { id ${PARTS} } } ${ERROR} } }`;
const CLIENT = `apiClient { __typename ... on OpenIdConnectApiClientSuccess { requestId openIdConnectApiClient { id active appName } } ${ERROR} ... on OidcNotFoundError { resource id } ... on OidcPermissionDeniedError { missing } ... on OidcInvalidInputError { issues { path code source } } }`;
const EVENT = `integrationEvent { __typename ... on OpenIdConnectIntegrationEventSuccess { openIdConnectIntegrationEvent { id eventType hasHashKey customImplementationUrl elevatedRoles name } } ${ERROR} }`;
const connects = (fields: string, size = 20) =>
  `{ result: openIdConnects(pageSize: ${size}) { ... on OpenIdConnectsSuccess { openIdConnects { id ${fields} } } ${ERROR} } }`;

const IAM = '/v3/OS-FEDERATION';
const json = (value: unknown): ScriptedResponse => ({ status: 200, body: JSON.stringify(value) });
const DENIED_BY_ORDERCLOUD: ScriptedResponse = {
  status: 403,
  body: JSON.stringify({
    Errors: [
      {
        ErrorCode: 'InsufficientRoles',
        Message: 'Insufficient roles.',
        Data: { SufficientRoles: ['ApiClientReader'], AssignedRoles: [] },
      },
    ],
  }),
};
const DENIED_BY_IAM: ScriptedResponse = {
  status: 403,
  body: JSON.stringify({
    error: {
      code: 403,
      message: "Policy doesn't allow iam:identityProviders:listMappings to be performed.",
      title: 'Forbidden',
    },
  }),
};

const NO_PROTOCOL: ScriptedResponse = {
  status: 404,
  body: JSON.stringify({
    error: { code: 404, message: 'Could not find protocol: oidc.', title: 'Not Found' },
  }),
};

/** An account with so many identity providers, whose protocols refer to so many mappings. */
function account(
  providers: number,
  mappings: number,
  without: Responder = () => ABSENT,
): Responder {
  const ids = Array.from({ length: providers }, (_, index) => `idp-${index}`);
  const mapping = (id: string) => ({
    id,
    rules: [{ local: [{ user: { name: 'U' } }], remote: [{ type: id }] }],
  });
  return (request) => {
    const { target } = request;
    if (target === `${IAM}/identity_providers`)
      return json({ identity_providers: ids.map((id) => ({ id, enabled: true })) });
    const index = Number(/idp-(\d+)\/protocols\/oidc$/.exec(target)?.[1] ?? NaN);
    if (index < providers)
      return json({ protocol: { id: 'oidc', mapping_id: `map-${index % mappings}` } });
    if (target === `${IAM}/mappings`)
      return json({
        mappings: Array.from({ length: mappings }, (_, at) => mapping(`map-${at}`)),
      });
    const one = /\/mappings\/(map-\d+)$/.exec(target)?.[1];
    if (one !== undefined) return json({ mapping: mapping(one) });
    if (target.includes('openid-connect-config') || target.startsWith(`${IAM}/identity_providers/`))
      return permissiveUpstream(request);
    return without(request);
  };
}

/** OrderCloud with a configuration for each of these API clients, all with the same event. */
function shop(clients: readonly string[], has: (id: string) => boolean = () => true): Responder {
  return (request) => {
    const { target } = request;
    const url = new URL(target, 'http://upstream');
    if (url.pathname === '/v1/openidconnects')
      return json({
        Meta: { Page: 1, PageSize: 100, TotalCount: 1, TotalPages: 1, ItemRange: [1, 1] },
        Items: clients.map((OrderCloudApiClientID, index) => ({
          ...WIRE_OPEN_ID_CONNECT,
          ID: `oidc-${index}`,
          OrderCloudApiClientID,
          IntegrationEventID: 'event',
        })),
      });
    if (url.pathname === '/v1/apiclients')
      return json({
        Items: (url.searchParams.get('ID') ?? '')
          .split('|')
          .filter(has)
          .map((ID) => ({ ID, AppName: ID, Active: true, ClientSecret: 'client-secret-1' })),
      });
    const one = decodeURIComponent(/^\/v1\/apiclients\/(.+)$/.exec(url.pathname)?.[1] ?? '');
    if (one !== '' && !has(one)) return ABSENT;
    return permissiveUpstream(request);
  };
}

let gateway: ScriptedGateway;
beforeAll(async () => {
  gateway = await startScriptedGateway({ LIMIT_COST: '100000' });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.upstream.seen.length = 0;
  gateway.logs.length = 0;
});

const targets = () => gateway.upstream.seen.map(({ target }) => target);
const parts = (result: unknown, name: string) =>
  Object.values(result as Record<string, Record<string, unknown>[]>)
    .flat()
    .map((each) => each[name] as Record<string, unknown>);
/** Their union members; null for a part that there is none of. */
const members = (result: unknown, name: string) =>
  (parts(result, name) as (Record<string, unknown> | null)[]).map(
    (part) => part?.['__typename'] ?? null,
  );

describe('the parts of identity providers', () => {
  it('take one call for each protocol and configuration, and one for all mappings', async () => {
    gateway.upstream.respondWith(account(8, 3));
    const result = await gateway.run(PROVIDERS, {});
    expect(targets().filter((target) => target.endsWith('/protocols/oidc'))).toHaveLength(8);
    expect(targets().filter((target) => target.endsWith('openid-connect-config'))).toHaveLength(8);
    expect(targets().filter((target) => target.includes('/mappings'))).toEqual([`${IAM}/mappings`]);
    expect(gateway.upstream.seen).toHaveLength(1 + 8 + 8 + 1);
    expect(parts(result, 'protocol')[1]).toEqual({
      __typename: 'HuaweiProtocolSuccess',
      huaweiProtocol: { idpId: 'idp-1', mappingId: 'map-1' },
    });
    expect(parts(result, 'mapping')[7]).toEqual({
      __typename: 'HuaweiMappingSuccess',
      huaweiMapping: { id: 'map-1', rules: [{ remote: [{ type: 'map-1' }] }] },
      warnings: [],
    });
    expect(parts(result, 'oidcConfig')[3]).toEqual({
      __typename: 'OidcConfigSuccess',
      oidcConfig: { idpId: 'idp-3', idpUrl: 'https://idp.example.com' },
    });
  });

  it('read a mapping that all share by its id, and each object once, however often it is asked for', async () => {
    gateway.upstream.respondWith(account(4, 1));
    const { data, errors } = await gateway.post(
      `{ one: huaweiIdentityProviders { ...F } other: huaweiIdentityProviders { ...F } }
       fragment F on HuaweiIdentityProvidersSuccess { huaweiIdentityProviders { a: ${MAPPING} b: ${MAPPING} ${PROTOCOL} } }`,
      {},
      HEADERS,
    );
    expect(errors).toBeUndefined();
    expect(data?.['one']).toEqual(data?.['other']);
    expect(targets().sort()).toEqual(
      [
        `${IAM}/identity_providers`,
        `${IAM}/identity_providers`,
        ...[0, 1, 2, 3].map((at) => `${IAM}/identity_providers/idp-${at}/protocols/oidc`),
        `${IAM}/mappings/map-0`,
      ].sort(),
    );
  });

  it('are each by themselves: one that is missing, denied or broken leaves the others and the provider as they are', async () => {
    const whole = account(4, 4);
    gateway.upstream.respondWith((request) => {
      const { target } = request;
      if (target.includes('idp-0/protocols')) return NO_PROTOCOL;
      if (target.includes('idp-1/protocols')) return json({ protocol: { id: 'oidc' } });
      if (target.includes('idp-2/openid-connect-config')) return DENIED_BY_IAM;
      if (target.includes('idp-3/openid-connect-config')) return json({ unexpected: true });
      return whole(request);
    });
    const result = await gateway.run(PROVIDERS, {});
    expect(members(result, 'protocol')).toEqual([
      'OidcNotFoundError',
      'HuaweiProtocolSuccess',
      'HuaweiProtocolSuccess',
      'HuaweiProtocolSuccess',
    ]);
    // The error is that of the protocol; null is not an error.
    expect(parts(result, 'mapping').slice(0, 2)).toEqual([
      expect.objectContaining({ code: 'NOT_FOUND', resource: 'protocol' }),
      null,
    ]);
    expect(members(result, 'mapping').slice(2)).toEqual([
      'HuaweiMappingSuccess',
      'HuaweiMappingSuccess',
    ]);
    expect(members(result, 'oidcConfig')).toEqual([
      'OidcConfigSuccess',
      'OidcConfigSuccess',
      'OidcPermissionDeniedError',
      'OidcUpstreamContractError',
    ]);
    const line = gateway.logs.find(({ msg }) => msg === 'operation');
    expect(line?.['codes']).toEqual(
      expect.arrayContaining(['NOT_FOUND', 'PERMISSION_DENIED', 'UPSTREAM_CONTRACT']),
    );
    expect(line?.['errors']).toBe(0);
  });

  it.each([
    ['may not be listed', DENIED_BY_IAM],
    ['cannot be listed', json({ mappings: 'none' })],
    ['are not in the list', json({ mappings: [] })],
  ])('read mappings by their ids if they %s', async (_what, listed) => {
    const whole = account(3, 3);
    gateway.upstream.respondWith((request) =>
      request.target === `${IAM}/mappings` ? listed : whole(request),
    );
    const result = await gateway.run(PROVIDERS.replace(CONFIG, ''), {});
    expect(parts(result, 'mapping').map((part) => part['__typename'])).toEqual(
      Array.from({ length: 3 }, () => 'HuaweiMappingSuccess'),
    );
    expect(targets().filter((target) => target.includes('/mappings/'))).toHaveLength(3);
  });

  it('lead back to the identity provider without a call', async () => {
    gateway.upstream.respondWith(account(2, 1));
    const back = `oidcConfig { ... on OidcConfigSuccess { oidcConfig { identityProvider { __typename ... on HuaweiIdentityProviderSuccess { huaweiIdentityProvider { id enabled } warnings { code } } } } } }`;
    await gateway.run(PROVIDERS.replace(PARTS, back), {});
    expect(gateway.upstream.seen).toHaveLength(3);
    gateway.upstream.seen.length = 0;
    const result = await gateway.run(
      `{ result: oidcConfig(idpId: "idp-1") { __typename ${back.slice(12, -2)} ${ERROR} } }`,
      {},
    );
    expect(result).toMatchObject({
      oidcConfig: { identityProvider: { huaweiIdentityProvider: { id: 'idp-1', enabled: true } } },
    });
    expect(gateway.upstream.seen).toHaveLength(2);
  });
});

describe('the parts of OrderCloud configurations', () => {
  it('take one call for all API clients and one for the event, and show no secret', async () => {
    gateway.upstream.respondWith(shop(['a', 'b', 'c', 'a']));
    const result = await gateway.run(connects(`${CLIENT} ${EVENT}`), {});
    expect(targets().slice(1).sort()).toEqual([
      '/v1/apiclients?ID=a%7Cb%7Cc&pageSize=100',
      '/v1/integrationEvents/event',
    ]);
    expect(
      parts(result, 'apiClient').map(
        (part) => (part['openIdConnectApiClient'] as Record<string, unknown>)['appName'],
      ),
    ).toEqual(['a', 'b', 'c', 'a']);
    expect(parts(result, 'integrationEvent')[0]).toEqual({
      __typename: 'OpenIdConnectIntegrationEventSuccess',
      openIdConnectIntegrationEvent: {
        id: 'event',
        name: null,
        eventType: 'OpenIDConnect',
        hasHashKey: true,
        customImplementationUrl: 'https://middleware.example.com/',
        elevatedRoles: ['BuyerUserAdmin'],
      },
    });
    expect(JSON.stringify([result, gateway.logs])).not.toMatch(/client-secret-1|stored-hash-key/);
  });

  it('of a page of 100 take a call for every 50', async () => {
    gateway.upstream.respondWith(
      shop(Array.from({ length: 100 }, (_, index) => `client-${index}`)),
    );
    await gateway.run(connects(CLIENT, 100), {});
    expect(gateway.upstream.seen).toHaveLength(3);
  });

  it('that the list does not have are read by their ids, and then told to be missing', async () => {
    gateway.upstream.respondWith(shop(['a', 'b', 'x*y', 'a/b'], (id) => id !== 'b'));
    const result = await gateway.run(connects(CLIENT), {});
    expect(parts(result, 'apiClient')).toEqual([
      expect.objectContaining({ __typename: 'OpenIdConnectApiClientSuccess' }),
      expect.objectContaining({ code: 'NOT_FOUND', resource: 'ApiClient', id: 'b' }),
      expect.objectContaining({ __typename: 'OpenIdConnectApiClientSuccess' }),
      // What must not become a path is not sent.
      expect.objectContaining({
        issues: [{ path: ['id'], code: 'INVALID_CHARACTER', source: 'GATEWAY' }],
      }),
    ]);
    expect(targets().slice(1).sort()).toEqual([
      '/v1/apiclients/b',
      '/v1/apiclients/x*y',
      '/v1/apiclients?ID=a%7Cb&pageSize=100',
    ]);
  });

  it('are denied with the roles that are missing, with one call for all', async () => {
    const whole = shop(['a', 'b', 'c']);
    gateway.upstream.respondWith((request) =>
      request.target.startsWith('/v1/apiclients') ? DENIED_BY_ORDERCLOUD : whole(request),
    );
    const result = await gateway.run(connects(`${CLIENT} ${EVENT}`), {});
    expect(parts(result, 'apiClient').map(({ code, missing }) => [code, missing])).toEqual(
      Array.from({ length: 3 }, () => ['PERMISSION_DENIED', ['ApiClientReader']]),
    );
    expect(parts(result, 'integrationEvent')[0]).toHaveProperty('openIdConnectIntegrationEvent');
    expect(gateway.upstream.seen).toHaveLength(3);
  });

  it('are null if the configuration names none', async () => {
    gateway.upstream.respondWith((request) =>
      request.target.startsWith('/v1/openidconnects/')
        ? json({ ID: 'a', OrderCloudApiClientID: null, IntegrationEventID: '' })
        : ABSENT,
    );
    const result = await gateway.run(
      `{ result: openIdConnect(id: "a") { __typename ... on OpenIdConnectSuccess { openIdConnect { ${CLIENT} ${EVENT} } } } }`,
      {},
    );
    expect(result).toMatchObject({ openIdConnect: { apiClient: null, integrationEvent: null } });
    expect(gateway.upstream.seen).toHaveLength(1);
  });
});

describe('a request', () => {
  it('reads ten objects at a time', async () => {
    const whole = account(20, 1);
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    gateway.upstream.respondWith(async (request) => {
      if (!request.target.includes('openid-connect-config')) return whole(request);
      open += 1;
      most = Math.max(most, open);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        // All that come at the same time have come: they are answered together.
        if (waiting.length === 10) for (const answer of waiting.splice(0)) answer();
      });
      open -= 1;
      return whole(request);
    });
    const result = await gateway.run(PROVIDERS.replace(PARTS, CONFIG), {});
    expect(parts(result, 'oidcConfig')).toHaveLength(20);
    expect(most).toBe(10);
  });

  it(`makes ${MAX_CALLS} calls for edges, and refuses the others without making the parents null`, async () => {
    gateway.upstream.respondWith(account(100, 1));
    const { data, errors = [] } = await gateway.post(PROVIDERS, {}, HEADERS);
    expect(gateway.upstream.seen).toHaveLength(1 + MAX_CALLS);
    const all = Object.values(data?.['result'] as Record<string, Record<string, unknown>[]>).flat();
    expect(all).toHaveLength(100);
    const given = all.flatMap(({ protocol, oidcConfig }) => [protocol, oidcConfig]);
    expect(given.filter((part) => part !== null).length).toBe(MAX_CALLS);
    expect(errors[0]).toEqual(
      expect.objectContaining({
        message: expect.stringContaining(`at most ${MAX_CALLS} calls`) as unknown,
        extensions: expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as unknown,
      }),
    );
  });

  it('that has used up its time gets typed errors for what was not read', async () => {
    const short = await startScriptedGateway({ UPSTREAM_TIMEOUT_MS: '2000' });
    const whole = account(12, 1);
    short.upstream.respondWith((request: SeenRequest) =>
      request.target.includes('openid-connect-config')
        ? new Promise<ScriptedResponse>(() => undefined)
        : whole(request),
    );
    const result = await short.run(PROVIDERS, {});
    expect(parts(result, 'oidcConfig').map(({ code }) => code)).toEqual(
      Array.from({ length: 12 }, () => 'UPSTREAM_UNAVAILABLE'),
    );
    await short.stop();
  });

  it('is refused by its cost before anything is sent', async () => {
    gateway.upstream.respondWith(account(8, 2));
    const strict = await startGateway({ HUAWEI_IAM_URL: gateway.upstream.origin });
    const repeated = ['a', 'b', 'c'].map(
      (alias) => `${alias}: ${CONFIG.replace('idpUrl', 'jwks')}`,
    );
    const { errors } = await strict.post(PROVIDERS.replace(PARTS, repeated.join(' ')), {}, HEADERS);
    expect(gateway.upstream.seen).toEqual([]);
    expect(errors?.[0]?.message).toMatch(/costs too much/);
    expect((await strict.post(PROVIDERS, {}, HEADERS)).errors).toBeUndefined();
    await strict.stop();
  });
});

describe('after a write', () => {
  it('edges are read anew for each field of a mutation', async () => {
    let mapping = 'map-0';
    const whole = account(1, 2);
    gateway.upstream.respondWith((request) => {
      if (!request.target.endsWith('/protocols/oidc')) {
        return request.method === 'PATCH' ? permissiveUpstream(request) : whole(request);
      }
      if (request.method === 'PATCH')
        mapping = (JSON.parse(request.body) as { protocol: { mapping_id: string } }).protocol
          .mapping_id;
      return json({ protocol: { id: 'oidc', mapping_id: mapping } });
    });
    const provider = `... on UpdateHuaweiIdentityProviderSuccess { huaweiIdentityProvider { ${PROTOCOL} ${MAPPING} } } ${ERROR}`;
    const { data, errors } = await gateway.post(
      `mutation {
        before: updateHuaweiIdentityProvider(input: { id: "idp-0", enabled: true }) { ${provider} }
        updateHuaweiProtocol(input: { idpId: "idp-0", mappingId: "map-1" }) { __typename }
        after: updateHuaweiIdentityProvider(input: { id: "idp-0", enabled: true }) { ${provider} }
      }`,
      {},
      HEADERS,
    );
    expect(errors).toBeUndefined();
    const idOf = (name: string) =>
      JSON.stringify(data?.[name]).match(/"huaweiMapping":{"id":"(map-\d)"/)?.[1];
    expect([idOf('before'), idOf('after')]).toEqual(['map-0', 'map-1']);
  });

  it('are read when the result of an earlier request with the same key is returned', async () => {
    const whole = account(1, 1);
    gateway.upstream.respondWith((request) =>
      request.method === 'PATCH' ? permissiveUpstream(request) : whole(request),
    );
    const update = `mutation { result: updateHuaweiIdentityProvider(input: { id: "idp-0", enabled: true }) { __typename ... on UpdateHuaweiIdentityProviderSuccess { huaweiIdentityProvider { id ${PARTS} } } ${ERROR} } }`;
    const headers = { ...HEADERS, 'idempotency-key': 'the-same' };
    const first = await gateway.post(update, {}, headers);
    gateway.upstream.seen.length = 0;
    const second = await gateway.post(update, {}, headers);
    expect([second.data, second.errors]).toEqual([first.data, undefined]);
    expect(JSON.stringify(first.data)).toContain('OidcConfigSuccess');
    expect(gateway.upstream.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  });
});

describe("with the gateway's own credentials", () => {
  it('what they may not read is denied to the caller, without an alert, and shown without secrets', async () => {
    const callers = await makeInbound();
    const own = await startScriptedGateway({
      ...callers.environment,
      HUAWEI_AUTH_METHOD: 'access-key',
      HUAWEI_CREDENTIALS: 'gateway',
      HUAWEI_ACCESS_KEY: 'access-key-example',
      HUAWEI_SECRET_KEY: 'secret-key-example',
      HUAWEI_DOMAIN_ID: '0123456789abcdef0123456789abcdef',
    });
    const whole = account(2, 2);
    own.upstream.respondWith((request) =>
      request.target.includes('/mappings') ? DENIED_BY_IAM : whole(request),
    );
    const { data, errors } = await own.post(PROVIDERS, {}, { ...callers.byApiKey('oidc:read') });
    expect(errors).toBeUndefined();
    const given = parts(data?.['result'], 'mapping');
    expect(given.map(({ code }) => code)).toEqual(['PERMISSION_DENIED', 'PERMISSION_DENIED']);
    expect(members(data?.['result'], 'oidcConfig')).toEqual([
      'OidcConfigSuccess',
      'OidcConfigSuccess',
    ]);
    expect(own.logs.filter(({ level }) => level === 50)).toEqual([]);
    expect(own.logs.find(({ msg }) => msg === 'operation')).not.toHaveProperty('noAccess');
    await own.stop();
    callers.remove();
  });
});

describe('entities', () => {
  it('lead to other objects, and share the ten places with them', async () => {
    const whole = account(12, 3);
    let open = 0;
    let most = 0;
    gateway.upstream.respondWith(async (request) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return whole(request);
    });
    const { data, errors } = await gateway.post(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on OidcConfig { idpId identityProvider { __typename ... on HuaweiIdentityProviderSuccess { huaweiIdentityProvider { id ${PROTOCOL} oidcConfig { __typename } } } ${ERROR} } } } }`,
      {
        of: Array.from({ length: 12 }, (_, index) => ({
          __typename: 'OidcConfig',
          idpId: `idp-${index}`,
        })),
      },
      HEADERS,
    );
    expect(errors).toBeUndefined();
    expect(data?.['_entities']).toHaveLength(12);
    expect(JSON.stringify(data)).not.toContain('Error');
    // The configuration leads back without a call.
    expect(gateway.upstream.seen).toHaveLength(3 * 12);
    expect(most).toBeLessThan(11);
  });
});
