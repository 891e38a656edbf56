import { LayerBuilder } from './layer.ts';
import type { Layer } from './layer.ts';

/** Maximum number of levels of escapes: texts may be escaped several times, e.g. JSON in JSON in HTML. */
const MAX_LEVELS = 5;

/** The text with its escapes undone once, twice and so on, until none is left; nothing if it has none. */
export function* unescapedLevels(layer: Layer): Iterable<Layer> {
  let plain = layer;
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const next = new Unescaper(plain).run();
    if (next === plain) return;
    yield next;
    plain = next;
  }
}

/** A text with all of its escapes undone; the layer itself if it has none. */
export function unescaped(layer: Layer): Layer {
  let plain = layer;
  for (const level of unescapedLevels(layer)) plain = level;
  return plain;
}

const [BACKSLASH, PERCENT, AMPERSAND, HASH, SEMICOLON, QUOTE, APOSTROPHE] = [
  0x5c, 0x25, 0x26, 0x23, 0x3b, 0x22, 0x27,
];
const [OPEN, CLOSE, LOWER_U, UPPER_U, LOWER_X, ZERO] = [0x7b, 0x7d, 0x75, 0x55, 0x78, 0x30];

/** Escapes of control characters, by letter. */
const CONTROLS: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

/** Named character references of HTML, in lower case: those of ASCII characters. */
const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: ' ',
    tab: '\t',
    newline: '\n',
    excl: '!',
    num: '#',
    dollar: '$',
    percnt: '%',
    lpar: '(',
    rpar: ')',
    ast: '*',
    plus: '+',
    comma: ',',
    period: '.',
    sol: '/',
    colon: ':',
    semi: ';',
    equals: '=',
    quest: '?',
    commat: '@',
    lsqb: '[',
    lbrack: '[',
    bsol: '\\',
    rsqb: ']',
    rbrack: ']',
    hat: '^',
    lowbar: '_',
    grave: '`',
    lcub: '{',
    lbrace: '{',
    verbar: '|',
    vert: '|',
    rcub: '}',
    rbrace: '}',
  }),
);

/** Length of the longest name. */
const MAX_ENTITY = 7;

/** Names that are also valid without a semicolon. */
const WITHOUT_SEMICOLON = ['amp', 'lt', 'gt', 'quot', 'apos'];

/**
 * Undoes one level of escapes: those of JSON, JavaScript, Python and C behind any number of backslashes, bytes of a URL,
 * HTML entities, and doubled quotes. A plus sign stays, although forms use it for a space, because base64 has it too.
 */
class Unescaper {
  readonly #layer: Layer;
  readonly #units: Uint16Array;
  readonly #out: LayerBuilder;
  /** The end of the last escape. */
  #end = 0;
  /** All units before this one have been copied to the result. */
  #kept = 0;

  constructor(layer: Layer) {
    this.#layer = layer;
    this.#units = layer.units;
    this.#out = new LayerBuilder(layer);
  }

