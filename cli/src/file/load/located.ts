import type { Path, Position } from './problems.ts';

/**
 * A value of a file with the place it comes from: its key, or itself as an item of a list. Aliases share values, so these never change.
 * `size` counts all values in it, each as often as it is used.
 */
export type Located = LocatedScalar | LocatedList | LocatedMap;

interface LocatedScalar {
  readonly kind: 'scalar';
  readonly at: Position;
  readonly size: 1;
  readonly value: string | number | boolean | null;
}

export interface LocatedList {
  readonly kind: 'list';
  readonly at: Position;
  readonly size: number;
  readonly items: readonly Located[];
}

export interface LocatedMap {
  readonly kind: 'map';
  readonly at: Position;
  readonly size: number;
  readonly entries: ReadonlyMap<string, Located>;
}

export function listOf(items: readonly Located[], at: Position): LocatedList {
  return { kind: 'list', at, size: sizeOf(items), items };
}

export function mapOf(entries: ReadonlyMap<string, Located>, at: Position): LocatedMap {
  return { kind: 'map', at, size: sizeOf(entries.values()), entries };
}

function sizeOf(values: Iterable<Located>): number {
  let size = 1;
  for (const value of values) size += value.size;
  return size;
}

/** The value as plain data. */
export function plainOf(located: Located): unknown {
  if (located.kind === 'scalar') return located.value;
  if (located.kind === 'list') return located.items.map(plainOf);
  return Object.fromEntries(
    [...located.entries].map(([key, value]) => [key, plainOf(value)] as const),
  );
}

/** The value at a path. */
export function valueAt(located: Located, path: Path): Located | undefined {
  let value: Located | undefined = located;
  for (const step of path) value = value && childOf(value, step);
  return value;
}

/** The place of what is at a path, or else of the nearest value around it. */
export function positionAt(located: Located, path: Path): Position {
  let value = located;
  for (const step of path) {
    const child = childOf(value, step);
    if (!child) break;
    value = child;
  }
  return value.at;
}

function childOf(value: Located, step: string | number): Located | undefined {
  if (value.kind === 'map') return value.entries.get(String(step));
  return value.kind === 'list' ? value.items[Number(step)] : undefined;
}

/** The items of a list that is a field of a map; none if it is something else. */
export function itemsOf(located: Located, field: string): readonly Located[] {
  const list = childOf(located, field);
  return list?.kind === 'list' ? list.items : [];
}

/** A text that is a field of a map. */
export function textOf(located: Located, ...path: Path): string | undefined {
  const value = valueAt(located, path);
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}
