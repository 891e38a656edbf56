import { unescaped } from './escapes.ts';
import { Layer, unitsOf } from './layer.ts';
import type { Range } from './layer.ts';

/** Runs of this many characters of a secret are found too: vendors shorten what they echo. */
export const RUN = 10;

/**
 * Below this length a secret is too short to be cut out of a text: every occurrence replaced would spell it out
 * by what is missing. The whole text is withheld instead.
 */
export const SHORTEST_REPLACEABLE = 4;

/** Longer secrets need not be found whole if what stands before them makes an escape of their first characters: enough is left of them. */
const LONGEST_LITERAL = 64;

/** Of these, every escape has one. */
const ESCAPING = ['\\', '%', '&', '""', "''"];

/**
 * Whether a secret has only one form: ASCII, without anything that looks like an escape. Each sign is looked for by
 * itself: for a token a pattern takes 3 µs, this 0.3.
 */
export function isPlain(secret: string): boolean {
  return (
    Buffer.byteLength(secret) === secret.length && !ESCAPING.some((sign) => secret.includes(sign))
  );
}

/** Characters that no text has which people read. */
const UNREADABLE = /[^\x20-\x7e\t\r\n]/;

/** Whether a secret is ASCII that can be read. */
export function isReadable(secret: string): boolean {
  return !UNREADABLE.test(secret);
}

/** A plus sign may stand for a space, as forms write it: both are the same here. */
function folded(unit: number): number {
  return unit === 0x2b ? 0x20 : unit;
}

/**
 * A polynomial hash, by which a window is moved along a text in the same time whatever its length is. Its base is a
 * secret of the process: nobody can choose texts that are alike to it.
 */
const BASE = Math.floor(Math.random() * 2 ** 30) * 2 + 0x10001;
const MIX = 0x9e3779b1;
const HIGHEST = Array.from({ length: RUN - 1 }).reduce<number>(
  (power) => Math.imul(power, BASE),
  1,
);

/** Ranges of a text, as they are found; those that continue the last one become a part of it. */
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

/** Secrets, prepared for being looked for. It costs as much as they are long, and looking for them as much as the text is. */
export class Needles {
  /** Length of the shortest form. */
  readonly shortest: number;
  /** Whether all are readable ASCII. */
  readonly readable: boolean;
  /** Forms that are looked for in the text as it is. */
  readonly literals: ReadonlySet<string>;
  /** Forms of a run or more, one after another. */
  readonly #units: Uint16Array;
  /** Where each run stands first, by its hash: 1 is the first place, 0 is none. */
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

  /** Where in the table a run stands, or would. */
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
   * Finds all of the secrets in a text.
   * @param found gets the parts of the original text
   * @param deep whether the text is what base64 came to: the shortest secrets would be found in any of it
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
      if (deep && form.length < SHORTEST_REPLACEABLE) continue;
      let same = 0;
      while (same < form.length && form[same] === folded(units[at + same] ?? 0)) same += 1;
      if (same < form.length) continue;
      found.add(layer.from(at), layer.to(at + same - 1));
      least = Math.min(least, same);
    }
    return least;
  }

  /** Whether a text shares a run with any of the secrets, or has a shorter one, as it is. */
  touch(text: string): boolean {
    return (
      text.length >= Math.min(RUN, this.shortest) &&
      this.findIn(Layer.of(text), new Found(), true) !== Infinity
    );
  }
}

/** A secret as it is, with its escapes undone, and both as their bytes in UTF-8. */
export function formsOf(secret: string): ReadonlySet<string> {
  if (isPlain(secret)) return new Set([secret]);
  const wellFormed = secret.toWellFormed();
  const forms = new Set([secret, wellFormed]);
  const plain = [...forms].map((form) => unescaped(Layer.of(form)).text());
  for (const form of [wellFormed, ...plain]) {
    // What is left of it may be too short to be looked for.
    if (form.length < SHORTEST_REPLACEABLE && secret.length >= SHORTEST_REPLACEABLE) continue;
    forms.add(form);
    forms.add(Buffer.from(form).toString('latin1'));
  }
  return forms;
}

/** What encoders make of a secret, as far as the characters before it may keep it from being read as that; and base64 of one that is not found by decoding. */
function literalsOf(secret: string): string[] {
  if (secret.length > LONGEST_LITERAL) return [];
  const wellFormed = secret.toWellFormed();
  const inUrl = encodeURIComponent(wellFormed);
  const inJson = JSON.stringify(secret);
  const forms = [
    inUrl,
    inUrl.replaceAll('%20', '+'),
    inJson.slice(1, -1),
    JSON.stringify(inJson).slice(3, -3),
  ];
  if (secret.length < SHORTEST_REPLACEABLE)
    forms.push(
      Buffer.from(wellFormed).toString('base64'),
      Buffer.from(wellFormed).toString('base64url'),
    );
  return forms.filter((form) => form !== secret && form.length >= SHORTEST_REPLACEABLE);
}
