import { isUtf8 } from 'node:buffer';
import { parseExactJson } from '../../domain/exact-json.ts';
import type { BodyKind } from '../request-headers.ts';
import { safeRefusal } from './safe-errors.ts';

/*
 * Reads the parameters of a GraphQL request. Text is decoded strictly: what is not UTF-8 would be stored as U+FFFD, with
 * success. What the parameters hold is checked later.
 */

const BYTE_ORDER_MARK = 0xfeff;

/** Reads a body of JSON. @throws GraphQLError where it is none; its message holds nothing of it */
export function readJsonBody(body: Buffer): unknown {
  const text = decoded(body);
  if (text.charCodeAt(0) === BYTE_ORDER_MARK)
    throw malformed(
      'The body of the request begins with a byte order mark (BOM), which JSON must not have: send it without.',
    );
  return withoutEmpty(parsed(text, 'The body of the request is not valid JSON.'));
}

/** Reads a request of any kind. @throws GraphQLError where it cannot be read; its message holds nothing of it */
export function readParams(url: string, bodyKind: BodyKind | null, body: Buffer): unknown {
  switch (bodyKind) {
    case 'JSON':
      return withObject(readJsonBody(body));
    case 'DOCUMENT':
      return { query: decoded(body) };
    case 'FORM':
      return readPairs(decoded(body), 'The body of the request');
    case null: {
      const query = url.indexOf('?');
      const text = query === -1 ? '' : url.slice(query + 1);
      // Node gives each byte as a character.
      if (/[^\x21-\x7e]/.test(text))
        throw malformed('The query string has characters that must be percent-encoded.');
      return readPairs(text, 'The query string');
    }
  }
}

function decoded(body: Buffer): string {
  if (!isUtf8(body)) throw malformed('The body of the request is not UTF-8: send it in UTF-8.');
  return body.toString('utf8');
}

/** Reads pairs of names and values as forms send them (URL standard, application/x-www-form-urlencoded). */
function readPairs(text: string, where: string): unknown {
  if (/%[89a-f]/i.test(text) && !isUtf8(percentDecoded(text)))
    throw malformed(`${where} has percent-encoded bytes that are not UTF-8: encode it in UTF-8.`);
  const pairs = new URLSearchParams(text);
  const params: Record<string, unknown> = {};
  for (const name of ['query', 'documentId', 'operationName']) {
    const value = pairs.get(name);
    if (value !== null) params[name] = value;
  }
  for (const name of ['variables', 'extensions']) {
    const value = pairs.get(name) ?? '';
    if (value !== '') params[name] = parsed(value, 'A parameter of the request is not valid JSON.');
  }
  return withoutEmpty(params);
}

function percentDecoded(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  let size = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const hex = bytes[at] === 0x25 ? bytes.toString('latin1', at + 1, at + 3) : '';
    const isByte = /^[\da-f]{2}$/i.test(hex);
    bytes[size] = isByte ? Number.parseInt(hex, 16) : (bytes[at] ?? 0);
    size += 1;
    if (isByte) at += 2;
  }
  return bytes.subarray(0, size);
}

/** Parameters that are text: empty ones are as good as absent, and some clients send all of them always. */
const TEXTS = ['query', 'documentId', 'operationName'] as const;

function withoutEmpty(params: unknown): unknown {
  if (typeof params !== 'object' || params === null) return params;
  const given = params as Readonly<Record<string, unknown>>;
  if (!TEXTS.some((name) => given[name] === '')) return params;
  return Object.fromEntries(
    Object.entries(given).filter(
      ([name, value]) => value !== '' || !TEXTS.some((text) => text === name),
    ),
  );
}

function withObject(params: unknown): unknown {
  if (typeof params !== 'object' || params === null)
    throw malformed('The body of the request must be a JSON object.');
  return params;
}

function parsed(text: string, message: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw malformed(error instanceof RangeError ? 'The request is nested too deeply.' : message);
  }
}

function malformed(message: string) {
  return safeRefusal(message, 'BAD_REQUEST');
}
