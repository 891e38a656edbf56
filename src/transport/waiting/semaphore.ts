import { TimeLimit } from './time-limit.ts';
import type { GaveUp, Patience } from './time-limit.ts';

/** A number of slots. If none is free, one can wait for a slot; first come, first served. */
export class Semaphore {
  readonly #slots: number;
  #running = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<() => void>();

  constructor(slots: number) {
    this.#slots = slots;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes a slot if one is free. */
  tryEnter(): boolean {
    if (this.#running >= this.#slots) return false;
    this.#running += 1;
    return true;
  }

  /**
   * Takes a slot, at once or when one is free.
   * @param patience null to wait as long as it takes
   * @returns null if it has a slot, or why it got none; a promise only if it has to wait
   */
  enter(patience: Patience | null): Promise<GaveUp | null> | null {
    if (this.tryEnter()) return null;
    // The signal does not fire a second time.
    if (patience?.signal.aborted === true) return Promise.resolve('CANCELLED');
    return new Promise((resolve) => {
      const settle = (gaveUp: GaveUp | null) => {
        this.#waiting.delete(enter);
        limit?.stop();
        resolve(gaveUp);
      };
      const enter = () => {
        settle(null);
      };
      const limit = patience === null ? null : TimeLimit.at(patience, settle);
      this.#waiting.add(enter);
    });
  }

  /** Runs an action on a slot, once one is free. */
  async run<Result>(action: () => Promise<Result>): Promise<Result> {
    await this.enter(null);
    try {
      return await action();
    } finally {
      this.leave();
    }
  }

  /** Frees a slot. It goes directly to the longest wait, so that no later one takes it. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
