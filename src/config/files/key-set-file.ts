import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import * as z from 'zod';
import { isPrivate } from '../../domain/keys/private-key.ts';

/**
 * Signature algorithms that a token may have (RFC 7518 section 3.1, RFC 8037 section 3.1), each with the key that it
 * needs. Symmetric ones and `none` are left out: with those, anybody who knows the public key could sign.
 */
const ALGORITHMS = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'EC P-256',
  ES384: 'EC P-384',
  ES512: 'EC P-521',
  EdDSA: 'OKP Ed25519',
} as const;

export type Algorithm = keyof typeof ALGORITHMS;

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as Algorithm[];

/** Minimum size of an RSA key (RFC 7518 section 3.3), in bits. */
const MIN_MODULUS_BITS = 2048;

const publicKey = z
  .looseObject(
    { kty: z.string({ error: 'must name the type of the key' }) },
    { error: 'must be a JSON Web Key' },
  )
  .superRefine((key, context) => {
    if (key.kty === 'oct' || isPrivate(key)) {
      context.addIssue({
        code: 'custom',
        message:
          'holds private or symmetric key material: give public keys alone, and replace this one if it was in use',
      });
    }
  });

/** A key set that can check tokens of these algorithms. It may also hold keys of other types or for encryption. */
export const keySetFile = (allowed: readonly Algorithm[]) =>
  z
    .object(
      { keys: z.array(publicKey, { error: 'must be a list of keys' }) },
      { error: 'must contain a JSON Web Key Set, {"keys":[…]}' },
    )
    .superRefine(({ keys }, context) => {
      const usable = [...keys.entries()].filter(([, { kty, crv, use, alg }]) => {
        const type = kty === 'RSA' ? kty : `${kty} ${String(crv)}`;
        return (
          (use === undefined || use === 'sig') &&
          allowed.some((name) => ALGORITHMS[name] === type && (alg === undefined || alg === name))
        );
      });
      if (usable.length === 0)
        context.addIssue({
          code: 'custom',
          path: ['keys'],
          message: 'must have at least one public signing key for AUTH_ALGORITHMS',
        });
      for (const [index, key] of usable) {
        const message = materialIssue(key);
        if (message !== null) context.addIssue({ code: 'custom', path: ['keys', index], message });
      }
    })
    // The library imports each key again when it uses it, and rejects an invalid one.
    .transform((set) => set as JSONWebKeySet);

function materialIssue(key: object): string | null {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    const bits = asymmetricKeyDetails?.modulusLength ?? MIN_MODULUS_BITS;
    return bits < MIN_MODULUS_BITS
      ? `must have a modulus of at least ${MIN_MODULUS_BITS} bits`
      : null;
  } catch {
    return 'is not a public key: a member is missing or damaged';
  }
}
