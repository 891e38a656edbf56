import type { Json } from '../domain/json.ts';

/** Where an upstream's error may name a field. */
export interface ErrorText {
  readonly text: string | null;
  readonly data: Json;
}

/** What names more fields than this repeats what was sent, and blames none of them. */
const MOST_NAMED = 6;

/**
 * The wire names of fields that an error entry names: those that stand alone in its data, as a value or a member
 * name; where there is none, those in its text as whole words. A name that is an everyday word, such as `ID`, counts
 * in the text only where it begins it or is in quotes.
 */
export function fieldsNamedIn({ text, data }: ErrorText, names: readonly string[]): string[] {
  const alone = new Set<string>();
  collectWords(data, alone);
  const inData = names.filter((name) => alone.has(name));
  if (inData.length > 0 && inData.length <= MOST_NAMED) return inData;
  const inText = text === null ? [] : names.filter((name) => wordPattern(name).test(text));
  return inText.length <= MOST_NAMED ? inText : [];
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

/** There are as many as the wire has names. */
function wordPattern(name: string): RegExp {
  const pattern = patterns.get(name) ?? newWordPattern(name);
  patterns.set(name, pattern);
  return pattern;
}

function newWordPattern(name: string): RegExp {
  // Only wire names with an inner capital or an underscore are sure to be meant as such.
  const distinct = /_|[a-z][A-Z]/.test(name);
  return distinct
    ? new RegExp(`(?<![\\w])${name}(?![\\w])`)
    : new RegExp(`^${name}\\b|['"\`]${name}['"\`]`);
}
