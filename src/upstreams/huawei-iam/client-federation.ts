import { isSameId } from '../../transport/operation.ts';
import type { Operation, ReadOperation, Subject } from '../../transport/operation.ts';
import { confirmEqual, confirmGone } from '../../transport/read-back.ts';
import { partOfProvider } from './errors.ts';
import type {
  IdentityProviderDraft,
  IdentityProviderKey,
  IdentityProviderPatch,
  MappingDraft,
  MappingKey,
  ProtocolDraft,
  ProtocolKey,
} from './input-federation.ts';
import {
  hasRules,
  IDENTITY_PROVIDER_DEFAULTS,
  identityProviderDifferences,
  identityProviderFromWire,
  identityProviderSnapshot,
  identityProviderToWire,
  mappingFromWire,
  mappingSnapshot,
  protocolFromWire,
  protocolSnapshot,
  rulesToWire,
} from './mapping-federation.ts';
import type { IdentityProvider, Mapping, Protocol } from './mapping-federation.ts';
import {
  identityProvider,
  identityProviders,
  mapping,
  mappings,
  nothing,
  protocol,
} from './wire.ts';
import type { WireIdentityProvider, WireMapping, WireProtocol } from './wire.ts';

/*
 * The operations of the `/v3` API. Its PUT is a create, which answers 409 to a second one, so that only reads and
 * deletions may be repeated. Ids have been checked by their patterns: they are path segments as they are.
 */

/** The 204 that is documented, and the 200 with which some of these APIs answer instead. */
const DELETED = [200, 204];

const PROVIDERS = '/v3/OS-FEDERATION/identity_providers';
const MAPPINGS = '/v3/OS-FEDERATION/mappings';

const ofProvider = ({ id }: IdentityProviderKey): Subject => ({
  resource: 'identity_provider',
  id,
});
const providerPath = ({ id }: IdentityProviderKey) => `${PROVIDERS}/${id}`;
const currentProvider = async ({ id }: IdentityProviderKey, read: ReadOperation) =>
  identityProviderSnapshot(await read(getIdentityProvider, { id }));
const oneProvider = {
  response: identityProvider,
  isAbout: (
    { identity_provider: wire }: { readonly identity_provider: WireIdentityProvider },
    { id }: IdentityProviderKey,
  ) => isSameId(wire.id, id),
  result: ({ identity_provider: wire }: { readonly identity_provider: WireIdentityProvider }) =>
    identityProviderFromWire(wire),
  subject: ofProvider,
  verifyWith: ({ id }: IdentityProviderKey) =>
    `query { huaweiIdentityProvider(id: ${JSON.stringify(id)}) { __typename ... on HuaweiIdentityProviderSuccess { huaweiIdentityProvider { id description enabled ssoType fingerprint } } ... on OidcError { code message } } }`,
};

/** `GET /v3/OS-FEDERATION/identity_providers`. An account has at most 10, on one page. */
export const listIdentityProviders: Operation<
  null,
  { readonly identity_providers: WireIdentityProvider[] },
  readonly IdentityProvider[]
> = {
  name: 'listIdentityProviders',
  purpose: 'list the identity providers',
  effect: 'read',
  repeatable: true,
  fields: [],
  request: () => ({ method: 'GET', path: PROVIDERS }),
  response: identityProviders,
  result: ({ identity_providers: list }) => list.map(identityProviderFromWire),
  subject: () => ({ resource: 'identity_provider', id: null }),
};

/** `GET /v3/OS-FEDERATION/identity_providers/{id}`. */
export const getIdentityProvider: Operation<
  IdentityProviderKey,
  { readonly identity_provider: WireIdentityProvider },
  IdentityProvider
> = {
  ...oneProvider,
  name: 'getIdentityProvider',
  purpose: 'read the identity provider',
  effect: 'read',
  repeatable: true,
  fields: ['id'],
  request: (key) => ({ method: 'GET', path: providerPath(key) }),
};

