import { inspect } from 'node:util';

/** Replaces a secret in a text. */
export const REDACTED = '[redacted]';

/**
 * A value that must not be shown. It hides itself from string conversion, JSON and `console.log`,
 * so that a forgotten log line or a serialized error cannot give it away.
 */
export class Secret {
  readonly #value: string;
  /** Whether the value is not known here, only that there is one. */
  readonly isWithheld: boolean;

  constructor(value: string, isWithheld = false) {
    this.#value = value;
    this.isWithheld = isWithheld;
  }

  /** Stands for a secret whose value is not kept. */
  static withheld(): Secret {
    return new Secret(REDACTED, true);
  }

  /** The value itself. Use it only to send the value to the upstream, or to a caller who may see it. */
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
