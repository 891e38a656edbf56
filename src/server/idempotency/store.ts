/** What became of a write that has a key. */
export type Settled =
  /** It was applied. `result`: what the caller got, as text. */
  | { readonly kind: 'DONE'; readonly result: string }
  /** It may have been applied. */
  | { readonly kind: 'UNKNOWN' }
  /** It was definitely not applied: the key may be used again. */
  | { readonly kind: 'FREE' };

/** What a store says to a request that has a key. */
export type Claim =
  /**
   * The request may go on, and must settle the key. `mayBeApplied`: an earlier request with the key may have applied the
   * write, so it must not be sent again.
   */
  | { readonly kind: 'CLAIMED'; readonly token: string; readonly mayBeApplied: boolean }
  | { readonly kind: 'DONE'; readonly result: string }
  /** The key was used with another input. */
  | { readonly kind: 'MISMATCH' }
  /** Another request with the key has not ended. */
  | { readonly kind: 'IN_FLIGHT' }
  /** No further key can be remembered. */
  | { readonly kind: 'FULL' };

/** Remembers the keys of writes. */
export interface IdempotencyStore {
  /**
   * @param key names the caller, the field and the caller's own key. It may have a secret: a store keeps a digest
   * @param input the input as text, of which the same is true
   * @param leaseMs how long the request may take, in milliseconds; after that it counts as lost
   */
  readonly claim: (key: string, input: string, leaseMs: number) => Promise<Claim>;
  /** Does nothing if another request has claimed the key since. @param token from the claim */
  readonly settle: (key: string, token: string, settled: Settled) => Promise<void>;
}

/** How long a key is remembered after its write, in milliseconds. */
export const REMEMBERED_MS = 24 * 3_600_000;
