/** How many characters of untrusted text are shown. */
const MAX_LENGTH = 200;

/** Characters that could move, hide or forge the text around them: control and format characters, all spaces except the plain one, and characters that are unassigned or have no glyph. */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}]|(?! )\p{Z}/gu;

/** The beginning of untrusted text; an ellipsis shows that it was cut. */
export function cut(text: string, length = MAX_LENGTH): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/**
 * Makes untrusted text safe for a terminal and for readers of the log: cuts it, and replaces each character that could
 * change how the rest looks with a visible escape.
 */
export function visible(text: string): string {
  return cut(text).replace(
    INVISIBLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Replaces the same characters in one-line JSON with JSON escapes, so that it still parses to the same value and a reader sees everything it contains. */
export function visibleJson(json: string): string {
  return json.replace(INVISIBLE, (character) => {
    let escapes = '';
    for (let index = 0; index < character.length; index += 1)
      escapes += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    return escapes;
  });
}
