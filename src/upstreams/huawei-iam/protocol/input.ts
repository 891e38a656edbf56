import * as z from 'zod';
import { expectation } from '../../../domain/fingerprint.ts';
import { federationId } from '../federation.ts';

/** Input of `createHuaweiProtocol`. */
export const protocolDraft = z.object({ idpId: federationId, mappingId: federationId });
export type ProtocolDraft = z.output<typeof protocolDraft>;
export const protocolChange = protocolDraft.extend(expectation);

/** The key that identifies a protocol. Each identity provider has one for OpenID Connect. */
export const protocolKey = z.object({ idpId: federationId });
export const protocolDeletion = protocolKey.extend(expectation);
