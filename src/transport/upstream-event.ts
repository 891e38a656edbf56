import type { Scrubber } from '../domain/scrub/scrub.ts';
import type { CredentialsEvent } from './credentials/gateway-credentials.ts';
import type { BreakerEvent } from './policy/breaker.ts';

/**
 * What reading back showed about a write whose response was lost. `CONFIRMED`: it was applied; `CHANGED`: somebody else
 * changed the object since; `NOT_READ`: the operation cannot be read back. Except for `CONFIRMED`, the outcome is unknown.
 */
export type LostResponseOutcome = 'CONFIRMED' | 'CHANGED' | 'UNKNOWN' | 'NOT_READ';

/** What happened in the gateway's dealings with an upstream, for the log and for metrics: none of it is about one caller. */
export type UpstreamEvent =
  /** Calls to the upstream are paused, or resume. */
  | BreakerEvent
  /** An event of the gateway's own credentials. The scrubber knows their secrets. */
  | (CredentialsEvent & { readonly scrubber: Scrubber })
  /** A write ended whose response was lost. */
  | { readonly kind: 'RESPONSE_LOST'; readonly outcome: LostResponseOutcome };
