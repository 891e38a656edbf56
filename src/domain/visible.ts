/** Longest text of others that is shown, in characters. */
const MAX_LENGTH = 200;

/** What moves, hides or forges what stands beside it: control and format characters, spaces but the plain one, what has no character. */
const INVISIBLE = /\p{C}|(?! )\p{Z}/gu;

/**
 * A text from outside, for a log or a terminal: cut, and with a visible escape instead of each character that could
 * change what a person sees of the rest.
 */
export function visible(text: string): string {
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return cut.replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
