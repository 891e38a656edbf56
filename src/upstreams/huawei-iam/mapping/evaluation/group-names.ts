/** The names in the text of `groups`; null if they cannot be known. */
export type GroupNames = readonly string[] | null;

/** A string of a list, in either kind of quotes, without a line break. */
const ITEM = /"((?:[^"\\\r\n]|\\.)*)"|'((?:[^'\\\r\n]|\\.)*)'/y;
const SEPARATOR = /[ \t]*,[ \t]*/y;
const OPENING = /[ \t]*\[[ \t]*/y;
const CLOSING = /[ \t]*(?:,[ \t]*)?\][ \t]*$/y;

/** What may begin a list that is written in another way, such as in parentheses or after a comment. */
const PERHAPS_LIST = /^[\s([#\\]/;

/** Escapes that JSON and Python read alike, and `\'`. Not surrogates, which only JSON combines. */
const ESCAPE = /\\(?:u(?!d[89a-f])([\da-f]{4})|([^]))/gi;
const ESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
};

/**
 * The names in the text of `groups`: the items of a list of strings, or else the text as one name. Keystone reads it as a
 * Python literal; this reads the lists that JSON and Python write. Any other text that may be a list is unknown.
 */
export function groupNames(text: string): GroupNames {
  if (!PERHAPS_LIST.test(text)) return [text];
  const names: string[] = [];
  let at = endOf(OPENING, text, 0);
  if (at === -1) return mayBeList(text) ? null : [text];
  if (endOf(CLOSING, text, at) !== -1) return text.includes(',') ? null : names;
  for (;;) {
    ITEM.lastIndex = at;
    const found = ITEM.exec(text);
    if (found === null) return null;
    const name = unescaped(found[1] ?? found[2] ?? '');
    if (name === null) return null;
    names.push(name);
    at = ITEM.lastIndex;
    if (endOf(CLOSING, text, at) !== -1) return names;
    at = endOf(SEPARATOR, text, at);
    if (at === -1) return null;
  }
}

/** Without a bracket, nothing is a list. */
function mayBeList(text: string): boolean {
  return text.includes('[');
}

function endOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function unescaped(text: string): string | null {
  if (!text.includes('\\')) return text;
  const unknown: string[] = [];
  const result = text.replaceAll(ESCAPE, (_all, code: string | undefined, letter: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    const character = ESCAPED[letter];
    if (character === undefined) unknown.push(letter);
    return character ?? '';
  });
  return unknown.length === 0 ? result : null;
}
