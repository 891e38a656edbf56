import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { readBytes } from './load/read-bytes.ts';
import type { SecretReference } from './schema.ts';

/** How long a secret may be, in characters. Nothing that is longer is a client secret. */
const MAX_LENGTH = 10_000;

const NEEDED = 'It must have the secret.';

/** A secret that does not show itself: not as text, as JSON, or in a log. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the request that needs it. */
  reveal(): string {
    return this.#value;
  }

  equals(value: string): boolean {
    return this.#value === value;
  }

  toString(): string {
    return '(secret)';
  }

  toJSON(): string {
    return '(secret)';
  }

  [inspect.custom](): string {
    return '(secret)';
  }
}

/** A secret cannot be read. The message names the variable or the file, and never has a value. */
export class SecretUnavailable extends Error {
  override readonly name = 'SecretUnavailable';
}

/**
 * Reads a secret.
 *
 * @param place the environment, and what `fromFile` is relative to: `folder` of the loaded file
 * @throws SecretUnavailable if it is missing or empty
 */
export function resolveSecret(
  reference: SecretReference,
  place: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly folder: string;
  },
): Secret {
  if (typeof reference === 'string') return new Secret(reference);
  if ('fromFile' in reference) {
    const path = resolve(place.folder, reference.fromFile);
    return checked(readSecret(path), `The file ${path}`);
  }
  const source = `The environment variable ${reference.fromEnv}`;
  const value = place.env[reference.fromEnv];
  if (value === undefined) throw new SecretUnavailable(`${source} is not set. ${NEEDED}`);
  return checked(value, source);
}

function checked(value: string, source: string): Secret {
  if (value.trim() === '') throw new SecretUnavailable(`${source} is empty. ${NEEDED}`);
  if (value.length > MAX_LENGTH)
    throw new SecretUnavailable(
      `${source} is too long for a secret: it has more than ${MAX_LENGTH} characters.`,
    );
  return new Secret(value);
}

/** The file without one line break at its end, and without a byte order mark; no more of it than shows that it is too long. */
function readSecret(path: string): string {
  try {
    const bytes = readBytes(path, 4 * MAX_LENGTH);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new SecretUnavailable(
        `The file ${path} is not UTF-8 text. Save the secret with this encoding.`,
      );
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new SecretUnavailable(`The file ${path} ${reason}. ${NEEDED}`);
  }
}
