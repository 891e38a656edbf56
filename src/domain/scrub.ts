import { decode, MAYBE_ESCAPE, rangeOf, undecoded } from './escapes.ts';
import type { Range } from './escapes.ts';
import type { Json } from './json.ts';
import { REDACTED } from './secret.ts';
import type { Secret } from './secret.ts';

/**
 * Below this length a secret is too short to be cut out of a text: every occurrence replaced would spell it out
 * by what is missing. The whole text is withheld instead.
 */
const SHORTEST_REPLACEABLE = 4;

/** Runs of this many characters of a secret are cut out too: vendors shorten what they echo. */
const RUN = 10;

/** Of every run, at least one block is a part, where a text is divided into blocks. */
const BLOCK = RUN / 2;

/** Texts up to this length are looked at in a simpler way first. */
const SHORT = 128;

/** Levels of JSON that are looked through. No error of an upstream comes near it. */
const DEEPEST = 100;

/**
 * Takes the secrets of one request out of whatever is about to be shown or logged. Vendors echo submitted values as
 * they are, cut short, or escaped in ways of their own. So a text is compared once its escapes have been undone, and
 * in base64, character by character, with what each secret comes to in the same way.
 */
export class Scrubber {
  readonly #secrets = new Set<string>();
  readonly #headers: string[] = [];
  #needles: Needles | null = null;
  #glance: Glance | null = null;

