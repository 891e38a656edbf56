import { performance } from 'node:perf_hooks';
import { TransportFailure } from '../http/http.ts';
import { pause } from '../waiting/time-limit.ts';
import type { Patience } from '../waiting/time-limit.ts';

/** How many attempts may start within a second. */
export class Pace {
  /** Null for no limit. */
  readonly #maxPerSecond: number | null;
  #nextStart = 0;

  constructor(maxPerSecond: number | null) {
    this.#maxPerSecond = maxPerSecond;
  }

  /** When an attempt could start if it asked now, on the clock of `performance.now()`, in milliseconds. */
  next(): number {
    return this.#maxPerSecond === null
      ? performance.now()
      : Math.max(performance.now(), this.#nextStart);
  }

  /** Waits until an attempt may start. @returns null if it may, or why it must not start; a promise only if there is a limit */
  wait(patience: Patience): Promise<TransportFailure | null> | null {
    if (this.#maxPerSecond === null && !patience.signal.aborted) return null;
    return this.#wait(patience);
  }

  async #wait({ deadline, signal }: Patience): Promise<TransportFailure | null> {
    const wait = this.#reserve(deadline);
    if (wait === null) return new TransportFailure('TIMEOUT', false, null);
    if (wait > 0) await pause(wait, signal);
    return signal.aborted ? new TransportFailure('CANCELLED', false, null) : null;
  }

  /** Takes the next start if it comes before the deadline. @returns milliseconds until then, null if it does not */
  #reserve(deadline: number): number | null {
    if (this.#maxPerSecond === null) return 0;
    const start = this.next();
    if (start >= deadline) return null;
    this.#nextStart = start + 1000 / this.#maxPerSecond;
    return start - performance.now();
  }
}
