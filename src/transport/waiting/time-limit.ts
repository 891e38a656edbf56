import { performance } from 'node:perf_hooks';
import type { CancelSignal } from './cancel-signal.ts';

/** How long something may be waited for. */
export interface Patience {
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
  /** Fires when the caller hangs up. */
  readonly signal: CancelSignal;
}

/** Why a wait ended early. */
export type GaveUp = 'TIMEOUT' | 'CANCELLED';

/** Limits a wait: fires when its time is over, and when the caller hangs up. The code that starts it must stop it. */
export class TimeLimit {
  readonly #signal: CancelSignal;
  readonly #onHangUp: () => void;
  #timer: NodeJS.Timeout;

  /** @param deadline the limit is not over before it: timers count from when the event loop last read the clock, and may fire early */
  constructor(
    ms: number,
    signal: CancelSignal,
    onEnd: (why: GaveUp) => void,
    deadline = -Infinity,
  ) {
    const expire = () => {
      const more = deadline - performance.now();
      if (more <= 0) onEnd('TIMEOUT');
      else this.#timer = setTimeout(expire, Math.ceil(more));
    };
    this.#timer = setTimeout(expire, Math.max(0, Math.ceil(ms)));
    this.#onHangUp = () => {
      onEnd('CANCELLED');
    };
    this.#signal = signal;
    signal.addEventListener('abort', this.#onHangUp);
  }

  /** A limit at a deadline. A signal that has fired already does not fire again. */
  static at({ deadline, signal }: Patience, onEnd: (why: GaveUp) => void): TimeLimit {
    return new TimeLimit(deadline - performance.now(), signal, onEnd, deadline);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onHangUp);
  }
}

/** Waits, in milliseconds; not longer than until the caller hangs up. */
export function pause(ms: number, signal: CancelSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const limit = new TimeLimit(ms, signal, () => {
      limit.stop();
      resolve();
    });
  });
}
