import type { IssuerKey } from '../../sign-in/issuer.ts';
import { idTokenKeyReason, thumbprint } from '../id-token-keys.ts';
import type { Jwk } from '../key-material.ts';
import { cut, visible } from '../../text/visible.ts';
import { knownKey } from './known-key.ts';

/** How a key stands that an issuer publishes, or that a platform has stored. */
export const KEY_STATUSES = {
  SAME: 'The issuer publishes the key, and it is stored.',
  MISSING:
    'The issuer publishes the key, and it is not stored: ID tokens that are signed with it are refused.',
  RETIRED: 'The key is stored, and the issuer no longer publishes it.',
  UNUSABLE: 'The key cannot verify ID tokens; `unusable` says why.',
} as const;
export type KeyStatus = keyof typeof KEY_STATUSES;

/** Why the stored form of a published key may not verify what the issuer signs with it. */
export const DIFFERENCES = {
  STORED_OTHERWISE: 'it is stored with another kid, use, key_ops or alg',
  KID_STORED_TWICE: 'another stored key has the same kid',
  KID_PUBLISHED_TWICE: 'the issuer publishes another key with the same kid, which is stored too',
} as const;
type Difference = (typeof DIFFERENCES)[keyof typeof DIFFERENCES];

/** A key that is published, stored, or both. */
export interface ComparedKey extends Pick<
  IssuerKey,
  'kid' | 'kty' | 'alg' | 'use' | 'thumbprint' | 'unusable'
> {
  readonly status: KeyStatus;
  readonly isPublished: boolean;
  readonly isStored: boolean;
  /** Why its stored form may not verify what the issuer signs with it; null if it does, or if the key is not both. */
  readonly difference: Difference | null;
}

/**
 * Compares the stored keys with those that an issuer publishes, by thumbprint.
 * @returns the published keys in their order, then the others that are stored
 */
export function compareKeys(
  stored: readonly Jwk[],
  published: readonly IssuerKey[],
): readonly ComparedKey[] {
  const thumbprints = new Set(published.flatMap((key) => key.thumbprint ?? []));
  const known = knownOf(stored);
  const usable = new Set(published.filter((key) => key.unusable === null).map(nameOf));
  return [
    ...published.map((key) => comparePublished(key, known, usable)),
    ...known.all
      .filter((key) => key.thumbprint === null || !thumbprints.has(key.thumbprint))
      .map(({ jwk }) => compareUnpublished(knownKey(jwk, null))),
  ];
}

/** A key with its identifier, to look it up. */
function nameOf({ kid, thumbprint }: Pick<IssuerKey, 'kid' | 'thumbprint'>): string {
  return JSON.stringify([kid, thumbprint]);
}

/** A stored key, with its thumbprint. */
interface StoredKey {
  readonly jwk: Jwk;
  readonly thumbprint: string | null;
}

/** The stored keys, with what they are looked up by. */
interface KnownKeys {
  readonly all: readonly StoredKey[];
  readonly byThumbprint: ReadonlyMap<string, readonly StoredKey[]>;
}

function knownOf(stored: readonly Jwk[]): KnownKeys {
  const all = stored.map((jwk) => ({ jwk, thumbprint: thumbprint(jwk) }));
  const byThumbprint = new Map<string, StoredKey[]>();
  for (const key of all)
    if (key.thumbprint !== null)
      byThumbprint.set(key.thumbprint, [...(byThumbprint.get(key.thumbprint) ?? []), key]);
  return { all, byThumbprint };
}

function shownOf({ kid, kty, alg, use, thumbprint }: IssuerKey) {
  return { kid, kty, alg, use, thumbprint };
}

function compareUnpublished(key: IssuerKey): ComparedKey {
  const isComplete = key.thumbprint !== null;
  return {
    ...shownOf(key),
    status: isComplete ? 'RETIRED' : 'UNUSABLE',
    unusable: key.unusable ?? (isComplete ? null : 'it is not complete'),
    isPublished: false,
    isStored: true,
    difference: null,
  };
}

/** @param usable the names of the keys that the issuer publishes for ID tokens */
function comparePublished(
  key: IssuerKey,
  stored: KnownKeys,
  usable: ReadonlySet<string>,
): ComparedKey {
  const same = stored.byThumbprint.get(key.thumbprint ?? '') ?? [];
  const isStored = same.length > 0;
  const isUsable = key.unusable === null;
  return {
    ...shownOf(key),
    status: isUsable ? (isStored ? 'SAME' : 'MISSING') : 'UNUSABLE',
    unusable: key.unusable,
    isPublished: true,
    isStored,
    difference: isStored && isUsable ? differenceOf(key, same, stored.all, usable) : null,
  };
}

/** Whether a stored key with the same thumbprint verifies what the issuer signs with a published one. @param isKidIgnored whether the platform is known to ignore `kid` */
export function verifiesAs(
  stored: Jwk,
  { kid, alg }: Pick<IssuerKey, 'kid' | 'alg'>,
  isKidIgnored = false,
): boolean {
  return (
    idTokenKeyReason(stored, null) === null &&
    (isKidIgnored || (stored['kid'] ?? null) === kid) &&
    (stored['alg'] === undefined || stored['alg'] === alg)
  );
}

/** @param same the stored keys with its thumbprint */
function differenceOf(
  key: IssuerKey,
  same: readonly StoredKey[],
  stored: readonly StoredKey[],
  usable: ReadonlySet<string>,
): Difference | null {
  if (!same.some(({ jwk }) => verifiesAs(jwk, key))) return DIFFERENCES.STORED_OTHERWISE;
  // Which one a platform uses is not documented: the first, the last, or each in turn.
  const others = stored.filter(
    (other) =>
      key.kid !== null && other.jwk['kid'] === key.kid && other.thumbprint !== key.thumbprint,
  );
  if (others.length === 0) return null;
  return others.every(({ thumbprint }) => usable.has(nameOf({ kid: key.kid, thumbprint })))
    ? DIFFERENCES.KID_PUBLISHED_TWICE
    : DIFFERENCES.KID_STORED_TWICE;
}

/** How many keys messages name, and how many characters of each identifier. */
const MAX_NAMED = 5;
const MAX_SHOWN = 50;

/** Keys in a message. */
export function namesOf(keys: readonly Pick<IssuerKey, 'kid' | 'thumbprint'>[]): string {
  const names = keys
    .slice(0, MAX_NAMED)
    .map(({ kid, thumbprint }) =>
      kid === null ? `without kid (${thumbprint ?? ''})` : `"${visible(cut(kid, MAX_SHOWN))}"`,
    );
  const more = keys.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
