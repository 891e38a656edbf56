import { mappingsOfRun, runFileOf } from '../apply/run-file.ts';
import { CommandError } from '../command-error.ts';
import { loadFile } from '../file/load-file.ts';
import type { LoadedFile } from '../file/load-file.ts';
import type { SecretReference } from '../file/schema.ts';
import { resolveSecret, SecretUnavailable } from '../file/secrets.ts';
import type { Secret } from '../file/secrets.ts';
import type { Gateway } from '../gateway/connect.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan, Problem } from '../plan/step.ts';
import { readLeftAlone } from '../state/read-left-alone.ts';
import { PLATFORMS } from '../state/read-platforms.ts';
import { readState } from '../state/read-state.ts';
import type { EntryWarning } from '../state/read-state.ts';
import { validate } from '../state/validate.ts';
import type { Progress } from '../terminal/progress.ts';
import type { FileOptions } from './with-file.ts';

/** Options of commands that plan. */
export interface PlanningOptions extends FileOptions {
  readonly setSecrets?: boolean;
  readonly prune?: boolean;
}

/** A plan with the file that it is for. */
export interface FilePlan {
  readonly plan: Plan;
  readonly loaded: LoadedFile;
  readonly warnings: readonly EntryWarning[];
  /** What else a person should know. */
  readonly notes: readonly string[];
}

/**
 * Reads the file and what is stored, and plans. The gateway has checked every entry that it can check without writing.
 * @throws FileProblems, CommandError, GatewayRequestError
 */
export async function readPlan(
  path: string,
  options: PlanningOptions,
  { client, url }: Gateway,
  env: Readonly<Record<string, string | undefined>>,
  progress: Progress,
): Promise<FilePlan> {
  const { values = [], allowPlainSecrets = false, setSecrets = false, prune = false } = options;
  const loaded = loadFile({ path, values, allowPlainSecrets });
  const secretOf = (reference: SecretReference): Secret | null => {
    try {
      return resolveSecret(reference, { env, folder: loaded.folder });
    } catch (error) {
      if (error instanceof SecretUnavailable) return null;
      throw error;
    }
  };
  const read = await readState(client, loaded.file, {
    secretOf,
    prune,
    mappingsOfRun: mappingsOfRun(runFileOf(path), url),
    onProgress: (done, all) => {
      progress.update(`Reading what is stored: ${done} of ${all}`);
    },
  });
  const { state } = read;
  if (state === null) throw problemsIn(loaded, read.problems);
  const plan = makePlan(loaded.file, state, { setSecrets, prune });
  if (plan.problems.length > 0) throw problemsIn(loaded, plan.problems);
  progress.update('Checking what would change');
  const checks = await validate(client, loaded.file, { plan, state }, secretOf);
  if (checks.problems.length > 0) throw problemsIn(loaded, checks.problems);
  const leftAlone = prune ? await readLeftAlone(client, loaded.file) : [];
  // What a dry run says about the file counts more than what is said about what it replaces.
  const about = read.warnings.filter(({ path: at }) => !checks.checked.has(at.join('.')));
  return {
    plan,
    loaded,
    warnings: distinct([...about, ...checks.warnings]),
    notes: [
      ...leftAlone.map(
        (name) => `--prune leaves ${PLATFORMS[name]} alone: the file has no entry of it.`,
      ),
      ...checks.notes,
    ],
  };
}

/** How many problems are shown. */
const MAX_PROBLEMS = 50;

/** Problems with their positions, in the order of the file. The same one for many entries is shown once. */
function problemsIn(loaded: LoadedFile, problems: readonly Problem[]): CommandError {
  const groups = new Map<string, { at: string; line: number; count: number }>();
  for (const { path, message } of problems) {
    const { file, line, column } = loaded.positionOf(path);
    // Such as a token that is refused for each object. Only the object and the id of the request differ.
    const kind = message.replace(/^.* cannot be read: /, '').replace(/, request [^)]*\)$/, ')');
    const known = groups.get(kind);
    if (known !== undefined && kind !== message) known.count += 1;
    else
      groups.set(known === undefined ? kind : `${kind} ${groups.size}`, {
        at: `${file}:${line}:${column}: ${message}`,
        line,
        count: 1,
      });
  }
  const lines = [...groups.values()]
    .sort((a, b) => a.line - b.line)
    .map(({ at, count }) => (count === 1 ? at : `${at} The same for ${count - 1} more.`));
  const more = lines.length - MAX_PROBLEMS;
  return new CommandError(more > 0 ? [...lines.slice(0, MAX_PROBLEMS), `and ${more} more`] : lines);
}

function distinct(warnings: readonly EntryWarning[]): readonly EntryWarning[] {
  const seen = new Set<string>();
  return warnings.filter(({ path, warning: { code, message, path: at } }) => {
    const key = JSON.stringify([path, code, at, message]);
    return seen.size < seen.add(key).size;
  });
}
