import { performance } from 'node:perf_hooks';

/*
 * Time that does not go by: what waits for a time waits for the test, so that a slow machine is never late. Only what
 * the code under test reads and sets is stopped, `performance.now` and `setTimeout`; sockets, processes and what a test
 * itself waits for go on.
 */

/** A clock that stands still until the test moves it. */
export interface StoppedClock {
  /** Lets this much time go by, in milliseconds, and ends the waits that are over by then, in their order. */
  readonly pass: (ms: number) => void;
  /** Lets time go by again. */
  readonly restore: () => void;
}

/** Waits from this long on are deadlines, limits and faults, which tests are about. Shorter ones, e.g. pauses between attempts, end by themselves. */
const LONG_MS = 1_000;

/** The longest wait that Node.js knows. */
const NEVER_MS = 2 ** 31 - 1;

interface Wait {
  readonly due: number;
  readonly end: () => void;
}

/** Stops the clock of this process. @param fromMs the shortest wait that is left to the test */
export function stopClock({ fromMs = LONG_MS }: { readonly fromMs?: number } = {}): StoppedClock {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  const waits = new Map<unknown, Wait>();
  // In whole milliseconds: a time that is added to it and taken away again is then the same.
  let time = Math.ceil(performance.now());

  const wait = (
    callback: (...values: unknown[]) => void,
    ms = 0,
    ...values: unknown[]
  ): NodeJS.Timeout => {
    if (!(ms >= fromMs)) return real.setTimeout(callback, ms, ...values);
    // A true timer, so that it can be unreferenced and cleared like any other.
    const timer = real.setTimeout(() => undefined, NEVER_MS);
    waits.set(timer, {
      due: time + ms,
      end: () => {
        callback(...values);
      },
    });
    return timer;
  };
  const clear = (timer?: NodeJS.Timeout | string | number) => {
    waits.delete(timer);
    real.clearTimeout(timer);
  };
  globalThis.setTimeout = Object.assign(wait, {
    __promisify__: real.setTimeout.__promisify__,
  }) as typeof real.setTimeout;
  globalThis.clearTimeout = clear;
  performance.now = () => time;

  return {
    pass: (ms) => {
      const until = time + ms;
      for (;;) {
        const [next] = [...waits]
          .filter(([, { due }]) => due <= until)
          .toSorted(([, one], [, other]) => one.due - other.due);
        if (next === undefined) break;
        const [timer, { due, end }] = next;
        clear(timer as NodeJS.Timeout);
        time = Math.max(time, due);
        end();
      }
      time = until;
    },
    restore: () => {
      globalThis.setTimeout = real.setTimeout;
      globalThis.clearTimeout = real.clearTimeout;
      // The method of its class shows again.
      Reflect.deleteProperty(performance, 'now');
    },
  };
}
