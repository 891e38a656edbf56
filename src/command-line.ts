import { parseArgs } from 'node:util';
import { describeFileFailure, readSettingsFile } from './transport/settings-file.ts';

/**
 * For programs that take nothing but `--help`, because the environment configures them. An argument that is not known
 * ends the program: it was meant to do something. It is not repeated, since it may be a secret at the wrong place.
 * @returns whether help is asked for
 */
export function asksForHelp(command: string): boolean {
  try {
    return parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values.help === true;
  } catch {
    process.stderr.write(
      `An argument is not known: there is none but --help. The environment configures it; ${command} -- --help tells how.\n`,
    );
    process.exit(1);
  }
}

/** What the doctor is asked to do. */
export interface DoctorOptions {
  readonly help: boolean;
  /** A token or API key to try, null where there is none. */
  readonly credential: string | null;
}

/** Largest credential that is read, in bytes: longer than any token that is let in. */
const MAX_CREDENTIAL_BYTES = 64 * 1024;

/** Reads the arguments of the doctor, and what they name. Nothing of them is repeated in a fault. */
export async function readDoctorOptions(): Promise<DoctorOptions | { readonly fault: string }> {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        token: { type: 'string', multiple: true },
        'token-file': { type: 'string', multiple: true },
      },
    }));
  } catch {
    return { fault: 'An argument is not known, or has no value.' };
  }
  const { help = false, token: tokens = [], 'token-file': files = [] } = values;
  const given = tokens.length + files.length;
  if (help || given === 0) return { help, credential: null };
  if (given > 1) return { fault: 'Give one token: either --token or --token-file, once.' };
  const [token] = tokens;
  const [file] = files;
  const text =
    file !== undefined
      ? readCredentialFile(file)
      : token === '-'
        ? await readCredentialFromStdin()
        : { text: token ?? '' };
  if ('fault' in text) return text;
  // As it is often copied: with the scheme of its header.
  const credential = text.text.trim().replace(/^bearer +/i, '');
  return credential === '' ? { fault: 'The token is empty.' } : { help, credential };
}

function readCredentialFile(path: string): { readonly text: string } | { readonly fault: string } {
  try {
    return { text: readSettingsFile(path, { maxBytes: MAX_CREDENTIAL_BYTES, allowPipe: true }) };
  } catch (error) {
    return { fault: `--token-file ${describeFileFailure(error)}.` };
  }
}

async function readCredentialFromStdin(): Promise<
  { readonly text: string } | { readonly fault: string }
> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_CREDENTIAL_BYTES)
      return { fault: `What stdin has is larger than ${MAX_CREDENTIAL_BYTES / 1024} KiB.` };
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}
