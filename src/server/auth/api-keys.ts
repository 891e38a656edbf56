import { hash } from 'node:crypto';
import type { ApiKeyEntry } from '../../config/files/api-keys-file.ts';
import type { Identity } from '../../domain/identity.ts';
import { authenticationError } from './authentication-errors.ts';
import type { AuthenticationError } from './authentication-errors.ts';

/** An API key: 256 random bits after a prefix that lets secret scanners recognize leaked keys. */
const API_KEY = /^oidcgw_[A-Za-z0-9_-]{43}$/;

/** Whether a text has the format of an API key. */
export function isApiKey(text: string): boolean {
  return API_KEY.test(text);
}

/** API keys anywhere in a text. */
export const API_KEYS = /oidcgw_[A-Za-z0-9_-]{43}/g;

/**
 * Finds a key by its digest. A plain hash is enough, because nobody can guess 256 random bits; slow hashes are for
 * passwords. The lookup time reveals nothing either, because the lookup compares digests, which an attacker cannot choose.
 */
export function createApiKeyCheck(
  entries: readonly ApiKeyEntry[],
  now: () => number,
): (key: string) => Identity | AuthenticationError {
  const byDigest = new Map(
    entries.map(({ sha256, id, scopes, expires }) => [
      sha256,
      {
        identity: { kind: 'API_KEY', id, scopes: new Set(scopes) } as const,
        expires: expires === undefined ? Infinity : Date.parse(expires),
      },
    ]),
  );
  return (key) => {
    if (!API_KEY.test(key))
      return authenticationError(
        'MALFORMED',
        'The header X-Api-Key does not contain an API key for this gateway.',
        'not in the format of an API key',
      );
    const found = byDigest.get(digestOf(key));
    if (found === undefined)
      return authenticationError(
        'INVALID',
        'The API key is not valid here.',
        'no key with this digest',
      );
    if (now() >= found.expires)
      return authenticationError(
        'EXPIRED',
        'The API key has expired: get a new one.',
        `the expiry date of ${found.identity.id} has passed`,
      );
    return found.identity;
  };
}

/** SHA-256 of a token or key, in hexadecimal, which is stored instead of it. */
export function digestOf(credential: string): string {
  return hash('sha256', credential);
}
