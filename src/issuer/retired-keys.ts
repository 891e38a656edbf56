import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';

/** How many keys are remembered, and how many of one set: the room of a platform is for fewer. */
const MAX_REMEMBERED = 10_000;
export const MAX_RETIRED = 100;

/** What was seen of the keys that are stored for an issuer. */
export interface KeysSeen {
  /** Names the issuer, and where its keys are stored. Not secret. */
  readonly at: string;
  /** Thumbprints of the stored keys that the issuer no longer publishes. */
  readonly gone: readonly string[];
  /** Thumbprints of the keys that it publishes. What was remembered of them is forgotten. */
  readonly published: readonly string[];
}

/** Remembers since when issuers no longer publish keys. */
export interface RetiredKeys {
  /**
   * @returns for how long each of the first `MAX_RETIRED` gone keys has been seen gone, in seconds, by thumbprint: 0 the
   * first time. Null if that is not known at the moment
   */
  readonly see: (seen: KeysSeen) => Promise<ReadonlyMap<string, number> | null>;
}

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
