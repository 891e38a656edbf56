/** Longest text of others that is shown, in characters. */
const MAX_LENGTH = 200;

/** What moves, hides or forges what stands beside it: control and format characters, spaces but the plain one, what has no character or shows none. */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}]|(?! )\p{Z}/gu;

/** A text from outside, not longer than is read; an ellipsis says that it was cut. */
export function cut(text: string, length = MAX_LENGTH): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/**
 * A text from outside, for a terminal, or for a value that must stay harmless when it is read from the log: cut, and with
 * a visible escape instead of each character that could change what a person sees of the rest.
 */
export function visible(text: string): string {
  return cut(text).replace(
    INVISIBLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** JSON text of one line with escapes of JSON for the same characters, so that it looks like what it says, and means the same. */
export function visibleJson(json: string): string {
  return json.replace(INVISIBLE, (character) => {
    let escapes = '';
    for (let index = 0; index < character.length; index += 1)
      escapes += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    return escapes;
  });
}
