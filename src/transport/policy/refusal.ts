import { TransportFailure } from '../http.ts';
import type { RefusalReason } from '../http.ts';

/** The policy does not let a call go to the upstream: nothing is sent. */
export class Refusal extends TransportFailure {
  override readonly retryAfterSeconds: number | null;

  /** @param retryAfterMs when a call may go again, in milliseconds from now; null if that is not known */
  constructor(reason: RefusalReason, retryAfterMs: number | null = null) {
    super(reason, false, null);
    this.name = 'Refusal';
    this.retryAfterSeconds =
      retryAfterMs === null ? null : Math.max(1, Math.ceil(retryAfterMs / 1000));
  }
}
