import { Random } from '../chaos/random.ts';

/** One way in which a configuration may differ from the right one. */
export interface Variant<Setup> {
  readonly what: string;
  readonly setup: Setup;
}

/** The variants of one field, or of fields that depend on each other. */
export type Axis<Setup> = readonly Variant<Setup>[];

/**
 * Configurations that differ in several fields, the same ones at every run.
 * @param merge two setups of different axes
 */
export function combined<Setup>(
  key: string,
  count: number,
  axes: readonly Axis<Setup>[],
  merge: (one: Setup, other: Setup) => Setup,
): Variant<Setup>[] {
  const random = new Random(key);
  const made = new Map<string, Variant<Setup>>();
  while (made.size < count) {
    const [first, second, third] = [...axes]
      .map((axis) => ({ axis, rank: random.next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ axis: [head, ...rest] }) => head && random.pick([head, ...rest]));
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three axes with variants are needed');
    const chosen = random.chance(0.3) ? [first, second, third] : [first, second];
    const what = chosen.map((variant) => variant.what).join(' + ');
    const setup = chosen.map((variant) => variant.setup).reduce(merge);
    made.set(what, { what, setup });
  }
  return [...made.values()];
}