  /** Adds secrets of the request; from now on they are taken out of every text. */
  add(...secrets: readonly (Secret | string)[]): void {
    for (const secret of secrets) {
      const value = typeof secret === 'string' ? secret : secret.reveal();
      if (value === '' || this.#secrets.has(value)) continue;
      this.#secrets.add(value);
      this.#needles = null;
      this.#glance = null;
    }
  }

  /** Adds a header with credentials: it as a whole, and each part of it but the scheme. */
  addHeader(header: string): void {
    if (header.trim() === '') return;
    this.#headers.push(header);
    this.#needles = null;
    this.#glance = null;
  }

  /** The text without any of the secrets. */
  text(text: string): string {
    if (this.#secrets.size + this.#headers.length === 0 || this.#isHarmless(text)) return text;
    this.#needles ??= needlesOf(new Set([...this.#secrets, ...this.#headers.flatMap(partsOf)]));
    const { whole, runs, encoded } = this.#needles;
    const found: Range[] = [];
    for (const plain of [undecoded(text), decode(text)]) {
      for (const needle of whole) {
        for (let at = plain.chars.indexOf(needle); at !== -1; at = plain.chars.indexOf(needle, at + 1)) {
          if (needle.length < SHORTEST_REPLACEABLE) return REDACTED;
          found.push(rangeOf(plain, at, needle.length));
        }
      }
      for (let at = 0; runs.size > 0 && at + RUN <= plain.chars.length; at += 1) {
        if (runs.has(plain.chars.slice(at, at + RUN))) found.push(rangeOf(plain, at, RUN));
      }
    }
    for (const needle of encoded) {
      for (let from = text.indexOf(needle); from !== -1; from = text.indexOf(needle, from + 1)) found.push({ from, to: from + needle.length });
    }
    return cut(text, found);
  }

  /**
   * Sees at once that a short text without escapes, such as the name of an operation or the id of a request, shares
   * nothing with any secret: every request has some of those, and taking a long token apart for them takes 70 µs, looking 1.3.
   */
  #isHarmless(text: string): boolean {
    if (text.length > SHORT || MAYBE_ESCAPE.test(text)) return false;
    this.#glance ??= glanceOf(this.#secrets, this.#headers);
    const { plain, all, shortest } = this.#glance;
    if (!plain) return false;
    if (text.length < RUN) return true;
    // Base64 is looked for whole, and mostly there is no word that is long enough for any of it. To make it took 7 of the 15 µs of reading an error.
    const room = roomOf(shortest);
    if (room <= text.length && base64Word(room).test(text) && this.#glance.encoded().some((form) => text.includes(form))) return false;
    // Whatever they share, a whole block of half a run is in it: a fifth of the comparisons, and mostly none is found.
    for (let block = 0; block + BLOCK <= text.length; block += BLOCK) {
      if (!all.includes(text.slice(block, block + BLOCK))) continue;
      for (let at = Math.max(0, block - BLOCK); at <= block && at + RUN <= text.length; at += 1) if (all.includes(text.slice(at, at + RUN))) return false;
    }
    return true;
  }

  /** The JSON value with every string, number and member name scrubbed; what is nested too deeply is withheld. */
  json(value: Json, depth = 0): Json {
    if (depth > DEEPEST) return REDACTED;
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.text(String(value)) === String(value) ? value : REDACTED;
    if (value === null || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((item) => this.json(item, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.json(item, depth + 1)]));
  }
}

/** What tells whether a short text may hold anything of the secrets. */
interface Glance {
  /** Whether the secrets are of the common kind: none of them is short, or holds what looks like an escape. */
  readonly plain: boolean;
  /** The secrets on lines of their own, those within others left out. */
  readonly all: string;
  /** Length of the shortest one. */
  readonly shortest: number;
  /** Base64 of those that have room in a short text, wherever it may stand there. */
  readonly encoded: () => readonly string[];
}

/** The least characters that base64 takes for a secret of this length, even without what depends on its neighbours. */
function roomOf(length: number): number {
  return Math.ceil((length * 4) / 3 - 4);
}

const base64Words = new Map<number, RegExp>();

/** A word that may be base64 of either alphabet (RFC 4648 sections 4 and 5), of at least this length. There are as many as a short text has lengths. */
function base64Word(length: number): RegExp {
  const pattern = base64Words.get(length) ?? new RegExp(`[\\w+/=-]{${length}}`);
  base64Words.set(length, pattern);
  return pattern;
}

/** What may stand between the parts of a header: other white space does not come through the parser of HTTP. */
const SEPARATORS = [' ', ',', '\t', '\u00a0'];

/**
 * The token of a header that is nothing else, but for a scheme before it; empty of any other one. Each separator is
 * looked for by itself: tokens are long, and for three headers a pattern takes 2 µs, this 0.3.
 */
function soleToken(header: string): string {
  const token = header.slice(header.indexOf(' ') + 1);
  const scheme = header.slice(0, -token.length - 1);
  return (scheme === '' || SCHEME.test(scheme)) && !SEPARATORS.some((separator) => token.includes(separator)) ? token : '';
}

/** Schemes of HTTP, which say nothing of the credentials behind them. */
const SCHEME = /^(?:bearer|basic|digest)$/i;

function glanceOf(secrets: ReadonlySet<string>, headers: readonly string[]): Glance {
  let all = '';
  const values: string[] = [];
  for (const header of headers) {
    values.push(soleToken(header));
    all += `\n${header}`;
  }
  for (const secret of secrets) {
    values.push(secret);
    if (!all.includes(secret)) all += `\n${secret}`;
  }
  const shortest = values.reduce((least, { length }) => Math.min(least, length), Infinity);
  let encoded: readonly string[] | null = null;
  return {
    plain: shortest >= RUN && !MAYBE_ESCAPE.test(all),
    all,
    shortest,
    encoded: () => (encoded ??= values.filter(({ length }) => roomOf(length) <= SHORT).flatMap(base64Of)),
  };
}

/** Texts in a header that must not be shown. */
function partsOf(header: string): string[] {
  const value = header.trim();
  return [value, ...value.split(/[\s,]+/).filter((part) => part !== '' && !SCHEME.test(part))];
}

/** What to look for. */
interface Needles {
  /** Secrets that are shorter than a run, as they are and with their escapes undone. */
  readonly whole: ReadonlySet<string>;
  /** Every run of the longer ones. */
  readonly runs: ReadonlySet<string>;
  /** Base64 of each, its bytes in a URL, and what JSON makes of it. */
  readonly encoded: ReadonlySet<string>;
}

function needlesOf(secrets: ReadonlySet<string>): Needles {
  const [whole, runs, encoded] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const secret of secrets) {
    const wellFormed = secret.toWellFormed();
    for (const form of new Set([secret, wellFormed, decode(secret).chars, decode(wellFormed).chars])) {
      if (form.length < RUN) whole.add(form);
      for (let at = 0; at + RUN <= form.length; at += 1) runs.add(form.slice(at, at + RUN));
    }
    for (const form of base64Of(secret)) encoded.add(form);
    // Also as they are: a percent sign before them may be read together with their first characters.
    const inUrl = encodeURIComponent(wellFormed);
    const inJson = JSON.stringify(secret);
    const escaped = [inUrl, inUrl.replaceAll('%20', '+'), inJson.slice(1, -1), JSON.stringify(inJson).slice(3, -3)];
    for (const form of escaped) if (form !== secret && form.length >= SHORTEST_REPLACEABLE) encoded.add(form);
  }
  whole.delete('');
  return { whole, runs, encoded };
}

/** What base64 makes of a secret, wherever in the encoded bytes it stands. */
function base64Of(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => base64At(secret.toWellFormed(), offset));
}

/**
 * What base64 makes of a value that follows `offset` (modulo 3) other bytes, as in `user:password`, without the
 * characters at both ends that depend on its neighbours. Too short a rest would be found everywhere.
 */
function base64At(value: string, offset: number): string[] {
  const bytes = Buffer.from(value);
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '');
  const inner = whole.slice([0, 2, 3][offset], (offset + bytes.length) % 3 === 0 ? undefined : -1);
  const forms = [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  return inner.length >= 8 ? forms : offset === 0 ? [bytes.toString('base64'), bytes.toString('base64url')] : [];
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
