import type { Json } from '../../domain/json/json.ts';

/** The parts of an upstream's error that may name a field. */
export interface ErrorText {
  readonly text: string | null;
  readonly data: Json;
}

/** An entry that names more fields than this repeats the request, and blames none of them. */
const MAX_NAMED = 6;

/**
 * The wire names of fields that an error entry names: those that stand alone in its data, as a value or a member
 * name; if there are none, those in its text as whole words. A name that is an everyday word, such as `ID`, counts
 * only if it begins the text or is in quotes.
 */
export function fieldsNamedIn({ text, data }: ErrorText, names: readonly string[]): string[] {
  const alone = new Set<string>();
  collectWords(data, alone);
  const inData = names.filter((name) => alone.has(name));
  if (inData.length > 0 && inData.length <= MAX_NAMED) return inData;
  const inText = text === null ? [] : names.filter((name) => wordPattern(name).test(text));
  return inText.length <= MAX_NAMED ? inText : [];
}

function collectWords(data: Json, words: Set<string>): void {
  if (typeof data === 'string') words.add(data);
  else if (Array.isArray(data)) for (const item of data) collectWords(item, words);
  else if (typeof data === 'object' && data !== null) {
    for (const [name, value] of Object.entries(data)) {
      words.add(name);
      collectWords(value, words);
    }
  }
}

const patterns = new Map<string, RegExp>();

/** Cached: there are only as many patterns as wire names. */
function wordPattern(name: string): RegExp {
  const pattern = patterns.get(name) ?? newWordPattern(name);
  patterns.set(name, pattern);
  return pattern;
}

function newWordPattern(name: string): RegExp {
  // Only a name with an inner capital or an underscore is certain to be a wire name.
  const distinct = /_|[a-z][A-Z]/.test(name);
  return distinct
    ? new RegExp(`(?<![\\w])${name}(?![\\w])`)
    : new RegExp(`^${name}\\b|['"\`]${name}['"\`]`);
}
