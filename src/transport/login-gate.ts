import { performance } from 'node:perf_hooks';

/** The turn of one login. */
export interface Turn {
  /**
   * Ends it, once.
   * @param refusedMs how long no other login may be tried, in milliseconds: 0 where this one was not refused, `FOR_GOOD` where none may ever
   */
  readonly end: (refusedMs: number) => void;
}

/** For the life of the gateway. */
export const FOR_GOOD = Number.MAX_SAFE_INTEGER;

/**
 * Lets one login at an upstream be tried at a time, in whichever process, and none where one was refused: accounts and
 * access keys lock after a handful.
 */
export interface LoginGate {
  /** @returns null where none may be tried now */
  readonly enter: (upstream: string) => Promise<Turn | null>;
}

/** What is known of the logins at one upstream. */
interface Place {
  taken: boolean;
  refusedUntil: number;
  readonly waiting: (() => void)[];
}

/** @param now a clock that never goes back, in milliseconds */
export function createLoginGate(now: () => number = () => performance.now()): LoginGate {
  const places = new Map<string, Place>();
  return {
    enter: async (upstream) => {
      const place = places.get(upstream) ?? { taken: false, refusedUntil: 0, waiting: [] };
      places.set(upstream, place);
      if (place.taken) await new Promise<void>((resolve) => { place.waiting.push(resolve); });
      place.taken = true;
      const leave = () => {
        const next = place.waiting.shift();
        // Handed on, so that nobody comes between.
        if (next === undefined) place.taken = false;
        else next();
      };
      if (now() < place.refusedUntil) {
        leave();
        return null;
      }
      let ended = false;
      return {
        end: (refusedMs) => {
          if (ended) return;
          ended = true;
          if (refusedMs > 0) place.refusedUntil = now() + refusedMs;
          leave();
        },
      };
    },
  };
}
