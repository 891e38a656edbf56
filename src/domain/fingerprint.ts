import { createHash } from 'node:crypto';
import { StaleError } from './errors.ts';
import { canonicalJson } from './json.ts';
import type { Json } from './json.ts';
import { id } from './primitives.ts';

/** The field of a change that says what the caller last saw. */
export const expectation = { expectedFingerprint: id(/^[0-9a-f]{64}$/, 'a fingerprint as it was read: 64 digits 0 to 9 and a to f').nullish() };

/** SHA-256 over the normalised content of an object, in hexadecimal. The content must hold no secret: a weak one could be guessed from it. */
export function fingerprintOf(content: Json): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/**
 * Compares what is stored with what the caller last saw; nothing is read where the caller does not say.
 * @param what the object in words, for the message
 * @param read gives the content that is stored now
 * @throws StaleError where they differ
 */
export async function requireFresh(expected: string | null | undefined, what: string, read: () => Promise<Json>): Promise<void> {
  if (typeof expected !== 'string') return;
  const current = fingerprintOf(await read());
  if (expected !== current) throw new StaleError(`${what} is not what expectedFingerprint stands for: it was changed since. Nothing was written. Read it again, and decide anew.`, current);
}
