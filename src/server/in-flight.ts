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
