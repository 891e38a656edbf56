import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { textOf } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** The request line and headers of a request, in bytes at most. Tokens of Huawei Cloud IAM may be longer than the 16 KiB that Node allows by default. */
export const MAX_REQUEST_HEADER_BYTES = 64 * 1024;

const MALFORMED: Refusal = { status: 400, code: 'BAD_REQUEST', message: 'This is not a valid HTTP/1.1 request.' };

/** Refusals by the codes of Node's errors. */
const REFUSALS: ReadonlyMap<unknown, Refusal> = new Map<unknown, Refusal>([
  [
    'HPE_HEADER_OVERFLOW',
    {
      status: 431,
      code: 'REQUEST_HEADER_FIELDS_TOO_LARGE',
      message: `The request line and headers have more than ${MAX_REQUEST_HEADER_BYTES / 1024} KiB, which is all that the gateway reads. Send a shorter token or fewer headers.`,
    },
  ],
  ['HPE_INVALID_URL', { status: 400, code: 'BAD_REQUEST', message: 'The target of the request has characters that must be percent-encoded.' }],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', { status: 413, code: 'REQUEST_ENTITY_TOO_LARGE', message: 'The chunk extensions of the request are too large: send it without them.' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { status: 408, code: 'REQUEST_TIMEOUT', message: 'The request did not arrive in time. Nothing was executed: it is safe to send it again.' }],
]);

/** How long a client may take to read why its request is refused, in milliseconds. */
const LINGER_MS = 2_000;

/** Connections on which a refusal is on its way. */
const refused = new WeakSet<Socket>();

/**
 * Answers a request that cannot be read as HTTP, in the form of all refusals, and closes the connection: nobody knows
 * where the next request would begin.
 */
export function refuseMalformed(error: Error, socket: Socket): void {
  // What comes behind is no better, and not read.
  if (refused.has(socket)) return;
  // As Node itself does: what is written into a response that has begun would be taken for a part of it.
  const { _httpMessage: current } = socket as Socket & { readonly _httpMessage?: Pick<ServerResponse, 'headersSent'> | null };
  if (!socket.writable || current?.headersSent === true) {
    socket.destroy();
    return;
  }
  refused.add(socket);
  const refusal = REFUSALS.get('code' in error ? error.code : undefined) ?? MALFORMED;
  const requestId = randomUUID();
  const body = textOf(refusal, requestId);
  const headers = [...SECURITY_HEADERS, 'x-request-id', requestId, 'content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(body)), 'connection', 'close'];
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ''}`] : []));
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  // To close at once while the client still sends would reset the connection, and the client would not read the reason.
  const timer = setTimeout(() => { socket.destroy(); }, LINGER_MS);
  socket.once('close', () => { clearTimeout(timer); });
}
