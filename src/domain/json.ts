/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object, neither a list nor null. */
export function isObject(value: unknown): value is { readonly [member: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same text for the same JSON value, whatever the order of members; the order of a list counts. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`)
    .join(',')}}`;
}

/** The value of a JSON text, undefined where it is none. A byte order mark at its begin is passed over. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as Json;
  } catch {
    return undefined;
  }
}

/** Characters of a JSON text that says in a few words why something was refused. No error of an upstream comes near it. */
const MAX_REASON = 65_536;

/** The value of a JSON text that gives a reason; undefined as well if the text is too long for one: to look through 1 MB for a code, several times, takes 30 ms. */
export function parseReason(text: string): Json | undefined {
  return text.length > MAX_REASON ? undefined : parseJson(text);
}
