import type { EmulatorRequest, EmulatorRoute } from '../../transport/emulator.ts';
import {
  findMapping,
  findProtocol,
  findProvider,
  link,
  listLinks,
  V3_PROVIDERS,
  type Account,
  type Protocol,
  type Provider,
} from './emulator-account.ts';
import type { Guard } from './emulator-auth.ts';
import { conflict, invalidBody, invalidField } from './emulator-errors.ts';
import { checkNewId, memberObject } from './emulator-input.ts';

type Changeable = Pick<Provider, 'description' | 'enabled'>;

/** What was sent of the members that can be changed, the others as they are. */
function readChangeable(
  request: EmulatorRequest,
  sent: Readonly<Record<string, unknown>>,
  now: Changeable,
): Changeable {
  const { description = now.description, enabled = now.enabled } = sent;
  if (typeof description !== 'string') throw invalidField(request, 'description', description);
  if (typeof enabled !== 'boolean') throw invalidField(request, 'enabled', enabled);
  return { description, enabled };
}

function readProvider(request: EmulatorRequest, id: string): Provider {
  const sent = memberObject(request, 'identity_provider');
  checkNewId(request, id);
  const changeable = readChangeable(request, sent, { description: '', enabled: false });
  const { sso_type = 'virtual_user_sso' } = sent;
  if (sso_type !== 'virtual_user_sso' && sso_type !== 'iam_user_sso')
    throw invalidField(request, 'sso_type', sso_type);
  return { ...changeable, sso_type };
}

/** What the update documents. Keystone, whose API this is, refuses any other member, and an update of nothing. */
function readUpdate(request: EmulatorRequest): Readonly<Record<string, unknown>> {
  const sent = memberObject(request, 'identity_provider');
  const other = Object.keys(sent).find((name) => name !== 'description' && name !== 'enabled');
  if (other !== undefined) throw invalidField(request, other, sent[other]);
  if (Object.keys(sent).length === 0) throw invalidBody(request);
  return sent;
}

function describeProvider(id: string, { description, enabled, sso_type }: Provider): unknown {
  const links = { self: link(V3_PROVIDERS, id), protocols: link(V3_PROVIDERS, id, 'protocols') };
  return { id, description, enabled, remote_ids: [], sso_type, links };
}

// The account is large enough for any test: the quota, 10 identity providers unless it is raised, is not kept.
export function providerRoutes(account: Account, guarded: Guard): EmulatorRoute[] {
  const { providers } = account;
  return [
    guarded('GET', V3_PROVIDERS, 'listIdentityProviders', () => {
      const identity_providers = [...providers].map(([id, provider]) =>
        describeProvider(id, provider),
      );
      return { status: 200, body: { identity_providers, links: listLinks(V3_PROVIDERS) } };
    }),
    guarded('GET', `${V3_PROVIDERS}/:idp`, 'getIdentityProvider', (request, idp) => ({
      status: 200,
      body: { identity_provider: describeProvider(idp, findProvider(account, request, idp)) },
    })),
    guarded('PUT', `${V3_PROVIDERS}/:idp`, 'createIdentityProvider', (request, idp) => {
      const provider = readProvider(request, idp);
      if (providers.has(idp)) throw conflict(request, 'identity_provider', idp);
      providers.set(idp, provider);
      return { status: 201, body: { identity_provider: describeProvider(idp, provider) } };
    }),
    guarded('PATCH', `${V3_PROVIDERS}/:idp`, 'updateIdentityProvider', (request, idp) => {
      const sent = readUpdate(request);
      const provider = findProvider(account, request, idp);
      Object.assign(provider, readChangeable(request, sent, provider));
      return { status: 200, body: { identity_provider: describeProvider(idp, provider) } };
    }),
    // The protocol and the configuration go with it. Mappings stay: another provider may use them.
    guarded('DELETE', `${V3_PROVIDERS}/:idp`, 'deleteIdentityProvider', (request, idp) => {
      findProvider(account, request, idp);
      providers.delete(idp);
      return { status: 204 };
    }),
  ];
}

const V3_PROTOCOLS = `${V3_PROVIDERS}/:idp/protocols`;
const V3_OIDC = `${V3_PROTOCOLS}/oidc`;

function describeProtocol(idp: string, { mapping_id }: Protocol): unknown {
  const links = {
    identity_provider: link(V3_PROVIDERS, idp),
    self: link(V3_PROVIDERS, idp, 'protocols', 'oidc'),
  };
  return { id: 'oidc', mapping_id, links };
}

/** The mapping that a protocol is to use; only IAM users need none. */
function readMappingId(
  account: Account,
  request: EmulatorRequest,
  idp: string,
): string | undefined {
  const { mapping_id } = memberObject(request, 'protocol');
  const { sso_type } = findProvider(account, request, idp);
  if (mapping_id === undefined && sso_type === 'iam_user_sso') return undefined;
  if (typeof mapping_id !== 'string') throw invalidField(request, 'mapping_id', mapping_id ?? null);
  // What an unknown mapping leads to is not documented. 404 is among the statuses of this operation, and what the
  // table of error codes has for anything missing; Keystone itself answers 400 "Invalid mapping id: x" since 2017.
  findMapping(account, request, mapping_id);
  return mapping_id;
}

export function protocolRoutes(account: Account, guarded: Guard): EmulatorRoute[] {
  return [
    guarded('GET', V3_PROTOCOLS, 'listProtocols', (request, idp) => {
      const { protocol } = findProvider(account, request, idp);
      const protocols = protocol ? [describeProtocol(idp, protocol)] : [];
      return { status: 200, body: { protocols, links: listLinks(V3_PROVIDERS, idp, 'protocols') } };
    }),
    guarded('GET', V3_OIDC, 'getProtocol', (request, idp) => ({
      status: 200,
      body: { protocol: describeProtocol(idp, findProtocol(account, request, idp)) },
    })),
    guarded('PUT', V3_OIDC, 'createProtocol', (request, idp) => {
      const protocol = { mapping_id: readMappingId(account, request, idp) };
      const provider = findProvider(account, request, idp);
      if (provider.protocol) throw conflict(request, 'federation_protocol', 'oidc');
      provider.protocol = protocol;
      return { status: 201, body: { protocol: describeProtocol(idp, protocol) } };
    }),
    guarded('PATCH', V3_OIDC, 'updateProtocol', (request, idp) => {
      const mapping_id = readMappingId(account, request, idp);
      const now = findProtocol(account, request, idp);
      const protocol = { mapping_id: mapping_id ?? now.mapping_id };
      findProvider(account, request, idp).protocol = protocol;
      return { status: 200, body: { protocol: describeProtocol(idp, protocol) } };
    }),
    // Whether the configuration goes too is not documented. It stays: only deleting the provider is said to take
    // more along, and the configuration belongs to the provider, by its path.
    guarded('DELETE', V3_OIDC, 'deleteProtocol', (request, idp) => {
      findProtocol(account, request, idp);
      delete findProvider(account, request, idp).protocol;
      return { status: 204 };
    }),
  ];
}
