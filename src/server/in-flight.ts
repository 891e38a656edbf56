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

/** The part of all requests that may be calls of one upstream, if there are others: when it hangs, the rest is left to those. */
const CALLS_PART = 0.75;

/**
 * How many calls of one upstream may be under way. A request keeps its slot while it waits for an upstream, and nobody
 * knows before it is read which one it is for. So what an upstream that hangs may hold has to be less than all slots.
 * @param most requests at the same time
 * @param upstreams how many upstreams are configured
 */
export function maxCallsOf(most: number, upstreams: number): number {
  return upstreams > 1 ? Math.ceil(most * CALLS_PART) : Infinity;
}
