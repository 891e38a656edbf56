import { closeSync, openSync, readSync } from 'node:fs';

/** The content of a file, pipe or device: at most one byte more than `max`, so that more is noticed. */
export function readBytes(path: string, max: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(max + 1);
    let length = 0;
    for (;;) {
      const count = readSync(file, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
