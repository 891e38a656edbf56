import { performance } from 'node:perf_hooks';
import type { HangUp } from '../hang-up.ts';
import { TransportFailure } from '../http.ts';

/** How long an attempt may wait for its turn. */
export interface Patience {
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
  /** Fires when the caller hangs up: nothing is sent then. */
  readonly hangUp: HangUp;
}

/** How many attempts run at the same time; more wait for their turn, first come, first served. */
export class Concurrency {
  readonly #max: number;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor(max: number) {
    this.#max = max;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes a slot, at once or when one is free. @returns null if it has one, or why it got none; a promise only if it has to wait */
  enter({ deadline, hangUp }: Patience): Promise<TransportFailure | null> | null {
    if (this.#running < this.#max) {
      this.#running += 1;
      return null;
    }
    // A hang-up is told only once.
    if (hangUp.aborted) return Promise.resolve(new TransportFailure('CANCELLED', false, null));
    return new Promise((resolve) => {
      const settle = () => {
        this.#waiting.delete(enter);
        clearTimeout(timer);
        hangUp.removeEventListener('abort', onHangUp);
      };
      const enter = () => {
        settle();
        resolve(null);
      };
      const giveUp = (reason: 'TIMEOUT' | 'CANCELLED') => {
        settle();
        resolve(new TransportFailure(reason, false, null));
      };
      const onHangUp = () => {
        giveUp('CANCELLED');
      };
      const timer = setTimeout(() => {
        giveUp('TIMEOUT');
      }, deadline - performance.now());
      hangUp.addEventListener('abort', onHangUp);
      this.#waiting.add(enter);
    });
  }

  /** Gives the slot to the attempt that has waited longest. */
  leave(): void {
    if (this.#waiting.size === 0) {
      this.#running -= 1;
      return;
    }
    const [next] = this.#waiting;
    next?.();
  }
}
