import type { Semaphore } from '../../transport/waiting/semaphore.ts';
import type { Refusal } from '../http/refusal.ts';

/** Refuses a request for which there is no slot. */
export const OVERLOADED: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message:
    'The gateway is already serving its maximum number of requests (LIMIT_IN_FLIGHT). Nothing was executed: it is safe to send the request again.',
};

/**
 * The slot of one request: taken when the request is let in, and released when it ends. Unlike calls of upstreams, no
 * request waits for a slot.
 */
export class Slot {
  #limit: Semaphore | null = null;
  #hasEnded = false;

  /** @returns false if no slot is free. A request that has already ended needs none */
  take(limit: Semaphore): boolean {
    if (this.#hasEnded) return true;
    if (!limit.tryEnter()) return false;
    this.#limit = limit;
    return true;
  }

  /** The request has ended. Further calls change nothing. */
  release(): void {
    this.#hasEnded = true;
    this.#limit?.leave();
    this.#limit = null;
  }
}

/** The share of all slots that calls to one upstream may take if there are others: if it hangs, the others have the rest. */
const CALLS_SHARE = 0.75;

/**
 * How many calls of one upstream may run. A request keeps its slot while it waits for an upstream, and until it is read
 * it is unknown which one it is for. So an upstream that hangs must not be able to hold all slots.
 * @param max requests at the same time
 * @param upstreams how many upstreams are configured
 */
export function maxCallsOf(max: number, upstreams: number): number {
  return upstreams > 1 ? Math.ceil(max * CALLS_SHARE) : Infinity;
}
