import { REDACTED } from './secret.ts';
import type { Secret } from './secret.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Below this length a secret is too short to be cut out of a text: every occurrence replaced would spell it out
 * by what is missing. The whole text is withheld instead.
 */
const SHORTEST_REPLACEABLE = 4;

/** Levels of JSON that are looked through. No error of an upstream comes near it. */
const DEEPEST = 100;

/**
 * Takes the secrets of one request out of whatever is about to be shown or logged. Vendors echo submitted values,
 * as they are or escaped, so each secret is also looked for in the encodings it may come back in.
 */
export class Scrubber {
  readonly #needles = new Set<string>();

  /** Adds secrets of the request; from now on they are taken out of every text. */
  add(...secrets: readonly (Secret | string)[]): void {
    for (const secret of secrets) {
      const value = typeof secret === 'string' ? secret : secret.reveal();
      if (value !== '') for (const form of encodings(value)) this.#needles.add(form);
    }
  }

  /** The text without any of the secrets. */
  text(text: string): string {
    const found: { from: number; to: number }[] = [];
    for (const needle of this.#needles) {
      for (let from = text.indexOf(needle); from !== -1; from = text.indexOf(needle, from + 1)) {
        if (needle.length < SHORTEST_REPLACEABLE) return REDACTED;
        found.push({ from, to: from + needle.length });
      }
    }
    // Secrets may overlap: what any of them covers is cut out.
    let clean = '';
    let end = 0;
    for (const { from, to } of found.sort((a, b) => a.from - b.from)) {
      if (from >= end) clean += text.slice(end, from) + REDACTED;
      end = Math.max(end, to);
    }
    return clean + text.slice(end);
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

/** A value as it is, and as JSON, URLs, forms, HTML and Basic authentication carry it. */
function encodings(value: string): string[] {
  const text = value.toWellFormed();
  const json = jsonText(value);
  const percent = encodeURIComponent(text);
  const form = new URLSearchParams({ v: text }).toString().slice(2);
  // .NET escapes HTML's own characters in JSON too, and writes percent-encoding in small letters.
  const ascii = escapeUnits(json, /[^\x20-\x7e]/g);
  const cautious = escapeUnits(json, /[^\x20-\x7e]|[<>&'+]/g);
  return [
    value,
    ...[json, ascii, cautious].flatMap((one) => [one, jsonText(one)]),
    ...[percent, form, percent.replaceAll('%20', '+')].flatMap((one) => [one, one.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]),
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    ...[0, 1, 2].flatMap((offset) => base64At(text, offset)),
  ];
}

function jsonText(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function escapeUnits(text: string, units: RegExp): string {
  return text.replace(units, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
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
