/** A part of a text, from its first character to behind its last. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A text with its escapes undone, and of each character the part of the original that it comes from; null where it is the original. */
export interface Decoded {
  readonly chars: string;
  readonly origins: readonly Range[] | null;
}

/** A text as it is. */
export function undecoded(text: string): Decoded {
  return { chars: text, origins: null };
}

/** An escape may stand for several characters, as bytes of a URL do: where one of them goes, all do. */
export function rangeOf({ origins }: Decoded, at: number, length: number): Range {
  if (origins === null || length === 0) return { from: at, to: at + length };
  return { from: origins[at]?.from ?? 0, to: origins[at + length - 1]?.to ?? Infinity };
}

/**
 * One escape: a JSON or JavaScript escape behind any number of backslashes, bytes of a URL, an HTML entity, a space as
 * forms write it, or quotes that were doubled.
 */
const ESCAPE = /\\+u([0-9a-f]{4})|\\+([bfnrt])|\\+(?=[^\\]|$)|((?:%[0-9a-f]{2})+)|&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));|(\+)|(["'])\8+/gi;

/** A sign that every escape has. */
export const MAYBE_ESCAPE = /[\\%&+]|""|''/;

const ENTITIES: ReadonlyMap<string, string> = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]]);

const CONTROLS: ReadonlyMap<string, string> = new Map([['b', '\b'], ['f', '\f'], ['n', '\n'], ['r', '\r'], ['t', '\t']]);

/** Texts may be escaped several times over, e.g. JSON in JSON in HTML. */
const MOST_LEVELS = 3;

/** A text with its escapes undone, as many times over as they may be. */
export function decode(text: string): Decoded {
  let decoded = undecoded(text);
  for (let level = 0; level < MOST_LEVELS; level += 1) {
    const next = decodeOnce(decoded);
    if (next.chars === decoded.chars) break;
    decoded = next;
  }
  return decoded;
}

function decodeOnce(decoded: Decoded): Decoded {
  const { chars } = decoded;
  let out = '';
  const origins: Range[] = [];
  const keep = (from: number, to: number) => {
    for (let at = from; at < to; at += 1) origins.push(rangeOf(decoded, at, 1));
    out += chars.slice(from, to);
  };
  let end = 0;
  for (const match of chars.matchAll(ESCAPE)) {
    const [all, unicode, control, bytes, decimal, hex, entity, plus, quote] = match;
    keep(end, match.index);
    const piece = unescape({ unicode, control, bytes, decimal, hex, entity, plus, quote });
    const origin = rangeOf(decoded, match.index, all.length);
    for (let unit = 0; unit < piece.length; unit += 1) origins.push(origin);
    out += piece;
    end = match.index + all.length;
  }
  keep(end, chars.length);
  return { chars: out, origins };
}

type Escape = Readonly<Record<'unicode' | 'control' | 'bytes' | 'decimal' | 'hex' | 'entity' | 'plus' | 'quote', string | undefined>>;

/** What an escape stands for; a lone backslash stands for nothing, since what follows it is kept as it is. */
function unescape({ unicode, control, bytes, decimal, hex, entity, plus, quote }: Escape): string {
  if (unicode !== undefined) return String.fromCharCode(parseInt(unicode, 16));
  if (control !== undefined) return CONTROLS.get(control) ?? control;
  if (bytes !== undefined) return Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8');
  if (decimal !== undefined) return codePoint(parseInt(decimal, 10));
  if (hex !== undefined) return codePoint(parseInt(hex, 16));
  if (entity !== undefined) return ENTITIES.get(entity.toLowerCase()) ?? '';
  return plus === undefined ? (quote ?? '') : ' ';
}

function codePoint(value: number): string {
  return value <= 0x10ffff ? String.fromCodePoint(value) : '';
}
