import { Option } from 'commander';
import type { Command } from 'commander';
import { exportedFile } from '../export/to-file.ts';
import type { ExportedFile } from '../export/to-file.ts';
import { toYaml } from '../file/write/to-yaml.ts';
import { connect } from '../gateway/connect.ts';
import { type Platform, PLATFORMS, readPlatforms } from '../state/read-platforms.ts';
import { startProgress } from '../terminal/progress.ts';
import type { Line } from '../terminal/text.ts';
import { replaceFile } from '../write-file.ts';
import { failingOn } from './failing.ts';
import type { Host } from './host.ts';

interface ExportOptions {
  readonly url?: string;
  readonly platform?: Platform;
  readonly out?: string;
}

/** Where editors find the schema, if the package is installed beside the file. */
const SCHEMA = 'yaml-language-server: $schema=node_modules/oidc-config-cli/dist/schema.json';

/** Adds the command `export`. */
export function addExport(program: Command, host: Host): void {
  program
    .command('export')
    .summary('write a file of what is stored')
    .description(
      'Prints a file of what is stored on the platforms, without secrets. Writes nothing to them. If anything cannot be read, nothing is printed.',
    )
    .addOption(new Option('--url <url>', 'URL of the gateway; goes before OIDC_CONFIG_URL'))
    .addOption(
      new Option('--platform <name>', 'read only this platform').choices(Object.keys(PLATFORMS)),
    )
    .option('--out <file>', 'write the file instead of printing it; one that exists is replaced')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 failed.

Examples:
  oidc-config export --out signin.yaml
  oidc-config export --platform huawei > huawei.yaml`,
    )
    .action(async (options: ExportOptions) => {
      const terminal = host.terminal();
      const gateway = connect(options, host.env, terminal);
      const platforms =
        options.platform === undefined
          ? (Object.keys(PLATFORMS) as Platform[])
          : [options.platform];
      const progress = startProgress(terminal, 'Reading what is stored');
      const stored = await failingOn(gateway.url, () =>
        readPlatforms(gateway.client, platforms),
      ).finally(progress.end);
      const exported = exportedFile(stored);
      const yaml = toYaml(exported.file, [
        SCHEMA,
        ...exported.leftOut.map((line) => `Not in this file: ${line}`),
      ]);
      if (options.out === undefined) terminal.streams.stdout.write(yaml);
      else replaceFile(options.out, yaml);
      terminal.note(...notesOf(exported));
    });
}

function notesOf({ leftOut, notes, secrets }: ExportedFile): Line[] {
  return [
    ...leftOut.map((text): Line => [{ text: 'not in the file', style: 'yellow' }, `: ${text}`]),
    ...notes.map((text): Line => [{ text: 'note', style: 'yellow' }, `: ${text}`]),
    ...(secrets.length === 0
      ? []
      : [
          'The file has no secrets. It reads them from these environment variables:',
          ...secrets.map(({ name, id }) => `  ${name}  client secret of the OpenIdConnect "${id}"`),
        ]),
  ];
}
