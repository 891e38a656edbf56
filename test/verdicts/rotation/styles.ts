import { newKey } from '../../../src/commands/dev-provider/example.ts';
import type { ProviderKey } from '../../../src/commands/dev-provider/example.ts';

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
const POOL = 40;

/** How many keys a provider leaves in that no longer sign. */
const MAX_LEFT_IN = 6;

/** How often a style is used in a row. */
const MAX_RUN = 12;

/**
 * Each style this many times, in runs of different lengths, so that most follow each other. The same order each time.
 */
export function stylesInTurn(times: number): readonly Style[] {
  const random = numbers();
  const left = new Map<Style, number>(STYLES.map((style) => [style, times]));
  const order: Style[] = [];
  while (left.size > 0) {
    const styles = [...left.keys()];
    const style = styles[random() % styles.length] ?? 'OVERLAP';
    const remaining = left.get(style) ?? 0;
    const run = Math.min(remaining, 1 + (random() % MAX_RUN));
    order.push(...Array.from({ length: run }, () => style));
    if (run === remaining) left.delete(style);
    else left.set(style, remaining - run);
  }
  return order;
}

/** Makes numbers that look random, the same each time: a linear congruential generator. */
export function numbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 16;
  };
}

/** A provider that changes its keys again and again. */
export class RotatingProvider {
  readonly #pool = {
    RS256: Array.from({ length: POOL }, () => ({ key: newKey('pool'), usedAt: 0 })),
    ES256: Array.from({ length: POOL }, () => ({ key: newKey('pool', 'ES256'), usedAt: 0 })),
  };
  #made = 0;
  #current: ProviderKey = this.#next('RS256');
  #left: readonly ProviderKey[] = [];

  get published(): Published {
    return [this.#current, ...this.#left];
  }

  /**
   * What it publishes, interval by interval, until it is about to sign with the next key alone. That follows with what the next
   * rotation publishes first, or with `published`.
   */
  rotate(style: Style): readonly Published[] {
    const before = this.#current;
    const alg = algOf(before);
    const other = alg === 'RS256' ? 'ES256' : 'RS256';
    const left = this.#left;
    this.#use([before, ...left]);
    const next = this.#next(style === 'ALGORITHM_CHANGED' ? other : alg);
    this.#current = next;
    switch (style) {
      case 'HARD_CUT':
        this.#left = [];
        return [[next]];
      case 'PUBLISHED_BEFORE_USE':
        return [[before, next, ...left]];
      case 'LEFT_IN':
        this.#left = [before, ...left].slice(0, MAX_LEFT_IN);
        return [[before, next, ...left]];
      case 'KID_REUSED': {
        const between = this.#next(alg);
        this.#current = { ...next, kid: before.kid };
        return [
          [before, between, ...left],
          [between, this.#current, ...left],
        ];
      }
      case 'OVERLAP':
      case 'ALGORITHM_CHANGED':
        return [
          [before, next, ...left],
          [next, before, ...left],
        ];
    }
  }

  /** The key that was published least recently, under a new kid. */
  #next(alg: 'RS256' | 'ES256'): ProviderKey {
    this.#made += 1;
    const pool = this.#pool[alg];
    const oldest = pool.reduce((one, other) => (other.usedAt < one.usedAt ? other : one));
    oldest.usedAt = this.#made;
    return { ...oldest.key, kid: `key-${this.#made}` };
  }

  /** Notes that keys are published now. */
  #use(keys: readonly ProviderKey[]): void {
    const materials = new Set(keys.map(materialOf));
    for (const one of [...this.#pool.RS256, ...this.#pool.ES256])
      if (materials.has(materialOf(one.key))) one.usedAt = this.#made;
  }
}

export function algOf({ alg }: ProviderKey): 'RS256' | 'ES256' {
  return alg === 'ES256' ? 'ES256' : 'RS256';
}

/** What tells whether two keys are the same, whatever they are called. */
export function materialOf({ n, x }: ProviderKey): string {
  return n ?? x ?? '';
}
