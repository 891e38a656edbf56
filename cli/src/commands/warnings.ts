import { issuePath } from '../state/issue-path.ts';
import type { Line } from '../terminal/text.ts';
import type { FilePlan } from './read-plan.ts';

/** Warnings of the gateway with their positions in the file. */
export function warningLines({ loaded, warnings }: Pick<FilePlan, 'loaded' | 'warnings'>): Line[] {
  return warnings.map(({ path, warning }) => {
    // Paths of several objects at once begin with their part.
    const at = warning.path[0] === 'openIdConnect' ? warning.path.slice(1) : warning.path;
    const { file, line, column } = loaded.positionOf([...path, ...issuePath(at)]);
    return [
      `${file}:${line}:${column}: `,
      { text: 'warning', style: 'yellow' },
      `: ${warning.message} (${warning.code})`,
    ];
  });
}
