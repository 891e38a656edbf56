import { keysOf } from '../domain/keys/jwks.ts';
import { knownKey } from '../domain/keys/rotation/known-key.ts';
import type { IssuerKey } from '../domain/sign-in/issuer.ts';
import { issuerError } from './guarded-fetch.ts';
import type { FetchedDocument } from './guarded-fetch.ts';
import { readJsonObject } from './json-document.ts';

/** Most keys of an issuer. Checking one takes up to 10 µs. */
const MAX_KEYS = 200;

/**
 * Reads the keys of an issuer.
 * @param algorithms as in `idTokenKeyReason`
 * @throws IssuerError
 */
export function readKeySet(
  document: FetchedDocument,
  algorithms: readonly string[] | null,
): readonly IssuerKey[] {
  const set = readJsonObject(document);
  if (!Array.isArray(set['keys']))
    throw issuerError(
      'INVALID_METADATA',
      document.url,
      'The key set has no list "keys" (RFC 7517 section 5).',
    );
  if (set['keys'].length > MAX_KEYS)
    throw issuerError('TOO_LARGE', document.url, `The key set has more than ${MAX_KEYS} keys.`);
  const known = algorithms === null || algorithms.length === 0 ? null : algorithms;
  return keysOf(set).map((key) => knownKey(key, known));
}