/** `PUT /v3/OS-FEDERATION/identity_providers/{id}`. */
export const createIdentityProvider: Operation<
  IdentityProviderDraft,
  { readonly identity_provider: WireIdentityProvider },
  IdentityProvider
> = {
  ...oneProvider,
  name: 'createIdentityProvider',
  purpose: 'create the identity provider',
  effect: 'write',
  repeatable: false,
  fields: ['id', 'description', 'enabled', 'ssoType'],
  request: (draft) => ({
    method: 'PUT',
    path: providerPath(draft),
    body: { ...identityProviderToWire(draft) },
  }),
  // With the defaults of what was left out: otherwise any identity provider with this id would do.
  readBack: (draft, read) =>
    confirmEqual(
      read(getIdentityProvider, { id: draft.id }),
      (found) => identityProviderDifferences({ ...IDENTITY_PROVIDER_DEFAULTS, ...draft }, found),
      identityProviderSnapshot,
    ),
  claims: ofProvider,
};

/** `PATCH /v3/OS-FEDERATION/identity_providers/{id}`. */
export const updateIdentityProvider: Operation<
  IdentityProviderPatch,
  { readonly identity_provider: WireIdentityProvider },
  IdentityProvider
> = {
  ...oneProvider,
  name: 'updateIdentityProvider',
  purpose: 'update the identity provider',
  effect: 'write',
  repeatable: false,
  fields: ['id', 'description', 'enabled'],
  request: (patch) => ({
    method: 'PATCH',
    path: providerPath(patch),
    body: { ...identityProviderToWire(patch) },
  }),
  readBack: (patch, read) =>
    confirmEqual(
      read(getIdentityProvider, { id: patch.id }),
      (found) => identityProviderDifferences(patch, found),
      identityProviderSnapshot,
    ),
  current: currentProvider,
};

/** `DELETE /v3/OS-FEDERATION/identity_providers/{id}`: its protocol and configuration go with it. */
export const deleteIdentityProvider: Operation<
  IdentityProviderKey,
  undefined,
  IdentityProviderKey
> = {
  name: 'deleteIdentityProvider',
  purpose: 'delete the identity provider',
  effect: 'write',
  repeatable: true,
  fields: ['id'],
  request: (key) => ({ method: 'DELETE', path: providerPath(key) }),
  response: nothing,
  doneBy: DELETED,
  result: (_wire, { id }) => ({ id }),
  whenGone: ({ id }) => ({ id }),
  readBack: ({ id }, read) =>
    confirmGone(read(getIdentityProvider, { id }), { id }, identityProviderSnapshot),
  current: currentProvider,
  subject: ofProvider,
  verifyWith: oneProvider.verifyWith,
};

const ofProtocol = ({ idpId }: ProtocolKey): Subject => ({
  resource: 'protocol',
  id: `${idpId}/oidc`,
});
const wholeOfProtocol = partOfProvider('protocol');
const protocolPath = ({ idpId }: ProtocolKey) => `${PROVIDERS}/${idpId}/protocols/oidc`;
const currentProtocol = async ({ idpId }: ProtocolKey, read: ReadOperation) =>
  protocolSnapshot(await read(getProtocol, { idpId }));
const oneProtocol = {
  response: protocol,
  // It does not say which identity provider it belongs to.
  isAbout: ({ protocol: wire }: { readonly protocol: WireProtocol }) => isSameId(wire.id, 'oidc'),
  result: ({ protocol: wire }: { readonly protocol: WireProtocol }, { idpId }: ProtocolKey) =>
    protocolFromWire(wire, idpId),
  subject: ofProtocol,
  whole: wholeOfProtocol,
  verifyWith: ({ idpId }: ProtocolKey) =>
    `query { huaweiProtocol(idpId: ${JSON.stringify(idpId)}) { __typename ... on HuaweiProtocolSuccess { huaweiProtocol { idpId mappingId fingerprint } } ... on OidcError { code message } } }`,
};
const sameMapping = ({ mappingId }: ProtocolDraft, found: Protocol) =>
  found.mappingId === mappingId ? [] : ['mappingId'];

