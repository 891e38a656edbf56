import { InvalidInputError } from '../../domain/errors.ts';
import { fingerprintOf } from '../../domain/fingerprint.ts';
import { oncePer } from '../../domain/memo.ts';
import { parseInput, withoutNulls } from '../../domain/parse.ts';
import { requiresScope } from '../../graph/authorization.ts';
import { COSTS_OF_FINGERPRINT } from '../../graph/cost.ts';
import { CHANGE_ERRORS, CREATE_ERRORS, READ_ERRORS } from '../../graph/errors.ts';
import { entity } from '../../graph/federation.ts';
import { ABOUT_FINGERPRINT } from '../../graph/fingerprint.ts';
import type { Graph } from '../../graph/graph.ts';
import { aboutRetries } from '../../graph/retries.ts';
import { deletedId, indexed } from '../../graph/success.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession } from '../../transport/upstream.ts';
import {
  createIdentityProvider,
  deleteIdentityProvider,
  getIdentityProvider,
  listIdentityProviders,
  updateIdentityProvider,
} from './client-federation.ts';
import {
  identityProviderDeletion,
  identityProviderDraft,
  identityProviderKey,
  identityProviderPatch,
  storedProviderWarnings,
} from './input-federation.ts';
import type { IdentityProviderKey } from './input-federation.ts';
import { identityProviderContent } from './mapping-federation.ts';
import type { IdentityProvider } from './mapping-federation.ts';
import type { HuaweiIamSettings } from './upstream.ts';

interface IdentityProviderSuccess extends Success {
  readonly huaweiIdentityProvider: IdentityProvider;
}

interface IdentityProvidersSuccess extends Success {
  readonly huaweiIdentityProviders: readonly IdentityProvider[];
}

const fingerprint = oncePer((stored: IdentityProvider) =>
  fingerprintOf(identityProviderContent(stored)),
);

const ABOUT = {
  id: 'Id of the identity provider, which is also its name: 1 to 64 letters, digits, hyphens and underscores.',
  description: 'Text for administrators.',
  enabled: 'Whether people can sign in through it. IAM takes false where nothing is given.',
  ssoType:
    'Type of single sign-on; one for all identity providers of an account. IAM takes VIRTUAL_USER_SSO where nothing is given.',
} as const;
const PATH = '/v3/OS-FEDERATION/identity_providers';
const needs = (action: string) =>
  `Needs Security Administrator or the action iam:identityProviders:${action}.`;

