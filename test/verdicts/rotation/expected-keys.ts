import { materialOf } from './styles.ts';
import type { Published } from './styles.ts';

/** How long a key stays stored after it was first seen gone, in milliseconds. */
const KEEP_RETIRED_MS = 24 * 3_600_000;

/**
 * Which keys must be stored for an identity provider, as the documentation has it: what tells how many writes are needed. It
 * shares no code with the gateway.
 */
export class ExpectedKeys {
  /** The `kid` of each stored key, by its material; null if it has lost it. */
  #stored: ReadonlyMap<string, string | null>;
  readonly #goneSince = new Map<string, number>();

  constructor(keys: Published) {
    this.#stored = storedOf(keys);
  }

  /** Whether none of the stored keys is published. */
  isCutFrom(published: Published): boolean {
    return !published.some((key) => this.#stored.has(materialOf(key)));
  }

  /** Brings them up to date. @param time in milliseconds @returns whether that needs a write */
  sync(published: Published, time: number): boolean {
    const live = storedOf(published);
    const kids = new Set(live.values());
    const retired = [...this.#stored].filter(
      ([material]) =>
        !live.has(material) && time - this.#seenGone(material, time) < KEEP_RETIRED_MS,
    );
    const next = new Map([
      ...live,
      ...retired.map(([material, kid]) => [material, kids.has(kid) ? null : kid] as const),
    ]);
    const isChanged =
      next.size !== this.#stored.size ||
      [...next].some(([material, kid]) => this.#stored.get(material) !== kid);
    this.#stored = next;
    return isChanged;
  }

  /** Notes which of them are gone, as each check does, also one that writes nothing. */
  see(published: Published, time: number): void {
    const live = storedOf(published);
    for (const material of live.keys()) this.#goneSince.delete(material);
    for (const material of this.#stored.keys())
      if (!live.has(material)) this.#seenGone(material, time);
  }

  #seenGone(material: string, time: number): number {
    const since = this.#goneSince.get(material) ?? time;
    this.#goneSince.set(material, since);
    return since;
  }
}

function storedOf(keys: Published): ReadonlyMap<string, string | null> {
  return new Map(keys.map((key) => [materialOf(key), key.kid]));
}
