import type { Json } from '../json/json.ts';
import { mayHoldBase64 } from './base64.ts';
import { isPlain, isReadable, MIN_REPLACEABLE, Needles, RUN } from './needles.ts';
import { Search } from './search.ts';
import type { Limits } from './search.ts';
import { REDACTED } from './secret.ts';
import type { Secret } from './secret.ts';
import type { SharedSecrets } from './shared-secrets.ts';

/** If a text is divided into blocks of this length, every run contains at least one whole block. */
const BLOCK = RUN / 2;

/** Texts up to this length get a simpler check first. */
const SHORT = 128;

/** Up to this total length, secrets are searched for the blocks of a short text; longer ones are prepared. */
const MAX_SEARCHED = 4_096;

/** Maximum length of a text in characters; the rest is left out. */
const MAX_TEXT = 32_768;

/** How much of a JSON value is scrubbed: characters, values, and levels. Errors of upstreams are much smaller. */
const MAX_CHARACTERS = 32_768;
const MAX_VALUES = 2_000;
const MAX_DEPTH = 100;

/** Maximum work for one text or JSON value: twice the characters of all its decodings. What would need more is withheld. */
const MAX_WORK = 250_000;

/** Maximum number of words of a header that are secrets of their own; with more, only the whole header is one. */
const MAX_WORDS = 8;

/**
 * Removes the secrets of one request from everything that is about to be shown or logged. Vendors echo submitted values
 * unchanged, shortened, or encoded in ways of their own. So a text is searched unchanged, with its escapes undone, and
 * with its base64 decoded, for any part of a secret that has the length of a run.
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

  /** Adds secrets of the request; from now on they are removed from every text. */
  add(...secrets: readonly (Secret | string)[]): void {
    for (const secret of secrets) {
      const value = typeof secret === 'string' ? secret : secret.reveal();
      if (value === '' || this.#secrets.has(value) || this.#shared?.has(value) === true) continue;
      this.#secrets.add(value);
      this.#needles = null;
      this.#glance = null;
    }
  }

  /** Adds a header with credentials: the whole header and, if it has only a few words, each word except the scheme. */
  addHeader(header: string): void {
    if (header.trim() === '') return;
    this.#headers.push(header);
    this.#needles = null;
    this.#glance = null;
  }

  /** The text without the secrets. The rest of a very long text is left out. */
  text(text: string): string {
    return this.#text(text, null);
  }

  /** The JSON value with every string, number and member name scrubbed; parts that are too deep or too large are withheld. */
  json(value: Json): Json {
    return this.#json(value, 0, {
      work: MAX_WORK,
      characters: MAX_CHARACTERS,
      values: MAX_VALUES,
    });
  }

  /** Whether a text contains one of the shared secrets completely. */
  holdsShared(text: string): boolean {
    return this.#shared?.standIn(text) === true;
  }

  /** The text without the shared secrets; others stay. */
  withoutShared(text: string): string {
    return this.#shared?.cutFrom(text) ?? text;
  }

  #text(text: string, limits: Limits | null): string {
    if (this.#isHarmless(text)) return text;
    const all = [this.#shared?.needles() ?? null, this.#own()].filter(
      (needles) => needles !== null,
    );
    if (all.length === 0) return text;
    const [head, rest] = text.length > MAX_TEXT ? [text.slice(0, MAX_TEXT), '…'] : [text, ''];
    const clean = new Search(all, limits ?? { work: MAX_WORK }).clean(head);
    return clean === null ? REDACTED : clean + rest;
  }

  #own(): Needles | null {
    if (this.#secrets.size + this.#headers.length === 0) return null;
    return (this.#needles ??= new Needles([...this.#secrets, ...this.#headers.flatMap(wordsOf)]));
  }

  /**
   * A fast check that a short text without escapes, such as an operation name or a request id, shares nothing with any
   * secret. Every request has such texts, and preparing a long token for them takes longer.
   */
  #isHarmless(text: string): boolean {
    if (text.length > SHORT || MAYBE_ENCODED.test(text)) return false;
    const shared = this.#shared?.needles() ?? null;
    this.#glance ??= glanceOf(this.#secrets, this.#headers);
    const { plain, all } = this.#glance;
    if (!plain || (shared !== null && (shared.shortest < MIN_REPLACEABLE || !shared.readable)))
      return false;
    const minRun = Math.min(RUN, shared?.shortest ?? RUN);
    if (text.length < minRun) return true;
    if (shared?.touch(text) === true) return false;
    if (
      all !== '' &&
      (all.length > MAX_SEARCHED
        ? this.#own()?.touch(text) === true
        : touches(text, text.includes(' ') ? all.replaceAll('+', ' ') : all))
    )
      return false;
    return !mayHoldBase64(text, minRun);
  }

  #json(value: Json, depth: number, limits: JsonLimits): Json {
    limits.values -= 1;
    if (depth > MAX_DEPTH || limits.values < 0) return REDACTED;
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
    // Not `for … in`, which takes longer if there are very many members and only the first are scrubbed.
    for (const key of Object.keys(value)) {
      members.push([this.#member(key, limits), this.#json(value[key] ?? null, depth + 1, limits)]);
      if (limits.values < 0) break;
    }
    return Object.fromEntries(members);
  }

  /** Scrubs a text of a JSON value, as far as the remaining characters allow. */
  #member(text: string, limits: JsonLimits): string {
    const left = limits.characters;
    limits.characters -= text.length;
    if (left >= text.length) return this.#text(text, limits);
    return left <= 0 ? REDACTED : `${this.#text(text.slice(0, left), limits)}…`;
  }
}

