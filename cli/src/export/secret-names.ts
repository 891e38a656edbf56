/**
 * The name of an environment variable for the client secret of each id.
 *
 * @param used names that others have
 */
export function secretNames(
  ids: readonly string[],
  used: Iterable<string> = [],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(used);
  for (const id of ids.toSorted()) {
    const words = id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
    const base = `${/^[A-Z]/.test(words) ? '' : '_'}${words}_CONNECT_CLIENT_SECRET`;
    let name = base;
    for (let number = 2; taken.has(name); number += 1) name = `${base}_${number}`;
    taken.add(name);
    names.set(id, name);
  }
  return names;
}
