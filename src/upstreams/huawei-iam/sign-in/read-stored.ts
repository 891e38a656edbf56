import { NotFoundError, PermissionDeniedError } from '../../../domain/errors.ts';
import type { Call } from '../../../transport/connection.ts';
import type { Operation } from '../../../transport/operation.ts';
import { getIdentityProvider } from '../identity-provider/operations.ts';
import type { IdentityProvider } from '../identity-provider/translate.ts';
import { mappingKey } from '../mapping/input.ts';
import { getMapping } from '../mapping/operations.ts';
import type { Mapping } from '../mapping/translate.ts';
import { getOidcConfig } from '../oidc-config/operations.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { getProtocol } from '../protocol/operations.ts';
import type { Protocol } from '../protocol/translate.ts';

/** What reading an object found. `DENIED`: these rights are missing, as far as they are known. */
export type Found<Stored> =
  | { readonly kind: 'STORED'; readonly stored: Stored }
  | { readonly kind: 'MISSING' }
  | { readonly kind: 'UNREADABLE' }
  | { readonly kind: 'DENIED'; readonly missing: readonly string[] };

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

async function find<Args, Wire, Stored>(
  call: Call,
  operation: Operation<Args, Wire, Stored>,
  args: Args,
): Promise<Found<Stored>> {
  try {
    return { kind: 'STORED', stored: (await call(operation, args)).value };
  } catch (error) {
    if (error instanceof NotFoundError && error.attested) return { kind: 'MISSING' };
    if (error instanceof PermissionDeniedError) return { kind: 'DENIED', missing: error.missing };
    throw error;
  }
}
