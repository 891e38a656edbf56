import { DIFFERENCES, compareKeys, namesOf } from '../../../../domain/keys/rotation/compare.ts';
import type { ComparedKey } from '../../../../domain/keys/rotation/compare.ts';
import type { Jwk } from '../../../../domain/keys/key-material.ts';
import type { KeyPlan } from '../../../../domain/keys/rotation/plan.ts';
import type { IssuerKey } from '../../../../domain/sign-in/issuer.ts';

/** What keys say about sign-in. */
export const KEYS_VERDICTS = {
  WORKS: 'The keys keep nobody from signing in.',
  FAILS: 'Sign-in fails because of the keys.',
  UNDECIDED: 'The gateway cannot tell; the message says why.',
} as const;
export type KeysVerdict = keyof typeof KEYS_VERDICTS;

/** What the owner of an issuer has to confirm before keys are stored of which none is known. */
export const ASK_OWNER =
  'Ask the owner of the issuer whether the published keys are its own. Then send syncOidcConfigKeys with force: true';

/** What makes sign-in work again, as a sentence. */
export const REMEDIES = {
  SYNC: 'Send syncOidcConfigKeys.',
  FORCED_SYNC: `${ASK_OWNER}, or set onHardCut: accept for the watch.`,
  NO_ROOM:
    'They do not fit into the configuration. Ask the owner of the issuer to remove keys that no longer sign.',
  NO_USABLE_KEY:
    'None of the published keys can be stored. The owner of the issuer must publish an RSA or EC key for signatures that fits into the configuration.',
  NOT_WRITABLE:
    'The configuration cannot be written back as it is stored; correct it with updateOidcConfig first.',
  OTHER_ISSUER:
    'It is not the stored issuer (idpUrl), whose keys alone a sync stores. If it should be, store it with updateOidcConfig first.',
} as const;
export type Remedy = keyof typeof REMEDIES;

/** What the keys say about sign-in at one time. */
export interface KeysOutlook {
  readonly verdict: KeysVerdict;
  /** For people: why. */
  readonly reason: string;
  /** Null if nothing has to be done now, or nothing is known to help. */
  readonly remedy: Remedy | null;
}

export interface KeysOutlooks {
  readonly now: KeysOutlook;
  /** As soon as the issuer signs with another key. */
  readonly afterRotation: KeysOutlook;
}

/** What a sync that is forced would store, or why it cannot be made. */
export type SyncForecast =
  | Exclude<KeyPlan, { readonly kind: 'NO_COMMON_KEY' }>
  | { readonly kind: 'NOT_WRITABLE' | 'OTHER_ISSUER' };

/** Why, and what to do, for people. */
export function messageOf({ reason, remedy }: KeysOutlook): string {
  return remedy === null ? reason : `${reason} ${REMEDIES[remedy]}`;
}

/** What stored and published keys say about sign-in. @param keys the comparison of stored and published ones */
export function outlooksOf(
  keys: readonly ComparedKey[],
  published: readonly IssuerKey[],
  forecast: SyncForecast,
): KeysOutlooks {
  const live = liveOf(keys);
  if (live.length === 0) {
    const none = undecided('The issuer publishes no key that can verify ID tokens.');
    return { now: none, afterRotation: none };
  }
  const open = live.filter(isOpen);
  // A key that is published in vain may still be the one that signs.
  if (!keys.some(({ isPublished, isStored }) => isPublished && isStored)) {
    const remedy = remedyFor(open, published, forecast, 'FORCED_SYNC');
    return {
      now: {
        verdict: 'FAILS',
        reason: 'No key that the issuer publishes is stored: no ID token can be verified.',
        remedy,
      },
      afterRotation: fails(open, remedy),
    };
  }
  if (open.length > 0)
    return {
      now: undecided(
        `${open.length} of ${live.length} keys that the issuer may sign with are not stored, or not as they are published: ${namesOf(open)}. Which key signs now is not published.`,
      ),
      afterRotation: fails(open, remedyFor(open, published, forecast, 'SYNC')),
    };
  const alike = live.filter(({ difference }) => difference !== null);
  if (alike.length > 0) {
    const kids = [...new Map(alike.map((key) => [key.kid, key])).values()];
    const ambiguous = undecided(
      `The issuer publishes several keys with one kid, and they are stored as they are published: ${namesOf(kids)}. IAM does not document which of two keys with one kid it uses: the owner of the issuer must give them different kids.`,
    );
    return { now: ambiguous, afterRotation: ambiguous };
  }
  return {
    now: works('Every key that the issuer may sign with is stored.'),
    afterRotation:
      live.length > 1
        ? works(
            `All ${live.length} published keys are stored, so the issuer can change between them. Sync again when it publishes another one.`,
          )
        : undecided(
            'The issuer publishes only one key: its next one is not known yet. Sync again when it is published, at the latest when the issuer begins to sign with it.',
          ),
  };
}

/** The keys that the issuer may sign with. */
function liveOf(keys: readonly ComparedKey[]): readonly ComparedKey[] {
  return keys.filter(({ isPublished, status }) => isPublished && status !== 'UNUSABLE');
}

/** Whether a key is not stored as it is published. */
function isOpen({ status, difference }: ComparedKey): boolean {
  return (
    status === 'MISSING' || (difference !== null && difference !== DIFFERENCES.KID_PUBLISHED_TWICE)
  );
}

/** @param sync what to do if a sync helps */
function remedyFor(
  open: readonly ComparedKey[],
  published: readonly IssuerKey[],
  forecast: SyncForecast,
  sync: 'SYNC' | 'FORCED_SYNC',
): Remedy {
  if (forecast.kind !== 'PLANNED') return forecast.kind;
  return openIn(forecast.set.keys, published) < open.length ? sync : 'NO_ROOM';
}

function openIn(stored: readonly Jwk[], published: readonly IssuerKey[]): number {
  return liveOf(compareKeys(stored, published)).filter(isOpen).length;
}

function fails(open: readonly ComparedKey[], remedy: Remedy): KeysOutlook {
  return {
    verdict: 'FAILS',
    reason: `Sign-in fails when the issuer signs with a key that is not stored, or not as it is published: ${namesOf(open)}.`,
    remedy,
  };
}

function works(reason: string): KeysOutlook {
  return { verdict: 'WORKS', reason, remedy: null };
}

function undecided(reason: string): KeysOutlook {
  return { verdict: 'UNDECIDED', reason, remedy: null };
}
