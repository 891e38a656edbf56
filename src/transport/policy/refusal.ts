import { TransportFailure } from '../http/http.ts';
import type { RefusalReason } from '../http/http.ts';

/** The policy refuses to send a call. */
export class Refusal extends TransportFailure {
  override readonly retryAfterSeconds: number | null;

  /** @param retryAfterMs time until a call may be sent again, in milliseconds; null if unknown */
  constructor(reason: RefusalReason, retryAfterMs: number | null = null) {
    super(reason, false, null);
    this.name = 'Refusal';
    this.retryAfterSeconds =
      retryAfterMs === null ? null : Math.max(1, Math.ceil(retryAfterMs / 1000));
  }
}