  run(): Layer {
    const units = this.#units;
    for (let at = 0; at < units.length;) {
      const unit = units[at] ?? 0;
      const mayBegin =
        unit === BACKSLASH ||
        unit === PERCENT ||
        unit === AMPERSAND ||
        unit === QUOTE ||
        unit === APOSTROPHE;
      at = mayBegin && this.#undo(unit, at) ? this.#end : at + 1;
    }
    if (this.#kept === 0) return this.#layer;
    this.#out.keep(this.#kept, units.length);
    return this.#out.end();
  }

  /** Undoes the escape that begins here. @returns whether there is one; `#end` is then behind it */
  #undo(unit: number, at: number): boolean {
    if (this.#bytes(at)) return true;
    if (unit === BACKSLASH) return this.#backslash(at);
    if (unit === AMPERSAND) return this.#entity(at);
    if (unit === PERCENT) {
      const point = (this.#units[at + 1] ?? 0) === LOWER_U ? this.#number(at + 2, 16, 4, 4) : -1;
      return point !== -1 && this.#put(point, at, this.#end);
    }
    const end = this.#endOfRun(at);
    return end - at > 1 && this.#put(unit, at, end);
  }

  #backslash(at: number): boolean {
    const units = this.#units;
    const behind = this.#endOfRun(at);
    const letter = units[behind] ?? 0;
    let point: number;
    if (letter === LOWER_U && units[behind + 1] === OPEN) {
      point = this.#number(behind + 2, 16, 1, 6);
      if (point !== -1 && units[this.#end] !== CLOSE) point = -1;
      this.#end += 1;
    } else if (letter === LOWER_U || letter === UPPER_U)
      point = this.#number(behind + 1, 16, letter === LOWER_U ? 4 : 8, letter === LOWER_U ? 4 : 8);
    else {
      point = CONTROLS.get(letter) ?? -1;
      this.#end = behind + 1;
    }
    if (point >= 0 && point <= 0x10ffff) return this.#put(point, at, this.#end);
    // It stands for nothing by itself: what follows stays unchanged.
    this.#out.keep(this.#kept, at);
    this.#kept = this.#end = behind;
    return true;
  }

  #entity(at: number): boolean {
    const units = this.#units;
    if (units[at + 1] === HASH) {
      const isHex = ((units[at + 2] ?? 0) | 0x20) === LOWER_X;
      const point = isHex ? this.#number(at + 3, 16, 1, 8) : this.#number(at + 2, 10, 1, 8);
      if (point === -1 || point > 0x10ffff) return false;
      if (units[this.#end] === SEMICOLON) this.#end += 1;
      return this.#put(point, at, this.#end);
    }
    let name = '';
    let behind = at + 1;
    while (name.length < MAX_ENTITY && isLetter(units[behind] ?? 0)) {
      name += String.fromCharCode((units[behind] ?? 0) | 0x20);
      behind += 1;
    }
    const whole = units[behind] === SEMICOLON ? ENTITIES.get(name) : undefined;
    if (whole !== undefined) return this.#put(whole.charCodeAt(0), at, behind + 1);
    const short = WITHOUT_SEMICOLON.find((one) => name.startsWith(one));
    return (
      short !== undefined &&
      this.#put(ENTITIES.get(short)?.charCodeAt(0) ?? 0, at, at + 1 + short.length)
    );
  }

  /** A single escaped byte, or several that form one character in UTF-8. A byte that is not part of UTF-8 becomes the character with its code. */
  #bytes(at: number): boolean {
    const lead = this.#byte(at);
    if (lead === -1) return false;
    const end = this.#end;
    const more = lead >= 0xf5 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc2 ? 1 : 0;
    let point = more === 0 ? -1 : lead & (0x3f >> more);
    for (let count = 0; count < more && point !== -1; count += 1) {
      const next = this.#byte(this.#end);
      point = (next & 0xc0) === 0x80 && next !== -1 ? (point << 6) | (next & 0x3f) : -1;
    }
    if (point === -1 || point > 0x10ffff) return this.#put(lead, at, end);
    return this.#put(point, at, this.#end);
  }

  /** The byte that is escaped here, -1 if there is none; `#end` is then behind it. */
  #byte(at: number): number {
    const units = this.#units;
    if (units[at] === PERCENT) return this.#number(at + 1, 16, 2, 2);
    if (units[at] !== BACKSLASH) return -1;
    const behind = this.#endOfRun(at);
    if (units[behind] === LOWER_X) return this.#number(behind + 1, 16, 2, 2);
    const octal = this.#number(behind, 8, 3, 3);
    return octal > 0xff ? -1 : octal;
  }

  /** The number that begins here, with as many digits as there are up to `most`, and, if it may have any number of them, zeros before; -1 if there are too few. `#end` is behind it. */
  #number(at: number, base: 8 | 10 | 16, least: number, most: number): number {
    let value = 0;
    let end = at;
    if (least < most) while (this.#units[end] === ZERO) end += 1;
    const last = end + most;
    while (end < last) {
      const digit = digitOf(this.#units[end] ?? 0);
      if (digit >= base) break;
      value = value * base + digit;
      end += 1;
    }
    if (end - at < least) return -1;
    this.#end = end;
    return value;
  }

  /** The end of a run of the same unit. */
  #endOfRun(at: number): number {
    const unit = this.#units[at];
    let end = at + 1;
    while (this.#units[end] === unit) end += 1;
    return end;
  }

  #put(point: number, from: number, to: number): true {
    this.#out.keep(this.#kept, from);
    this.#out.put(point, from, to);
    this.#kept = this.#end = to;
    return true;
  }
}

/** The value of a hexadecimal digit, 16 for anything else. */
function digitOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 16;
}

function isLetter(unit: number): boolean {
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
