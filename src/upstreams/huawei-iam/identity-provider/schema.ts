import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { oncePer } from '../../../domain/memo.ts';
import { parseInput } from '../../../domain/parse.ts';
import { COSTS_OF_FINGERPRINT } from '../../../graph/root-fields/cost.ts';
import { entity } from '../../../graph/federation/entity.ts';
import { ABOUT_FINGERPRINT } from '../../../graph/root-fields/fingerprint.ts';
import type { Readable } from '../../../graph/edges/edges.ts';
import type { Graph } from '../../../graph/graph.ts';
import { RootFields } from '../../../graph/root-fields/root-fields.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { needs } from '../federation.ts';
import {
  createIdentityProvider,
  deleteIdentityProvider,
  getIdentityProvider,
  listIdentityProviders,
  updateIdentityProvider,
} from './operations.ts';
import {
  identityProviderDeletion,
  identityProviderDraft,
  identityProviderKey,
  identityProviderPatch,
} from './input.ts';
import { contentOf } from './translate.ts';
import type { IdentityProvider } from './translate.ts';
import { storedWarnings } from './warnings.ts';
import type { HuaweiIamSettings } from '../settings.ts';

const fingerprint = oncePer((stored: IdentityProvider) => fingerprintOf(contentOf(stored)));

const ABOUT = {
  id: 'Id of the identity provider, which is also its name: 1 to 64 letters, digits, hyphens and underscores.',
  description: 'Text for administrators.',
  enabled: 'Whether users can sign in through it.',
  ssoType: 'Type of single sign-on, the same for all identity providers of an account.',
} as const;
const PATH = '/v3/OS-FEDERATION/identity_providers';

/** Adds the identity providers of Huawei Cloud IAM. */
export function addIdentityProviders(
  graph: Graph,
  open: OpenSession<HuaweiIamSettings>,
): Readable<IdentityProvider> {
  const { builder } = graph;
  const ssoType = builder.enumType('HuaweiIdentityProviderSsoType', {
    description: 'Types of single sign-on.',
    values: {
      VIRTUAL_USER_SSO: {
        description:
          '`virtual_user_sso`: users are signed in as federated users and need no IAM user. OpenID Connect requires this type.',
      },
      IAM_USER_SSO: {
        description: '`iam_user_sso`: users are signed in as existing IAM users. For SAML only.',
      },
    } as const,
  });

  const type = builder.objectRef<IdentityProvider>('HuaweiIdentityProvider').implement({
    description:
      'An identity provider in Huawei Cloud IAM. It determines whose users may sign in. It has a protocol, which refers to a mapping, and an `OidcConfig`. An account can have at most 10.',
    extensions: entity({
      key: 'id',
      open: (context) => {
        const { call } = open(context);
        return async (id) =>
          (await call(getIdentityProvider, parseInput(identityProviderKey, { id }))).value;
      },
    }),
    fields: (t) => ({
      id: t.exposeID('id', { description: ABOUT.id }),
      description: t.exposeString('description', {
        description: `${ABOUT.description} Empty if there is none.`,
      }),
      enabled: t.exposeBoolean('enabled', { description: ABOUT.enabled }),
      ssoType: t.expose('ssoType', {
        type: ssoType,
        nullable: true,
        description: `${ABOUT.ssoType} Null if IAM returns an unknown type.`,
      }),
      remoteIds: t.stringList({
        description: 'Ids of the identity provider in other systems, as IAM stores them.',
        resolve: ({ remoteIds }) => [...remoteIds],
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: COSTS_OF_FINGERPRINT,
        resolve: fingerprint,
      }),
    }),
  });

  const fields = new RootFields(graph, {
    noun: 'HuaweiIdentityProvider',
    label: 'identity provider',
    key: 'id',
    aboutKey: ABOUT.id,
    type,
    about: 'The identity provider as IAM returned it.',
    open,
    viewOf: (stored: IdentityProvider) => stored,
    warnings: storedWarnings,
  });
  const target = fields.read(getIdentityProvider, {
    description: `Reads an identity provider of Huawei Cloud IAM (\`GET ${PATH}/{id}\`). ${needs('getIdentityProvider')}`,
    schema: identityProviderKey,
  });
  fields.list(listIdentityProviders, {
    description: `Lists the identity providers of the account in Huawei Cloud IAM (\`GET ${PATH}\`). ${needs('listIdentityProviders')}`,
    success: 'The identity providers of the account.',
    items: 'All of them; an account can have at most 10.',
  });
  fields.create(createIdentityProvider, {
    description: `Creates an identity provider in Huawei Cloud IAM (\`PUT ${PATH}/{id}\`). ${needs('createIdentityProvider')}`,
    input: 'A new identity provider of Huawei Cloud IAM. A field that is null counts as omitted.',
    fields: (t) => ({
      id: t.id({ required: true, description: `${ABOUT.id} It cannot be changed later.` }),
      description: t.string({ description: ABOUT.description }),
      enabled: t.boolean({ description: `${ABOUT.enabled} Default: false.` }),
      ssoType: t.field({
        type: ssoType,
        description: `${ABOUT.ssoType} Default: VIRTUAL_USER_SSO. It cannot be changed later.`,
      }),
    }),
    schema: identityProviderDraft,
  });
  fields.update(updateIdentityProvider, {
    description: `Changes the given fields of an identity provider in Huawei Cloud IAM (\`PATCH ${PATH}/{id}\`). ${needs('updateIdentityProvider')}`,
    input: 'A change to an identity provider of Huawei Cloud IAM. Only the given fields change.',
    fields: (t) => ({
      id: t.id({ required: true, description: ABOUT.id }),
      description: t.string({
        description: `${ABOUT.description} If omitted, it stays unchanged; null or an empty string clears it.`,
      }),
      enabled: t.boolean({
        description: `${ABOUT.enabled} If omitted, it stays unchanged; null is refused.`,
      }),
    }),
    schema: identityProviderPatch,
  });
  fields.delete(deleteIdentityProvider, {
    description: `Deletes an identity provider in Huawei Cloud IAM, with its protocol and its OpenID Connect configuration (\`DELETE ${PATH}/{id}\`). From then on, sign-in through it fails. Its mapping is kept. ${needs('deleteIdentityProvider')}`,
    input: 'The identity provider of Huawei Cloud IAM to delete.',
    gone: 'Id of the deleted identity provider.',
    schema: identityProviderDeletion,
  });
  return { type, target };
}
