import { unescaped } from './escapes.ts';
import { Layer, unitsOf } from './layer.ts';
import type { Range } from './layer.ts';

/** Parts of a secret with this many characters are found too, because vendors shorten what they echo. */
export const RUN = 10;

/**
 * A shorter secret cannot be cut out of a text: the gaps would reveal it. The whole text is withheld instead.
 */
export const MIN_REPLACEABLE = 4;

/** Longer secrets need not be found completely if the text before them turns their first characters into an escape: enough of them remains. */
const MAX_LITERAL = 64;

/** Every escape has one of these characters. */
const ESCAPING = ['\\', '%', '&', '""', "''"];

/**
 * Whether a secret has only one form: ASCII, without anything that looks like an escape. Searches for each character by
 * itself: for a token a regular expression takes 3 µs, this 0.3.
 */
export function isPlain(secret: string): boolean {
  return (
    Buffer.byteLength(secret) === secret.length && !ESCAPING.some((sign) => secret.includes(sign))
  );
}

/** A character that readable text does not have. */
const UNREADABLE = /[^\x20-\x7e\t\r\n]/;

/** Whether a secret is readable ASCII. */
export function isReadable(secret: string): boolean {
  return !UNREADABLE.test(secret);
}

/** A plus sign may stand for a space, as in forms, so both count as equal. */
function folded(unit: number): number {
  return unit === 0x2b ? 0x20 : unit;
}

/**
 * A polynomial rolling hash: moving the window takes the same time whatever its length. Its base is a random secret of
 * the process, so that nobody can choose texts that collide.
 */
const BASE = Math.floor(Math.random() * 2 ** 30) * 2 + 0x10001;
const MIX = 0x9e3779b1;
const HIGHEST = Array.from({ length: RUN - 1 }).reduce<number>(
  (power) => Math.imul(power, BASE),
  1,
);

/** Ranges found in a text; a range that continues the last one is merged with it. */
export class Found {
  readonly ranges: Range[] = [];
  #from = -1;
  #to = -1;

