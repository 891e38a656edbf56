import { CommandError } from '../command-error.ts';
import type { SecretReference } from '../file/schema.ts';
import { resolveSecret, SecretUnavailable } from '../file/secrets.ts';
import type { Secret } from '../file/secrets.ts';
import { issueMessage } from '../state/issue-path.ts';
import type { Locate } from '../terminal/outcome-lines.ts';
import type { Run } from './run-steps.ts';

const FIELD = 'connectClientSecret';

/**
 * The secrets that the steps set, by the names of the steps. All are there before anything is written.
 * @throws CommandError that names each one that is missing
 */
export function readSecrets(
  { steps, folder, locate }: Pick<Run, 'steps' | 'folder'> & { readonly locate: Locate },
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, Secret> {
  const secrets = new Map<string, Secret>();
  const problems: string[] = [];
  for (const step of steps) {
    const reference = step.input?.[FIELD];
    if (reference === undefined) continue;
    try {
      secrets.set(step.name, resolveSecret(reference as SecretReference, { env, folder }));
    } catch (error) {
      if (!(error instanceof SecretUnavailable)) throw error;
      problems.push(`${locate(step, [FIELD])}: ${issueMessage([FIELD], error.message)}`);
    }
  }
  if (problems.length > 0) throw new CommandError([...problems, 'Nothing was written.']);
  return secrets;
}
