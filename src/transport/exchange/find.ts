import { NotFoundError, PermissionDeniedError } from '../../domain/errors.ts';
import type { Call } from '../connection.ts';
import type { Operation } from '../operation.ts';

/** What reading an object found. `DENIED`: these rights are missing, as far as they are known. */
export type Found<Stored> =
  | { readonly kind: 'STORED'; readonly stored: Stored }
  | { readonly kind: 'MISSING' }
  /** Its id is stored somewhere, and has a form that must not become a path. */
  | { readonly kind: 'UNREADABLE' }
  | { readonly kind: 'DENIED'; readonly missing: readonly string[] };

/** Reads an object that may not exist, and that the credentials need not have the right to read. @throws OidcError for all other reasons */
export async function find<Args, Wire, Stored>(
  call: Call,
  operation: Operation<Args, Wire, Stored>,
  args: Args,
): Promise<Found<Stored>> {
  try {
    const { value } = await call({ ...operation, mayBeDenied: true }, args);
    return { kind: 'STORED', stored: value };
  } catch (error) {
    if (error instanceof NotFoundError && error.attested) return { kind: 'MISSING' };
    if (error instanceof PermissionDeniedError) return { kind: 'DENIED', missing: error.missing };
    throw error;
  }
}