/** `GET /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/oidc`. */
export const getProtocol: Operation<ProtocolKey, { readonly protocol: WireProtocol }, Protocol> = {
  ...oneProtocol,
  name: 'getProtocol',
  purpose: 'read the protocol',
  effect: 'read',
  repeatable: true,
  fields: ['idpId'],
  request: (key) => ({ method: 'GET', path: protocolPath(key) }),
};

/** `PUT /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/oidc`. */
export const createProtocol: Operation<
  ProtocolDraft,
  { readonly protocol: WireProtocol },
  Protocol
> = {
  ...oneProtocol,
  name: 'createProtocol',
  purpose: 'create the protocol',
  effect: 'write',
  repeatable: false,
  fields: ['idpId', 'mappingId'],
  request: (draft) => ({
    method: 'PUT',
    path: protocolPath(draft),
    body: { protocol: { mapping_id: draft.mappingId } },
  }),
  readBack: (draft, read) =>
    confirmEqual(
      read(getProtocol, { idpId: draft.idpId }),
      (found) => sameMapping(draft, found),
      protocolSnapshot,
    ),
  claims: ofProtocol,
  needs: ({ idpId, mappingId }) => ({
    resource: 'identity_provider or mapping',
    id: null,
    advice: `The identity provider "${idpId}" and the mapping "${mappingId}" must exist before the protocol.`,
  }),
};

/** `PATCH /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/oidc`. */
export const updateProtocol: Operation<
  ProtocolDraft,
  { readonly protocol: WireProtocol },
  Protocol
> = {
  ...oneProtocol,
  name: 'updateProtocol',
  purpose: 'update the protocol',
  effect: 'write',
  repeatable: false,
  fields: ['idpId', 'mappingId'],
  request: (draft) => ({
    method: 'PATCH',
    path: protocolPath(draft),
    body: { protocol: { mapping_id: draft.mappingId } },
  }),
  readBack: (draft, read) =>
    confirmEqual(
      read(getProtocol, { idpId: draft.idpId }),
      (found) => sameMapping(draft, found),
      protocolSnapshot,
    ),
  current: currentProtocol,
  needs: ({ mappingId }) => ({
    resource: 'protocol or mapping',
    id: null,
    advice: `The protocol itself and the mapping "${mappingId}" must exist before the change.`,
  }),
};

/** `DELETE /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/oidc`. */
export const deleteProtocol: Operation<ProtocolKey, undefined, ProtocolKey> = {
  name: 'deleteProtocol',
  purpose: 'delete the protocol',
  effect: 'write',
  repeatable: true,
  fields: ['idpId'],
  request: (key) => ({ method: 'DELETE', path: protocolPath(key) }),
  response: nothing,
  doneBy: DELETED,
  result: (_wire, { idpId }) => ({ idpId }),
  whenGone: ({ idpId }) => ({ idpId }),
  readBack: ({ idpId }, read) =>
    confirmGone(read(getProtocol, { idpId }), { idpId }, protocolSnapshot),
  current: currentProtocol,
  subject: ofProtocol,
  whole: wholeOfProtocol,
  verifyWith: oneProtocol.verifyWith,
};

const ofMapping = ({ id }: MappingKey): Subject => ({ resource: 'mapping', id });
const mappingPath = ({ id }: MappingKey) => `${MAPPINGS}/${id}`;
const currentMapping = async ({ id }: MappingKey, read: ReadOperation) =>
  mappingSnapshot(await read(getMapping, { id }));
