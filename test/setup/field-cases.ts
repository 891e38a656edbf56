import { STORED } from './permissive-upstream.ts';

/*
 * Requests of every root field whose outcome depends on one response of an upstream, over what `permissiveUpstream` has stored.
 */

export type Input = Readonly<Record<string, unknown>>;

/** Requests of one root field. */
export interface FieldCase {
  /** Variables of a request that is in order. What a mutation asks for is what the upstream has afterwards. */
  readonly variables: Input;
  /** Variables that break a rule; left out where nothing can be wrong. */
  readonly bad?: Input;
  /** A field that the upstream's refusal names, in its own word and in the input's; left out where it can name none. */
  readonly named?: readonly [wireName: string, field: string];
  /** Variables that name an issuer; left out where the input has none. */
  readonly issuer?: Input;
  readonly write?: Write;
}

/** How a mutation writes. */
export interface Write {
  /** Whether it changes something that exists: then what is stored can be read first. */
  readonly changes: boolean;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Whether it may be sent again after it may have arrived. */
  readonly repeatable: boolean;
  /** Variables of writes that take an id, given or made by the upstream: a 409 to them is about an object that exists. */
  readonly taking?: readonly Input[];
  /** Variables of writes that take none; those of the request that is in order where both are left out. */
  readonly notTaking?: readonly Input[];
}

const { openIdConnect, oidcConfig, provider, protocol, mapping } = STORED;
const input = (fields: Input): Input => ({ input: fields });
const withIssuer = (fields: Input): Input =>
  input({ ...fields, issuer: 'https://idp.example.com' });
const { id: _id, ...withoutId } = openIdConnect;
/** What a query that looks for them must escape, or cannot look for. */
const hostile = { orderCloudApiClientId: 'a "b" \\u0041 {é😀}', connectClientId: '!no|filter*' };
const create = { changes: false, repeatable: false } as const;
const change = { changes: true, repeatable: false } as const;
const again = { changes: true, repeatable: true } as const;

export const ORDERCLOUD_FIELDS: Readonly<Record<string, FieldCase>> = {
  openIdConnect: { variables: { id: 'google' }, bad: { id: '../google' }, named: ['ID', 'id'] },
  openIdConnects: {
    variables: { search: 'goo', filter: { id: { after: 'a' } } },
    bad: { pageSize: 101 },
  },
  createOpenIdConnect: {
    variables: input(openIdConnect),
    bad: input({ ...openIdConnect, tokenEndpoint: 'token' }),
    named: ['TokenEndpoint', 'tokenEndpoint'],
    issuer: withIssuer(openIdConnect),
    write: {
      ...create,
      method: 'POST',
      taking: [input(openIdConnect), input(withoutId), input({ ...withoutId, ...hostile })],
    },
  },
  saveOpenIdConnect: {
    variables: input(openIdConnect),
    bad: input({ ...openIdConnect, id: 'a b' }),
    named: ['ConnectClientID', 'connectClientId'],
    issuer: withIssuer(openIdConnect),
    write: { ...again, method: 'PUT' },
  },
  updateOpenIdConnect: {
    variables: input({ id: 'google', connectClientId: 'idp-app' }),
    bad: input({ id: 'google', connectClientId: null }),
    named: ['ConnectClientID', 'connectClientId'],
    write: {
      ...change,
      method: 'PATCH',
      taking: [input({ id: 'a "b" {é😀}', newId: 'google' })],
      notTaking: [input({ id: 'google', newId: 'google' })],
    },
  },
  deleteOpenIdConnect: {
    variables: input({ id: 'google' }),
    bad: input({ id: '..' }),
    named: ['ID', 'id'],
    write: { ...again, method: 'DELETE' },
  },
};

export const HUAWEI_FIELDS: Readonly<Record<string, FieldCase>> = {
  oidcConfig: { variables: { idpId: 'ACME' }, bad: { idpId: 'A/B' }, named: ['idp_id', 'idpId'] },
  createOidcConfig: {
    variables: input(oidcConfig),
    bad: input({ ...oidcConfig, signingKey: '{}' }),
    named: ['signing_key', 'signingKey'],
    issuer: withIssuer(oidcConfig),
    write: { ...create, method: 'POST', taking: [input(oidcConfig)] },
  },
  updateOidcConfig: {
    variables: input({ idpId: 'ACME', clientId: 'idp-app' }),
    bad: input({ idpId: 'ACME', clientId: null }),
    named: ['client_id', 'clientId'],
    write: { ...again, method: 'PUT' },
  },
  huaweiIdentityProvider: { variables: { id: 'ACME' }, bad: { id: '' }, named: ['id', 'id'] },
  huaweiIdentityProviders: { variables: {} },
  createHuaweiIdentityProvider: {
    variables: input(provider),
    bad: input({ ...provider, description: ' ' }),
    named: ['sso_type', 'ssoType'],
    write: { ...create, method: 'PUT', taking: [input(provider)] },
  },
  updateHuaweiIdentityProvider: {
    variables: input({ id: 'ACME', enabled: true }),
    bad: input({ id: 'ACME', enabled: null }),
    named: ['description', 'description'],
    write: { ...change, method: 'PATCH' },
  },
  deleteHuaweiIdentityProvider: {
    variables: input({ id: 'ACME' }),
    bad: input({ id: 'A?' }),
    named: ['id', 'id'],
    write: { ...again, method: 'DELETE' },
  },
  huaweiProtocol: {
    variables: { idpId: 'ACME' },
    bad: { idpId: 'a'.repeat(65) },
    named: ['idp_id', 'idpId'],
  },
  createHuaweiProtocol: {
    variables: input(protocol),
    bad: input({ ...protocol, mappingId: 'a b' }),
    named: ['mapping_id', 'mappingId'],
    write: { ...create, method: 'PUT', taking: [input(protocol)] },
  },
  updateHuaweiProtocol: {
    variables: input(protocol),
    bad: input({ ...protocol, mappingId: '' }),
    named: ['mapping_id', 'mappingId'],
    write: { ...change, method: 'PATCH' },
  },
  deleteHuaweiProtocol: {
    variables: input({ idpId: 'ACME' }),
    bad: input({ idpId: '.' }),
    named: ['idp_id', 'idpId'],
    write: { ...again, method: 'DELETE' },
  },
  huaweiMapping: { variables: { id: 'map1' }, bad: { id: 'map 1' }, named: ['id', 'id'] },
  huaweiMappings: { variables: {} },
  evaluateHuaweiMapping: {
    variables: input({ mappingId: 'map1', claims: { sub: 'a1' } }),
    bad: input({ claims: {} }),
    named: ['id', 'mappingId'],
  },
  createHuaweiMapping: {
    variables: input(mapping),
    bad: input({ ...mapping, rules: [] }),
    named: ['rules', 'rules'],
    write: { ...create, method: 'PUT', taking: [input(mapping)] },
  },
  updateHuaweiMapping: {
    variables: input(mapping),
    bad: input({ ...mapping, id: '%' }),
    named: ['rules', 'rules'],
    write: { ...change, method: 'PATCH' },
  },
  deleteHuaweiMapping: {
    variables: input({ id: 'map1' }),
    bad: input({ id: 'map.1' }),
    named: ['id', 'id'],
    write: { ...again, method: 'DELETE' },
  },
};
