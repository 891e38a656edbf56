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

/** What keys say about sign-in. */
export const KEYS_VERDICTS = {
  WORKS: 'The keys keep nobody from signing in.',
  FAILS: 'Sign-in fails because of the keys.',
  UNDECIDED: 'The gateway cannot tell; the message says why.',
} as const;
export type KeysVerdict = keyof typeof KEYS_VERDICTS;

/** A key that is published, stored, or both. */
export interface ComparedKey extends Pick<
  IssuerKey,
  'kid' | 'kty' | 'alg' | 'use' | 'thumbprint' | 'unusable'
> {
  readonly status: KeyStatus;
  readonly isPublished: boolean;
  readonly isStored: boolean;
  /** Why the stored form of a published key may not verify what the issuer signs with it; null if it does. */
  readonly difference: string | null;
}

/** What the keys say about sign-in at one time. */
export interface KeysOutlook {
  readonly verdict: KeysVerdict;
  /** For people: why. */
  readonly message: string;
}

export interface KeyComparison {
  /** The published keys in their order, then the others that are stored. */
  readonly keys: readonly ComparedKey[];
  readonly now: KeysOutlook;
  /** As soon as the issuer signs with another key. */
  readonly afterRotation: KeysOutlook;
}

/** Compares the stored keys with those that an issuer publishes, by thumbprint. */
export function compareKeys(
  stored: readonly Jwk[],
  published: readonly IssuerKey[],
): KeyComparison {
  const prints = new Set(published.flatMap((key) => key.thumbprint ?? []));
  const known = stored.map((jwk) => ({ jwk, thumbprint: thumbprint(jwk) }));
  const keys = [
    ...published.map((key) => comparePublished(key, known)),
    ...known
      .filter((key) => key.thumbprint === null || !prints.has(key.thumbprint))
      .map(({ jwk }) => compareUnpublished(knownKey(jwk, null))),
  ];
  return { keys, ...outlooks(keys) };
}

/** A stored key, with its thumbprint. */
interface StoredKey {
  readonly jwk: Jwk;
  readonly thumbprint: string | null;
}

function shown({ kid, kty, alg, use, thumbprint: print }: IssuerKey) {
  return { kid, kty, alg, use, thumbprint: print };
}

function compareUnpublished(key: IssuerKey): ComparedKey {
  const isComplete = key.thumbprint !== null;
  return {
    ...shown(key),
    status: isComplete ? 'RETIRED' : 'UNUSABLE',
    unusable: key.unusable ?? (isComplete ? null : 'it is not complete'),
    isPublished: false,
    isStored: true,
    difference: null,
  };
}

function comparePublished(key: IssuerKey, stored: readonly StoredKey[]): ComparedKey {
  const same = stored.filter((one) => one.thumbprint !== null && one.thumbprint === key.thumbprint);
  const isStored = same.length > 0;
  const isUsable = key.unusable === null;
  return {
    ...shown(key),
    status: isUsable ? (isStored ? 'SAME' : 'MISSING') : 'UNUSABLE',
    unusable: key.unusable,
    isPublished: true,
    isStored,
    difference: isStored && isUsable ? differenceOf(key, same, stored) : null,
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
): string | null {
  if (!same.some(({ jwk }) => verifiesAs(jwk, key)))
    return 'it is stored with another kid, use, key_ops or alg';
  // Which one a platform uses is not documented: the first, the last, or each in turn.
  const isAmbiguous =
    key.kid !== null &&
    stored.some(({ jwk, thumbprint: print }) => jwk['kid'] === key.kid && print !== key.thumbprint);
  return isAmbiguous ? 'another stored key has the same kid' : null;
}

function outlooks(keys: readonly ComparedKey[]): Omit<KeyComparison, 'keys'> {
  const live = keys.filter(({ isPublished, status }) => isPublished && status !== 'UNUSABLE');
  if (live.length === 0) {
    const none: KeysOutlook = {
      verdict: 'UNDECIDED',
      message: 'The issuer publishes no key that can verify ID tokens.',
    };
    return { now: none, afterRotation: none };
  }
  const open = live.filter(({ status, difference }) => status === 'MISSING' || difference !== null);
  const names = namesOf(open);
  return { now: now(keys, live, open, names), afterRotation: afterRotation(live, open, names) };
}

function now(
  keys: readonly ComparedKey[],
  live: readonly ComparedKey[],
  open: readonly ComparedKey[],
  names: string,
): KeysOutlook {
  // A key that is published in vain may still be the one that signs.
  if (!keys.some(({ isPublished, isStored }) => isPublished && isStored))
    return {
      verdict: 'FAILS',
      message: 'No key that the issuer publishes is stored: no ID token can be verified.',
    };
  if (open.length === 0)
    return { verdict: 'WORKS', message: 'Every key that the issuer may sign with is stored.' };
  return {
    verdict: 'UNDECIDED',
    message: `${open.length} of ${live.length} keys that the issuer may sign with are not stored, or not as they are published: ${names}. Which key signs now is not published.`,
  };
}

function afterRotation(
  live: readonly ComparedKey[],
  open: readonly ComparedKey[],
  names: string,
): KeysOutlook {
  if (open.length > 0)
    return {
      verdict: 'FAILS',
      message: `Sign-in fails when the issuer signs with a key that is not stored, or not as it is published: ${names}. Send syncOidcConfigKeys.`,
    };
  if (live.length > 1)
    return {
      verdict: 'WORKS',
      message: `All ${live.length} published keys are stored, so the issuer can change between them. Sync again when it publishes another one.`,
    };
  return {
    verdict: 'UNDECIDED',
    message:
      'The issuer publishes only one key: its next one is not known yet. Sync again when it is published, at the latest when the issuer begins to sign with it.',
  };
}

/** How many keys messages name, and how many characters of each identifier. */
const MAX_NAMED = 5;
const MAX_SHOWN = 50;

/** Keys in a message. */
export function namesOf(keys: readonly Pick<IssuerKey, 'kid' | 'thumbprint'>[]): string {
  const names = keys
    .slice(0, MAX_NAMED)
    .map(({ kid, thumbprint: print }) =>
      kid === null ? `without kid (${print ?? ''})` : `"${visible(cut(kid, MAX_SHOWN))}"`,
    );
  const more = keys.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
