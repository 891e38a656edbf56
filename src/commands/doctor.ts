import { readDoctorOptions } from './command-line.ts';
import { ConfigError, readWatchedConfig } from '../config/config.ts';
import { runChecks } from './doctor/checks.ts';
import type { CheckResult } from './doctor/check-result.ts';
import { upstreams } from '../upstreams/index.ts';

const USAGE = `Usage: npm run doctor
       npm run doctor -- --token - | --token-file <path>

Checks the configuration of the gateway in the environment: whether it is complete, who is let in, whether AUTH_ISSUER
matches the issuer's metadata, whether Redis can be used and forgets nothing, whether each upstream resolves and responds,
and whether the gateway's own credentials work there. It changes nothing, and never prints a secret.

  --token -            Also checks a caller's token or API key, read from stdin: whether it would be let in, and if not,
                       why; and which scopes it has.
  --token-file <path>  The same, read from a file.
  --token <token>      The same. It is visible to other users of this machine and in your shell's history: prefer the other forms.
  -h, --help           Shows this text. npm start -- --help lists the variables.

Each line begins with ok, note (could not be checked), WARN (works, but may not be what you want) or ERROR.
Exits with 1 if there is an ERROR, otherwise with 0.
`;

const LABELS: Readonly<Record<CheckResult['state'], string>> = {
  OK: 'ok   ',
  NOTE: 'note ',
  WARN: 'WARN ',
  ERROR: 'ERROR',
};

function say({ state, subject, text, advice }: CheckResult): void {
  process.stdout.write(
    `${LABELS[state]}  ${subject}: ${text}\n${advice === undefined ? '' : `         -> ${advice}\n`}`,
  );
}

/** @returns whether everything works */
async function checkAll(credential: string | null): Promise<boolean> {
  let config;
  try {
    ({ config } = await readWatchedConfig(upstreams));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const issue of error.issues)
      say({ subject: 'configuration', state: 'ERROR', text: `${issue}.` });
    return false;
  }
  say({
    subject: 'configuration',
    state: 'OK',
    text: 'every variable that is set has a valid value.',
  });
  let well = true;
  for await (const result of runChecks(config, upstreams, credential)) {
    say(result);
    well &&= result.state !== 'ERROR';
  }
  return well;
}

/** Runs all checks, or prints the help. */
export async function run(args: readonly string[]): Promise<void> {
  const options = await readDoctorOptions(args);
  if ('error' in options) {
    process.stderr.write(`${options.error}\nSee npm run doctor -- --help.\n`);
    process.exitCode = 1;
  } else if (options.help) process.stdout.write(USAGE);
  else if (!(await checkAll(options.credential))) process.exitCode = 1;
}