const oneMapping = {
  response: mapping,
  isAbout: ({ mapping: wire }: { readonly mapping: WireMapping }, { id }: MappingKey) =>
    isSameId(wire.id, id),
  result: ({ mapping: wire }: { readonly mapping: WireMapping }) => mappingFromWire(wire),
  subject: ofMapping,
  verifyWith: ({ id }: MappingKey) =>
    `query { huaweiMapping(id: ${JSON.stringify(id)}) { __typename ... on HuaweiMappingSuccess { huaweiMapping { id rules { local { user { name } group { name } groups } remote { type anyOneOf notAnyOf regex } } fingerprint } } ... on OidcError { code message } } }`,
};
const mappingBody = ({ rules }: MappingDraft) => ({ mapping: { rules: rulesToWire(rules) } });
const sameRules = ({ rules }: MappingDraft, found: Mapping) =>
  hasRules(rules, found) ? [] : ['rules'];

/** `GET /v3/OS-FEDERATION/mappings`. */
export const listMappings: Operation<
  null,
  { readonly mappings: WireMapping[] },
  readonly Mapping[]
> = {
  name: 'listMappings',
  purpose: 'list the mappings',
  effect: 'read',
  repeatable: true,
  fields: [],
  request: () => ({ method: 'GET', path: MAPPINGS }),
  response: mappings,
  result: ({ mappings: list }) => list.map(mappingFromWire),
  subject: () => ({ resource: 'mapping', id: null }),
};

/** `GET /v3/OS-FEDERATION/mappings/{id}`. */
export const getMapping: Operation<MappingKey, { readonly mapping: WireMapping }, Mapping> = {
  ...oneMapping,
  name: 'getMapping',
  purpose: 'read the mapping',
  effect: 'read',
  repeatable: true,
  fields: ['id'],
  request: (key) => ({ method: 'GET', path: mappingPath(key) }),
};

/** `PUT /v3/OS-FEDERATION/mappings/{id}`. */
export const createMapping: Operation<MappingDraft, { readonly mapping: WireMapping }, Mapping> = {
  ...oneMapping,
  name: 'createMapping',
  purpose: 'create the mapping',
  effect: 'write',
  repeatable: false,
  fields: ['id', 'rules'],
  request: (draft) => ({ method: 'PUT', path: mappingPath(draft), body: mappingBody(draft) }),
  readBack: (draft, read) =>
    confirmEqual(
      read(getMapping, { id: draft.id }),
      (found) => sameRules(draft, found),
      mappingSnapshot,
    ),
  claims: ofMapping,
};

/** `PATCH /v3/OS-FEDERATION/mappings/{id}`: replaces the rules. */
export const updateMapping: Operation<MappingDraft, { readonly mapping: WireMapping }, Mapping> = {
  ...oneMapping,
  name: 'updateMapping',
  purpose: 'update the mapping',
  effect: 'write',
  repeatable: false,
  fields: ['id', 'rules'],
  request: (draft) => ({ method: 'PATCH', path: mappingPath(draft), body: mappingBody(draft) }),
  readBack: (draft, read) =>
    confirmEqual(
      read(getMapping, { id: draft.id }),
      (found) => sameRules(draft, found),
      mappingSnapshot,
    ),
  current: currentMapping,
};

/** `DELETE /v3/OS-FEDERATION/mappings/{id}`. */
export const deleteMapping: Operation<MappingKey, undefined, MappingKey> = {
  name: 'deleteMapping',
  purpose: 'delete the mapping',
  effect: 'write',
  repeatable: true,
  fields: ['id'],
  request: (key) => ({ method: 'DELETE', path: mappingPath(key) }),
  response: nothing,
  doneBy: DELETED,
  result: (_wire, { id }) => ({ id }),
  whenGone: ({ id }) => ({ id }),
  readBack: ({ id }, read) => confirmGone(read(getMapping, { id }), { id }, mappingSnapshot),
  current: currentMapping,
  subject: ofMapping,
  verifyWith: oneMapping.verifyWith,
};
