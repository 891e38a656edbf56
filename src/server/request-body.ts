import type { IncomingMessage } from 'node:http';
import type { Refusal } from './refusal.ts';

function tooLarge(most: number): Refusal {
  return {
    status: 413,
    code: 'REQUEST_ENTITY_TOO_LARGE',
    message: `Request body too large: at most ${most} bytes are read. Send less, or let the operator of the gateway raise LIMIT_BODY_BYTES.`,
    // What is still to come is not read.
    headers: { connection: 'close' },
  };
}

/**
 * Reads the body of a request. One that has arrived whole, as most have, is there at once: listeners and a promise were
 * 2% of a mutation.
 * @param most bytes that it may have
 * @returns the refusal where it has more, or says so; null where the caller breaks off
 */
export function readBody(
  request: IncomingMessage,
  most: number,
): Buffer | Refusal | null | Promise<Buffer | Refusal | null> {
  if (Number(request.headers['content-length'] ?? 0) > most || request.readableLength > most)
    return tooLarge(most);
  // Then it tells nothing any more.
  if (request.destroyed) return null;
  if (request.complete) return readAll(request);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) {
        request.pause();
        resolve(tooLarge(most));
      } else chunks.push(chunk);
    });
    request.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.on('close', () => {
      resolve(null);
    });
    request.on('error', () => {
      resolve(null);
    });
  });
}

/** All that has arrived: from Node 26 on, `read()` gives one chunk at a time. */
function readAll(request: IncomingMessage): Buffer {
  const first = request.read() as Buffer | null;
  if (first === null) return Buffer.alloc(0);
  let next = request.read() as Buffer | null;
  if (next === null) return first;
  const chunks = [first];
  for (; next !== null; next = request.read() as Buffer | null) chunks.push(next);
  return Buffer.concat(chunks);
}
