import type { Call } from '../../../transport/connection.ts';
import { find } from '../../../transport/exchange/find.ts';
import type { Found } from '../../../transport/exchange/find.ts';
import { getIdentityProvider } from '../identity-provider/operations.ts';
import type { IdentityProvider } from '../identity-provider/translate.ts';
import { mappingKey } from '../mapping/input.ts';
import { getMapping } from '../mapping/operations.ts';
import type { Mapping } from '../mapping/translate.ts';
import { getOidcConfig } from '../oidc-config/operations.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { getProtocol } from '../protocol/operations.ts';
import type { Protocol } from '../protocol/translate.ts';

/** A configuration with the objects that sign-in needs too. */
export interface StoredSignIn {
  readonly config: OidcConfig;
  readonly provider: Found<IdentityProvider>;
  readonly protocol: Found<Protocol>;
  /** Null if it is unknown which one it is. */
  readonly mapping: Found<Mapping> | null;
}

/** Reads a configuration, and the objects that sign-in needs too. @throws OidcError if the configuration does not exist, or a read fails for another reason than rights */
export async function readStored(call: Call, idpId: string): Promise<StoredSignIn> {
  const [{ value: config }, provider, protocol] = await Promise.all([
    call(getOidcConfig, { idpId }),
    find(call, getIdentityProvider, { id: idpId }),
    find(call, getProtocol, { idpId }),
  ]);
  const mappingId = protocol.kind === 'STORED' ? protocol.stored.mappingId : null;
  const mapping = mappingId === null ? null : await findMapping(call, mappingId);
  return { config, provider, protocol, mapping };
}

/** The id comes from a stored protocol: an invalid id must not become a path. */
function findMapping(call: Call, id: string): Promise<Found<Mapping>> {
  return mappingKey.safeParse({ id }).success
    ? find(call, getMapping, { id })
    : Promise.resolve({ kind: 'UNREADABLE' });
}
