import { canonicalJson, isJsonObject, sameJson } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Change } from './step.ts';

/** The keys of a key set given as an object or as text; null if it is not one. */
export function keysOf(value: Json | undefined): readonly Json[] | null {
  const parsed = typeof value === 'string' ? parseJson(value) : value;
  if (!isJsonObject(parsed)) return null;
  const keys = parsed['keys'];
  return Array.isArray(keys) ? (keys as readonly Json[]) : null;
}

/** Whether both are key sets with the same keys. Their order, and members that are null, do not matter. */
function sameKeySet(a: Json, b: Json): boolean {
  const [one, other] = [keysOf(a), keysOf(b)];
  if (one === null || other === null) return a === b;
  return canonicalKeys(one) === canonicalKeys(other);
}

function canonicalKeys(keys: readonly Json[]): string {
  return keys
    .map((key) => canonicalJson(withoutNulls(key)))
    .sort()
    .join();
}

function withoutNulls(value: Json): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Whether both have the same words; their order and repetitions do not matter. Null is an empty list. */
function sameWords(a: Json, b: Json): boolean {
  return sameJson(words(a), words(b));
}

function words(value: Json): Json {
  return Array.isArray(value) ? [...new Set(value as readonly string[])].sort() : [];
}

/** Rules without members that have no effect, as the gateway compares them: null, and a `regex` that is false. */
function withoutDefaults(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutDefaults);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, item]) => item !== null && !(name === 'regex' && item === false))
      .map(([name, item]) => [name, withoutDefaults(item)]),
  );
}

/** Whether a stored value is what the file wants, by the name of the field. */
export function sameField(name: string, wanted: Json, stored: Json): boolean {
  if (name === 'signingKey') return sameKeySet(wanted, stored);
  if (name === 'scope' || name === 'additionalIdpScopes') return sameWords(wanted, stored);
  if (name === 'rules') return sameJson(withoutDefaults(wanted), withoutDefaults(stored));
  return sameJson(wanted, stored);
}

/** The fields of `wanted` whose stored value differs. */
export function differingFields(wanted: JsonObject, stored: JsonObject): string[] {
  return Object.keys(wanted).filter(
    (name) => !sameField(name, wanted[name] ?? null, stored[name] ?? null),
  );
}

/** The changes that bring a field from one value to another. Rules are compared part by part. */
export function changesOfField(name: string, from: Json, to: Json): Change[] {
  if (name !== 'rules' || from === null || to === null) return [{ path: [name], from, to }];
  return partsThatDiffer([name], withoutDefaults(from), withoutDefaults(to));
}

function partsThatDiffer(path: readonly string[], from: Json, to: Json): Change[] {
  if (sameJson(from, to)) return [];
  const [before, after] = [partsOf(from), partsOf(to)];
  // A list of values is one change; so is a list that has another number of conditions.
  if (before === null || after === null || Array.isArray(from) !== Array.isArray(to))
    return [{ path, from, to }];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) =>
    partsThatDiffer([...path, name], before[name] ?? null, after[name] ?? null),
  );
}

function partsOf(value: Json): JsonObject | null {
  if (isJsonObject(value)) return value;
  if (!Array.isArray(value)) return null;
  const items = value as readonly Json[];
  if (items.every((item) => typeof item === 'string')) return null;
  return Object.fromEntries(items.map((item, index) => [String(index), item]));
}
