import type { Readable, Writable } from 'node:stream';

/**
 * Passes on what is read, whole lines at a time: so the lines of several processes that log into one stream are never
 * torn. A pipe alone does not see to that: what it has no room for at once comes later, after what others wrote.
 */
export function passWholeLines(from: Readable, to: Writable): void {
  let begun: Buffer[] = [];
  from.on('data', (chunk: Buffer) => {
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end > 0) {
      to.write(Buffer.concat([...begun, chunk.subarray(0, end)]));
      begun = [];
    }
    if (end < chunk.length) begun.push(chunk.subarray(end));
  });
  // Whoever was killed in the middle of a line must not spoil the next one.
  from.on('end', () => { if (begun.length > 0) to.write(Buffer.concat([...begun, Buffer.from('\n')])); });
}
