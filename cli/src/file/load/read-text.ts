import type { FileProblem } from './problems.ts';
import { readBytes } from './read-bytes.ts';

/** How large a file may be, in bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * The text of a file, or undefined; then `problems` says why.
 * @param ifMissing what to do if it does not exist
 */
export function readText(
  path: string,
  problems: FileProblem[],
  ifMissing?: string,
): string | undefined {
  const report = (message: string, advice?: string): void => {
    const start = { file: path, line: 1, column: 1, path: [] };
    problems.push({ ...start, message, ...(advice !== undefined && { advice }) });
  };
  try {
    const bytes = readBytes(path, MAX_BYTES);
    if (bytes.length <= MAX_BYTES) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    report('The file is larger than 1 MiB.');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      report('The file is not UTF-8 text.', 'Save it with this encoding.');
    else if (code === 'ENOENT') report('The file does not exist.', ifMissing);
    else report(`The file cannot be read (${code}).`);
  }
  return undefined;
}
