import { fingerprintOf } from '../../domain/fingerprint.ts';
import { oncePer } from '../../domain/memo.ts';
import { parseInput } from '../../domain/parse.ts';
import { requiresScope } from '../../graph/authorization.ts';
import { COSTS_OF_FINGERPRINT } from '../../graph/cost.ts';
import { CHANGE_ERRORS, CREATE_ERRORS, READ_ERRORS } from '../../graph/errors.ts';
import { ABOUT_FINGERPRINT } from '../../graph/fingerprint.ts';
import type { Graph } from '../../graph/graph.ts';
import { keyedBy } from '../../graph/keys.ts';
import { aboutRetries } from '../../graph/retries.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession } from '../../transport/upstream.ts';
import {
  createProtocol,
  deleteProtocol,
  getProtocol,
  updateProtocol,
} from './client-federation.ts';
import {
  protocolChange,
  protocolDeletion,
  protocolDraft,
  protocolKey,
  storedProtocolWarnings,
} from './input-federation.ts';
import type { ProtocolKey } from './input-federation.ts';
import { protocolContent } from './mapping-federation.ts';
import type { Protocol } from './mapping-federation.ts';
import type { HuaweiIamSettings } from './upstream.ts';

interface ProtocolSuccess extends Success {
  readonly huaweiProtocol: Protocol;
}

const fingerprint = oncePer((stored: Protocol) => fingerprintOf(protocolContent(stored)));

const ABOUT = {
  idpId:
    'Id of the identity provider that the protocol belongs to: 1 to 64 letters, digits, hyphens and underscores.',
  mappingId: 'Id of the mapping that says who people become when they sign in. It must exist.',
} as const;
const PATH = '/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/oidc';
const needs = (action: string) =>
  `Needs Security Administrator or the action iam:identityProviders:${action}.`;

