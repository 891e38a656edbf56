import type { Json } from '../../json/json.ts';
import type { IssuerKey } from '../../sign-in/issuer.ts';
import {
  bareKey,
  DESCRIPTIVE_MEMBERS,
  idTokenKeyReason,
  isPrivateKey,
  thumbprint,
} from '../id-token-keys.ts';
import type { Jwk } from '../key-material.ts';
import { isPrivate } from '../private-key.ts';

/** Longest text beside the key itself that is shown or stored, in characters: identifiers and names of algorithms. */
const MAX_TEXT = 1_000;

/**
 * A key with what the gateway knows about it.
 * @param algorithms as in `idTokenKeyReason`
 */
export function knownKey(key: Jwk, algorithms: readonly string[] | null): IssuerKey {
  const unusable = idTokenKeyReason(key, algorithms);
  return {
    ...shownKey(key, thumbprint(key)),
    unusable,
    isPrivate: isPrivateKey(key),
    jwk: unusable === null ? bareKey(key) : null,
  };
}

/** What is shown of a key, with its thumbprint. */
export function shownKey(
  { kid, kty, alg, use }: Jwk,
  thumbprint: string | null,
): Pick<IssuerKey, 'kid' | 'kty' | 'alg' | 'use' | 'thumbprint'> {
  return {
    kid: textOf(kid),
    kty: textOf(kty),
    alg: textOf(alg),
    use: textOf(use),
    thumbprint,
  };
}

/**
 * A key as the gateway stores it by itself: its public part and what else a verifier reads, as far as that has the form of
 * RFC 7517 and holds no private key. Null if its public part cannot be stored.
 */
export function storableKey(key: Jwk): Jwk | null {
  const members = Object.entries(bareKey(key));
  const isPublic = members.every(
    ([name, value]) => DESCRIPTIVE.has(name) || (typeof value === 'string' && !isPrivate(value)),
  );
  if (!isPublic) return null;
  return Object.fromEntries(
    members.filter(([name, value]) => !DESCRIPTIVE.has(name) || isDescriptive(value)),
  );
}

/** What `bareKey` keeps besides the key itself. */
const DESCRIPTIVE: ReadonlySet<string> = new Set(DESCRIPTIVE_MEMBERS);

function isDescriptive(value: Json): boolean {
  const texts = Array.isArray(value) ? value : [value];
  return texts.every((text) => textOf(text) !== null);
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value.length <= MAX_TEXT && !isPrivate(value) ? value : null;
}
