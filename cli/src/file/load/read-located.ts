import { PLAN_KIND } from '../plan-kind.ts';
import { type Located, textOf } from './located.ts';
import { parseText } from './parse.ts';
import type { FileProblem } from './problems.ts';
import { readText } from './read-text.ts';

export interface ReadFile {
  readonly text: string;
  readonly located: Located;
}

/**
 * Reads a file of sign-in configuration, or an overlay, as far as it is YAML. Undefined: then `problems` says why.
 * @param ifMissing what to do if the file does not exist
 */
export function readLocated(
  path: string,
  problems: FileProblem[],
  ifMissing?: string,
): ReadFile | undefined {
  const text = readText(path, problems, ifMissing);
  const located = text === undefined ? undefined : parseText(text, path, problems);
  if (text === undefined || !located) return undefined;
  if (textOf(located, 'kind') !== PLAN_KIND) return { text, located };
  problems.push({
    ...located.at,
    path: [],
    message: 'This is a plan.',
    advice: `Apply it with: oidc-config apply ${path}`,
  });
  return undefined;
}
