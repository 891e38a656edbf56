import { issuePath } from '../state/issue-path.ts';
import type { Line } from '../terminal/text.ts';
import type { FilePlan } from './read-plan.ts';

/** Warnings of the gateway with their positions in the file, and notes. */
export function warningLines({
  loaded,
  warnings,
  notes,
}: Pick<FilePlan, 'loaded' | 'warnings' | 'notes'>): Line[] {
  const lines = warnings.map(({ path, warning }): Line => {
    // Paths of several objects at once begin with their part.
    const at = warning.path[0] === 'openIdConnect' ? warning.path.slice(1) : warning.path;
    const { file, line, column } = loaded.positionOf([...path, ...issuePath(at)]);
    return [
      `${file}:${line}:${column}: `,
      { text: 'warning', style: 'yellow' },
      `: ${warning.message} (${warning.code})`,
    ];
  });
  return [...lines, ...notes.map((note): Line => [{ text: 'note', style: 'yellow' }, `: ${note}`])];
}
