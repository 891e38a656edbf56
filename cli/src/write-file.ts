import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CommandError } from './command-error.ts';

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
    else throw new CommandError(`${file} is no file, so it is not replaced.`);
  });
}

/** @param finally the mode in the end, whatever the umask says */
function write(
  file: string,
  content: string,
  { mode, finally: end }: { readonly mode: number; readonly finally?: number },
): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const descriptor = openSync(temporary, 'w', mode);
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
