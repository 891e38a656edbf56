import { closeSync, openSync, readSync, statSync } from 'node:fs';

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
export function readSettingsFile(path: string, { maxBytes, allowPipe = false }: SettingsFileOptions): string {
  const stats = statSync(path);
  // Opening a pipe would wait for somebody who writes into it.
  if (!stats.isDirectory() && !stats.isFile() && !allowPipe) throw new UnusableFile('names something that is not a regular file');
  const tooLarge = () => new UnusableFile(`names a file that is larger than ${maxBytes / 1024} KiB`);
  if (stats.isFile() && stats.size > maxBytes) throw tooLarge();
  const bytes = readBounded(path, maxBytes);
  if (bytes.length > maxBytes) throw tooLarge();
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  if (text.trim() === '') throw new UnusableFile('names a file that is empty');
  return text;
}

/** Bytes that are read at a time. */
const CHUNK_BYTES = 16 * 1024;

/** What is there, and little more than `maxBytes` of it: what a pipe or a device gives may never end. */
function readBounded(path: string, maxBytes: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
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
  ['ENOTDIR', 'names a file below something that is not a folder'],
  ['ELOOP', 'names a file behind a loop of symbolic links'],
  ['ENAMETOOLONG', 'names a file whose path is too long'],
  ['ERR_INVALID_ARG_VALUE', 'cannot be read: its path has a null character'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'must hold text in UTF-8'],
]);

/** Why a file could not be read, without its path or content. It completes a sentence that begins with the variable. */
export function describeFileFailure(error: unknown): string {
  if (error instanceof UnusableFile) return error.message;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code === null) return 'names a file that cannot be read';
  return REASONS.get(code) ?? `names a file that cannot be read (${code})`;
}
