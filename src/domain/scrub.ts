import { base64Layers, mayHoldBase64 } from './base64.ts';
import { unescaped, unescapedLevels } from './escapes.ts';
import type { Json } from './json.ts';
import { Layer } from './layer.ts';
import type { Range } from './layer.ts';
import { Found, isPlain, isReadable, Needles, RUN, SHORTEST_REPLACEABLE } from './needles.ts';
import { REDACTED } from './secret.ts';
import type { Secret } from './secret.ts';
import type { SharedSecrets } from './shared-secrets.ts';

/** Of every run, at least one block is a part, where a text is divided into blocks. */
const BLOCK = RUN / 2;

/** Texts up to this length are looked at in a simpler way first. */
const SHORT = 128;

/** Secrets up to this length, all together, are searched for what a short text is made of; longer ones are prepared. */
const MOST_SEARCHED = 4_096;

/** Of a longer text, the rest is left out. In characters. */
const LONGEST_TEXT = 32_768;

/** What is looked through of a JSON value: characters, values, and levels. No error of an upstream comes near them. */
const MOST_CHARACTERS = 32_768;
const MOST_VALUES = 2_000;
const DEEPEST = 100;

/** How often over a text may be base64. */
const MOST_BASE64 = 2;

/** Work on one text, or JSON value: twice the characters of all the ways of reading it. What takes more is withheld. */
const MOST_WORK = 250_000;

/** Secrets that a header may have beside the whole of it: more words are not looked for one by one. */
const MOST_WORDS = 8;

/**
 * Takes the secrets of one request out of whatever is about to be shown or logged. Vendors echo submitted values as
 * they are, cut short, or encoded in ways of their own. So a text is compared as it is, with its escapes undone, and with
 * its base64 decoded, run by run, with what each secret comes to in the same way.
 */
export class Scrubber {
  readonly #shared: SharedSecrets | null;
  readonly #secrets = new Set<string>();
  readonly #headers: string[] = [];
  #needles: Needles | null = null;
  #glance: Glance | null = null;

  /** @param shared secrets of all requests: the gateway's own credentials */
  constructor(shared: SharedSecrets | null = null) {
    this.#shared = shared;
  }

