import { createHash } from 'node:crypto';
import { StaleError } from './errors.ts';
import { canonicalJson } from './json.ts';
import type { Json } from './json.ts';
import { id } from './primitives.ts';
import type { Secret } from './secret.ts';

/** The field of a change that says what the caller last saw. */
export const expectation = {
  expectedFingerprint: id(
    /^[0-9a-f]{64}$/,
    'a fingerprint as it was read: 64 digits 0 to 9 and a to f',
  ).nullish(),
};

/** SHA-256 over the normalised content of an object, in hexadecimal. The content must hold no secret: a weak one could be guessed from it. */
export function fingerprintOf(content: Json): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** An object as it was stored when it was read. */
export interface Snapshot {
  /** What it is, at the beginning of a sentence. */
  readonly title: string;
  /** What its fingerprint is made of: no secret. */
  readonly content: Json;
  /** What else of it can be written; null if that is all. */
  readonly secret: Secret | null;
}

/** Whether an object is the same as before, secrets included. */
export function isUnchanged(before: Snapshot, now: Snapshot): boolean {
  return (
    before.secret?.reveal() === now.secret?.reveal() &&
    canonicalJson(before.content) === canonicalJson(now.content)
  );
}

/**
 * Compares what is stored with what the caller last saw.
 * @param expected the fingerprint of what the caller last saw; null or undefined if that does not matter
 * @throws StaleError if they differ
 */
export function requireFresh(expected: string | null | undefined, stored: Snapshot): void {
  if (typeof expected !== 'string') return;
  const current = fingerprintOf(stored.content);
  if (expected !== current)
    throw new StaleError(
      `${stored.title} is not what expectedFingerprint stands for: it was changed since. Nothing was written. Read it again, and decide anew.`,
      current,
    );
}