/** Adds the OpenID Connect protocols of identity providers. */
export function addProtocols(
  { builder, OidcSuccess }: Graph,
  open: OpenSession<HuaweiIamSettings>,
): void {
  const protocol = builder.objectRef<Protocol>('HuaweiProtocol').implement({
    description:
      'The protocol `oidc` of an identity provider in Huawei Cloud IAM: that it speaks OpenID Connect, and which mapping applies.',
    // Its id is the same in all identity providers.
    extensions: keyedBy('idpId'),
    fields: (t) => ({
      idpId: t.exposeID('idpId', { description: ABOUT.idpId }),
      id: t.exposeID('id', {
        description:
          'Id of the protocol: always `oidc`, in every identity provider. To tell protocols apart, as caches of clients must, take `idpId`.',
      }),
      mappingId: t.exposeID('mappingId', {
        nullable: true,
        description:
          'Id of the mapping that says who people become when they sign in. Null where there is none.',
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: COSTS_OF_FINGERPRINT,
        resolve: fingerprint,
      }),
    }),
  });

  const success = (name: string, description: string) =>
    builder.objectRef<ProtocolSuccess>(name).implement({
      description,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        huaweiProtocol: t.field({
          type: protocol,
          description: 'The protocol as IAM answered it.',
          resolve: (self) => self.huaweiProtocol,
        }),
      }),
    });

  builder.queryField('huaweiProtocol', (t) =>
    t.field({
      type: success('HuaweiProtocolSuccess', 'The protocol exists.'),
      nullable: true,
      description: `Reads the protocol \`oidc\` of an identity provider in Huawei Cloud IAM (\`GET ${PATH}\`). ${needs('getProtocol')}`,
      args: { idpId: t.arg.id({ required: true, description: ABOUT.idpId }) },
      extensions: requiresScope('oidc:read'),
      errors: { types: READ_ERRORS, union: { description: 'What `huaweiProtocol` gives.' } },
      resolve: async (_root, { idpId }, context) => {
        const session = open(context);
        const { value } = await session.call(getProtocol, parseInput(protocolKey, { idpId }));
        return { huaweiProtocol: value, warnings: [...storedProtocolWarnings(value)] };
      },
    }),
  );

  builder.mutationField('createHuaweiProtocol', (t) =>
    t.field({
      type: success('CreateHuaweiProtocolSuccess', 'The protocol was created.'),
      nullable: true,
      description: `Creates the protocol \`oidc\` of an identity provider in Huawei Cloud IAM (\`PUT ${PATH}\`). ${needs('createProtocol')} ${aboutRetries(createProtocol)}`,
      args: {
        input: t.arg({
          type: builder.inputType('CreateHuaweiProtocolInput', {
            description: 'The new protocol `oidc` of an identity provider of Huawei Cloud IAM.',
            fields: (f) => ({
              idpId: f.id({ required: true, description: `${ABOUT.idpId} It must exist.` }),
              mappingId: f.id({ required: true, description: ABOUT.mappingId }),
            }),
          }),
          required: true,
          description: 'The new protocol.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: {
        types: CREATE_ERRORS,
        union: { description: 'What `createHuaweiProtocol` gives.' },
      },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { value, warnings } = await session.call(
          createProtocol,
          parseInput(protocolDraft, input),
        );
        return { huaweiProtocol: value, warnings: [...warnings, ...storedProtocolWarnings(value)] };
      },
    }),
  );

  builder.mutationField('updateHuaweiProtocol', (t) =>
    t.field({
      type: success('UpdateHuaweiProtocolSuccess', 'The protocol was changed.'),
      nullable: true,
      description: `Gives the protocol \`oidc\` of an identity provider in Huawei Cloud IAM another mapping (\`PATCH ${PATH}\`). ${needs('updateProtocol')} ${aboutRetries(updateProtocol)}`,
      args: {
        input: t.arg({
          type: builder.inputType('UpdateHuaweiProtocolInput', {
            description:
              'A change of the protocol `oidc` of an identity provider of Huawei Cloud IAM.',
            fields: (f) => ({
              idpId: f.id({ required: true, description: ABOUT.idpId }),
              mappingId: f.id({ required: true, description: ABOUT.mappingId }),
              expectedFingerprint: f.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
            }),
          }),
          required: true,
          description: 'Whose protocol, and its mapping.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: {
        types: CHANGE_ERRORS,
        union: { description: 'What `updateHuaweiProtocol` gives.' },
      },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { expectedFingerprint, ...change } = parseInput(protocolChange, input);
        const { value, warnings } = await session.call(updateProtocol, change, {
          expected: expectedFingerprint,
        });
        return { huaweiProtocol: value, warnings: [...warnings, ...storedProtocolWarnings(value)] };
      },
    }),
  );

  builder.mutationField('deleteHuaweiProtocol', (t) =>
    t.field({
      type: builder.objectRef<ProtocolKey & Success>('DeleteHuaweiProtocolSuccess').implement({
        description: 'The protocol does not exist any more.',
        interfaces: [OidcSuccess],
        fields: (f) => ({
          idpId: f.exposeID('idpId', {
            description: 'Id of the identity provider that had the protocol.',
          }),
        }),
      }),
      nullable: true,
      description:
        `Deletes the protocol \`oidc\` of an identity provider in Huawei Cloud IAM (\`DELETE ${PATH}\`): nobody can sign in through it by OpenID Connect from then on. ${needs('deleteProtocol')} ` +
        aboutRetries(deleteProtocol),
      args: {
        input: t.arg({
          type: builder.inputType('DeleteHuaweiProtocolInput', {
            description: 'The protocol `oidc` of Huawei Cloud IAM to delete.',
            fields: (f) => ({
              idpId: f.id({ required: true, description: ABOUT.idpId }),
              expectedFingerprint: f.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
            }),
          }),
          required: true,
          description: 'Whose protocol.',
        }),
      },
      extensions: requiresScope('oidc:admin'),
      errors: {
        types: CHANGE_ERRORS,
        union: { description: 'What `deleteHuaweiProtocol` gives.' },
      },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { expectedFingerprint, ...key } = parseInput(protocolDeletion, input);
        const { value, warnings } = await session.call(deleteProtocol, key, {
          expected: expectedFingerprint,
        });
        return { ...value, warnings };
      },
    }),
  );
}
