import { canonicalJson } from '../../json/json.ts';
import type { Json } from '../../json/json.ts';
import { oncePer } from '../../memo.ts';
import type { IssuerKey } from '../../sign-in/issuer.ts';
import { bareKey, thumbprint } from '../id-token-keys.ts';
import { isSigningKeyType, storedKeys } from '../jwks.ts';
import type { Jwk } from '../key-material.ts';
import { hasPrivateKey } from '../private-key.ts';
import { shownKey, storableKey } from './known-key.ts';

/** What becomes of a key when the stored keys are brought up to date. */
export const KEY_ACTIONS = {
  ADDED: 'The issuer publishes the key. It was not stored, and is added.',
  UPDATED:
    'The issuer publishes the key. It is stored with another kid, use, key_ops or alg, and is stored as published.',
  KEPT: 'The issuer publishes the key, and it stays stored.',
  RETIRED:
    'The issuer no longer publishes the key. It stays stored until the gateway has seen it gone for long enough.',
  DROPPED: 'The issuer no longer publishes the key, or it cannot verify anything. It is removed.',
  LEFT_OUT: 'The key does not fit: it is not stored.',
} as const;
export type KeyAction = keyof typeof KEY_ACTIONS;

export interface PlannedKey extends Pick<IssuerKey, 'kid' | 'kty' | 'alg' | 'use' | 'thumbprint'> {
  readonly action: KeyAction;
  /** For how long the gateway has seen it gone, in seconds; null if it is published, or that is not known. */
  readonly goneForS: number | null;
  /** Whether it loses its `kid`, because the issuer publishes another key with it. */
  readonly losesKid: boolean;
}

export interface PlanRules {
  /** For how long the gateway has seen a key gone, in seconds; null if it does not know. */
  readonly goneForS: (thumbprint: string) => number | null;
  /** For how long a retired key stays stored after it was first seen gone, in seconds. */
  readonly keepRetiredS: number;
  /** Whether retired keys are removed at once. */
  readonly dropNow: boolean;
  /** Whether the stored keys may be replaced although none of them is published. */
  readonly force: boolean;
  /** The room for the JSON text of the set, in characters, and in bytes as a JSON string. */
  readonly room: { readonly characters: number; readonly bytes: number };
}

export type KeyPlan =
  /** The issuer publishes no key that the platform can verify ID tokens with. */
  | { readonly kind: 'NO_USABLE_KEY' }
  /** None of the stored keys is published. */
  | { readonly kind: 'NO_COMMON_KEY' }
  | {
      readonly kind: 'PLANNED';
      /** The set to store. The published keys come first, in their order. */
      readonly set: { readonly keys: readonly Jwk[] };
      /** Whether it differs from what is stored. */
      readonly isChanged: boolean;
      readonly keys: readonly PlannedKey[];
    };

/** A key that may be stored, and in which form. */
interface Candidate {
  readonly jwk: Jwk;
  readonly planned: PlannedKey;
  /** What is stored first if the room is short: the lowest. */
  readonly rank: number;
}

/** The ranks of keys: what signs in today comes before what is new. Retired keys follow, by how long they are gone. */
const RANK = { KEPT: 0, UPDATED: 1, ADDED: 2, RETIRED: 3 } as const;

/**
 * Plans which keys to store: those that the issuer publishes for ID tokens, and the stored ones that it no longer publishes,
 * for as long as ID tokens that they signed may be in use.
 * @param config has the stored text, a key set as a rule
 */
export function planKeys(
  config: { readonly signingKey: string },
  published: readonly IssuerKey[],
  rules: PlanRules,
): KeyPlan {
  const live = liveKeys(published);
  const stored = storedKeys(config).map((jwk): StoredKey => ({
    jwk,
    thumbprint: thumbprint(jwk),
    storable: storableKey(jwk),
  }));
  const known: Known = {
    live: new Set(live.map(({ thumbprint }) => thumbprint)),
    kids: new Set(live.flatMap(({ jwk }) => jwk['kid'] ?? [])),
    published: new Set(published.map((key) => key.thumbprint)),
    stored: new Set(stored.map(({ thumbprint }) => thumbprint)),
    storedTexts: new Set(stored.map(({ jwk }) => canonicalJson(bareKey(jwk)))),
  };
  const hasCommon = stored.some(
    ({ thumbprint }) => thumbprint !== null && known.published.has(thumbprint),
  );
  if (live.length > 0 && !hasCommon && !rules.force) return { kind: 'NO_COMMON_KEY' };

  const others = stored
    .filter(({ thumbprint }) => !known.live.has(thumbprint))
    .map((key) => unpublishedKey(key, known, rules));
  const candidates = others.filter((one) => 'rank' in one);
  const { kept, left } = fill(
    once([...live.map((key) => publishedKey(key, known)), ...candidates]),
    rules.room,
  );
  if (
    !kept.some(
      ({ jwk, planned }) => isSigningKeyType(jwk['kty']) && known.live.has(planned.thumbprint),
    )
  )
    return { kind: 'NO_USABLE_KEY' };
  const keys = kept.map(({ jwk }) => jwk);
  const { storedTexts } = known;
  return {
    kind: 'PLANNED',
    set: { keys },
    isChanged:
      hasPrivateKey(config.signingKey) ||
      keys.length !== storedTexts.size ||
      !keys.every((key) => storedTexts.has(textOf(key))),
    keys: [...kept, ...left, ...others.filter((one) => !('rank' in one))].map(
      ({ planned }) => planned,
    ),
  };
}

