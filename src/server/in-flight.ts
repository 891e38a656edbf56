/** Lets at most so many operations run at the same time. */
export interface InFlight {
  /** @returns what to call when the operation has ended, as often as one likes; null where there is no place: nobody waits for one */
  readonly enter: () => (() => void) | null;
}

export function createInFlight(most: number): InFlight {
  let running = 0;
  return {
    enter: () => {
      if (running >= most) return null;
      running += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        running -= 1;
      };
    },
  };
}

/** The place of one request, which it takes when it is let in, and has until it ends. */
export class Place {
  #leave: (() => void) | null = null;
  #isOver = false;

  /** @returns false if there is no place. A request that has ended meanwhile needs none */
  take({ enter }: InFlight): boolean {
    if (this.#isOver) return true;
    this.#leave = enter();
    return this.#leave !== null;
  }

  /** The request has ended. */
  end(): void {
    this.#isOver = true;
    this.#leave?.();
  }
}
