import type { z } from 'zod';
import { fieldsOf, schemaAt } from '../schema/fields.ts';
import { itemsOf, type Located, positionAt, valueAt } from './located.ts';
import { ENTRY_LISTS } from './overlay.ts';
import type { Path } from './problems.ts';

/**
 * Where an unknown field belongs if it is only not indented far enough: in an empty map beside it, or in the last entry of the list before
 * it, which lacks it.
 * @param path of the map that has the field
 */
export function homeOf(
  located: Located,
  schema: z.ZodType,
  path: Path,
  field: string,
): Path | undefined {
  const beside = fieldsOf(schemaAt(schema, path))
    .map((name) => [...path, name])
    .filter((map) => isEmpty(valueAt(located, map)));
  const before = path.length === 0 ? lastEntryBefore(located, field) : [];
  return [...beside, ...before].find((map) => fieldsOf(schemaAt(schema, map)).includes(field));
}

function isEmpty(value: Located | undefined): boolean {
  return value?.kind === 'scalar' && value.value === null;
}

function lastEntryBefore(file: Located, field: string): Path[] {
  const at = positionAt(file, [field]);
  const [last] = [...ENTRY_LISTS.keys()]
    .map((list) => [list, itemsOf(file, list).length - 1] as const)
    .filter(([, index]) => index >= 0)
    .map((entry) => ({ entry, start: positionAt(file, entry) }))
    .filter(({ start }) => start.file === at.file && start.line < at.line)
    .sort((one, other) => other.start.line - one.start.line);
  return last && valueAt(file, [...last.entry, field]) === undefined ? [last.entry] : [];
}
