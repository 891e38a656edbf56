import { parseArgs } from 'node:util';
import { describeFileFailure, readSettingsFile } from '../transport/settings-file.ts';

/** The commands of `main.ts`, each with what it does. */
const COMMANDS = {
  serve: 'Serves the gateway. This is the default command.',
  dev: 'Serves the gateway together with emulators of every upstream.',
  doctor: 'Checks the configuration and the environment of the gateway.',
  check: 'Makes one round of what WATCH_FILE names, and writes nothing.',
  health: 'Asks the running gateway whether it is ready.',
  'api-key': 'Creates an API key for a caller of the gateway.',
} as const;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** The commands as a list for a terminal. */
export function commandList(): string {
  const lines = Object.entries(COMMANDS).map(([name, about]) => `  ${name.padEnd(7)}  ${about}\n`);
  return `Commands of node dist/main.js, each with its own --help:\n\n${lines.join('')}`;
}

/**
 * For commands that the environment configures, so that `--help` is their only argument. An unknown argument ends the
 * program, because it was meant to do something. It is not printed, because it may be a secret in the wrong place.
 * @param helpCommand the command that shows its help
 * @returns whether help is asked for
 */
export function asksForHelp(args: readonly string[], helpCommand: string): boolean {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    return parseArgs({ args: [...args], options }).values.help === true;
  } catch {
    process.stderr.write(
      `An argument is unknown: the only one is --help. The environment configures this command; see ${helpCommand}.\n`,
    );
    process.exit(1);
  }
}

/** The arguments of `check`. */
interface CheckOptions {
  readonly help: boolean;
  readonly json: boolean;
}

/** Reads the arguments of `check`; null if one is unknown. */
export function readCheckOptions(args: readonly string[]): CheckOptions | null {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' } } as const;
    const { help = false, json = false } = parseArgs({ args: [...args], options }).values;
    return { help, json };
  } catch {
    return null;
  }
}

/** The arguments of the doctor. */
export interface DoctorOptions {
  readonly help: boolean;
  /** A token or API key to try; null if none is given. */
  readonly credential: string | null;
}

/** Maximum size of a credential, in bytes: more than any token that the gateway accepts. */
const MAX_CREDENTIAL_BYTES = 64 * 1024;

/** Reads the arguments of the doctor and the files they name. Errors quote nothing from them. */
export async function readDoctorOptions(
  args: readonly string[],
): Promise<DoctorOptions | { readonly error: string }> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        token: { type: 'string', multiple: true },
        'token-file': { type: 'string', multiple: true },
      },
    }));
  } catch {
    return { error: 'An argument is unknown or has no value.' };
  }
  const { help = false, token: tokens = [], 'token-file': files = [] } = values;
  const given = tokens.length + files.length;
  if (help || given === 0) return { help, credential: null };
  if (given > 1) return { error: 'Give one token: either --token or --token-file, once.' };
  const [token] = tokens;
  const [file] = files;
  const text =
    file !== undefined
      ? readCredentialFile(file)
      : token === '-'
        ? await readCredentialFromStdin()
        : { text: token ?? '' };
  if ('error' in text) return text;
  // Often copied together with the scheme of its header.
  const credential = text.text.trim().replace(/^bearer +/i, '');
  return credential === '' ? { error: 'The token is empty.' } : { help, credential };
}

function readCredentialFile(path: string): { readonly text: string } | { readonly error: string } {
  try {
    return { text: readSettingsFile(path, { maxBytes: MAX_CREDENTIAL_BYTES, allowPipe: true }) };
  } catch (error) {
    return { error: `--token-file ${describeFileFailure(error)}.` };
  }
}

async function readCredentialFromStdin(): Promise<
  { readonly text: string } | { readonly error: string }
> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_CREDENTIAL_BYTES)
      return { error: `The input on stdin is larger than ${MAX_CREDENTIAL_BYTES / 1024} KiB.` };
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}
