import { createHash } from 'node:crypto';
import type { IdempotencyStore } from './store.ts';

/** A store that gets only digests of keys and inputs. They are plain ones, so it must not leave this machine. */
export function digested(store: IdempotencyStore): IdempotencyStore {
  return {
    claim: (key, input, leaseMs) => store.claim(digestOf(key), digestOf(input), leaseMs),
    settle: (key, token, settled) => store.settle(digestOf(key), token, settled),
  };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
