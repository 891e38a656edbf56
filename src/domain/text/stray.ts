/**
 * Characters that are invisible or left over by mistake: control and format characters, all spaces except the plain one,
 * characters without a glyph, and the replacement character for bytes that could not be decoded.
 */
const STRAY =
  /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\uFFFD]/u;

/** The names of the most frequent ones. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, 'a null character'],
  [0x09, 'a tab'],
  [0x0a, 'a line break'],
  [0x0d, 'a carriage return'],
  [0x20, 'a space'],
  [0xa0, 'a no-break space'],
  [0xad, 'a soft hyphen'],
  [0x200b, 'a zero width space'],
  [0x2060, 'a word joiner'],
  [0xfeff, 'a byte order mark'],
  [0xfffd, 'a replacement character for bytes that are not UTF-8'],
]);

/**
 * Looks for the first character that was left over from copying or from an editor: an invisible one, or a space at either
 * end. Linear in the length of the text.
 * @returns the character and its position, without the rest of the text, e.g. "U+200B (a zero width space) at its end"; null if there is none
 */
export function strayCharacter(text: string): string | null {
  const found = text.startsWith(' ') ? 0 : text.search(STRAY);
  const at = found === -1 && text.endsWith(' ') ? text.length - 1 : found;
  const code = text.codePointAt(at);
  if (at === -1 || code === undefined) return null;
  const name = NAMES.get(code);
  const isLast = at + String.fromCodePoint(code).length === text.length;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}${name === undefined ? '' : ` (${name})`} ${at === 0 ? 'at its start' : isLast ? 'at its end' : 'within'}`;
}
