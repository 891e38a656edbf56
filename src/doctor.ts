import { asksForHelp } from './command-line.ts';
import { ConfigError, readConfig } from './config.ts';
import { examine } from './server/examination.ts';
import { upstreams } from './upstreams/index.ts';

const USAGE = `Usage: npm run doctor

Checks the configuration of the gateway in the environment, in plain words: whether it is whole, whether each
upstream resolves and answers, and whether the gateway's own credentials work there. It only reads, writes nothing,
and never prints a secret.

  -h, --help  Shows this text. The variables are listed by: npm start -- --help

Exits with 0 where everything works, with 1 where something has to be mended.
`;

/** @returns whether everything works */
async function examineAll(): Promise<boolean> {
  const say = (ok: boolean, subject: string, text: string, advice?: string) => {
    process.stdout.write(`${ok ? 'ok   ' : 'FAULT'}  ${subject}: ${text}\n${advice === undefined ? '' : `         -> ${advice}\n`}`);
  };
  let config;
  try {
    config = readConfig('production', upstreams);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.faults) say(false, 'configuration', `${fault}.`);
    return false;
  }
  say(true, 'configuration', 'every variable that is set has a value that fits.');
  let well = true;
  for await (const { subject, ok, text, advice } of examine(config, upstreams)) {
    say(ok, subject, text, advice);
    well &&= ok;
  }
  return well;
}

if (asksForHelp('npm run doctor')) process.stdout.write(USAGE);
else process.exitCode = (await examineAll()) ? 0 : 1;
