import { inspect } from 'node:util';

/** What stands in a text where a secret was. */
export const REDACTED = '[redacted]';

/**
 * A value that must not be shown: it hides itself from string conversion, JSON and `console.log`,
 * so that a forgotten log line or a serialised error cannot give it away.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it only where the value goes on the wire, or to the caller entitled to it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
