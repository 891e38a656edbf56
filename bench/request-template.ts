import { statusOf } from './http-messages.ts';
import type { HttpMessage } from './http-messages.ts';

/** Placeholder in a template for the number that makes every request different: as many digits as it has characters. */
export const SLOT = '@@@@@@@@';

/** A request that is sent repeatedly, each time with another number in its slots, and its correct response. */
export interface RequestTemplate {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly response: ExpectedResponse;
}

/** The correct response: its status, and what its JSON body must contain at least. Strings may have slots too. */
export interface ExpectedResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A number for the slots of one request. */
export function digitsOf(number: number): string {
  return String(number).padStart(SLOT.length, '0');
}

/** A request as bytes, whose slots are rewritten for every request. */
export class RequestBytes {
  readonly bytes: Buffer;
  readonly #slots: readonly number[];

  constructor({ path, headers, body }: RequestTemplate) {
    const all = {
      host: 'localhost',
      'content-type': 'application/json',
      accept: 'application/json',
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    this.bytes = Buffer.from([`POST ${path} HTTP/1.1`, ...lines, '', body].join('\r\n'));
    const slots: number[] = [];
    for (
      let at = this.bytes.indexOf(SLOT);
      at !== -1;
      at = this.bytes.indexOf(SLOT, at + SLOT.length)
    )
      slots.push(at);
    this.#slots = slots;
  }

  /** Writes the number of the next request. */
  fill(digits: string): void {
    for (const slot of this.#slots) this.bytes.write(digits, slot, 'latin1');
  }
}

/** What is wrong with a response, null if nothing is. */
export function problemOf(
  message: HttpMessage,
  expected: ExpectedResponse,
  digits: string,
): string | null {
  const text = message.body.toString('utf8');
  const status = statusOf(message);
  if (status !== expected.status)
    return `status ${status} instead of ${expected.status}: ${text.slice(0, 500)}`;
  const right = JSON.parse(JSON.stringify(expected.body).replaceAll(SLOT, digits)) as unknown;
  return holds(jsonOf(text), right)
    ? null
    : `not the correct response: ${text.slice(0, 500)}; it must contain ${JSON.stringify(right)}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a JSON value contains everything in the other one. */
function holds(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (
    typeof actual !== 'object' ||
    actual === null ||
    Array.isArray(actual) !== Array.isArray(expected)
  )
    return false;
  return Object.entries(expected).every(([name, value]) =>
    holds((actual as Readonly<Record<string, unknown>>)[name], value),
  );
}