/** A sign that a text may contain escapes or base64. */
const MAYBE_ENCODED = /[\\%&+]|""|''/;

/** How much of a JSON value may still be scrubbed. */
interface JsonLimits extends Limits {
  characters: number;
  values: number;
}

/** Data for the fast check of short texts. */
interface Glance {
  /** Whether all secrets are of the common kind: not short, and with only one form. */
  readonly plain: boolean;
  /** The secrets, one per line, without those that are part of others. */
  readonly all: string;
}

function glanceOf(secrets: ReadonlySet<string>, headers: readonly string[]): Glance {
  let all = '';
  let plain = true;
  for (const header of headers) {
    // The HTTP parser allows no control character except tabs.
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

/** Whether a text shares a run with others. A shared run contains at least one whole block, so only blocks are compared: a fifth of the comparisons. */
function touches(text: string, all: string): boolean {
  for (let block = 0; block + BLOCK <= text.length; block += BLOCK) {
    if (!all.includes(text.slice(block, block + BLOCK))) continue;
    for (let at = Math.max(0, block - BLOCK); at <= block && at + RUN <= text.length; at += 1)
      if (all.includes(text.slice(at, at + RUN))) return true;
  }
  return false;
}

/** Separators of the words of a header; the HTTP parser allows no other white space. */
const SEPARATORS = [' ', ',', '\t', '\u00a0'];

/**
 * The token of a header that has only a token, with or without a scheme; empty for any other header. Searches for each
 * separator by itself: for three headers with long tokens a regular expression takes 2 µs, this 0.3.
 */
function soleToken(header: string): string {
  const token = header.slice(header.indexOf(' ') + 1);
  const scheme = header.slice(0, -token.length - 1);
  return (scheme === '' || SCHEME.test(scheme)) &&
    !SEPARATORS.some((separator) => token.includes(separator))
    ? token
    : '';
}

/** HTTP authentication schemes, which are not secret. */
const SCHEME = /^(?:bearer|basic|digest)$/i;

/** Texts in a header that must not be shown. A header with more than a few words is only a secret as a whole. */
function wordsOf(header: string): string[] {
  const value = header.trim();
  const words = value
    .split(/[\s,]+/, MAX_WORDS + 1)
    .filter((word) => word !== '' && !SCHEME.test(word));
  if (words.length === 1) return words;
  return words.length > MAX_WORDS ? [value] : [value, ...words];
}
