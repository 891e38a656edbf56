import type { Json } from '../domain/json/json.ts';
import { keysOf } from '../domain/keys/jwks.ts';
import {
  bareKey,
  idTokenKeyReason,
  isPrivateKey,
  thumbprint,
} from '../domain/keys/id-token-keys.ts';
import type { Jwk } from '../domain/keys/key-material.ts';
import type { IssuerKey } from '../domain/sign-in/issuer.ts';
import { issuerError } from './guarded-fetch.ts';
import type { FetchedDocument } from './guarded-fetch.ts';
import { readJsonObject } from './json-document.ts';

/** Most keys of an issuer. Checking one takes up to 10 µs. */
const MAX_KEYS = 200;

/** Longest text of a key that is kept, in characters: identifiers and names of algorithms. */
const MAX_TEXT = 1_000;

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
  return keysOf(set).map((key) => issuerKey(key, known));
}

function issuerKey(key: Jwk, algorithms: readonly string[] | null): IssuerKey {
  const unusable = idTokenKeyReason(key, algorithms);
  return {
    kid: textOf(key['kid']),
    kty: textOf(key['kty']),
    alg: textOf(key['alg']),
    use: textOf(key['use']),
    thumbprint: thumbprint(key),
    unusable,
    isPrivate: isPrivateKey(key),
    jwk: unusable === null ? bareKey(key) : null,
  };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value.length <= MAX_TEXT ? value : null;
}
