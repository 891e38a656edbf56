import { createHash } from 'node:crypto';
import { canonicalJson } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import { oncePer } from '../memo.ts';
import { unusableReason } from './key-material.ts';
import type { Jwk } from './key-material.ts';
import { isPrivateMember } from './private-key.ts';

/** The members that make up a public key (RFC 7638 section 3.2, RFC 8037 section 2), by its type. */
const THUMBPRINT_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['e', 'kty', 'n']],
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
]);

/** What else a verifier reads (RFC 7517 section 4). Certificates and members of vendors are not among it. */
export const DESCRIPTIVE_MEMBERS = ['kid', 'use', 'alg', 'key_ops'];

/** The RFC 7638 thumbprint of a public key with SHA-256, in base64url; null if it is not a complete key of a known type. */
export const thumbprint = oncePer((key: Jwk): string | null => {
  const members = publicMembers(key);
  return members === null
    ? null
    : createHash('sha256').update(canonicalJson(members)).digest('base64url');
});

/** Whether a key holds private or symmetric key material. */
export function isPrivateKey(key: Jwk): boolean {
  return key['kty'] === 'oct' || Object.keys(key).some(isPrivateMember);
}

/** The members of its public part; none for a type that is not known. */
function publicNames({ kty }: Jwk): readonly string[] | undefined {
  return typeof kty === 'string' ? THUMBPRINT_MEMBERS.get(kty) : undefined;
}

/** A public key with only what a verifier needs. */
export function bareKey(key: Jwk): Jwk {
  const bare: { [name: string]: Json } = {};
  for (const names of [publicNames(key) ?? [], DESCRIPTIVE_MEMBERS])
    for (const name of names) {
      const value = key[name];
      if (value !== undefined) bare[name] = value;
    }
  return bare;
}

/**
 * Why a published key cannot verify the signatures of ID tokens (OpenID Connect Core 1.0 section 10.1); null if no reason
 * was found.
 * @param algorithms what the issuer signs ID tokens with (`id_token_signing_alg_values_supported`); null if it does not say
 */
export function idTokenKeyReason(key: Jwk, algorithms: readonly string[] | null): string | null {
  const { kty, crv, alg } = key;
  if (kty === 'oct') return 'it is symmetric';
  if (isPrivateKey(key)) return 'it contains private key material';
  if (publicNames(key) === undefined) return 'its kty is not RSA, EC or OKP';
  const reason = unusableReason(key);
  if (reason !== null || alg === undefined || algorithms === null) return reason;
  // Algorithms of Edwards curves have two names (RFC 9864).
  const names: readonly unknown[] = kty === 'OKP' ? ['EdDSA', crv] : [alg];
  return algorithms.some((name) => names.includes(name))
    ? null
    : 'its alg is not one that the issuer signs ID tokens with (id_token_signing_alg_values_supported)';
}

function publicMembers(key: Jwk): { [name: string]: Json } | null {
  const names = publicNames(key);
  if (names === undefined) return null;
  const members: { [name: string]: Json } = {};
  for (const name of names) {
    const value = key[name];
    if (typeof value !== 'string') return null;
    members[name] = value;
  }
  return members;
}
