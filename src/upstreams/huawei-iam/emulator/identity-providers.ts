import type { EmulatorRequest, EmulatorRoute } from '../../../transport/emulator/emulator.ts';
import {
  findProvider,
  link,
  listLinks,
  V3_PROVIDERS,
  type Account,
  type Provider,
} from './account.ts';
import type { Guard } from './auth.ts';
import { conflict, invalidBody, invalidField } from './error-bodies.ts';
import { checkNewId, memberObject } from './request-body.ts';

type Changeable = Pick<Provider, 'description' | 'enabled'>;

/** The provider with the sent members replaced, as far as they can be changed. */
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
