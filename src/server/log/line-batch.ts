/** The state of a line of the audit trail. */
export interface Delivery {
  /** Resolves after the first attempt to write it, at the end of the current step of the event loop. */
  readonly tried: Promise<void>;
  /** `WAITING`: the reader has not made room for it yet. `LOST`: it cannot be written. */
  readonly state: 'WAITING' | 'WRITTEN' | 'LOST';
  /** Resolves when the line is no longer waiting. */
  readonly settled: () => Promise<void>;
}

/** Lines that are written together. */
export class Batch implements Delivery {
  state: Delivery['state'] = 'WAITING';
  /** How many lines are lost if this batch is lost; null if its lines have to be counted. */
  readonly stands: number | null;
  text = '';
  bytes = Buffer.alloc(0);
  /** How many bytes have been written. */
  written = 0;
  readonly tried: Promise<void>;
  endTry: () => void = () => undefined;
  #settled: Promise<void> | null = null;
  #settle: () => void = () => undefined;

  constructor(stands: number | null = null) {
    this.stands = stands;
    this.tried = new Promise((resolve) => {
      this.endTry = resolve;
    });
  }

  settled(): Promise<void> {
    if (this.state !== 'WAITING') return this.tried;
    return (this.#settled ??= new Promise((resolve) => {
      this.#settle = resolve;
    }));
  }

  settle(state: 'WRITTEN' | 'LOST'): void {
    this.state = state;
    this.#settle();
  }
}

/** A line that was not taken. */
export const NOT_TAKEN: Delivery = {
  tried: Promise.resolve(),
  state: 'LOST',
  settled: () => Promise.resolve(),
};
