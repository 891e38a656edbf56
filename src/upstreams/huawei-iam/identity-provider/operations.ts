import { isSameId } from '../../../transport/operation.ts';
import type { Operation } from '../../../transport/operation.ts';
import { operationsOf } from '../federation.ts';
import type { IdentityProviderDraft, IdentityProviderPatch } from './input.ts';
import {
  differences,
  fromWire,
  IDENTITY_PROVIDER_DEFAULTS,
  snapshotOf,
  toWire,
} from './translate.ts';
import type { IdentityProvider } from './translate.ts';
import { identityProvider, identityProviders } from './wire.ts';
import type { WireIdentityProvider } from './wire.ts';

const PATH = '/v3/OS-FEDERATION/identity_providers';

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
  request: () => ({ method: 'GET', path: PATH }),
  response: identityProviders,
  result: ({ identity_providers: list }) => list.map(fromWire),
  subject: () => ({ resource: 'identity_provider', id: null }),
};

/** The operations of one identity provider; with it go its protocol and its configuration. */
export const {
  get: getIdentityProvider,
  create: createIdentityProvider,
  update: updateIdentityProvider,
  remove: deleteIdentityProvider,
} = operationsOf({
  noun: 'IdentityProvider',
  label: 'identity provider',
  key: 'id',
  subject: ({ id }) => ({ resource: 'identity_provider', id }),
  path: (id) => `${PATH}/${id}`,
  response: identityProvider,
  isAbout: ({ identity_provider: wire }, { id }) => isSameId(wire.id, id),
  result: ({ identity_provider: wire }) => fromWire(wire),
  snapshotOf,
  create: {
    fields: ['id', 'description', 'enabled', 'ssoType'],
    body: (draft: IdentityProviderDraft) => toWire(draft),
    // Compares the defaults too: otherwise any identity provider with this id would match.
    differences: (draft, stored) =>
      differences({ ...IDENTITY_PROVIDER_DEFAULTS, ...draft }, stored),
  },
  update: {
    fields: ['id', 'description', 'enabled'],
    body: (patch: IdentityProviderPatch) => toWire(patch),
    differences,
  },
  selection: 'id description enabled ssoType',
});
