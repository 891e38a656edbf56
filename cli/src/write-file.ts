import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError } from './command-error.ts';

/** How the names of files end that are being written. */
const TEMPORARY = /\.[0-9a-f-]{36}\.tmp$/;

/**
 * Writes a file that only its owner may read, so that it is never seen in part, also after a crash.
 * @throws CommandError if that fails
 */
export function writeFileAtomically(file: string, content: string): void {
  failingOn(file, () => {
    write(file, content, { mode: 0o600 });
  });
}

/**
 * The same for a file without secrets: one that is replaced keeps who may read it, and a link to it stays.
 * @throws CommandError if that fails
 */
export function replaceFile(file: string, content: string): void {
  failingOn(file, () => {
    const before = statSync(file, { throwIfNoEntry: false });
    if (before === undefined) write(file, content, { mode: 0o666 });
    else if (before.isFile())
      write(realpathSync(file), content, { mode: 0o600, finally: before.mode });
    else throw new CommandError(`${file} is not a file, so it is not replaced.`);
  });
}

/**
 * Removes what writing a file left behind when a process was killed meanwhile.
 * @param time in milliseconds: what is newer may belong to a process that runs
 */
export function removeLeftovers(file: string, time: number): void {
  const prefix = `${basename(file)}.`;
  try {
    for (const name of readdirSync(dirname(file))) {
      if (!name.startsWith(prefix) || !TEMPORARY.test(name)) continue;
      const path = join(dirname(file), name);
      if (statSync(path).mtimeMs < time) rmSync(path);
    }
  } catch {
    // They do no harm.
  }
}

/** @param finally the mode in the end, whatever the umask says */
function write(
  file: string,
  content: string,
  { mode, finally: end }: { readonly mode: number; readonly finally?: number },
): void {
  // In a folder of others, nobody can have prepared a link with this name. `wx` would not follow it either.
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const descriptor = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(descriptor, content);
      if (end !== undefined) fchmodSync(descriptor, end);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function failingOn(file: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new CommandError(`${file} cannot be written (${code}).`);
  }
}

/** Without it, a new name may be lost with the power. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
