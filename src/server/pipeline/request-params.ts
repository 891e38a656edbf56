import { isUtf8 } from 'node:buffer';
import { parseExactJson } from '../../domain/json/exact-json.ts';
import type { BodyKind } from '../http/request-headers.ts';
import { malformedRequest, requestError } from './request-error.ts';

/*
 * Reads the parameters of a GraphQL request. Text is decoded strictly, else invalid UTF-8 would be stored as
 * U+FFFD. The values of the parameters are checked later.
 */

const BYTE_ORDER_MARK = 0xfeff;

/** Reads the parameters of requests. */
export class ParamsReader {
  readonly #maxValues: number;
  /** What came of bodies that the fast path has left to Yoga: none is parsed twice. */
  readonly #known = new WeakMap<Buffer, () => unknown>();

  /** @param maxValues values that variables may hold (LIMIT_VALUES) */
  constructor(maxValues: number) {
    this.#maxValues = maxValues;
  }

  /** Reads a JSON body. @throws GraphQLError if it is not JSON or has too many values; its message contains nothing from the body */
  json(body: Buffer): unknown {
    const known = this.#known.get(body);
    if (known !== undefined) return known();
    try {
      return readJsonBody(body, this.#maxValues);
    } catch (error) {
      this.#known.set(body, () => {
        throw error;
      });
      throw error;
    }
  }

  /** Keeps what a JSON body holds for the next to read it. */
  keep(body: Buffer, params: unknown): void {
    this.#known.set(body, () => params);
  }

  /** Reads a request of any kind. @throws GraphQLError like `json` */
  read(url: string, bodyKind: BodyKind | null, body: Buffer): unknown {
    switch (bodyKind) {
      case 'JSON':
        return withObject(this.json(body));
      case 'DOCUMENT':
        return { query: decoded(body) };
      case 'FORM':
        return readPairs(decoded(body), 'The body of the request', this.#maxValues);
      case null: {
        const query = url.indexOf('?');
        const text = query === -1 ? '' : url.slice(query + 1);
        // Node returns each byte as a character.
        if (/[^\x21-\x7e]/.test(text))
          throw malformedRequest('The query string has characters that must be percent-encoded.');
        return readPairs(text, 'The query string', this.#maxValues);
      }
    }
  }
}

function readJsonBody(body: Buffer, maxValues: number): unknown {
  const text = decoded(body);
  if (text.charCodeAt(0) === BYTE_ORDER_MARK)
    throw malformedRequest(
      'The body of the request begins with a byte order mark (BOM), which JSON must not have: send it without one.',
    );
  const params = parsed(text, 'The body of the request is not valid JSON.');
  if (typeof params === 'object' && params !== null && 'variables' in params)
    checkValues(params.variables, text, maxValues);
  return withoutEmpty(params);
}

function decoded(body: Buffer): string {
  if (!isUtf8(body))
    throw malformedRequest('The body of the request is not UTF-8: send it in UTF-8.');
  return body.toString('utf8');
}

/** Reads pairs of names and values as forms send them (URL standard, application/x-www-form-urlencoded). */
function readPairs(text: string, where: string, maxValues: number): unknown {
  if (/%[89a-f]/i.test(text) && !isUtf8(percentDecoded(text)))
    throw malformedRequest(
      `${where} has percent-encoded bytes that are not UTF-8: encode it in UTF-8.`,
    );
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
  checkValues(params['variables'], text, maxValues);
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

/** Every value in the text that was parsed takes at least two characters, its comma included. */
const MIN_CHARACTERS_OF_VALUE = 2;

/** Each value of variables takes processor time: by graphql-js, 80,000 of them took 60 ms. @throws GraphQLError if there are too many */
function checkValues(variables: unknown, text: string, maxValues: number): void {
  if (text.length <= maxValues * MIN_CHARACTERS_OF_VALUE || !hasMoreValues(variables, maxValues))
    return;
  throw requestError(
    `The variables contain more than ${maxValues} values. Send fewer, or ask the operator of the gateway to raise LIMIT_VALUES.`,
    'LIMIT_EXCEEDED',
  );
}

/** Whether there are more values than `max` in a value, itself included. Looks at no more than `max`. */
function hasMoreValues(root: unknown, max: number): boolean {
  const left = [root];
  for (let count = 1; left.length > 0; count += 1) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    if (count + left.length + items.length > max) return true;
    for (const item of items) left.push(item);
  }
  return false;
}

/** Parameters that are text. Empty ones count as absent: some clients always send all of them. */
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
    throw malformedRequest('The body of the request must be a JSON object.');
  return params;
}

function parsed(text: string, message: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw malformedRequest(
      error instanceof RangeError ? 'The request is nested too deeply.' : message,
    );
  }
}
