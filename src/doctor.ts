import { readDoctorOptions } from './command-line.ts';
import { ConfigError, readConfig } from './config.ts';
import { examine } from './server/examination.ts';
import type { Finding } from './server/finding.ts';
import { surviveClosedPipes } from './terminal.ts';
import { upstreams } from './upstreams/index.ts';

const USAGE = `Usage: npm run doctor
       npm run doctor -- --token - | --token-file <path>

Checks the configuration of the gateway in the environment, in plain words: whether it is whole, who is let in, whether
AUTH_ISSUER is what the issuer calls itself, whether each upstream resolves and answers, and whether the gateway's own
credentials work there. It only reads, writes nothing, and never prints a secret.

  --token -            Tries a token, or an API key, of a caller, read from stdin: whether it would be let in, why not,
                       and which scopes it has.
  --token-file <path>  The same, read from a file.
  --token <token>      The same. Other users of this machine and your shell's history can see it: prefer the others.
  -h, --help           Shows this text. The variables are listed by: npm start -- --help

Each line begins with ok, note (could not be looked at), WARN (works, and may not be what you want) or FAULT.
Exits with 1 if there is a FAULT, with 0 otherwise.
`;

const LABELS: Readonly<Record<Finding['state'], string>> = {
  OK: 'ok   ',
  NOTE: 'note ',
  WARN: 'WARN ',
  FAULT: 'FAULT',
};

function say({ state, subject, text, advice }: Finding): void {
  process.stdout.write(
    `${LABELS[state]}  ${subject}: ${text}\n${advice === undefined ? '' : `         -> ${advice}\n`}`,
  );
}

/** @returns whether everything works */
async function examineAll(credential: string | null): Promise<boolean> {
  let config;
  try {
    config = readConfig('production', upstreams);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.faults)
      say({ subject: 'configuration', state: 'FAULT', text: `${fault}.` });
    return false;
  }
  say({
    subject: 'configuration',
    state: 'OK',
    text: 'every variable that is set has a value that fits.',
  });
  let well = true;
  for await (const finding of examine(config, upstreams, credential)) {
    say(finding);
    well &&= finding.state !== 'FAULT';
  }
  return well;
}

surviveClosedPipes();
const options = await readDoctorOptions();
if ('fault' in options) {
  process.stderr.write(`${options.fault}\nnpm run doctor -- --help tells how.\n`);
  process.exitCode = 1;
} else if (options.help) process.stdout.write(USAGE);
else if (!(await examineAll(options.credential))) process.exitCode = 1;
