import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { oncePer } from '../../../domain/memo.ts';
import { COSTS_OF_FINGERPRINT } from '../../../graph/root-fields/cost.ts';
import { ABOUT_FINGERPRINT } from '../../../graph/root-fields/fingerprint.ts';
import type { Readable } from '../../../graph/edges/edges.ts';
import type { Graph } from '../../../graph/graph.ts';
import { RootFields } from '../../../graph/root-fields/root-fields.ts';
import { keyedBy } from '../../../graph/keys.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { needs } from '../federation.ts';
import { createProtocol, deleteProtocol, getProtocol, updateProtocol } from './operations.ts';
import { protocolChange, protocolDeletion, protocolDraft, protocolKey } from './input.ts';
import { contentOf } from './translate.ts';
import type { Protocol } from './translate.ts';
import { storedWarnings } from './warnings.ts';
import type { HuaweiIamSettings } from '../settings.ts';

const fingerprint = oncePer((stored: Protocol) => fingerprintOf(contentOf(stored)));

const ABOUT = {
  idpId:
    'Id of the identity provider that the protocol belongs to: 1 to 64 letters, digits, hyphens and underscores.',
  mappingId:
    'Id of the mapping that determines which federated user a person is signed in as. It must exist.',
} as const;
const PATH = '/v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/oidc';

/** Adds the OpenID Connect protocols of identity providers. */
export function addProtocols(
  graph: Graph,
  open: OpenSession<HuaweiIamSettings>,
): Readable<Protocol> {
  const type = graph.builder.objectRef<Protocol>('HuaweiProtocol').implement({
    description:
      'The protocol `oidc` of an identity provider in Huawei Cloud IAM. It enables OpenID Connect and refers to the mapping that applies.',
    // Its id is the same in all identity providers.
    extensions: keyedBy('idpId'),
    fields: (t) => ({
      idpId: t.exposeID('idpId', { description: ABOUT.idpId }),
      id: t.exposeID('id', {
        description:
          'Id of the protocol: always `oidc`, for every identity provider. To tell protocols apart, as client caches must, use `idpId`.',
      }),
      mappingId: t.exposeID('mappingId', {
        nullable: true,
        description:
          'Id of the mapping that determines which federated user a person is signed in as. Null if there is none.',
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: COSTS_OF_FINGERPRINT,
        resolve: fingerprint,
      }),
    }),
  });

  const fields = new RootFields(graph, {
    noun: 'HuaweiProtocol',
    label: 'protocol',
    key: 'idpId',
    aboutKey: ABOUT.idpId,
    type,
    about: 'The protocol as IAM returned it.',
    open,
    viewOf: (stored: Protocol) => stored,
    warnings: storedWarnings,
  });
  const target = fields.read(getProtocol, {
    description: `Reads the protocol \`oidc\` of an identity provider in Huawei Cloud IAM (\`GET ${PATH}\`). ${needs('getProtocol')}`,
    schema: protocolKey,
  });
  fields.create(createProtocol, {
    description: `Creates the protocol \`oidc\` of an identity provider in Huawei Cloud IAM (\`PUT ${PATH}\`). ${needs('createProtocol')}`,
    input: 'The new protocol `oidc` of an identity provider of Huawei Cloud IAM.',
    fields: (t) => ({
      idpId: t.id({ required: true, description: `${ABOUT.idpId} It must exist.` }),
      mappingId: t.id({ required: true, description: ABOUT.mappingId }),
    }),
    schema: protocolDraft,
  });
  fields.update(updateProtocol, {
    description: `Changes the mapping of the protocol \`oidc\` of an identity provider in Huawei Cloud IAM (\`PATCH ${PATH}\`). ${needs('updateProtocol')}`,
    changes: 'its new mapping',
    input: 'A change to the protocol `oidc` of an identity provider of Huawei Cloud IAM.',
    fields: (t) => ({
      idpId: t.id({ required: true, description: ABOUT.idpId }),
      mappingId: t.id({ required: true, description: ABOUT.mappingId }),
    }),
    schema: protocolChange,
  });
  fields.delete(deleteProtocol, {
    description: `Deletes the protocol \`oidc\` of an identity provider in Huawei Cloud IAM (\`DELETE ${PATH}\`). From then on, sign-in with OpenID Connect through the identity provider fails. ${needs('deleteProtocol')}`,
    input: 'The protocol `oidc` of Huawei Cloud IAM to delete.',
    gone: 'Id of the identity provider whose protocol was deleted.',
    schema: protocolDeletion,
  });
  return { type, target };
}
