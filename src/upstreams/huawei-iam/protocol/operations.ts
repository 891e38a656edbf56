import { isSameId } from '../../../transport/operation.ts';
import { partOfProvider } from '../errors.ts';
import { operationsOf } from '../federation.ts';
import type { ProtocolDraft } from './input.ts';
import { fromWire, snapshotOf } from './translate.ts';
import type { Protocol } from './translate.ts';
import { protocol } from './wire.ts';

const write = {
  fields: ['idpId', 'mappingId'],
  body: ({ mappingId }: ProtocolDraft) => ({ protocol: { mapping_id: mappingId } }),
  differences: ({ mappingId }: ProtocolDraft, stored: Protocol) =>
    stored.mappingId === mappingId ? [] : ['mappingId'],
};

/** The operations of the protocol `oidc` of an identity provider. */
export const {
  get: getProtocol,
  create: createProtocol,
  update: updateProtocol,
  remove: deleteProtocol,
} = operationsOf({
  noun: 'Protocol',
  label: 'protocol',
  key: 'idpId',
  subject: ({ idpId }) => ({ resource: 'protocol', id: `${idpId}/oidc` }),
  path: (idpId) => `/v3/OS-FEDERATION/identity_providers/${idpId}/protocols/oidc`,
  response: protocol,
  // It does not say which identity provider it belongs to.
  isAbout: ({ protocol: wire }) => isSameId(wire.id, 'oidc'),
  result: ({ protocol: wire }, { idpId }) => fromWire(wire, idpId),
  whole: partOfProvider('protocol'),
  snapshotOf,
  create: {
    ...write,
    needs: ({ idpId, mappingId }: ProtocolDraft) => ({
      resource: 'identity_provider or mapping',
      id: null,
      advice: `The identity provider "${idpId}" and the mapping "${mappingId}" must exist before the protocol.`,
    }),
  },
  update: {
    ...write,
    needs: ({ mappingId }: ProtocolDraft) => ({
      resource: 'protocol or mapping',
      id: null,
      advice: `The protocol itself and the mapping "${mappingId}" must exist before the change.`,
    }),
  },
  selection: 'idpId mappingId',
});
