#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandError } from './command-error.ts';
import { addApply } from './commands/apply.ts';
import { addCheck } from './commands/check.ts';
import { addExport } from './commands/export.ts';
import type { Host } from './commands/host.ts';
import { addImport } from './commands/import.ts';
import { addKeys } from './commands/keys.ts';
import { addPlan } from './commands/plan.ts';
import { EXIT } from './exit-codes.ts';
import { FileProblems } from './file/load/problems.ts';
import { openTerminal } from './terminal/terminal.ts';
import { render } from './terminal/text.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** In the order of the help. */
const COMMANDS = [addExport, addImport, addPlan, addApply, addCheck, addKeys];

const { env, stdin, stdout, stderr } = process;

// A reader that has gone, as with `| head -1`, ends the output and not the command.
for (const stream of [stdout, stderr])
  stream.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    process.exitCode = EXIT.failed;
    if (stream === stdout) stderr.write(`The output cannot be written (${code}).\n`);
  });

const program = new Command('oidc-config')
  .description(
    'OpenID Connect sign-in configuration as code: one file for Sitecore OrderCloud and Huawei Cloud IAM.',
  )
  .version(version)
  .option('--no-color', 'no colors; NO_COLOR does the same')
  .addHelpText(
    'after',
    `
Environment:
  OIDC_CONFIG_URL      URL of the gateway; default: http://127.0.0.1:4000/graphql
  OIDC_CONFIG_TOKEN    token for the gateway, if it authenticates its callers
  OIDC_CONFIG_API_KEY  the same with an API key
  ORDERCLOUD_TOKEN     token of OrderCloud, if callers bring their own
  HUAWEI_TOKEN         token of Huawei Cloud IAM, if callers bring their own
  Each token or key may be in a file instead: OIDC_CONFIG_TOKEN_FILE, and so on.

Exit codes: 0 done, 1 failed, 2 something is to do.`,
  );

const host: Host = {
  env,
  terminal: () =>
    openTerminal({ stdin, stdout, stderr }, env, program.opts<{ color: boolean }>().color),
  exitWith: (code) => {
    process.exitCode = code;
  },
};

// Subcommands inherit how errors end and look: an unknown option such as --token=… may have a secret.
program.exitOverride().configureOutput({
  outputError: (text, write) => {
    write(text.replace(/'(-[^'=]*)=.*'/s, "'$1'"));
  },
});
for (const add of COMMANDS) add(program, host);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong, without a stack trace. */
function report(error: unknown): number {
  // Its message is already printed; help and the version end like this, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.failed;
  const lines =
    error instanceof CommandError
      ? error.lines
      : error instanceof FileProblems
        ? error.message.split('\n')
        : [
            `oidc-config failed unexpectedly: ${error instanceof Error ? error.message : String(error)}`,
            'This is a bug. Please report it with what you did.',
          ];
  stderr.write(lines.map((line) => `${render(line, false)}\n`).join(''));
  return EXIT.failed;
}
