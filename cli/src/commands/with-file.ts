import { Option } from 'commander';
import type { Command } from 'commander';

/** The file that is read if none is named. */
export const DEFAULT_FILE = 'signin.yaml';

/** Options of commands that read a file of sign-in configuration. */
export interface FileOptions {
  readonly url?: string;
  readonly values?: readonly string[];
  readonly allowPlainSecrets?: boolean;
}

/** A command with the same file, as it is typed. */
export function commandLine(
  name: string,
  path: string,
  { url, values = [], allowPlainSecrets = false }: FileOptions,
  ...flags: readonly string[]
): string {
  const words = [
    ...['oidc-config', name, path],
    ...values.flatMap((overlay) => ['--values', overlay]),
    ...(url === undefined ? [] : ['--url', url]),
    ...(allowPlainSecrets ? ['--allow-plain-secrets'] : []),
    ...flags,
  ];
  const typed = (word: string) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return words.map(typed).join(' ');
}

/** Adds the argument and options of commands that read a file. */
export function withFile(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'URL of the gateway; goes before OIDC_CONFIG_URL'))
    .addOption(
      new Option(
        '--values <file>',
        'overlay whose values go before those of the file; repeatable',
      ).argParser((path: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        path,
      ]),
    )
    .option('--allow-plain-secrets', 'take secrets that are in the file as they are');
}
