import { readFileSync } from 'node:fs';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import type { FetchPolicy, InMemoryCacheConfig, TypedDocumentNode } from '@apollo/client';
import type { Client } from '@urql/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApolloClient, forgetQueries } from '../../examples/clients/apollo.ts';
import { request } from '../../examples/clients/fetch.ts';
import { createUrqlClient } from '../../examples/clients/urql.ts';
import apolloCache from '../../schema/apollo-cache.json' with { type: 'json' };
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';

/*
 * How the caches of real clients handle the gateway's responses, over HTTP: with and without
 * `schema/apollo-cache.json` for Apollo Client. The clients are those of `docs/clients.md`.
 */

const EXISTING = 'example-existing';
const RULES = [{ local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] }];

let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
let gateway: TestGateway;
let headers: Record<string, string>;

beforeAll(async () => {
  [orderCloud, huawei] = await Promise.all([startOrderCloud(), startHuawei()]);
  headers = { ...orderCloud.exampleHeaders, ...huawei.exampleHeaders };
  gateway = await startGateway({ ...orderCloud.environment, ...huawei.environment });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([orderCloud.close(), huawei.close()]);
});

/** What Apollo Client warns of, such as data that is lost by being written over. */
const warned: string[] = [];
beforeEach(() => {
  warned.length = 0;
  vi.spyOn(console, 'warn').mockImplementation((...parts: unknown[]) => {
    warned.push(parts.map(String).join(' '));
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const shipped = () => createApolloClient(gateway.url, headers);
const apolloWith = (config: InMemoryCacheConfig) =>
  new ApolloClient({
    link: new HttpLink({ uri: gateway.url, headers }),
    cache: new InMemoryCache(config),
  });
const { possibleTypes } = apolloCache;

type Data = Record<string, Readonly<Record<string, unknown>>>;
const typed = (text: string): TypedDocumentNode<Data, Record<string, unknown>> => gql(text);
async function query(
  client: ApolloClient,
  text: string,
  variables: Record<string, unknown> = {},
  fetchPolicy: FetchPolicy = 'cache-first',
): Promise<Data> {
  const { data } = await client.query({ query: typed(text), variables, fetchPolicy });
  if (data === undefined) throw new Error('no data');
  return data;
}
async function mutate(
  client: ApolloClient,
  text: string,
  input: object,
  ...forgotten: readonly string[]
): Promise<Data> {
  const { data } = await client.mutate({
    mutation: typed(text),
    variables: { input },
    update: (cache) => {
      forgetQueries(cache, ...forgotten);
    },
  });
  if (!data) throw new Error('no data');
  return data;
}
/** The cache's result without a call to the gateway; null if it is incomplete. */
const cached = (client: ApolloClient, text: string, variables: Record<string, unknown> = {}) =>
  client.readQuery({ query: typed(text), variables });

const PROTOCOLS = `query {
  ready: huaweiProtocol(idpId: "ACME") { ... on HuaweiProtocolSuccess { huaweiProtocol { idpId id mappingId } } }
  other: huaweiProtocol(idpId: "ACME-CONFIGURED") { ... on HuaweiProtocolSuccess { huaweiProtocol { idpId id mappingId } } }
}`;
const ABSENT = `query {
  provider: huaweiProtocol(idpId: "NOBODY") { __typename ... on OidcNotFoundError { id resource message } }
  config: oidcConfig(idpId: "NOBODY") { __typename ... on OidcNotFoundError { id resource message } }
}`;
const BY_INTERFACE =
  'query ($id: ID!) { openIdConnect(id: $id) { __typename ... on OidcError { code message } ... on OidcSuccess { warnings { code } } } }';
const READ =
  'query ($id: ID!) { openIdConnect(id: $id) { __typename ... on OpenIdConnectSuccess { openIdConnect { id customErrorUrl fingerprint } } ... on OidcError { code } } }';
const LIST = 'query { openIdConnects { ... on OpenIdConnectsSuccess { openIdConnects { id } } } }';
const CREATE =
  'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename ... on CreateOpenIdConnectSuccess { openIdConnect { id } } } }';
const DELETE =
  'mutation ($input: DeleteOpenIdConnectInput!) { deleteOpenIdConnect(input: $input) { __typename } }';
const NEW = {
  orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
  connectClientId: 'client-id',
  connectClientSecret: 'client-secret',
  appStartUrl: 'https://shop.example.com/start?token={0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
};

describe('docs/clients.md', () => {
  it('shows the files of the example as they are', () => {
    const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const blocks = [...read('docs/clients.md').matchAll(/^```ts\n([^]*?)^```$/gm)].map(
      ([, text]) => text,
    );
    expect(blocks).toEqual(
      [
        'create-with-client',
        'settings',
        'codegen',
        'describe-result',
        'apollo',
        'create-with-apollo',
        'urql',
        'create-with-urql',
        'fetch',
        'create-with-fetch',
        'create-with-key',
        'create-with-persisted-documents',
      ].map((name) => read(`examples/clients/${name}.ts`)),
    );
  });
});

describe('the cache of Apollo Client', () => {
  it('keeps the protocols of two identity providers apart', async () => {
    const expected = {
      ready: { huaweiProtocol: { idpId: 'ACME', id: 'oidc' } },
      other: { huaweiProtocol: { idpId: 'ACME-CONFIGURED', id: 'oidc' } },
    };
    expect(await query(shipped(), PROTOCOLS)).toMatchObject(expected);
    // Without the policies the later one is given for both.
    const mixed = await query(apolloWith({ possibleTypes }), PROTOCOLS);
    expect(mixed).toMatchObject({ ready: { huaweiProtocol: { idpId: 'ACME-CONFIGURED' } } });
  });

  it('keeps errors apart that are about the same id', async () => {
    const client = shipped();
    const { provider, config } = await query(client, ABSENT);
    expect(provider?.['message']).not.toBe(config?.['message']);
    expect(Object.keys(client.extract() as object)).toEqual(['ROOT_QUERY']);
    // Without the policies they are one.
    const mixed = await query(apolloWith({ possibleTypes }), ABSENT);
    expect(mixed['provider']).toEqual(mixed['config']);
  });

  it('keeps the steps of a provisioning apart, although two have the same id', () => {
    const text = 'query { provisioned { __typename steps { __typename id target } } }';
    const steps = ['IDENTITY_PROVIDER', 'OIDC_CONFIG'].map((target) => ({
      __typename: 'OidcConfigProvisionStep',
      id: 'ACME',
      target,
    }));
    const data = { provisioned: { __typename: 'ProvisionOidcConfigSuccess', steps } };
    const client = shipped();
    client.writeQuery({ query: gql(text), data });
    expect(cached(client, text)).toEqual(data);
  });

  it('matches interfaces with the possible types, and drops what is selected on them without', async () => {
    for (const [id, type] of [
      ['nobody', 'OidcNotFoundError'],
      [EXISTING, 'OpenIdConnectSuccess'],
    ] as const) {
      const whole = (await query(shipped(), BY_INTERFACE, { id }))['openIdConnect'];
      expect(whole).toEqual(
        id === EXISTING
          ? { __typename: type, warnings: [] }
          : { __typename: type, code: 'NOT_FOUND', message: expect.any(String) as unknown },
      );
      expect((await query(apolloWith({}), BY_INTERFACE, { id }))['openIdConnect']).toEqual({
        __typename: type,
      });
    }
  });

  it('needs no possible types for fragments on members by their names', async () => {
    const text =
      'query { openIdConnect(id: "nobody") { __typename ... on OidcNotFoundError { code id } ... on OpenIdConnectSuccess { openIdConnect { id } } } }';
    expect((await query(apolloWith({}), text))['openIdConnect']).toEqual({
      __typename: 'OidcNotFoundError',
      code: 'NOT_FOUND',
      id: 'nobody',
    });
  });

  it.each([
    [
      'OrderCloud configurations',
      READ,
      { id: EXISTING },
      'openIdConnect.openIdConnect.customErrorUrl',
      'mutation ($input: UpdateOpenIdConnectInput!) { updateOpenIdConnect(input: $input) { ... on UpdateOpenIdConnectSuccess { openIdConnect { id customErrorUrl fingerprint } } } }',
      { id: EXISTING, customErrorUrl: 'https://shop.example.com/changed' },
      'https://shop.example.com/changed',
    ],
    [
      'Huawei configurations',
      'query { oidcConfig(idpId: "ACME-CONFIGURED") { ... on OidcConfigSuccess { oidcConfig { idpId clientId } } } }',
      {},
      'oidcConfig.oidcConfig.clientId',
      'mutation ($input: UpdateOidcConfigInput!) { updateOidcConfig(input: $input) { ... on UpdateOidcConfigSuccess { oidcConfig { idpId clientId } } } }',
      { idpId: 'ACME-CONFIGURED', clientId: 'client_id_changed' },
      'client_id_changed',
    ],
    [
      'mappings',
      'query { huaweiMapping(id: "mapping_ACME") { ... on HuaweiMappingSuccess { huaweiMapping { id rules { local { user { name } } } } } } }',
      {},
      'huaweiMapping.huaweiMapping.rules.0.local.0.user.name',
      'mutation ($input: UpdateHuaweiMappingInput!) { updateHuaweiMapping(input: $input) { ... on UpdateHuaweiMappingSuccess { huaweiMapping { id rules { local { user { name } } } } } } }',
      { id: 'mapping_ACME', rules: [{ ...RULES[0], local: [{ user: { name: 'Changed' } }] }] },
      'Changed',
    ],
    [
      'identity providers',
      'query { huaweiIdentityProvider(id: "ACME") { ... on HuaweiIdentityProviderSuccess { huaweiIdentityProvider { id description } } } }',
      {},
      'huaweiIdentityProvider.huaweiIdentityProvider.description',
      'mutation ($input: UpdateHuaweiIdentityProviderInput!) { updateHuaweiIdentityProvider(input: $input) { ... on UpdateHuaweiIdentityProviderSuccess { huaweiIdentityProvider { id description } } } }',
      { id: 'ACME', description: 'Changed' },
      'Changed',
    ],
    [
      'protocols',
      PROTOCOLS,
      {},
      'ready.huaweiProtocol.mappingId',
      'mutation ($input: UpdateHuaweiProtocolInput!) { updateHuaweiProtocol(input: $input) { ... on UpdateHuaweiProtocolSuccess { huaweiProtocol { idpId mappingId } } } }',
      { idpId: 'ACME', mappingId: 'mapping_changed' },
      'mapping_changed',
    ],
  ])(
    'has %s as the update returned them',
    async (_what, read, variables, path, update, input, expected) => {
      const client = shipped();
      if (path.startsWith('ready'))
        await mutate(
          client,
          'mutation ($input: CreateHuaweiMappingInput!) { createHuaweiMapping(input: $input) { __typename } }',
          { id: 'mapping_changed', rules: RULES },
        );
      const before = await query(client, read, variables);
      expect(before).not.toHaveProperty(path, expected);
      await mutate(client, update, input);
      const after = cached(client, read, variables);
      expect(after).toHaveProperty(path, expected);
      expect(await query(client, read, variables, 'network-only'), 'as it is stored').toEqual(
        after,
      );
    },
  );

  it('misses an update of what has no id, without the policies', async () => {
    const read =
      'query { oidcConfig(idpId: "ACME-CONFIGURED") { ... on OidcConfigSuccess { oidcConfig { idpId clientId } } } }';
    const update =
      'mutation ($input: UpdateOidcConfigInput!) { updateOidcConfig(input: $input) { ... on UpdateOidcConfigSuccess { oidcConfig { idpId clientId } } } }';
    const bare = apolloWith({ possibleTypes });
    const before = await query(bare, read);
    await mutate(bare, update, { idpId: 'ACME-CONFIGURED', clientId: 'client_id_unseen' });
    expect(cached(bare, read)).toEqual(before);
  });

  it('lets what was read be written back', async () => {
    const read =
      'query { huaweiMapping(id: "mapping_ACME") { ... on HuaweiMappingSuccess { huaweiMapping { id rules { local { user { name } group { name } groups } remote { type anyOneOf notAnyOf regex } } } } } }';
    const client = shipped();
    const { rules } = (await query(client, read))['huaweiMapping']?.['huaweiMapping'] as {
      readonly rules: readonly object[];
    };
    expect(JSON.stringify(rules)).toContain('__typename');
    const { updateHuaweiMapping: written } = await mutate(
      client,
      'mutation ($input: UpdateHuaweiMappingInput!) { updateHuaweiMapping(input: $input) { __typename ... on UpdateHuaweiMappingSuccess { huaweiMapping { rules { local { user { name } } } } } } }',
      { id: 'mapping_ACME', rules },
    );
    expect(written).toMatchObject({ __typename: 'UpdateHuaweiMappingSuccess' });
  });

  it('completes a result by what another query selects of the same', async () => {
    const first =
      'query { openIdConnect(id: "example-existing") { __typename ... on OpenIdConnectSuccess { warnings { code } openIdConnect { id } } } absent: openIdConnect(id: "nobody") { ... on OidcError { message upstream { status } } } }';
    const second =
      'query { openIdConnect(id: "example-existing") { __typename ... on OpenIdConnectSuccess { requestId openIdConnect { id urlEncoded } } } absent: openIdConnect(id: "nobody") { ... on OidcError { requestId upstream { upstream } } } }';
    const client = shipped();
    await query(client, first);
    await query(client, second);
    expect(cached(client, first)).not.toBeNull();
    expect(warned).toEqual([]);
    // Without the policies the first would be asked for again.
    const bare = apolloWith({ possibleTypes });
    await query(bare, first);
    await query(bare, second);
    expect(cached(bare, first)).toBeNull();
  });

  it('evicts what the client tells it to after a create or a delete, and keeps errors like other results', async () => {
    const client = shipped();
    const id = 'made-by-apollo';
    const read = async (policy?: FetchPolicy) =>
      (await query(client, READ, { id }, policy))['openIdConnect']?.['__typename'];
    expect(await read()).toBe('OidcNotFoundError');
    expect(await mutate(client, CREATE, { id, ...NEW })).toMatchObject({
      createOpenIdConnect: { __typename: 'CreateOpenIdConnectSuccess' },
    });
    expect(await read(), 'errors are data, and cached').toBe('OidcNotFoundError');
    expect(await read('network-only')).toBe('OpenIdConnectSuccess');
    const before = (await query(client, LIST))['openIdConnects']?.[
      'openIdConnects'
    ] as readonly unknown[];

    await mutate(client, DELETE, { id }, 'openIdConnect', 'openIdConnects');
    expect(cached(client, READ, { id })).toBeNull();
    expect(Object.keys(client.extract() as object)).not.toContain(`OpenIdConnect:${id}`);
    expect(await read()).toBe('OidcNotFoundError');
    expect((await query(client, LIST))['openIdConnects']?.['openIdConnects']).toHaveLength(
      before.length - 1,
    );
  });

  it('demands the key of what is keyed by another field than id', async () => {
    // As docs/clients.md says; what is keyed by id is only not shared where the id is not selected.
    await expect(
      query(
        shipped(),
        'query { oidcConfig(idpId: "ACME-CONFIGURED") { ... on OidcConfigSuccess { oidcConfig { clientId } } } }',
      ),
    ).rejects.toThrow(/idpId|#\d+/);
    expect(
      await query(
        shipped(),
        'query { openIdConnect(id: "example-existing") { ... on OpenIdConnectSuccess { openIdConnect { urlEncoded } } } }',
      ),
    ).toMatchObject({
      openIdConnect: { openIdConnect: { urlEncoded: expect.any(Boolean) as unknown } },
    });
  });
});

describe('the document cache of urql', () => {
  const id = 'made-by-urql';
  const named = { additionalTypenames: ['OpenIdConnect'] };
  const read = async (client: Client, context = {}) =>
    (await client.query<Data>(READ, { id }, context).toPromise()).data?.['openIdConnect']?.[
      '__typename'
    ];

  it('updates its lists after a create and a delete if both sides select the type name', async () => {
    const client = createUrqlClient(gateway.url, headers);
    expect(await read(client, named)).toBe('OidcNotFoundError');
    await client.mutation(CREATE, { input: { id, ...NEW } }).toPromise();
    expect(await read(client, named)).toBe('OpenIdConnectSuccess');
    await client.mutation(DELETE, { input: { id } }, named).toPromise();
    expect(await read(client, named)).toBe('OidcNotFoundError');
  });

  it('does not without', async () => {
    const client = createUrqlClient(gateway.url, headers);
    expect(await read(client)).toBe('OidcNotFoundError');
    await client.mutation(CREATE, { input: { id, ...NEW } }).toPromise();
    expect(await read(client)).toBe('OidcNotFoundError');
    await client.mutation(DELETE, { input: { id } }).toPromise();
  });
});

describe('fetch', () => {
  it('gives the data, errors of fields included', async () => {
    expect(await request(gateway.url, headers, typed(READ), { id: EXISTING })).toMatchObject({
      openIdConnect: { __typename: 'OpenIdConnectSuccess', openIdConnect: { id: EXISTING } },
    });
    expect(await request(gateway.url, headers, typed(READ), { id: 'nobody' })).toEqual({
      openIdConnect: { __typename: 'OidcNotFoundError', code: 'NOT_FOUND' },
    });
  });

  it('fails if the request itself is refused', async () => {
    await expect(request(gateway.url, headers, typed('{ nothing }'), {})).rejects.toThrow(
      /nothing|field/i,
    );
  });
});
