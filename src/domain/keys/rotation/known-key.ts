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

/**
 * A key as the gateway stores it by itself: its public part and what else a verifier reads, as far as that has the form of
 * RFC 7517 and holds no private key. Null if no public part of a known type is left.
 */
export function storableKey(key: Jwk): Jwk | null {
  const print = thumbprint(key);
  if (print === null) return null;
  const storable = Object.fromEntries(
    Object.entries(bareKey(key)).filter(([name, value]) =>
      DESCRIPTIVE.has(name) ? isDescriptive(value) : !isPrivate(value),
    ),
  );
  return thumbprint(storable) === print ? storable : null;
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
