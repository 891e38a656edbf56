import { canonicalJson } from '../json/json.ts';
import type { Warning, WarningCode } from '../warnings.ts';
import { isForSigning, isSigningKeyType } from './jwks.ts';
import { keyIdentity, modulusBits, unusableReason } from './key-material.ts';
import type { Jwk } from './key-material.ts';

/** Warnings about keys that are accepted but likely to cause problems. */
export function* keySetWarnings(keys: readonly Jwk[]): Iterable<Warning<WarningCode>> {
  if (!keys.some((key) => key['kty'] === 'RSA' && isForSigning(key))) {
    yield {
      code: 'NO_RSA_KEY',
      path: ['keys'],
      message:
        'Has no RSA signing key; check that the identity provider does not sign with RS256, the default.',
    };
  }
  const first = new Map<string, string>();
  for (const [index, key] of keys.entries()) {
    const path = ['keys', String(index)];
    const bits = modulusBits(key);
    if (key['kty'] === 'RSA' && bits < 2048) {
      yield {
        code: 'WEAK_RSA_KEY',
        path: [...path, 'n'],
        message: `The modulus has ${bits} bits; RS256 needs at least 2048 (RFC 7518 section 3.3).`,
      };
    }
    if (!isSigningKeyType(key['kty'])) {
      yield {
        code: 'UNSUPPORTED_KEY_TYPE',
        path: [...path, 'kty'],
        message:
          'Is neither RSA nor EC: the key is stored, but signatures made with it will likely not be accepted.',
      };
    }
    const reason = unusableReason(key);
    if (reason !== null)
      yield {
        code: 'UNUSABLE_KEY',
        path,
        message: `No signature can be checked with this key: ${reason}. Sign-in with it fails.`,
      };
    if (keys.length === 1 || key['kid'] === undefined) continue;
    const [kid, identity] = [canonicalJson(key['kid']), keyIdentity(key)];
    const before = first.get(kid);
    if (before === undefined) first.set(kid, identity);
    else if (before !== identity)
      yield {
        code: 'DUPLICATE_KEY_ID',
        path: [...path, 'kid'],
        message:
          'A different key in the set has the same kid, so verifiers may use either key. Give each key its own kid.',
      };
  }
}
