import leven from 'leven';

/** A name in the environment that looks like a misspelled variable of the gateway. */
export interface UnknownVariable {
  readonly name: string;
  /** The variable that is probably meant; null if none is similar. */
  readonly meant: string | null;
}

/** Maximum number of wrong letters, and minimum length of a name to compare: short names resemble everything. */
const MAX_WRONG = 3;
const MIN_LENGTH = 7;

/** Beginnings that variables of other programs share, so they say nothing: Kubernetes names those of a service `redis` so. */
const SHARED = new Set(['OTEL_', 'REDIS_']);

/**
 * Finds names that are similar to a variable, or share a prefix with several. They may be right: other programs have
 * variables too, and container platforms inject some.
 */
export function unknownAmong(
  names: readonly string[],
  known: readonly string[],
): readonly UnknownVariable[] {
  const beginOf = (name: string) => name.slice(0, name.indexOf('_') + 1);
  const begins = known
    .map(beginOf)
    .filter(
      (begin, index, all) => begin !== '' && !SHARED.has(begin) && all.indexOf(begin) !== index,
    );
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({ name, meant: nearest(name, known) }))
    .filter(({ name, meant }) => meant !== null || begins.includes(beginOf(name)))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The name that is probably meant; null if none is similar. @param minLength shorter ones are not compared */
export function nearest(
  name: string,
  known: readonly string[],
  minLength = MIN_LENGTH,
): string | null {
  let found: string | null = null;
  let fewest = MAX_WRONG + 1;
  const characters = charactersOf(name);
  for (const candidate of known) {
    const max = Math.min(MAX_WRONG, Math.floor(candidate.length / 4), fewest - 1);
    if (candidate.length < minLength || Math.abs(candidate.length - name.length) > max) continue;
    // Each start compares all names, and few are similar. A wrong letter adds one character at most, and removes one.
    if (countBits(characters ^ charactersOf(candidate)) > 2 * max) continue;
    const wrong = leven(name, candidate);
    if (wrong > max) continue;
    [found, fewest] = [candidate, wrong];
  }
  return found;
}

/** The characters of a text as a set of bits. Some share one. */
function charactersOf(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) bits |= 1 << (text.charCodeAt(index) & 31);
  return bits;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Such a name, with the variable that is probably meant. */
export function hintAt({ name, meant }: UnknownVariable): string {
  return meant === null ? name : `${name} (is ${meant} meant?)`;
}
