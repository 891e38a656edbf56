import { hash } from 'node:crypto';
import { StaleError } from './errors.ts';
import { canonicalJson } from './json/json.ts';
import type { Json } from './json/json.ts';
import { id } from './primitives.ts';
import type { Secret } from './scrub/secret.ts';

/** The input field of a change that identifies the state the caller last saw. */
export const expectation = {
  expectedFingerprint: id(
    /^[0-9a-f]{64}$/,
    'a fingerprint exactly as it was read: 64 characters, 0 to 9 and a to f',
  ).nullish(),
};

/** SHA-256 over the normalized content of an object, in hexadecimal. The content must not include a secret: a weak one could be guessed from the hash. */
export function fingerprintOf(content: Json): string {
  return hash('sha256', canonicalJson(content));
}

/** An object as it was stored when it was read. */
export interface Snapshot {
  /** Its name, to begin a sentence. */
  readonly title: string;
  /** The content of its fingerprint, without secrets. */
  readonly content: Json;
  /** The stored secret; null if there is none. */
  readonly secret: Secret | null;
}

/** Whether an object is unchanged, including its secret. */
export function isUnchanged(before: Snapshot, now: Snapshot): boolean {
  return (
    before.secret?.reveal() === now.secret?.reveal() &&
    canonicalJson(before.content) === canonicalJson(now.content)
  );
}

/**
 * Compares the stored object with the state that the caller last saw.
 * @param expected the fingerprint that the caller last saw; null or undefined to skip the comparison
 * @throws StaleError if they differ
 */
export function requireFresh(expected: string | null | undefined, stored: Snapshot): void {
  if (typeof expected !== 'string') return;
  const current = fingerprintOf(stored.content);
  if (expected !== current)
    throw new StaleError(
      `${stored.title} does not match expectedFingerprint: it was changed since. Nothing was written. Read it again, then decide whether to retry.`,
      current,
    );
}
