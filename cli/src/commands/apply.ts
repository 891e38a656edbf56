import type { Command } from 'commander';
import type { StepOutcome } from '../apply/outcome.ts';
import { endRun, runFileOf } from '../apply/run-file.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-codes.ts';
import { connect } from '../gateway/connect.ts';
import type { Gateway } from '../gateway/connect.ts';
import { isPlanFile, readPlanFile } from '../plan/plan-file.ts';
import { hasChanges } from '../plan/step.ts';
import type { Plan } from '../plan/step.ts';
import { confirm } from '../terminal/confirm.ts';
import { outcomeLines } from '../terminal/outcome-lines.ts';
import type { Locate } from '../terminal/outcome-lines.ts';
import { objectName, planLines } from '../terminal/plan-lines.ts';
import { startProgress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { failingOn } from './failing.ts';
import type { Host } from './host.ts';
import { withPlanning } from './plan.ts';
import { readPlan } from './read-plan.ts';
import type { PlanningOptions } from './read-plan.ts';
import { readSecrets } from './read-secrets.ts';
import { exitCodeOf, runSteps } from './run-steps.ts';
import type { Run } from './run-steps.ts';
import { warningLines } from './warnings.ts';
import { DEFAULT_FILE } from './with-file.ts';

interface ApplyOptions extends PlanningOptions {
  readonly url?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Adds the command `apply`. */
export function addApply(program: Command, host: Host): void {
  withPlanning(program.command('apply'))
    .summary('make the platforms as the file says, or as a plan says')
    .description(
      'Plans, shows what would change, asks, and writes it. With a plan of `plan --out`, writes exactly that, and stops if something is no longer as planned.',
    )
    .argument('[file]', 'the file of sign-in configuration, or a plan', DEFAULT_FILE)
    .option('--yes', 'do not ask')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 everything is as the file says, 1 something is not.

Examples:
  oidc-config apply
  oidc-config apply --yes --prune
  oidc-config plan --out plan.json && oidc-config apply --yes plan.json

Ctrl-C ends it after the step under way. Running the same command again goes on.`,
    )
    .action(async (path: string, options: ApplyOptions) => {
      const terminal = host.terminal();
      const gateway = connect(options, host.env, terminal);
      const { run, plan, locate } = isPlanFile(path)
        ? readStored(path, options, gateway)
        : await readFresh(path, options, gateway, host, terminal);
      const show = options.json === true ? terminal.note : terminal.print;
      show(...planLines(plan));
      if (!hasChanges(plan)) {
        // It may be left of a run that was killed at its end.
        endRun(run.runFile, gateway.url);
        if (options.json === true) terminal.printJson(outcomeJson([], gateway.url));
        host.exitWith(EXIT.done);
        return;
      }
      const secrets = readSecrets({ ...run, locate }, host.env);
      if (!(await confirm(terminal, question(plan), options.yes === true)))
        throw new CommandError('Nothing was written.');
      const outcomes = await failingOn(gateway.url, () =>
        runSteps(run, secrets, gateway, terminal),
      );
      if (options.json === true) terminal.printJson(outcomeJson(outcomes, gateway.url));
      else terminal.print('', ...outcomeLines(outcomes, locate, terminal.isShared));
      host.exitWith(exitCodeOf(outcomes));
    });
}

interface Prepared {
  readonly run: Run;
  readonly plan: Pick<Plan, 'steps' | 'notInFile'>;
  readonly locate: Locate;
}

function readStored(path: string, options: ApplyOptions, gateway: Gateway): Prepared {
  const { values, prune, setSecrets, allowPlainSecrets } = options;
  if (values !== undefined || prune === true || setSecrets === true || allowPlainSecrets === true)
    throw new CommandError(
      `${path} is a plan, and is applied as it is. Give --values, --prune, --set-secrets and --allow-plain-secrets to plan --out.`,
    );
  const { folder, steps } = readPlanFile(path, gateway.url);
  return {
    run: { steps, folder, runFile: runFileOf(path) },
    plan: { steps, notInFile: [] },
    // A plan does not say where the file has something.
    locate: objectName,
  };
}

async function readFresh(
  path: string,
  options: ApplyOptions,
  gateway: Gateway,
  host: Host,
  terminal: Terminal,
): Promise<Prepared> {
  const progress = startProgress(terminal, 'Reading what is stored');
  const planned = await failingOn(gateway.url, () =>
    readPlan(path, options, gateway, host.env, progress),
  ).finally(progress.end);
  const { plan, loaded } = planned;
  terminal.note(...warningLines(planned));
  return {
    run: { steps: plan.steps, folder: loaded.folder, runFile: runFileOf(path) },
    plan,
    locate: (step, at) => {
      if (step.entry === null) return objectName(step);
      const { file, line, column } = loaded.positionOf([...step.entry, ...at]);
      return `${file}:${line}:${column}`;
    },
  };
}

function question({ steps }: Prepared['plan']): string {
  const deletions = steps.filter(({ action }) => action === 'delete').length;
  return `Apply these changes?${deletions === 0 ? '' : ` Deletions among them: ${deletions}.`}`;
}

/** What `--json` prints. */
function outcomeJson(outcomes: readonly StepOutcome[], url: string): object {
  return {
    version: 1,
    gateway: url,
    steps: outcomes.map(({ step: { target, id, action }, outcome: { kind, ...details } }) => ({
      target,
      id,
      action,
      outcome: kind,
      ...details,
    })),
  };
}
