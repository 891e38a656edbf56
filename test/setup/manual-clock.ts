import { setImmediate } from 'node:timers/promises';
import type { WatchClock } from '../../src/watch/check-watch.ts';

/** A clock for what is given one: it stands still until the test moves it. */
export interface ManualClock extends WatchClock {
  /** Lets this much time go by, in milliseconds. What becomes due ends in its order, and what follows from it at once is done before the next. */
  readonly pass: (ms: number) => Promise<void>;
}

/** Rounds of the event loop in which what follows from a callback happens, if it waits for nothing outside. */
const ROUNDS = 10;

export function manualClock(): ManualClock {
  let time = Date.UTC(2026, 10, 29);
  const waits = new Set<{ readonly due: number; readonly callback: () => void }>();
  const settle = async () => {
    for (let round = 0; round < ROUNDS; round += 1) await setImmediate();
  };
  return {
    now: () => time,
    wait: (ms, callback) => {
      const wait = { due: time + ms, callback };
      waits.add(wait);
      return () => {
        waits.delete(wait);
      };
    },
    pass: async (ms) => {
      const until = time + ms;
      await settle();
      for (;;) {
        const [next] = [...waits]
          .filter(({ due }) => due <= until)
          .sort((one, other) => one.due - other.due);
        if (next === undefined) break;
        waits.delete(next);
        time = Math.max(time, next.due);
        next.callback();
        await settle();
      }
      time = until;
    },
  };
}
