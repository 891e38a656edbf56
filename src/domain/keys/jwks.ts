import { canonicalJson, isObject, parseJson } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import { oncePer } from '../memo.ts';
import type { Jwk } from './key-material.ts';
import { isAbsent } from './private-key.ts';

/** Maximum depth of a key set: two levels of objects, and a few for certificates and vendors' members. */
export const MAX_DEPTH = 16;

/** The key set in a stored text, null if it is not one. Nothing else is checked. */
export function readJwks(stored: string): { readonly [member: string]: Json } | null {
  const value = parseJson(stored);
  return isObject(value) && Array.isArray(value['keys']) && isCarriable(value) ? value : null;
}

/** The keys of a set, without members that count as left out. An entry that is not an object becomes a key without members. */
export function keysOf(set: { readonly [member: string]: Json } | null): readonly Jwk[] {
  const keys = set?.['keys'];
  return Array.isArray(keys) ? keys.map((key) => (isObject(key) ? withoutAbsent(key) : {})) : [];
}

/** The keys that a configuration has stored, as in `keysOf`; none if the text is not a key set. */
export const storedKeys = oncePer(
  ({ signingKey }: { readonly signingKey: string }): readonly Jwk[] => keysOf(readJwks(signingKey)),
);

/**
 * The same text for key sets with the same keys: the order of keys and of their members, members that count as
 * left out, and white space do not matter.
 */
export function canonicalKeys(set: { readonly [member: string]: Json }): string {
  const { keys } = normalized(set);
  return Array.isArray(keys)
    ? keys.map(canonicalJson).sort().join(',')
    : canonicalJson(keys ?? null);
}

/** Whether two key sets have the same keys. */
export function sameKeySet(
  a: { readonly [member: string]: Json } | null,
  b: { readonly [member: string]: Json } | null,
): boolean {
  return a !== null && b !== null && canonicalKeys(a) === canonicalKeys(b);
}

/** Whether the upstreams are documented to check signatures of this type. */
export function isSigningKeyType(kty: Json | undefined): kty is 'RSA' | 'EC' {
  return kty === 'RSA' || kty === 'EC';
}

/** Whether a key may sign, by its own members (RFC 7517 section 4.2). */
export function isForSigning({ use }: Jwk): boolean {
  return use === undefined || use === 'sig';
}

/** The set without members, in it or its keys, that count as left out. */
export function normalized(set: { readonly [member: string]: Json }): {
  readonly [member: string]: Json;
} {
  const { keys, ...beside } = set;
  // An empty list of keys stays, because it differs from a missing one.
  const there = hasAbsent(beside)
    ? Object.fromEntries(
        Object.entries(set).filter(([name, value]) => name === 'keys' || !isAbsent(value)),
      )
    : set;
  if (!Array.isArray(keys) || !keys.some((key) => isObject(key) && hasAbsent(key))) return there;
  return { ...there, keys: keys.map((key) => (isObject(key) ? { ...withoutAbsent(key) } : key)) };
}

function withoutAbsent(members: Jwk): Jwk {
  return hasAbsent(members)
    ? Object.fromEntries(Object.entries(members).filter(([, value]) => !isAbsent(value)))
    : members;
}

function hasAbsent(members: Jwk): boolean {
  // By name: for an object with very many members, iterating over values takes three times as long.
  return Object.keys(members).some((name) => isAbsent(members[name]));
}

/** Whether `JSON.stringify` keeps the value unchanged. Depth is checked first, because stringifying recurses. */
export function isCarriable(value: unknown, depth = 0): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isCarriable(item, depth + 1));
  const members = value as Readonly<Record<string, unknown>>;
  return Object.keys(members).every((name) => isCarriable(members[name], depth + 1));
}
