import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { repeatedMember } from '../domain/repeated-member.ts';
import { visible } from '../domain/visible.ts';

export interface SettingsFileOptions {
  /** Largest content, in bytes. */
  readonly maxBytes: number;
  /** Whether a pipe or a device will do: for what a person names on the command line. At the start of a server it might never end. */
  readonly allowPipe?: boolean;
}

/** A file that was read and is not what it should be. The message completes a sentence that begins with the variable. */
class UnusableFile extends Error {}

/**
 * Reads a text that a setting names.
 * @throws what `describeFileFailure` has words for
 */
export function readSettingsFile(path: string, options: SettingsFileOptions): string {
  // Opening a device may do something already.
  check(statSync(path), options);
  return textOf(readBounded(path, options), options);
}

/**
 * The same for a process that must not stop meanwhile: what is on a mount that is gone may never be read.
 * @throws what `describeFileFailure` has words for
 */
export async function readSettingsFileLater(
  path: string,
  options: Pick<SettingsFileOptions, 'maxBytes'>,
): Promise<string> {
  check(await stat(path), options);
  return textOf(await readFile(path, { flag: AT_ONCE }), options);
}

/** @throws UnusableFile */
function check(stats: Stats, { maxBytes, allowPipe = false }: SettingsFileOptions): void {
  if (!stats.isDirectory() && !stats.isFile() && !allowPipe)
    throw new UnusableFile('names something that is not a regular file');
  if (stats.isFile() && stats.size > maxBytes) throw tooLarge(maxBytes);
}

/** @throws UnusableFile if it is too large or empty, TypeError if it is not UTF-8 */
function textOf(bytes: Buffer, { maxBytes }: SettingsFileOptions): string {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  if (text.trim() === '') throw new UnusableFile('names a file that is empty');
  return text;
}

/**
 * Looks whether the well-formed JSON of a settings file says something twice.
 * @returns what is wrong, which completes a sentence that begins with the variable; null if nothing is
 */
export function repetitionIn(json: string): string | null {
  const repeated = repeatedMember(json);
  return repeated === null
    ? null
    : `${visible(repeated.join('.'))} is given more than once: only the last would count`;
}

function tooLarge(maxBytes: number): UnusableFile {
  return new UnusableFile(`names a file that is larger than ${maxBytes / 1024} KiB`);
}

/** Waits for nobody who writes into what has become a pipe meanwhile, and makes no terminal that of this process. Both are 0 on systems that do not know them. */
const AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Bytes that are read at a time. */
const CHUNK_BYTES = 16 * 1024;

/** What is there, and little more than `maxBytes` of it: what a pipe or a device gives may never end, and a file may grow. */
function readBounded(path: string, options: SettingsFileOptions): Buffer {
  const { maxBytes, allowPipe = false } = options;
  const descriptor = openSync(path, allowPipe ? constants.O_RDONLY : AT_ONCE);
  try {
    // Something else may stand there by now.
    check(fstatSync(descriptor), options);
    const chunks: Buffer[] = [];
    let size = 0;
    while (size <= maxBytes) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const length = readSync(descriptor, chunk);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
      size += length;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(descriptor);
  }
}

/** What the system's reasons mean. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'names a file that does not exist'],
  ['EACCES', 'names a file that the permissions do not allow this process to read'],
  ['EPERM', 'names a file that the permissions do not allow this process to read'],
  ['EISDIR', 'names a folder, not a file'],
  ['ENXIO', 'names something that is not a regular file'],
  ['EAGAIN', 'names something that has nothing to read now'],
  ['ENOTDIR', 'names a file below something that is not a folder'],
  ['ELOOP', 'names a file behind a loop of symbolic links'],
  ['ENAMETOOLONG', 'names a file whose path is too long'],
  ['ERR_INVALID_ARG_VALUE', 'cannot be read: its path has a null character'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'must hold text in UTF-8'],
]);

/** Why a file could not be read, without its path or content. It completes a sentence that begins with the variable. */
export function describeFileFailure(error: unknown): string {
  if (error instanceof UnusableFile) return error.message;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code === null) return 'names a file that cannot be read';
  return REASONS.get(code) ?? `names a file that cannot be read (${code})`;
}
