import type { Command } from 'commander';
import type { OidcSignInCheck } from 'oidc-config-client';
import { EXIT } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loadFile } from '../file/load-file.ts';
import type { LoadedFile } from '../file/load-file.ts';
import { connect } from '../gateway/connect.ts';
import { describeError } from '../gateway/failure.ts';
import { checkEntries } from '../sign-in/check-entries.ts';
import type { CheckedEntry } from '../sign-in/check-entries.ts';
import { issuePath } from '../state/issue-path.ts';
import { objectName } from '../terminal/plan-lines.ts';
import { startProgress } from '../terminal/progress.ts';
import type { Line, Style } from '../terminal/text.ts';
import { commandsToType } from './commands-to-type.ts';
import { failingOn } from './failing.ts';
import type { Host } from './host.ts';
import { DEFAULT_FILE, withFile } from './with-file.ts';
import type { FileOptions } from './with-file.ts';

interface CheckOptions extends FileOptions {
  readonly probe?: boolean;
  readonly json?: boolean;
}

/** Adds the command `check`. */
export function addCheck(program: Command, host: Host): void {
  withFile(program.command('check'))
    .summary('say whether people can sign in')
    .description(
      'Says for each entry whether people can sign in with what is stored, and if not, why and what to do. Writes nothing.',
    )
    .argument('[file]', 'the file of sign-in configuration', DEFAULT_FILE)
    .option('--probe', 'let the gateway send requests as a sign-in does, if its operator allows it')
    .option('--json', 'print the reports as JSON')
    .addHelpText(
      'after',
      `
Exit codes: 0 nothing is known to be broken, 1 failed, 2 a sign-in is broken.

Examples:
  oidc-config check
  oidc-config check signin.yaml --values production.yaml --probe`,
    )
    .action(async (path: string, options: CheckOptions) => {
      const { probe = false } = options;
      const terminal = host.terminal();
      const gateway = connect(options, host.env, terminal);
      const loaded = loadFile({ ...options, path });
      const progress = startProgress(terminal, 'Checking');
      const entries = await failingOn(gateway.url, () =>
        checkEntries(gateway.client, loaded.file, {
          probe,
          onProgress: (done, all) => {
            progress.update(`Checking: ${done} of ${all}`);
          },
        }),
      ).finally(progress.end);
      if (options.json === true) terminal.printJson(entries.map((entry) => asJson(entry, loaded)));
      else terminal.print(...entries.flatMap((entry) => linesOf(entry, loaded)));
      terminal.note(...commandsToType(entries, path, options));
      host.exitWith(exitCodeOf(entries));
    });
}

function exitCodeOf(entries: readonly CheckedEntry[]): ExitCode {
  if (entries.some(({ outcome }) => 'error' in outcome)) return EXIT.failed;
  const isBroken = ({ outcome }: CheckedEntry) =>
    'report' in outcome && outcome.report.verdict === 'BROKEN';
  return entries.some(isBroken) ? EXIT.toDo : EXIT.done;
}

const STYLES: Readonly<Record<string, Style>> = {
  READY: 'green',
  PASSED: 'green',
  BROKEN: 'red',
  FAILED: 'red',
  UNDECIDED: 'yellow',
  SKIPPED: 'dim',
};

/** A word with the color that it stands for. */
const colored = (text: string) => ({ text, style: STYLES[text] ?? ('bold' as const) });

/** The verdict, every check that did not pass with its place in the file, and the others in one line. */
function linesOf(entry: CheckedEntry, loaded: LoadedFile): Line[] {
  const { outcome } = entry;
  const name = objectName(entry);
  if ('error' in outcome)
    return [
      [name, ': ', colored('FAILED')],
      `    ${at(entry, [], loaded)} ${describeError(outcome.error)}`,
    ];
  const { verdict, checks } = outcome.report;
  const passed = checks.filter(({ status }) => status === 'PASSED');
  return [
    [name, ': ', colored(verdict)],
    ...checks
      .filter(({ status }) => status !== 'PASSED')
      .flatMap(({ status, code, message, path, advice }): Line[] => [
        [`    ${at(entry, path, loaded)} `, colored(status), ` ${code}: ${message}`],
        ...(advice === null ? [] : [`        ${advice}`]),
      ]),
    [
      '    ',
      {
        text: `${passed.length} passed: ${passed.map(({ code }) => code).join(', ')}`,
        style: 'dim',
      },
    ],
  ];
}

function at(entry: CheckedEntry, path: OidcSignInCheck['path'], loaded: LoadedFile): string {
  const { file, line, column } = loaded.positionOf([...entry.path, ...issuePath(path)]);
  return `${file}:${line}:${column}:`;
}

/** What `--json` prints of an entry. */
function asJson({ target, id, path, outcome }: CheckedEntry, { positionOf }: LoadedFile): object {
  return {
    target,
    id,
    position: positionOf(path),
    ...('error' in outcome
      ? { error: { code: outcome.error.code, message: outcome.error.message } }
      : {
          verdict: outcome.report.verdict,
          checks: outcome.report.checks.map(({ code, status, message, advice, path: about }) => ({
            ...{ code, status, message, advice, path: about },
            position: positionOf([...path, ...issuePath(about)]),
          })),
        }),
  };
}
