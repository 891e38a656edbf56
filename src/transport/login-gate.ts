import { performance } from 'node:perf_hooks';

/** The turn of one login. */
export interface Turn {
  /** How many turns before this one were refused in a row, in whichever process. */
  readonly refusals: number;
  /**
   * Ends it, once. A refusal that comes after the end still counts.
   * @param pauseMs how long no other login may be tried because this one was refused, in milliseconds: `FOR_GOOD` if none may ever;
   * 0 if nothing was learned, `WORKED` if it was not refused, so that refusals before it no longer count
   */
  readonly end: (pauseMs: number) => void;
}

/** No login may be tried now, because one was refused. */
export interface NoTurn {
  /** For how long, in milliseconds; `FOR_GOOD` if for the life of the gateway. */
  readonly pausedMs: number;
}

/** For the life of the gateway. */
export const FOR_GOOD = Number.MAX_SAFE_INTEGER;

/** The end of a turn that was not refused. */
export const WORKED = -1;

/**
 * Lets one login at an upstream be tried at a time, in whichever process, and none for a while after one was refused:
 * accounts and access keys lock after a handful.
 */
export interface LoginGate {
  readonly enter: (upstream: string) => Promise<Turn | NoTurn>;
}

/** What is known of the logins at one upstream. */
interface Place {
  taken: boolean;
  refusedUntil: number;
  refusals: number;
  readonly waiting: (() => void)[];
}

/** @param now a clock that never goes back, in milliseconds */
export function createLoginGate(now: () => number = () => performance.now()): LoginGate {
  const places = new Map<string, Place>();
  return {
    enter: async (upstream) => {
      const place = places.get(upstream) ?? {
        taken: false,
        refusedUntil: 0,
        refusals: 0,
        waiting: [],
      };
      places.set(upstream, place);
      if (place.taken)
        await new Promise<void>((resolve) => {
          place.waiting.push(resolve);
        });
      place.taken = true;
      const leave = () => {
        const next = place.waiting.shift();
        // Handed on, so that nobody comes between.
        if (next === undefined) place.taken = false;
        else next();
      };
      const time = now();
      if (time < place.refusedUntil) {
        leave();
        return { pausedMs: place.refusedUntil === FOR_GOOD ? FOR_GOOD : place.refusedUntil - time };
      }
      let ended = false;
      return {
        refusals: place.refusals,
        end: (pauseMs) => {
          if (pauseMs > 0) {
            place.refusals += 1;
            place.refusedUntil = Math.max(
              place.refusedUntil,
              pauseMs === FOR_GOOD ? FOR_GOOD : now() + pauseMs,
            );
          }
          if (ended) return;
          ended = true;
          if (pauseMs === WORKED) place.refusals = 0;
          leave();
        },
      };
    },
  };
}
