import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { GatewayRequestError } from 'oidc-config-client';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loadFile } from '../file/load-file.ts';
import { connect } from '../gateway/connect.ts';
import type { Gateway } from '../gateway/connect.ts';
import { describeError, describeRequestError } from '../gateway/failure.ts';
import { compareKeys, readAfterSync, syncKeys } from '../keys/compare-keys.ts';
import type { ComparedKeys, KeysOutcome, SyncChoices } from '../keys/compare-keys.ts';
import { keysLines } from '../keys/keys-lines.ts';
import { confirm } from '../terminal/confirm.ts';
import { startProgress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { failingOn } from './failing.ts';
import type { Host } from './host.ts';
import { commandLine, DEFAULT_FILE, withFile } from './with-file.ts';
import type { FileOptions } from './with-file.ts';

interface KeysOptions extends FileOptions {
  readonly sync?: boolean;
  readonly force?: boolean;
  readonly dropNow?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Adds the command `keys`. */
export function addKeys(program: Command, host: Host): void {
  withFile(program.command('keys'))
    .summary(
      'compare the keys that Huawei Cloud has stored with those of the issuer, and sync them',
    )
    .description(
      'Compares the stored keys of each configuration of Huawei Cloud with those that its issuer publishes. With --sync, stores what is missing, and drops what has been gone for a day.',
    )
    .argument('[file]', 'the file of sign-in configuration', DEFAULT_FILE)
    .option('--sync', 'store the keys of the issuer')
    .option('--force', 'also if the issuer publishes none of the stored keys: ask its owner first')
    .option('--drop-now', 'drop keys at once that the issuer no longer publishes: for a compromise')
    .option('--yes', 'do not ask')
    .option('--json', 'print the comparison as JSON, with --sync as it is after it')
    .addHelpText(
      'after',
      `
Exit codes: 0 the keys are as they should be, 1 failed, 2 a sync would change something.

Examples:
  oidc-config keys
  oidc-config keys signin.yaml --values production.yaml --sync --yes`,
    )
    .action(async (path: string, options: KeysOptions) => {
      const choices = { force: options.force ?? false, dropNow: options.dropNow ?? false };
      const terminal = host.terminal();
      const gateway = connect(options, host.env, terminal);
      const loaded = loadFile({ ...options, path });
      const progress = startProgress(terminal, 'Comparing keys');
      const outcomes = await failingOn(gateway.url, () =>
        compareKeys(gateway.client, loaded.file, choices, (done, all) => {
          progress.update(`Comparing keys: ${done} of ${all}`);
        }),
      ).finally(progress.end);
      const { json = false, sync = false, yes: isAnswered = false } = options;
      const linesOf = (shown: readonly KeysOutcome[]) =>
        shown.flatMap((outcome) => keysLines(outcome, loaded));
      if (!json) terminal.print(...linesOf(outcomes));
      // What is asked about.
      else if (sync && !isAnswered) terminal.note(...linesOf(outcomes));
      const found = exitCodeOf(outcomes);
      const synced = sync
        ? await syncAll(outcomes, { terminal, gateway, choices, isAnswered })
        : { code: found, after: new Map<KeysOutcome, KeysOutcome>() };
      const { code, after } = synced;
      if (json)
        terminal.printJson(outcomes.map((outcome) => asJson(after.get(outcome) ?? outcome)));
      else terminal.print(...linesOf([...after.values()]));
      if (outcomes.some(isReplaced))
        terminal.note(
          `If the owner of the issuer confirms that: ${commandLine('keys', path, options, '--sync', '--force')}`,
        );
      if (!sync && outcomes.some(isToDo))
        terminal.note(`To sync: ${commandLine('keys', path, options, '--sync')}`);
      host.exitWith(found === EXIT.failed ? found : code);
    });
}

function exitCodeOf(outcomes: readonly KeysOutcome[]): ExitCode {
  if (outcomes.some((outcome) => 'error' in outcome || outcome.refused !== null))
    return EXIT.failed;
  return outcomes.some(isToDo) ? EXIT.toDo : EXIT.done;
}

const isToDo = (outcome: KeysOutcome): outcome is ComparedKeys =>
  !('error' in outcome) && outcome.sync !== null;

const isReplaced = (outcome: KeysOutcome) =>
  !('error' in outcome) && outcome.refused?.code === 'KEYS_REPLACED';

interface SyncContext {
  readonly terminal: Terminal;
  readonly gateway: Gateway;
  readonly choices: SyncChoices;
  readonly isAnswered: boolean;
}

interface Synced {
  readonly code: ExitCode;
  /** What was stored, by what was compared before. */
  readonly after: ReadonlyMap<KeysOutcome, KeysOutcome>;
}

/** Stores the keys of each configuration that needs it, if the person agrees. */
async function syncAll(
  outcomes: readonly KeysOutcome[],
  { terminal, gateway, choices, isAnswered }: SyncContext,
): Promise<Synced> {
  const toDo = outcomes.filter(isToDo);
  const after = new Map<KeysOutcome, KeysOutcome>();
  if (toDo.length === 0) return { code: EXIT.done, after };
  const names = toDo.map(({ idpId }) => `"${idpId}"`).join(', ');
  if (!(await confirm(terminal, `Store the keys of ${names}?`, isAnswered))) {
    terminal.note('Nothing was written.');
    return { code: EXIT.toDo, after };
  }
  const run = randomUUID();
  let code: ExitCode = EXIT.done;
  for (const [index, compared] of toDo.entries()) {
    const keys = `The keys of "${compared.idpId}"`;
    const unknown = `${keys} may have been stored. Run the same command again.`;
    const error = await syncKeys(
      gateway.client,
      compared,
      choices,
      `oidc-config-${run}-${index}`,
    ).catch((reason: unknown) => {
      if (!(reason instanceof GatewayRequestError)) throw reason;
      const message = describeRequestError(reason, gateway.url);
      throw new CommandError(reason.sent === false ? message : `${unknown} ${message}`);
    });
    if (error === null) {
      terminal.note(`${keys} are stored.`);
      const result = await failingOn(gateway.url, () => readAfterSync(gateway.client, compared));
      if ('error' in result) code = EXIT.failed;
      after.set(compared, result);
    } else {
      code = EXIT.failed;
      const text = error.code === 'OUTCOME_UNKNOWN' ? unknown : `${keys} are not stored:`;
      terminal.note([{ text, style: 'red' }, ` ${describeError(error)}`]);
    }
  }
  return { code, after };
}

/** What `--json` prints of a configuration. */
function asJson(outcome: KeysOutcome): object {
  if ('error' in outcome)
    return {
      idpId: outcome.idpId,
      error: { code: outcome.error.code, message: outcome.error.message },
    };
  const { idpId, keys, sync, warnings, refused } = outcome;
  return {
    idpId,
    issuer: keys.issuer,
    now: keys.now,
    afterRotation: keys.afterRotation,
    keys: keys.keys,
    sync,
    warnings,
    refused: refused && { code: refused.code, message: refused.message },
  };
}
