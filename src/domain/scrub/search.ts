import { base64Layers } from './base64.ts';
import { unescaped, unescapedLevels } from './escapes.ts';
import { Layer } from './layer.ts';
import type { Range } from './layer.ts';
import { Found, MIN_REPLACEABLE, RUN } from './needles.ts';
import type { Needles } from './needles.ts';
import { REDACTED } from './secret.ts';

/** How often a text may be encoded in base64. */
const MAX_BASE64 = 2;

/** The work that may still be spent on a text. */
export interface Limits {
  work: number;
}

/** Searches a text for secrets in all its decodings. */
export class Search {
  readonly #found = new Found();
  readonly #all: readonly Needles[];
  readonly #limits: Limits;
  readonly #minRun: number;
  readonly #readable: boolean;

  constructor(all: readonly Needles[], limits: Limits) {
    this.#all = all;
    this.#limits = limits;
    this.#minRun = Math.max(MIN_REPLACEABLE, Math.min(RUN, ...all.map(({ shortest }) => shortest)));
    this.#readable = all.every(({ readable }) => readable);
  }

  /** The text without the secrets that were found; null if it must be withheld. */
  clean(text: string): string | null {
    for (const { literals } of this.#all) {
      for (const form of literals)
        for (
          let from = text.indexOf(form);
          from !== -1;
          from = text.indexOf(form, from + form.length)
        )
          this.#found.add(from, from + form.length);
    }
    return this.#isWithin(Layer.of(text), 0) ? cut(text, this.#found.ranges) : null;
  }

  /** Whether everything was searched, and all that was found can be cut out. */
  #isWithin(layer: Layer, depth: number): boolean {
    if (!this.#find(layer, depth)) return false;
    let plain = layer;
    for (const level of unescapedLevels(layer)) {
      if (!this.#find(level, depth)) return false;
      plain = level;
    }
    if (depth === MAX_BASE64) return true;
    const ways = [
      ...new Set([layer, plain]),
      ...(layer.units.includes(PLUS) ? [unescaped(layer.withSpaces())] : []),
    ];
    for (const one of ways) {
      for (const inner of base64Layers(one, { minRun: this.#minRun, readable: this.#readable }))
        if (!this.#isWithin(inner, depth + 1)) return false;
    }
    return true;
  }

  #find(layer: Layer, depth: number): boolean {
    // Undoing escapes and decoding take about the same time.
    this.#limits.work -= 2 * layer.units.length;
    return (
      this.#limits.work >= 0 &&
      this.#all.every((needles) => needles.findIn(layer, this.#found, depth > 0) >= MIN_REPLACEABLE)
    );
  }
}

/** A plus sign is a space in forms, which may break base64 into pieces, but it is also a base64 character. */
const PLUS = 0x2b;

/** The text without the given parts, which may overlap. */
function cut(text: string, parts: readonly Range[]): string {
  let clean = '';
  let end = 0;
  for (const { from, to } of [...parts].sort((a, b) => a.from - b.from)) {
    if (from > end || clean === '') clean += text.slice(end, from) + REDACTED;
    end = Math.max(end, to);
  }
  return clean + text.slice(end);
}
