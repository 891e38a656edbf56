import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import type { RetiredKeys } from '../domain/keys/rotation/retired-keys.ts';

/** How many keys are remembered, and how many of one set: the room of a platform is for fewer. */
const MAX_REMEMBERED = 10_000;
export const MAX_RETIRED = 100;

/**
 * Remembers them in the memory of this process. When it is full, the ones that nobody asked about for longest are forgotten,
 * and stay stored for longer.
 * @param now a clock that never goes back, in milliseconds
 */
export function createRetiredKeys(now: () => number = () => performance.now()): RetiredKeys {
  const goneSince = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  return {
    see: ({ at, gone, published }) => {
      const time = now();
      for (const thumbprint of published) goneSince.delete(nameOf(at, thumbprint));
      const ages = gone.slice(0, MAX_RETIRED).map((thumbprint): [string, number] => {
        const name = nameOf(at, thumbprint);
        const since = goneSince.get(name) ?? time;
        goneSince.set(name, since);
        return [thumbprint, (time - since) / 1_000];
      });
      return Promise.resolve(new Map(ages));
    },
  };
}

/** A short name, so that the memory is bounded. */
function nameOf(at: string, thumbprint: string): string {
  return createHash('sha256').update(`${at}\0${thumbprint}`).digest('base64url');
}
