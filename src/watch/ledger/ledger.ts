import type { WatchResult } from '../../domain/sign-in/watch.ts';
import type { Notice } from '../notice.ts';

/** What is remembered of a watch between its checks. */
export interface Memory {
  readonly result: WatchResult;
  /** What was last reported, as `signatureOf` has it. */
  readonly reported: string;
  /** What the webhook did not take yet; null if there is nothing. */
  readonly unsent: Notice | null;
}

/** Who makes a check. */
export type Claim =
  | { readonly kind: 'CLAIMED'; readonly memory: Memory | null }
  /** The interval has its check. The next one may be made in this many milliseconds. */
  | { readonly kind: 'TAKEN'; readonly inMs: number; readonly memory: Memory | null };

export interface Terms {
  readonly everyMs: number;
  /** How long nobody else may make the check, in milliseconds, if this process does not say that it is done. */
  readonly leaseMs: number;
}

/** Gives the check of each interval to one of those who ask. `name` is that of a watch, `token` that of an attempt. */
export interface Ledger {
  /** Asks for the check. The same token gets the same answer again. */
  readonly claim: (name: string, token: string, terms: Terms) => Promise<Claim>;
  /** Whether the check is still that of the token. */
  readonly holds: (name: string, token: string) => Promise<boolean>;
  /**
   * Remembers what came of the check, if it is still that of the token.
   * @param isLast whether the check is done
   * @returns whether it was
   */
  readonly record: (
    name: string,
    token: string,
    memory: Memory,
    isLast: boolean,
  ) => Promise<boolean>;
  /** Gives the check back: it was not made. */
  readonly release: (name: string, token: string) => Promise<void>;
  /** What is remembered of these watches. */
  readonly read: (names: readonly string[]) => Promise<readonly (Memory | null)[]>;
}
