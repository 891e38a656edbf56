import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { LineWriter } from './line-writer.ts';

export interface StdoutOptions {
  /** Whether other processes write to it as well. */
  readonly shared: boolean;
  /** The descriptor of stdout in this process. Default: 1. */
  readonly descriptor?: number;
}

/** Writes lines to stdout; at the end of the process, even in a crash, it writes the rest. */
export function openStdout({ shared, descriptor = 1 }: StdoutOptions): LineWriter {
  // Opening the stream makes a socket non-blocking, so that a reader who stops reading does not stop this process. Its
  // errors can be ignored: each write reports its own.
  process.stdout.on('error', () => undefined);
  const own = openAgain(descriptor);
  const writer = new LineWriter({
    shared,
    write: (bytes, offset, length) => writeSync(own, bytes, offset, length),
  });
  process.on('exit', writer.finish);
  return writer;
}

/**
 * Opens a pipe or a terminal again, as non-blocking. Whether writes block is a property of the open file, which another
 * program that inherited it may change for all.
 * @returns the same descriptor if that is not possible, as for sockets, or not needed, as for files
 */
function openAgain(descriptor: number): number {
  const stats = fstatSync(descriptor);
  if (!stats.isFIFO() && !stats.isCharacterDevice()) return descriptor;
  try {
    return openSync(
      `/proc/self/fd/${descriptor}`,
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    return descriptor;
  }
}
