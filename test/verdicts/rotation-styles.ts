import { newKey } from '../../src/commands/dev-provider/example.ts';
import type { ProviderKey } from '../../src/commands/dev-provider/example.ts';

/** How a provider changes its keys. */
export const STYLES = [
  'PUBLISHED_BEFORE_USE',
  'OVERLAP',
  'HARD_CUT',
  'KID_REUSED',
  'ALGORITHM_CHANGED',
  'LEFT_IN',
] as const;
export type Style = (typeof STYLES)[number];

/** The keys that a provider publishes for an interval; it signs with the first one. */
export type Published = readonly [ProviderKey, ...ProviderKey[]];

/** How many keys are made of each type. A key comes back long after it was dropped, under another kid. */
const POOL = 28;

/** How many keys a provider leaves in that no longer sign. */
const MAX_LEFT_IN = 6;

/** A provider that changes its keys again and again. */
export class RotatingProvider {
  readonly #pool = {
    RS256: Array.from({ length: POOL }, () => newKey('pool')),
    ES256: Array.from({ length: POOL }, () => newKey('pool', 'ES256')),
  };
  #made = 0;
  #current: ProviderKey = this.#next('RS256');
  #left: readonly ProviderKey[] = [];

  get published(): Published {
    return [this.#current, ...this.#left];
  }

  /** What it publishes, interval by interval, until it signs with another key. */
  rotate(style: Style): readonly Published[] {
    const before = this.#current;
    const left = this.#left;
    const alg = before.alg === 'ES256' ? 'ES256' : 'RS256';
    const other = alg === 'RS256' ? 'ES256' : 'RS256';
    const next = this.#next(style === 'ALGORITHM_CHANGED' ? other : alg);
    this.#current = next;
    switch (style) {
      case 'HARD_CUT':
        this.#left = [];
        return [[next]];
      case 'PUBLISHED_BEFORE_USE':
        return [
          [before, next, ...left],
          [next, ...left],
        ];
      case 'KID_REUSED': {
        const between = this.#next(alg);
        this.#current = { ...next, kid: before.kid };
        return [
          [before, between, ...left],
          [between, this.#current, ...left],
          [this.#current, ...left],
        ];
      }
      case 'LEFT_IN':
        this.#left = [before, ...left].slice(0, MAX_LEFT_IN);
        return [
          [before, next, ...left],
          [next, ...this.#left],
        ];
      case 'OVERLAP':
      case 'ALGORITHM_CHANGED':
        return [
          [before, next, ...left],
          [next, before, ...left],
          [next, ...left],
        ];
    }
  }

  #next(alg: 'RS256' | 'ES256'): ProviderKey {
    this.#made += 1;
    const pool = this.#pool[alg];
    const key = pool[this.#made % pool.length];
    if (key === undefined) throw new Error('the pool is empty');
    return { ...key, kid: `key-${this.#made}` };
  }
}
