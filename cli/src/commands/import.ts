import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import type { ImportedEntry, Surroundings } from '../export/import-entry.ts';
import { importOidcConfig, importOpenIdConnect } from '../export/import-entry.ts';
import { withEntry } from '../file/write/insert-entry.ts';
import { checksOf } from '../file/load/checks.ts';
import { itemsOf, textOf, valueAt } from '../file/load/located.ts';
import type { Located } from '../file/load/located.ts';
import { parseText } from '../file/load/parse.ts';
import { type FileProblem, FileProblems } from '../file/load/problems.ts';
import { type ReadFile, readLocated } from '../file/load/read-located.ts';
import { EXPORT } from '../file/load-file.ts';
import { connect } from '../gateway/connect.ts';
import { ReadFailure } from '../state/read-object.ts';
import { startProgress } from '../terminal/progress.ts';
import { replaceFile } from '../write-file.ts';
import { failingOn } from './failing.ts';
import type { Host } from './host.ts';
import { DEFAULT_FILE } from './with-file.ts';

interface ImportOptions {
  readonly url?: string;
  readonly file: string;
}

/** What can be imported: the list that it goes to, and the field with its id. */
const KINDS = {
  openIdConnect: { list: 'openIdConnects', idField: 'id', read: importOpenIdConnect },
  oidcConfig: { list: 'oidcConfigs', idField: 'idpId', read: importOidcConfig },
} as const;
type Kind = keyof typeof KINDS;

/** Adds the command `import`. */
export function addImport(program: Command, host: Host): void {
  program
    .command('import')
    .summary('add an entry for what is stored to a file')
    .description(
      'Adds an entry for an object that is stored to a file, and leaves everything else in the file as it is. Writes nothing to the platforms.',
    )
    .addArgument(
      new Argument(
        '<kind>',
        'openIdConnect of OrderCloud, or oidcConfig of Huawei Cloud IAM',
      ).choices(Object.keys(KINDS)),
    )
    .argument('<id>', 'its id; for oidcConfig the id of the identity provider')
    .option('--file <file>', 'the file of sign-in configuration', DEFAULT_FILE)
    .addOption(new Option('--url <url>', 'URL of the gateway; goes before OIDC_CONFIG_URL'))
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 failed.

Examples:
  oidc-config import openIdConnect google
  oidc-config import oidcConfig corporate --file signin.yaml`,
    )
    .action(async (kind: Kind, id: string, { file, ...options }: ImportOptions) => {
      const terminal = host.terminal();
      const gateway = connect(options, host.env, terminal);
      const { text, located } = read(file);
      const { list, idField, read: readEntry } = KINDS[kind];
      const existing = itemsOf(located, list).find((entry) => textOf(entry, idField) === id);
      if (existing)
        throw new CommandError(
          `${file}:${existing.at.line}:${existing.at.column}: ${list} has "${id}" already.`,
        );
      const progress = startProgress(terminal, 'Reading what is stored');
      const { addition, notes } = await failingOn(gateway.url, async () => {
        try {
          return await readEntry(gateway.client, id, surroundingsOf(located));
        } catch (error) {
          throw error instanceof ReadFailure ? new CommandError(error.message) : error;
        }
      }).finally(progress.end);
      const changed = withEntry(text, addition);
      refuseNewProblems(file, located, changed);
      // An editor may have saved it meanwhile.
      if (read(file).text !== text)
        throw new CommandError(
          `${file} has changed meanwhile, and stays as it is. Run the same command again.`,
        );
      replaceFile(file, changed);
      terminal.note(
        `Added ${addedParts(addition, id)} to ${file}.`,
        ...notes.map((note) => [{ text: 'note', style: 'yellow' } as const, `: ${note}`]),
        ...secretNote(addition),
      );
    });
}

function addedParts({ list, issuer }: ImportedEntry['addition'], id: string): string {
  return [`${list}.${id}`, ...(issuer === null ? [] : [`issuers.${issuer.name}`])].join(' and ');
}

function secretNote({ entry }: ImportedEntry['addition']): string[] {
  const secret = 'connectClientSecret' in entry ? entry.connectClientSecret : undefined;
  return typeof secret === 'object' && 'fromEnv' in secret
    ? [`Its client secret is read from the environment variable ${secret.fromEnv}.`]
    : [];
}

/** The file as far as it can be parsed. It need not be complete, because overlays may say the rest. */
function read(file: string): ReadFile {
  const problems: FileProblem[] = [];
  const content = readLocated(file, problems, EXPORT);
  if (content && content.located.kind !== 'map')
    problems.push({
      ...content.located.at,
      path: [],
      message: 'The file must be a map of fields.',
    });
  if (!content || problems.length > 0) throw new FileProblems(problems, [file]);
  return content;
}

function surroundingsOf(file: Located): Surroundings {
  const issuers = valueAt(file, ['issuers']);
  const named = issuers?.kind === 'map' ? [...issuers.entries.keys()] : [];
  return {
    issuers: new Map(
      named.flatMap((name) => {
        const url = textOf(file, 'issuers', name, 'url');
        return url === undefined ? [] : [[name, url] as const];
      }),
    ),
    variables: itemsOf(file, 'openIdConnects').flatMap(
      (entry) => textOf(entry, 'connectClientSecret', 'fromEnv') ?? [],
    ),
  };
}

/** Nothing is written that the next command would refuse, such as other rules for a mapping that another entry has, too. */
function refuseNewProblems(file: string, before: Located, text: string): void {
  const after = parseText(text, file, []);
  const options = { allowPlainSecrets: true };
  // Lines move.
  const kindOf = ({ message }: FileProblem) => message.replace(/ line \d+/, '');
  const known = new Set(checksOf(before, options).map(kindOf));
  const problems = after
    ? checksOf(after, options).filter((problem) => !known.has(kindOf(problem)))
    : [];
  if (problems.length > 0)
    throw new CommandError([
      `The entry does not fit into ${file}, which stays as it is:`,
      ...problems.map(({ message, advice }) => `  ${[message, advice].join(' ').trim()}`),
    ]);
}