  /** Adds secrets of the request; from now on they are taken out of every text. */
  add(...secrets: readonly (Secret | string)[]): void {
    for (const secret of secrets) {
      const value = typeof secret === 'string' ? secret : secret.reveal();
      if (value === '' || this.#secrets.has(value) || this.#shared?.has(value) === true) continue;
      this.#secrets.add(value);
      this.#needles = null;
      this.#glance = null;
    }
  }

  /** Adds a header with credentials: it as a whole, and, if it has only a few words, each of them but the scheme. */
  addHeader(header: string): void {
    if (header.trim() === '') return;
    this.#headers.push(header);
    this.#needles = null;
    this.#glance = null;
  }

  /** The text without any of the secrets. Of one that is very long, the rest is left out. */
  text(text: string): string {
    return this.#text(text, null);
  }

  /** The JSON value with every string, number and member name scrubbed; what is nested too deeply, or very much, is withheld. */
  json(value: Json): Json {
    return this.#json(value, 0, {
      work: MOST_WORK,
      characters: MOST_CHARACTERS,
      values: MOST_VALUES,
    });
  }

  /** Whether a text repeats one of the secrets that all requests share, whole. */
  holdsShared(text: string): boolean {
    return this.#shared?.standIn(text) === true;
  }

  /** The text without those of the secrets that all requests share; others stay. */
  withoutShared(text: string): string {
    return this.#shared?.cutFrom(text) ?? text;
  }

  #text(text: string, limits: Limits | null): string {
    if (this.#isHarmless(text)) return text;
    const all = [this.#shared?.needles() ?? null, this.#own()].filter(
      (needles) => needles !== null,
    );
    if (all.length === 0) return text;
    const [head, rest] =
      text.length > LONGEST_TEXT ? [text.slice(0, LONGEST_TEXT), '…'] : [text, ''];
    const search = new Search(all, limits ?? { work: MOST_WORK });
    return search.isWithin(head) ? cut(head, search.found.ranges) + rest : REDACTED;
  }

  #own(): Needles | null {
    if (this.#secrets.size + this.#headers.length === 0) return null;
    return (this.#needles ??= new Needles([...this.#secrets, ...this.#headers.flatMap(wordsOf)]));
  }

  /**
   * Sees at once that a short text without escapes, such as the name of an operation or the id of a request, shares
   * nothing with any secret: every request has some of those, and preparing a long token for them takes longer.
   */
  #isHarmless(text: string): boolean {
    if (text.length > SHORT || MAYBE_ENCODED.test(text)) return false;
    const shared = this.#shared?.needles() ?? null;
    this.#glance ??= glanceOf(this.#secrets, this.#headers);
    const { plain, all } = this.#glance;
    if (!plain || (shared !== null && (shared.shortest < SHORTEST_REPLACEABLE || !shared.readable)))
      return false;
    const least = Math.min(RUN, shared?.shortest ?? RUN);
    if (text.length < least) return true;
    if (shared?.touch(text) === true) return false;
    if (
      all !== '' &&
      (all.length > MOST_SEARCHED
        ? this.#own()?.touch(text) === true
        : touches(text, text.includes(' ') ? all.replaceAll('+', ' ') : all))
    )
      return false;
    return !mayHoldBase64(text, least);
  }

  #json(value: Json, depth: number, limits: JsonLimits): Json {
    limits.values -= 1;
    if (depth > DEEPEST || limits.values < 0) return REDACTED;
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') return this.#member(value, limits);
    if (typeof value === 'number')
      return this.#member(String(value), limits) === String(value) ? value : REDACTED;
    if (Array.isArray(value)) {
      const items: Json[] = [];
      for (const item of value) {
        items.push(this.#json(item, depth + 1, limits));
        if (limits.values < 0) break;
      }
      return items;
    }
    const members: [string, Json][] = [];
    // Not `for … in`: of very many members, which are not looked at to their end, that takes longer.
    for (const key of Object.keys(value)) {
      members.push([this.#member(key, limits), this.#json(value[key] ?? null, depth + 1, limits)]);
      if (limits.values < 0) break;
    }
    return Object.fromEntries(members);
  }

  /** A text of a JSON value, as far as there are characters left for it. */
  #member(text: string, limits: JsonLimits): string {
    const left = limits.characters;
    limits.characters -= text.length;
    if (left >= text.length) return this.#text(text, limits);
    return left <= 0 ? REDACTED : `${this.#text(text.slice(0, left), limits)}…`;
  }
}

/** A sign that a text may have more than it shows at first sight. */
const MAYBE_ENCODED = /[\\%&+]|""|''/;

/** What may still be spent on a text. */
interface Limits {
  work: number;
}

/** What may still be looked through of a JSON value. */
interface JsonLimits extends Limits {
  characters: number;
  values: number;
}

/** Looks for secrets in a text, in all the ways of reading it. */
class Search {
  readonly found = new Found();
  readonly #all: readonly Needles[];
  readonly #limits: Limits;
  readonly #least: number;
  readonly #readable: boolean;

