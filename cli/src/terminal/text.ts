/** What a terminal would act on or hide: control characters, also of the C1 range, and marks that change the direction of text. */
const UNSAFE =
  /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text of others with everything visible that a terminal would act on. */
export function visible(text: string): string {
  return text.replace(
    UNSAFE,
    (character) =>
      SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** JSON that is safe to print: the same value, with everything escaped that a terminal would act on. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(visible).join('\n');
}

export type Style = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** A part of a line, with or without a style. */
export type Span = string | { readonly text: string; readonly style: Style };

/** A line of output. Its text may be anybody's: it is made safe when the line is rendered. */
export type Line = string | readonly Span[];

/** The line as it is written: only this file writes escape sequences. */
export function render(line: Line, hasColor: boolean): string {
  const spans = typeof line === 'string' ? [line] : line;
  return spans
    .map((span) => {
      if (typeof span === 'string') return visible(span);
      if (!hasColor) return visible(span.text);
      const [open, close] = CODES[span.style];
      return `\u001b[${open}m${visible(span.text)}\u001b[${close}m`;
    })
    .join('');
}
