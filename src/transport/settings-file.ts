import { systemErrorCode } from '../domain/system-error.ts';
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { repeatedMember } from '../domain/json/repeated-member.ts';
import { visible } from '../domain/text/visible.ts';

export interface SettingsFileOptions {
  /** Maximum size, in bytes. */
  readonly maxBytes: number;
  /** Whether a pipe or a device is allowed, as for a file that a person names on the command line. At the start of a server, it might never end. */
  readonly allowPipe?: boolean;
}

/** A file that is not what it should be. The message completes a sentence that begins with the variable. */
class UnusableFile extends Error {}

/**
 * Reads the file that a setting names.
 * @throws what `describeFileFailure` has words for
 */
export function readSettingsFile(path: string, options: SettingsFileOptions): string {
  // Before it is opened, because opening a device may already do something.
  check(statSync(path), options);
  return textOf(readBounded(path, options), options);
}

/**
 * The same for a process that must not block: reading from a mount that is gone may never end.
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
 * Checks whether well-formed JSON of a settings file has a member twice.
 * @returns the problem, which completes a sentence that begins with the variable; null if there is none
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

/** Does not wait for a writer if the path has become a pipe, and takes no terminal as that of this process. Both flags are undefined on some systems, where they count as 0. */
const AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Bytes that are read at a time. */
const CHUNK_BYTES = 16 * 1024;

/** The content, and little more than `maxBytes` of it: a pipe or a device may never end, and a file may grow. */
function readBounded(path: string, options: SettingsFileOptions): Buffer {
  const { maxBytes, allowPipe = false } = options;
  const descriptor = openSync(path, allowPipe ? constants.O_RDONLY : AT_ONCE);
  try {
    // The path may name something else by now.
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

/** Messages for the system's error codes. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'names a file that does not exist'],
  ['EACCES', 'names a file that this process has no permission to read'],
  ['EPERM', 'names a file that this process has no permission to read'],
  ['EISDIR', 'names a folder, not a file'],
  ['ENXIO', 'names something that is not a regular file'],
  ['EAGAIN', 'names something that has nothing to read now'],
  ['ENOTDIR', 'names a file below something that is not a folder'],
  ['ELOOP', 'names a file behind a loop of symbolic links'],
  ['ENAMETOOLONG', 'names a file whose path is too long'],
  ['ERR_INVALID_ARG_VALUE', 'cannot be read: its path has a null character'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'must contain UTF-8 text'],
]);

/** Why a file could not be read, without its path or content. It completes a sentence that begins with the variable. */
export function describeFileFailure(error: unknown): string {
  if (error instanceof UnusableFile) return error.message;
  const code = systemErrorCode(error);
  if (code === null) return 'names a file that cannot be read';
  return REASONS.get(code) ?? `names a file that cannot be read (${code})`;
}
