import {
  type Located,
  type LocatedList,
  listOf,
  type LocatedMap,
  mapOf,
  textOf,
} from './located.ts';
import { didYouMean, type FileProblem, type Path, quoted } from './problems.ts';

/** The lists whose items an overlay changes one by one, with the field that identifies an item. */
export const ENTRY_LISTS: ReadonlyMap<string, string> = new Map([
  ['openIdConnects', 'id'],
  ['oidcConfigs', 'idpId'],
]);

/** Fields that are one value, although they are maps. */
const WHOLE = new Set(['connectClientSecret', 'signingKey']);

/**
 * A file with what an overlay changes in it: maps merge, entries merge by their ids, everything else is replaced. An overlay
 * adds no entries and no issuers, so that a typo in an id is found.
 */
export function withOverlay(file: Located, overlay: Located, problems: FileProblem[]): Located {
  if (file.kind !== 'map' || overlay.kind !== 'map') {
    if (overlay.kind !== 'map')
      problems.push({ ...overlay.at, path: [], message: 'The file must be a map of fields.' });
    return file;
  }
  const merged = new Map(file.entries);
  for (const [field, value] of overlay.entries) {
    const idField = ENTRY_LISTS.get(field);
    const stored = merged.get(field);
    if (idField !== undefined && value.kind === 'list') {
      const entries = stored?.kind === 'list' ? stored : listOf([], value.at);
      merged.set(field, mergedEntries(entries, value, { field, idField, problems }));
    } else if (field === 'issuers' && value.kind === 'map') {
      const issuers = stored?.kind === 'map' ? stored : mapOf(new Map(), value.at);
      merged.set(field, mergedIssuers(issuers, value, problems));
    } else merged.set(field, value);
  }
  return mapOf(merged, file.at);
}

function mergedEntries(
  file: LocatedList,
  overlay: LocatedList,
  context: { readonly field: string; readonly idField: string; readonly problems: FileProblem[] },
): LocatedList {
  const { field, idField, problems } = context;
  const items = [...file.items];
  const ids = items.map((item) => textOf(item, idField));
  const seen = new Set<string>();
  for (const [position, entry] of overlay.items.entries()) {
    const report = (message: string, advice?: string): void => {
      problems.push({
        ...entry.at,
        path: [field, position],
        message,
        ...(advice !== undefined && { advice }),
      });
    };
    const id = textOf(entry, idField);
    if (id === undefined) {
      report(
        `An entry of ${field} in an overlay needs ${idField}: the one of the entry that it changes.`,
      );
      continue;
    }
    if (seen.has(id)) report(`${field} has ${quoted(id)} twice in this overlay.`);
    seen.add(id);
    const index = ids.indexOf(id);
    const stored = items[index];
    if (stored) items[index] = merged(stored, entry);
    else
      report(
        `${field} has no entry ${quoted(id)} that this overlay could change.`,
        didYouMean(
          id,
          ids.filter((other) => other !== undefined),
        ) ?? 'An overlay changes entries and adds none.',
      );
  }
  return listOf(items, file.at);
}

function mergedIssuers(file: LocatedMap, overlay: LocatedMap, problems: FileProblem[]): LocatedMap {
  const entries = new Map(file.entries);
  for (const [name, value] of overlay.entries) {
    const stored = entries.get(name);
    if (stored) entries.set(name, merged(stored, value));
    else {
      const path: Path = ['issuers', name];
      const advice =
        didYouMean(name, entries.keys()) ?? 'An overlay changes issuers and adds none.';
      problems.push({
        ...value.at,
        path,
        message: `issuers has no ${quoted(name)} that this overlay could change.`,
        advice,
      });
    }
  }
  return mapOf(entries, file.at);
}

function merged(file: Located, overlay: Located): Located {
  if (file.kind !== 'map' || overlay.kind !== 'map') return overlay;
  const entries = new Map(file.entries);
  for (const [field, value] of overlay.entries) {
    const stored = entries.get(field);
    entries.set(field, stored && !WHOLE.has(field) ? merged(stored, value) : value);
  }
  return mapOf(entries, file.at);
}
