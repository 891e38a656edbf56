/** What a placeholder is filled with: the values of a claim; null if they are unknown. */
export type Filling = readonly string[] | null;

/** A text whose placeholders are filled. */
export type Filled =
  | { readonly kind: 'TEXT'; readonly text: string; readonly hasList: boolean }
  /** If this rule applies, the whole sign-in fails. */
  | { readonly kind: 'NOT_FILLED' | 'NOT_VALID' }
  /** A value is unknown, or the meaning of a field such as `{0!r}`, which may make the sign-in fail. */
  | { readonly kind: 'VALUE_UNKNOWN' | 'FIELD_UNKNOWN' | 'TOO_LONG' };

/** The braces of a template: doubled, around a field, or alone. */
const BRACES = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/**
 * Fills a template as Python's `str.format` does: `{0}` is the first value, `{}` the next one, `{{` a brace. One value of a
 * claim gives its text, several give the text of a Python list. Other fields, such as `{0!r}`, are unknown.
 * @param maxLength maximum length of the text, in characters
 */
export function fill(template: string, values: readonly Filling[], maxLength: number): Filled {
  const parts: string[] = [];
  let [from, length, automatic, numbered] = [0, 0, 0, false];
  let unknown: 'VALUE_UNKNOWN' | 'FIELD_UNKNOWN' | null = null;
  let hasList = false;
  const add = (text: string) => {
    length += text.length;
    if (length <= maxLength) parts.push(text);
  };
  for (const { 0: found, 1: field, index } of template.matchAll(BRACES)) {
    add(template.slice(from, index));
    from = index + found.length;
    if (found === '{{' || found === '}}') {
      add(found.charAt(0));
      continue;
    }
    if (field === undefined) return { kind: 'NOT_VALID' };
    if (field === '') automatic += 1;
    else if (/^\d+$/.test(field)) numbered = true;
    else {
      unknown = 'FIELD_UNKNOWN';
      continue;
    }
    if (automatic > 0 && numbered) return { kind: 'NOT_VALID' };
    const number = field === '' ? automatic - 1 : Number(field);
    if (number >= values.length) return { kind: 'NOT_FILLED' };
    const value = values[number] ?? null;
    if (value === null) unknown ??= 'VALUE_UNKNOWN';
    else if (value.length === 1) add(value[0] ?? '');
    else {
      hasList = true;
      // Each item has at least two quotes, a comma and a space.
      if (length + 4 * value.length - 2 > maxLength) length = Infinity;
      else add(pythonList(value));
    }
  }
  add(template.slice(from));
  if (unknown !== null) return { kind: unknown };
  return length > maxLength
    ? { kind: 'TOO_LONG' }
    : { kind: 'TEXT', text: parts.join(''), hasList };
}

/** A list of strings as Python prints it. */
function pythonList(values: readonly string[]): string {
  return `[${values.map(pythonString).join(', ')}]`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\\': '\\\\',
};

/** Python prints these as numbers: control and format characters, surrogates, unassigned ones, and spaces except U+0020. */
const NOT_PRINTED = /[\\\p{C}\p{Z}]/gu;

/** Strings that are printed as they are. */
const PLAIN = /^[ !#-&(-[\]-~]*$/;

function pythonString(value: string): string {
  if (PLAIN.test(value)) return `'${value}'`;
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replaceAll(NOT_PRINTED, (character) =>
    character === ' ' ? ' ' : (ESCAPES[character] ?? numeric(character.codePointAt(0) ?? 0)),
  );
  return `${quote}${quote === "'" ? escaped.replaceAll("'", String.raw`\'`) : escaped}${quote}`;
}

function numeric(code: number): string {
  const digits = code.toString(16);
  if (code < 0x100) return String.raw`\x${digits.padStart(2, '0')}`;
  return code < 0x1_0000
    ? String.raw`\u${digits.padStart(4, '0')}`
    : String.raw`\U${digits.padStart(8, '0')}`;
}