interface StoredKey {
  readonly jwk: Jwk;
  readonly thumbprint: string | null;
  /** Its form if the gateway stores it; null if it must not be stored. */
  readonly storable: Jwk | null;
}

/** Thumbprints, identifiers and texts of the keys that are compared. */
interface Known {
  /** Of the keys that are published for ID tokens. */
  readonly live: ReadonlySet<string | null>;
  readonly kids: ReadonlySet<Json>;
  /** Of all that are published. */
  readonly published: ReadonlySet<string | null>;
  readonly stored: ReadonlySet<string | null>;
  readonly storedTexts: ReadonlySet<string>;
}

function publishedKey({ jwk, thumbprint }: LiveKey, { stored, storedTexts }: Known): Candidate {
  const isSame = storedTexts.has(textOf(jwk));
  const action = isSame ? 'KEPT' : stored.has(thumbprint) ? 'UPDATED' : 'ADDED';
  return { jwk, planned: plannedKey(jwk, thumbprint, action), rank: RANK[action] };
}

/** The same text for the same key. */
const textOf = oncePer((key: Jwk) => canonicalJson(key));

/** A stored key that is not published for ID tokens. */
function unpublishedKey(
  { jwk, thumbprint, storable }: StoredKey,
  { kids, published }: Known,
  rules: PlanRules,
): Candidate | Pick<Candidate, 'planned'> {
  if (thumbprint === null || storable === null)
    return { planned: plannedKey(jwk, thumbprint, 'DROPPED') };
  // Published in vain, as far as the issuer says, it may still be the key that signs.
  const isPublished = published.has(thumbprint);
  const goneForS = isPublished ? null : rules.goneForS(thumbprint);
  const isDue = rules.dropNow || (goneForS !== null && goneForS >= rules.keepRetiredS);
  if (!isPublished && isDue)
    return { planned: { ...plannedKey(jwk, thumbprint, 'DROPPED'), goneForS } };
  const { kid, ...nameless } = storable;
  const losesKid = kid !== undefined && kids.has(kid);
  return {
    jwk: losesKid ? nameless : storable,
    planned: {
      ...plannedKey(jwk, thumbprint, isPublished ? 'KEPT' : 'RETIRED'),
      goneForS,
      losesKid,
    },
    rank: isPublished ? RANK.KEPT : RANK.RETIRED + (goneForS ?? 0),
  };
}

function plannedKey(jwk: Jwk, thumbprint: string | null, action: KeyAction): PlannedKey {
  return { ...shownKey(jwk, thumbprint), action, goneForS: null, losesKid: false };
}

/** As many as there is room for, the most important first; the rest is left out. The order is kept. */
function fill(
  candidates: readonly Candidate[],
  { characters, bytes }: PlanRules['room'],
): { readonly kept: readonly Candidate[]; readonly left: readonly Candidate[] } {
  const empty = sizeOf({ keys: [] });
  // Each key but the first has a comma before it.
  let [charactersLeft, bytesLeft] = [characters - empty.characters + 1, bytes - empty.bytes + 1];
  const kept = new Set<Candidate>();
  for (const candidate of [...candidates].sort((a, b) => a.rank - b.rank)) {
    const size = sizeOf(candidate.jwk);
    if (size.characters + 1 > charactersLeft || size.bytes + 1 > bytesLeft) continue;
    charactersLeft -= size.characters + 1;
    bytesLeft -= size.bytes + 1;
    kept.add(candidate);
  }
  return {
    kept: candidates.filter((candidate) => kept.has(candidate)),
    left: candidates
      .filter((candidate) => !kept.has(candidate))
      .map(({ planned, ...rest }) => ({
        ...rest,
        planned: { ...planned, action: 'LEFT_OUT', losesKid: false },
      })),
  };
}

/** The size of a JSON text, and of the JSON string that holds it, without its quotes. */
function sizeOf(value: Jwk | { readonly keys: readonly Jwk[] }) {
  const text = JSON.stringify(value);
  return { characters: text.length, bytes: Buffer.byteLength(JSON.stringify(text)) - 2 };
}

/** A key that is published for ID tokens, in the form in which it is stored. */
interface LiveKey {
  readonly jwk: Jwk;
  readonly thumbprint: string | null;
}

/** The keys that are published for ID tokens, each once. */
function liveKeys(published: readonly IssuerKey[]): readonly LiveKey[] {
  const keys = new Map<string, LiveKey>();
  for (const { jwk: key, thumbprint } of published) {
    const jwk = key && storableKey(key);
    if (jwk !== null) keys.set(textOf(jwk), { jwk, thumbprint });
  }
  return [...keys.values()];
}

/** Candidates without repetitions; the first of each stays. */
function once(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ jwk }) => {
    const text = textOf(jwk);
    return !seen.has(text) && seen.add(text);
  });
}
