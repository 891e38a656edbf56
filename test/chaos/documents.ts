import type { UpstreamName } from './history.ts';

/* The GraphQL that callers send, by mutation. */

/** Fields of each object by which a caller recognizes it, under the name of the schema. */
const OBJECTS = {
  openIdConnect: '{ id connectClientId fingerprint }',
  huaweiIdentityProvider: '{ id description fingerprint }',
  huaweiMapping: '{ id rules { local { user { name } } } fingerprint }',
  huaweiProtocol: '{ idpId mappingId fingerprint }',
  oidcConfig: '{ idpId clientId fingerprint }',
} as const;

export type ObjectName = keyof typeof OBJECTS;

/** A mutation of the schema, and how often it is called beside the others. */
export interface Mutation {
  readonly name: string;
  readonly kind: 'create' | 'save' | 'update' | 'delete' | 'provision';
  readonly object: ObjectName;
  readonly upstream: UpstreamName;
  readonly weight: number;
}

const of = (
  kind: Mutation['kind'],
  object: ObjectName,
  weight: number,
  name = `${kind}${object.slice(0, 1).toUpperCase()}${object.slice(1)}`,
): Mutation => ({
  name,
  kind,
  object,
  upstream: object === 'openIdConnect' ? 'ORDERCLOUD' : 'HUAWEI_IAM',
  weight,
});

export const MUTATIONS: readonly Mutation[] = [
  of('create', 'openIdConnect', 12),
  of('save', 'openIdConnect', 13),
  of('update', 'openIdConnect', 13),
  of('delete', 'openIdConnect', 10),
  of('create', 'huaweiIdentityProvider', 5),
  of('update', 'huaweiIdentityProvider', 5),
  of('delete', 'huaweiIdentityProvider', 3),
  of('create', 'huaweiMapping', 5),
  of('update', 'huaweiMapping', 4),
  of('delete', 'huaweiMapping', 4),
  of('create', 'huaweiProtocol', 5),
  of('update', 'huaweiProtocol', 4),
  of('delete', 'huaweiProtocol', 3),
  of('create', 'oidcConfig', 5),
  of('update', 'oidcConfig', 10),
  of('provision', 'oidcConfig', 5, 'provisionOidcConfig'),
];

const ERROR = '... on OidcError { code message requestId }';
const STALE = '... on OidcStaleError { mayHaveBeenApplied }';
const WARNINGS = '... on OidcSuccess { warnings { code } }';

/** The document of a mutation. */
export function documentOf({ name, kind, object }: Mutation): string {
  const input = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  const shown = kind === 'delete' ? '' : `... on ${input}Success { ${object} ${OBJECTS[object]} }`;
  const steps =
    kind === 'provision'
      ? '... on OidcConfigProvision { steps { target id action error { code } } }'
      : '';
  const stale = ['save', 'update', 'delete'].includes(kind) ? STALE : '';
  return `mutation ($input: ${input}Input!) { result: ${name}(input: $input) { __typename ${shown} ${steps} ${WARNINGS} ${ERROR} ${stale} } }`;
}

/** The document that reads an object. */
export function readingOf(object: ObjectName): string {
  const key = object === 'huaweiProtocol' || object === 'oidcConfig' ? 'idpId' : 'id';
  const type = `${object.slice(0, 1).toUpperCase()}${object.slice(1)}`;
  return `query ($id: ID!) { result: ${object}(${key}: $id) { __typename ... on ${type}Success { ${object} ${OBJECTS[object]} } ${ERROR} } }`;
}

/** What the ledger calls an object. */
export function keyFor(object: ObjectName, id: string): string {
  return `${{ openIdConnect: 'oc', huaweiIdentityProvider: 'provider', huaweiMapping: 'mapping', huaweiProtocol: 'protocol', oidcConfig: 'config' }[object]}/${id}`;
}
