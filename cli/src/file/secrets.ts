import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import type { SecretReference } from './schema.ts';

/** How long a secret may be, in characters. Nothing that is longer is a client secret. */
const MAX_LENGTH = 10_000;

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
 * @param folder what `fromFile` is relative to: `folder` of the loaded file
 * @throws SecretUnavailable if it is missing or empty
 */
export function resolveSecret(
  reference: SecretReference,
  {
    env,
    folder,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly folder: string },
): Secret {
  if (typeof reference === 'string') return new Secret(reference);
  if ('fromFile' in reference) return new Secret(readSecret(resolve(folder, reference.fromFile)));
  const value = env[reference.fromEnv];
  if (value === undefined || value.trim() === '')
    throw new SecretUnavailable(
      `The environment variable ${reference.fromEnv} is ${value === undefined ? 'not set' : 'empty'}. It is to have a secret.`,
    );
  if (value.length > MAX_LENGTH)
    throw new SecretUnavailable(
      `The environment variable ${reference.fromEnv} is too long for a secret.`,
    );
  return new Secret(value);
}

function readSecret(path: string): string {
  let value: string;
  try {
    if (statSync(path).size > 4 * MAX_LENGTH) throw tooLong(path);
    value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof SecretUnavailable) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new SecretUnavailable(`The file ${path} ${reason}. It is to have a secret.`);
  }
  if (value.trim() === '')
    throw new SecretUnavailable(`The file ${path} is empty. It is to have a secret.`);
  if (value.length > MAX_LENGTH) throw tooLong(path);
  return value;
}

function tooLong(path: string): SecretUnavailable {
  return new SecretUnavailable(`The file ${path} is too long for a secret.`);
}