  add(from: number, to: number): void {
    if (from >= this.#from && from <= this.#to) {
      this.#to = Math.max(this.#to, to);
      this.ranges.pop();
    } else [this.#from, this.#to] = [from, to];
    this.ranges.push({ from: this.#from, to: this.#to });
  }
}

/** Secrets, prepared for the search. Preparing is linear in their length, searching in the length of the text. */
export class Needles {
  /** Length of the shortest form. */
  readonly shortest: number;
  /** Whether all are readable ASCII. */
  readonly readable: boolean;
  /** Forms that are searched for in the unchanged text. */
  readonly literals: ReadonlySet<string>;
  /** Forms of a run or more, one after another. */
  readonly #units: Uint16Array;
  /** The first position of each run by its hash, counted from 1; 0 is none. */
  readonly #table: Int32Array;
  readonly #shift: number;
  /** Shorter forms, by the last 8 bits of their first characters. */
  readonly #short: Uint16Array[][] = [];

  constructor(secrets: Iterable<string>) {
    const [forms, literals] = [new Set<string>(), new Set<string>()];
    let readable = true;
    for (const secret of secrets) {
      for (const form of formsOf(secret)) forms.add(form);
      for (const form of literalsOf(secret)) literals.add(form);
      readable &&= isReadable(secret);
    }
    this.literals = literals;
    this.readable = readable;
    let [shortest, length] = [Infinity, 0];
    const long: Uint16Array[] = [];
    for (const form of forms) {
      const units = unitsOf(form.replaceAll('+', ' '));
      shortest = Math.min(shortest, form.length);
      if (form.length >= RUN) {
        long.push(units);
        length += form.length;
      } else (this.#short[(units[0] ?? 0) & 0xff] ??= []).push(units);
    }
    this.shortest = shortest;
    const bits = Math.max(4, Math.ceil(Math.log2(length * 2)));
    this.#shift = 32 - bits;
    this.#table = new Int32Array(2 ** bits);
    this.#units = new Uint16Array(length);
    let begin = 0;
    for (const units of long) {
      this.#units.set(units, begin);
      this.#enter(begin, begin + units.length);
      begin += units.length;
    }
  }

  #enter(begin: number, end: number): void {
    const [units, table] = [this.#units, this.#table];
    let hash = 0;
    for (let at = begin; at < end; at += 1) {
      if (at - begin >= RUN) hash = (hash - Math.imul(HIGHEST, units[at - RUN] ?? 0)) | 0;
      hash = (Math.imul(hash, BASE) + (units[at] ?? 0)) | 0;
      const first = at - RUN + 1;
      if (first < begin) continue;
      const slot = this.#slotOf(hash, units, first);
      if (table[slot] === 0) table[slot] = first + 1;
    }
  }

  /** The slot of a run in the table. */
  #slotOf(hash: number, text: Uint16Array, at: number): number {
    const [table, units] = [this.#table, this.#units];
    let slot = Math.imul(hash ^ (hash >>> 15), MIX) >>> this.#shift;
    for (;;) {
      const place = (table[slot] ?? 0) - 1;
      if (place === -1) return slot;
      let same = 0;
      while (same < RUN && units[place + same] === folded(text[at + same] ?? 0)) same += 1;
      if (same === RUN) return slot;
      slot = (slot + 1) & (table.length - 1);
    }
  }

  /**
   * Finds all secrets in a text.
   * @param found receives the parts of the original text
   * @param deep whether the text is decoded base64, in which the shortest secrets would be found by chance
   * @returns the length of the shortest form that was found, Infinity if there is none
   */
  findIn(layer: Layer, found: Found, deep: boolean): number {
    const { units } = layer;
    const [table, hasLong, hasShort] = [
      this.#table,
      this.#units.length > 0,
      this.#short.length > 0,
    ];
    let hash = 0;
    let least = Infinity;
    for (let at = 0; at < units.length; at += 1) {
      const unit = folded(units[at] ?? 0);
      if (hasShort) least = Math.min(least, this.#findShort(layer, at, found, deep));
      if (!hasLong) continue;
      if (at >= RUN) hash = (hash - Math.imul(HIGHEST, folded(units[at - RUN] ?? 0))) | 0;
      hash = (Math.imul(hash, BASE) + unit) | 0;
      const first = at - RUN + 1;
      if (first < 0 || table[this.#slotOf(hash, units, first)] === 0) continue;
      found.add(layer.from(first), layer.to(at));
      least = Math.min(least, RUN);
    }
    return least;
  }

  #findShort(layer: Layer, at: number, found: Found, deep: boolean): number {
    const { units } = layer;
    let least = Infinity;
    for (const form of this.#short[folded(units[at] ?? 0) & 0xff] ?? []) {
      if (deep && form.length < MIN_REPLACEABLE) continue;
      let same = 0;
      while (same < form.length && form[same] === folded(units[at + same] ?? 0)) same += 1;
      if (same < form.length) continue;
      found.add(layer.from(at), layer.to(at + same - 1));
      least = Math.min(least, same);
    }
    return least;
  }

  /** Whether the unchanged text shares a run with any secret, or contains a shorter secret. */
  touch(text: string): boolean {
    return (
      text.length >= Math.min(RUN, this.shortest) &&
      this.findIn(Layer.of(text), new Found(), true) !== Infinity
    );
  }
}

/** A secret unchanged, with its escapes undone, and the UTF-8 bytes of both. */
export function formsOf(secret: string): ReadonlySet<string> {
  if (isPlain(secret)) return new Set([secret]);
  const wellFormed = secret.toWellFormed();
  const forms = new Set([secret, wellFormed]);
  const plain = [...forms].map((form) => unescaped(Layer.of(form)).text());
  for (const form of [wellFormed, ...plain]) {
    // The rest of it may be too short to search for.
    if (form.length < MIN_REPLACEABLE && secret.length >= MIN_REPLACEABLE) continue;
    forms.add(form);
    forms.add(Buffer.from(form).toString('latin1'));
  }
  return forms;
}

/** Encoded forms of a secret that undoing escapes may miss because of the characters before it, and its base64 if decoding would not find it. */
function literalsOf(secret: string): string[] {
  if (secret.length > MAX_LITERAL) return [];
  const wellFormed = secret.toWellFormed();
  const inUrl = encodeURIComponent(wellFormed);
  const inJson = JSON.stringify(secret);
  const forms = [
    inUrl,
    inUrl.replaceAll('%20', '+'),
    inJson.slice(1, -1),
    JSON.stringify(inJson).slice(3, -3),
  ];
  if (secret.length < MIN_REPLACEABLE)
    forms.push(
      Buffer.from(wellFormed).toString('base64'),
      Buffer.from(wellFormed).toString('base64url'),
    );
  return forms.filter((form) => form !== secret && form.length >= MIN_REPLACEABLE);
}
