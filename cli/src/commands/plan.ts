import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { connect } from '../gateway/connect.ts';
import { writePlanFile } from '../plan/plan-file.ts';
import { countActions, planLines } from '../terminal/plan-lines.ts';
import { hasChanges } from '../plan/step.ts';
import { startProgress } from '../terminal/progress.ts';
import { failingOn } from './failing.ts';
import type { Host } from './host.ts';
import { readPlan } from './read-plan.ts';
import type { FilePlan, PlanningOptions } from './read-plan.ts';
import { warningLines } from './warnings.ts';
import { DEFAULT_FILE, withFile } from './with-file.ts';

interface PlanOptions extends PlanningOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds the options that all commands with a plan have. */
export function withPlanning(command: Command): Command {
  return withFile(command)
    .option('--set-secrets', 'also set secrets of existing objects that cannot be compared')
    .option('--prune', 'delete what is not in the file');
}

/** Adds the command `plan`. */
export function addPlan(program: Command, host: Host): void {
  withPlanning(program.command('plan'))
    .summary('show what would change')
    .description(
      'Shows what would change on the platforms, field by field. Writes nothing to them.',
    )
    .argument('[file]', 'the file of sign-in configuration', DEFAULT_FILE)
    .option('--out <plan>', 'write the plan to a file, for: oidc-config apply <plan>')
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 nothing to do, 1 failed, 2 there are changes.

Examples:
  oidc-config plan
  oidc-config plan signin.yaml --values production.yaml
  oidc-config plan --out plan.json && oidc-config apply plan.json`,
    )
    .action(async (path: string, options: PlanOptions) => {
      const terminal = host.terminal();
      const gateway = connect(options, host.env, terminal);
      const progress = startProgress(terminal, 'Reading what is stored');
      const planned = await failingOn(gateway.url, () =>
        readPlan(path, options, gateway, host.env, progress),
      ).finally(progress.end);
      const { plan, loaded } = planned;
      terminal.note(...warningLines(planned));
      if (options.out !== undefined)
        writePlanFile(options.out, {
          gateway: gateway.url,
          folder: loaded.folder,
          steps: plan.steps,
        });
      if (options.json === true) terminal.printJson(planJson(planned, gateway.url));
      else terminal.print(...planLines(plan));
      host.exitWith(hasChanges(plan) ? EXIT.toDo : EXIT.done);
    });
}

/** What `--json` prints. */
function planJson({ plan, loaded, warnings, notes }: FilePlan, url: string): object {
  return {
    version: 1,
    gateway: url,
    summary: countActions(plan.steps),
    steps: plan.steps.map(({ target, id, action, changes, notes, entry }) => ({
      target,
      id,
      action,
      changes,
      notes,
      position: entry && loaded.positionOf(entry),
    })),
    notInFile: plan.notInFile,
    notes,
    warnings: warnings.map(({ path, warning: { code, message, path: at } }) => ({
      code,
      message,
      path: at,
      position: loaded.positionOf(path),
    })),
  };
}
