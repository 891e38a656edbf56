import type { IncomingMessage } from 'node:http';

/*
 * Reads headers, above all lists with parameters, such as Accept, Accept-Encoding and Content-Type (RFC 9110 section 5.6).
 * What is malformed is read as far as possible. All functions take time that is linear in the length of the header.
 */

/** A weight from 0, not acceptable, to 1 (RFC 9110 section 12.4.2). A malformed one counts as 1. */
export function readWeight(value: string): number {
  // Java clients send `.2`.
  return /^(?:0?\.\d+|0\.?|1(?:\.0*)?)$/.test(value) ? Number(value) : 1;
}

/** The name of an element, in lower case, and its parameters without quotes (RFC 9110 section 5.6.6). */
export function readElement(
  text: string,
): readonly [name: string, ...parameters: (readonly [name: string, value: string])[]] {
  const [name = '', ...parameters] = splitUnquoted(text.toLowerCase(), ';');
  return [
    name.trim(),
    ...parameters.map((parameter) => {
      const equals = parameter.indexOf('=');
      return equals === -1
        ? ([parameter.trim(), ''] as const)
        : ([
            parameter.slice(0, equals).trim(),
            unquoted(parameter.slice(equals + 1).trim()),
          ] as const);
    }),
  ];
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  return value
    .slice(1, value.length > 1 && value.endsWith('"') ? -1 : undefined)
    .replaceAll(/\\(.)/g, '$1')
    .trim();
}

/** Splits a text at separators that are not in quotes. */
export function splitUnquoted(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let [from, quoted] = [0, false];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') quoted = !quoted;
    else if (char === '\\' && quoted) at += 1;
    else if (char === separator && !quoted) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  // A quote that is never closed is not a quote.
  return quoted ? text.split(separator) : parts;
}

/** A header, repeated ones joined with commas; null if there is none. Of some headers, Node itself keeps only the first. */
export function headerOf({ headers, rawHeaders }: IncomingMessage, name: string): string | null {
  if (headers[name] === undefined) return null;
  let found: string | null = null;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const raw = rawHeaders[index];
    if (raw?.length !== name.length || raw.toLowerCase() !== name) continue;
    const value = rawHeaders[index + 1] ?? '';
    found = found === null ? value : `${found}, ${value}`;
  }
  return found ?? '';
}
