import type { LoadedFile } from '../file/load-file.ts';
import type { Path } from '../plan/step.ts';
import { issuePath } from '../state/issue-path.ts';
import type { Line } from '../terminal/text.ts';
import type { FilePlan } from './read-plan.ts';

type Located = Pick<LoadedFile, 'file' | 'positionOf'>;

/** Warnings of the gateway with their entries and positions in the order of the file, and notes. */
export function warningLines({
  loaded,
  warnings,
  notes,
}: Pick<FilePlan, 'warnings' | 'notes'> & { readonly loaded: Located }): Line[] {
  const placed = warnings.map(({ path, warning }) => {
    // Paths of several objects at once begin with their part.
    const at = warning.path[0] === 'openIdConnect' ? warning.path.slice(1) : warning.path;
    return { path, warning, position: loaded.positionOf([...path, ...issuePath(at)]) };
  });
  const sorted = placed.toSorted(
    ({ position: one }, { position: other }) =>
      one.file.localeCompare(other.file) || one.line - other.line || one.column - other.column,
  );
  return [
    ...sorted.map(({ path, warning, position: { file, line, column } }): Line => [
      `${file}:${line}:${column}: `,
      { text: 'warning', style: 'yellow' },
      `: ${entryName(path, loaded)}: ${warning.message} (${warning.code})`,
    ]),
    ...notes.map((note): Line => [{ text: 'note', style: 'yellow' }, `: ${note}`]),
  ];
}

/** An entry as messages about the file name it: by its list and id. */
function entryName([list = '', index = '']: Path, { file }: Located): string {
  if (typeof index !== 'number') return `${list}.${index}`;
  const id =
    list === 'openIdConnects' ? file.openIdConnects[index]?.id : file.oidcConfigs[index]?.idpId;
  return `${list}.${id ?? index}`;
}
