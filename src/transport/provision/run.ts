import { AlreadyExistsError, InvalidInputError, OidcError } from '../../domain/errors.ts';
import type { Warning } from '../../domain/warnings.ts';
import type { PlannedStep } from './step.ts';

export type ProvisionAction =
  'CREATED' | 'UPDATED' | 'WOULD_CREATE' | 'WOULD_UPDATE' | 'UNCHANGED' | 'FAILED' | 'SKIPPED';

/** What a dry run reports for a write: nothing was created or updated. */
const WOULD = { CREATED: 'WOULD_CREATE', UPDATED: 'WOULD_UPDATE' } as const;

/** A step that was taken, or not. */
export interface ProvisionStep<Target extends string = string> extends Pick<
  PlannedStep<Target>,
  'target' | 'id' | 'changes' | 'error'
> {
  readonly action: ProvisionAction;
}

/** What became of a plan. The path of each warning begins with the target of its step. */
export interface Ran<Target extends string = string> {
  readonly steps: readonly ProvisionStep<Target>[];
  readonly warnings: readonly Warning[];
}

/** Whether a step cannot be taken: then nothing at all is written. */
export function cannotRun(plan: readonly PlannedStep[]): boolean {
  return plan.some(({ error }) => error !== null);
}

/**
 * Takes steps in order, each of which needs the ones before. After one that failed, the others are skipped.
 * @param isStopped whether nothing may be written
 */
export async function runSteps<Target extends string>(
  plan: readonly PlannedStep<Target>[],
  { dryRun, isStopped }: { readonly dryRun: boolean; readonly isStopped: boolean },
): Promise<Ran<Target>> {
  const steps: ProvisionStep<Target>[] = [];
  const warnings = plan.flatMap(({ target, write }) => within(target, write?.warnings ?? []));
  let stopped = isStopped;
  for (const planned of plan) {
    const { target, id, changes, error, write } = planned;
    const step = { target, id, changes, error };
    if (error !== null)
      steps.push({ ...step, action: 'FAILED', error: inInputWords(error, planned) });
    else if (id === null) steps.push({ ...step, action: 'SKIPPED' });
    else if (write === undefined) steps.push({ ...step, action: 'UNCHANGED' });
    else if (stopped) steps.push({ ...step, action: 'SKIPPED' });
    else if (dryRun) steps.push({ ...step, action: WOULD[write.action] });
    else {
      try {
        warnings.push(...within(target, await write.run()));
        steps.push({ ...step, action: write.action });
      } catch (failure) {
        if (!(failure instanceof OidcError)) throw failure;
        // Somebody else has created it in the meantime, perhaps with the same mutation.
        if (failure instanceof AlreadyExistsError && (await write.isDone?.()) === true) {
          steps.push({ ...step, action: 'UNCHANGED', changes: [] });
          continue;
        }
        stopped = true;
        steps.push({ ...step, action: 'FAILED', error: inInputWords(failure, planned) });
      }
    }
  }
  return { steps, warnings };
}

/** Warnings whose paths begin with the name of what they are about. */
export function within(name: string, warnings: readonly Warning[]): Warning[] {
  return warnings.map((warning) => ({ ...warning, path: [name, ...warning.path] }));
}

/** Renames the id in issues: an operation uses a different name for it than the input of the mutation. */
function inInputWords(error: OidcError, { idField }: PlannedStep): OidcError {
  if (idField === undefined) return error;
  return withPaths(error, (path) =>
    path.map((part, index) => (index === 0 && part === 'id' ? idField : part)),
  );
}

/** The same error with other paths in its issues; an error without issues stays as it is. */
export function withPaths(
  error: OidcError,
  pathOf: (path: readonly string[]) => readonly string[],
): OidcError {
  if (!(error instanceof InvalidInputError)) return error;
  const [first, ...rest] = error.issues;
  const moved = (issue: typeof first) => ({ ...issue, path: pathOf(issue.path) });
  return new InvalidInputError(error.message, [moved(first), ...rest.map(moved)], {
    ...(error.upstream && { upstream: error.upstream }),
    cause: error,
  });
}