  constructor(all: readonly Needles[], limits: Limits) {
    this.#all = all;
    this.#limits = limits;
    this.#least = Math.max(
      SHORTEST_REPLACEABLE,
      Math.min(RUN, ...all.map(({ shortest }) => shortest)),
    );
    this.#readable = all.every(({ readable }) => readable);
  }

  /** @returns whether what was found can be cut out of the text; otherwise it must be withheld */
  isWithin(text: string): boolean {
    for (const { literals } of this.#all) {
      for (const form of literals)
        for (
          let from = text.indexOf(form);
          from !== -1;
          from = text.indexOf(form, from + form.length)
        )
          this.found.add(from, from + form.length);
    }
    return this.#isWithin(Layer.of(text), 0);
  }

  #isWithin(layer: Layer, depth: number): boolean {
    if (!this.#find(layer, depth)) return false;
    let plain = layer;
    for (const level of unescapedLevels(layer)) {
      if (!this.#find(level, depth)) return false;
      plain = level;
    }
    if (depth === MOST_BASE64) return true;
    const ways = [
      ...new Set([layer, plain]),
      ...(layer.units.includes(PLUS) ? [unescaped(layer.withSpaces())] : []),
    ];
    for (const one of ways) {
      for (const inner of base64Layers(one, { least: this.#least, readable: this.#readable }))
        if (!this.#isWithin(inner, depth + 1)) return false;
    }
    return true;
  }

  #find(layer: Layer, depth: number): boolean {
    // Undoing escapes and decoding take about as long.
    this.#limits.work -= 2 * layer.units.length;
    return (
      this.#limits.work >= 0 &&
      this.#all.every(
        (needles) => needles.findIn(layer, this.found, depth > 0) >= SHORTEST_REPLACEABLE,
      )
    );
  }
}

/** In a form it is a space, which may break base64 into pieces; base64 has it as well. */
const PLUS = 0x2b;

/** What tells whether a short text may hold anything of the secrets. */
interface Glance {
  /** Whether the secrets are of the common kind: none of them is short, or may be written in several ways. */
  readonly plain: boolean;
  /** The secrets on lines of their own, those within others left out. */
  readonly all: string;
}

function glanceOf(secrets: ReadonlySet<string>, headers: readonly string[]): Glance {
  let all = '';
  let plain = true;
  for (const header of headers) {
    // The parser of HTTP lets no other control character through but tabs.
    plain &&= soleToken(header).length >= RUN && isPlain(header);
    all = joined(all, header);
  }
  for (const secret of secrets) {
    plain &&= secret.length >= RUN && isPlain(secret) && isReadable(secret);
    if (!all.includes(secret)) all = joined(all, secret);
  }
  return { plain, all };
}

function joined(all: string, one: string): string {
  return all === '' ? one : `${all}\n${one}`;
}

/** Whether a text shares a run with others. Whatever they share, a whole block of half a run is in it: a fifth of the comparisons, and mostly none is found. */
function touches(text: string, all: string): boolean {
  for (let block = 0; block + BLOCK <= text.length; block += BLOCK) {
    if (!all.includes(text.slice(block, block + BLOCK))) continue;
    for (let at = Math.max(0, block - BLOCK); at <= block && at + RUN <= text.length; at += 1)
      if (all.includes(text.slice(at, at + RUN))) return true;
  }
  return false;
}

/** What may stand between the words of a header: other white space does not come through the parser of HTTP. */
const SEPARATORS = [' ', ',', '\t', '\u00a0'];

/**
 * The token of a header that is nothing else, but for a scheme before it; empty of any other one. Each separator is
 * looked for by itself: tokens are long, and for three headers a pattern takes 2 µs, this 0.3.
 */
function soleToken(header: string): string {
  const token = header.slice(header.indexOf(' ') + 1);
  const scheme = header.slice(0, -token.length - 1);
  return (scheme === '' || SCHEME.test(scheme)) &&
    !SEPARATORS.some((separator) => token.includes(separator))
    ? token
    : '';
}

/** Schemes of HTTP, which say nothing of the credentials behind them. */
const SCHEME = /^(?:bearer|basic|digest)$/i;

/** Texts in a header that must not be shown. One of more than a few words is a secret as a whole only; one of a single word, which may be long, is that word. */
function wordsOf(header: string): string[] {
  const value = header.trim();
  const words = value
    .split(/[\s,]+/, MOST_WORDS + 1)
    .filter((word) => word !== '' && !SCHEME.test(word));
  if (words.length === 1) return words;
  return words.length > MOST_WORDS ? [value] : [value, ...words];
}

/** The text without some parts of it, which may overlap. */
function cut(text: string, parts: readonly Range[]): string {
  let clean = '';
  let end = 0;
  for (const { from, to } of [...parts].sort((a, b) => a.from - b.from)) {
    if (from > end || clean === '') clean += text.slice(end, from) + REDACTED;
    end = Math.max(end, to);
  }
  return clean + text.slice(end);
}
