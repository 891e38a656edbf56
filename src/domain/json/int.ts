/** The largest value of GraphQL's `Int`; the smallest is one less than its negative. */
export const MAX_INT = 2 ** 31 - 1;

/** Limits a whole number to what GraphQL's `Int` can hold. */
export function toInt(value: number): number {
  return Math.max(-MAX_INT - 1, Math.min(MAX_INT, value));
}
