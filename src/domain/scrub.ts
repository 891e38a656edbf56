import { REDACTED } from './secret.ts';
import type { Secret } from './secret.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Below this length a secret is too short to be cut out of a text: every occurrence replaced would spell it out
 * by what is missing. The whole text is withheld instead.
 */
const SHORTEST_REPLACEABLE = 4;

/**
 * Takes the secrets of one request out of whatever is about to be shown or logged. Vendors echo submitted values,
 * as they are or escaped, so each secret is also looked for in the encodings it may come back in.
 */
export class Scrubber {
  readonly #needles = new Set<string>();
  #sorted: readonly string[] = [];

  /** Adds secrets of the request; from now on they are taken out of every text. */
  add(...secrets: readonly (Secret | string)[]): void {
    for (const secret of secrets) {
      const value = typeof secret === 'string' ? secret : secret.reveal();
      if (value !== '') for (const form of encodings(value)) this.#needles.add(form);
    }
    // Longest first: a secret that contains another one is removed whole.
    this.#sorted = [...this.#needles].sort((a, b) => b.length - a.length);
  }

  /** The text without any of the secrets. */
  text(text: string): string {
    let clean = text;
    for (const needle of this.#sorted) {
      if (!clean.includes(needle)) continue;
      if (needle.length < SHORTEST_REPLACEABLE) return REDACTED;
      clean = clean.replaceAll(needle, REDACTED);
    }
    return clean;
  }

  /** The JSON value with every string, number and member name scrubbed. */
  json(value: Json): Json {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.text(String(value)) === String(value) ? value : REDACTED;
    if (value === null || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.json(item)]));
  }
}

/** A value as it is, and as JSON, URLs, forms, HTML and Basic authentication carry it. */
function encodings(value: string): Set<string> {
  const wellFormed = value.toWellFormed();
  const percent = encodeURIComponent(wellFormed);
  const json = JSON.stringify(value).slice(1, -1);
  return new Set([
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    percent,
    percent.replaceAll('%20', '+'),
    wellFormed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    Buffer.from(wellFormed).toString('base64'),
    Buffer.from(wellFormed).toString('base64url'),
  ]);
}
