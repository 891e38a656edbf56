import leven from 'leven';

/** A name in the environment that looks like a variable of the gateway and is none. */
export interface UnknownVariable {
  readonly name: string;
  /** The variable that is perhaps meant; null where none is near. */
  readonly meant: string | null;
}

/** Letters that may be wrong, at most, and the shortest name of which it makes sense to say so: others are near to everything. */
const MOST_WRONG = 3;
const SHORTEST = 7;

/**
 * Finds names that are nearly those of variables, or begin like several of them. They need not be wrong: other programs
 * may have such, and container platforms inject some.
 */
export function unknownAmong(
  names: readonly string[],
  known: readonly string[],
): readonly UnknownVariable[] {
  const beginOf = (name: string) => name.slice(0, name.indexOf('_') + 1);
  const begins = known
    .map(beginOf)
    .filter((begin, index, all) => begin !== '' && all.indexOf(begin) !== index);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({ name, meant: nearest(name, known) }))
    .filter(({ name, meant }) => meant !== null || begins.includes(beginOf(name)))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function nearest(name: string, known: readonly string[]): string | null {
  let found: string | null = null;
  let least = MOST_WRONG + 1;
  for (const candidate of known) {
    const most = Math.min(MOST_WRONG, Math.floor(candidate.length / 4), least - 1);
    if (candidate.length < SHORTEST || Math.abs(candidate.length - name.length) > most) continue;
    const wrong = leven(name, candidate);
    if (wrong > most) continue;
    [found, least] = [candidate, wrong];
  }
  return found;
}

/** Words about one of them. */
export function hintAt({ name, meant }: UnknownVariable): string {
  return meant === null ? name : `${name} (is ${meant} meant?)`;
}
