import type { Snapshot } from '../../../domain/fingerprint.ts';
import type { Json } from '../../../domain/json/json.ts';
import type { WireProtocol } from './wire.ts';

/** The stored protocol of an identity provider. */
export interface Protocol {
  readonly idpId: string;
  readonly id: string;
  readonly mappingId: string | null;
}

/** A stored protocol from a response. */
export function fromWire(wire: WireProtocol, idpId: string): Protocol {
  return {
    idpId,
    id: wire.id,
    mappingId: wire.mapping_id === '' ? null : (wire.mapping_id ?? null),
  };
}

/** The content that the fingerprint is computed from. */
export function contentOf({ idpId, id, mappingId }: Protocol): Json {
  return { idpId, id, mappingId };
}

export function snapshotOf(stored: Protocol): Snapshot {
  return {
    title: `The protocol of "${stored.idpId}"`,
    content: contentOf(stored),
    secret: null,
  };
}