/** Adds the identity providers of Huawei Cloud IAM. */
export function addIdentityProviders(
  { builder, OidcSuccess }: Graph,
  open: OpenSession<HuaweiIamSettings>,
): void {
  const ssoType = builder.enumType('HuaweiIdentityProviderSsoType', {
    description: 'Types of single sign-on.',
    values: {
      VIRTUAL_USER_SSO: {
        description:
          'People become federated users without an IAM user of their own, `virtual_user_sso`: what OpenID Connect needs.',
      },
      IAM_USER_SSO: {
        description: 'People become IAM users that exist, `iam_user_sso`: for SAML only.',
      },
    } as const,
  });

  const identityProvider = builder.objectRef<IdentityProvider>('HuaweiIdentityProvider').implement({
    description:
      'An identity provider in Huawei Cloud IAM: whose people may sign in. It has a protocol, which names a mapping, and an `OidcConfig`. An account can have 10.',
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
        description: `${ABOUT.description} Empty where there is none.`,
      }),
      enabled: t.exposeBoolean('enabled', { description: ABOUT.enabled }),
      ssoType: t.expose('ssoType', {
        type: ssoType,
        nullable: true,
        description: `${ABOUT.ssoType} Null where IAM answers one that is not known here.`,
      }),
      remoteIds: t.stringList({
        description: 'Ids of the identity provider elsewhere, as IAM has them.',
        resolve: ({ remoteIds }) => [...remoteIds],
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: COSTS_OF_FINGERPRINT,
        resolve: fingerprint,
      }),
    }),
  });

  const success = (name: string, description: string) =>
    builder.objectRef<IdentityProviderSuccess>(name).implement({
      description,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        huaweiIdentityProvider: t.field({
          type: identityProvider,
          description: 'The identity provider as IAM answered it.',
          resolve: (self) => self.huaweiIdentityProvider,
        }),
      }),
    });
  const withWarnings = (
    stored: IdentityProvider,
    warnings: Success['warnings'] = [],
  ): IdentityProviderSuccess => ({
    huaweiIdentityProvider: stored,
    warnings: [...warnings, ...storedProviderWarnings(stored)],
  });

  builder.queryField('huaweiIdentityProvider', (t) =>
    t.field({
      type: success('HuaweiIdentityProviderSuccess', 'The identity provider exists.'),
      nullable: true,
      description: `Reads an identity provider of Huawei Cloud IAM (\`GET ${PATH}/{id}\`). ${needs('getIdentityProvider')}`,
      args: { id: t.arg.id({ required: true, description: ABOUT.id }) },
      extensions: requiresScope('oidc:read'),
      errors: {
        types: READ_ERRORS,
        union: { description: 'What `huaweiIdentityProvider` gives.' },
      },
      resolve: async (_root, { id }, context) => {
        const session = open(context);
        const { value } = await session.call(
          getIdentityProvider,
          parseInput(identityProviderKey, { id }),
        );
        return withWarnings(value);
      },
    }),
  );

  builder.queryField('huaweiIdentityProviders', (t) =>
    t.field({
      type: builder
        .objectRef<IdentityProvidersSuccess>('HuaweiIdentityProvidersSuccess')
        .implement({
          description:
            'The identity providers of the account. The paths of its warnings begin with the index of the identity provider.',
          interfaces: [OidcSuccess],
          fields: (f) => ({
            huaweiIdentityProviders: f.field({
              type: [identityProvider],
              description: 'All of them; an account can have 10.',
              resolve: (self) => [...self.huaweiIdentityProviders],
            }),
          }),
        }),
      nullable: true,
      description: `Lists the identity providers of the account in Huawei Cloud IAM (\`GET ${PATH}\`). ${needs('listIdentityProviders')}`,
      extensions: requiresScope('oidc:read'),
      errors: {
        types: READ_ERRORS.filter((error) => error !== InvalidInputError),
        union: { description: 'What `huaweiIdentityProviders` gives.' },
      },
      resolve: async (_root, _args, context) => {
        const { value } = await open(context).call(listIdentityProviders, null);
        return { huaweiIdentityProviders: value, warnings: indexed(value, storedProviderWarnings) };
      },
    }),
  );

  builder.mutationField('createHuaweiIdentityProvider', (t) =>
    t.field({
      type: success('CreateHuaweiIdentityProviderSuccess', 'The identity provider was created.'),
      nullable: true,
      description: `Creates an identity provider in Huawei Cloud IAM (\`PUT ${PATH}/{id}\`). ${needs('createIdentityProvider')} ${aboutRetries(createIdentityProvider)}`,
      args: {
        input: t.arg({
          type: builder.inputType('CreateHuaweiIdentityProviderInput', {
            description:
              'A new identity provider of Huawei Cloud IAM. A field that is null is the same as one left out.',
            fields: (f) => ({
              id: f.id({ required: true, description: `${ABOUT.id} It cannot be changed later.` }),
              description: f.string({ description: ABOUT.description }),
              enabled: f.boolean({ description: ABOUT.enabled }),
              ssoType: f.field({
                type: ssoType,
                description: `${ABOUT.ssoType} It cannot be changed later.`,
              }),
            }),
          }),
          required: true,
          description: 'The new identity provider.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: {
        types: CREATE_ERRORS,
        union: { description: 'What `createHuaweiIdentityProvider` gives.' },
      },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { value, warnings } = await session.call(
          createIdentityProvider,
          parseInput(identityProviderDraft, withoutNulls(input)),
        );
        return withWarnings(value, warnings);
      },
    }),
  );

  builder.mutationField('updateHuaweiIdentityProvider', (t) =>
    t.field({
      type: success('UpdateHuaweiIdentityProviderSuccess', 'The identity provider was changed.'),
      nullable: true,
      description: `Changes the given fields of an identity provider in Huawei Cloud IAM (\`PATCH ${PATH}/{id}\`). ${needs('updateIdentityProvider')} ${aboutRetries(updateIdentityProvider)}`,
      args: {
        input: t.arg({
          type: builder.inputType('UpdateHuaweiIdentityProviderInput', {
            description:
              'A change of an identity provider of Huawei Cloud IAM: only the fields that are given.',
            fields: (f) => ({
              id: f.id({ required: true, description: ABOUT.id }),
              description: f.string({
                description: `${ABOUT.description} Left out, it stays; null or an empty text empties it.`,
              }),
              enabled: f.boolean({
                description: `${ABOUT.enabled} Left out, it stays; null is refused.`,
              }),
              expectedFingerprint: f.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
            }),
          }),
          required: true,
          description: 'Which identity provider, and what changes.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: {
        types: CHANGE_ERRORS,
        union: { description: 'What `updateHuaweiIdentityProvider` gives.' },
      },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { expectedFingerprint, ...patch } = parseInput(identityProviderPatch, input);
        const { value, warnings } = await session.call(updateIdentityProvider, patch, {
          expected: expectedFingerprint,
        });
        return withWarnings(value, warnings);
      },
    }),
  );

  builder.mutationField('deleteHuaweiIdentityProvider', (t) =>
    t.field({
      type: builder
        .objectRef<IdentityProviderKey & Success>('DeleteHuaweiIdentityProviderSuccess')
        .implement({
          description: 'The identity provider does not exist any more.',
          interfaces: [OidcSuccess],
          fields: (f) => ({
            id: f.exposeID('id', deletedId('Id that the identity provider had.')),
          }),
        }),
      nullable: true,
      description:
        `Deletes an identity provider in Huawei Cloud IAM, with its protocol and its OpenID Connect configuration (\`DELETE ${PATH}/{id}\`): nobody can sign in through it from then on. Its mapping stays. ${needs('deleteIdentityProvider')} ` +
        aboutRetries(deleteIdentityProvider),
      args: {
        input: t.arg({
          type: builder.inputType('DeleteHuaweiIdentityProviderInput', {
            description: 'The identity provider of Huawei Cloud IAM to delete.',
            fields: (f) => ({
              id: f.id({ required: true, description: ABOUT.id }),
              expectedFingerprint: f.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
            }),
          }),
          required: true,
          description: 'Which identity provider.',
        }),
      },
      extensions: requiresScope('oidc:admin'),
      errors: {
        types: CHANGE_ERRORS,
        union: { description: 'What `deleteHuaweiIdentityProvider` gives.' },
      },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { expectedFingerprint, ...key } = parseInput(identityProviderDeletion, input);
        const { value, warnings } = await session.call(deleteIdentityProvider, key, {
          expected: expectedFingerprint,
        });
        return { ...value, warnings };
      },
    }),
  );
}
