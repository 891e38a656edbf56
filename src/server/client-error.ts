import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuse, textOf } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { SECURITY_HEADERS, setCommonHeaders } from './security-headers.ts';

/** The request line and headers of a request, in bytes at most. Tokens of Huawei Cloud IAM may be longer than the 16 KiB that Node allows by default. */
export const MAX_REQUEST_HEADER_BYTES = 64 * 1024;

const MALFORMED: Refusal = {
  status: 400,
  code: 'BAD_REQUEST',
  message: 'This is not a valid HTTP/1.1 request.',
};

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
  [
    'HPE_INVALID_URL',
    {
      status: 400,
      code: 'BAD_REQUEST',
      message:
        'The target of the request is not a path, or has characters that must be percent-encoded.',
    },
  ],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    {
      status: 413,
      code: 'REQUEST_ENTITY_TOO_LARGE',
      message: 'The chunk extensions of the request are too large: send it without them.',
    },
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    {
      status: 408,
      code: 'REQUEST_TIMEOUT',
      message:
        'The request did not arrive in time. Nothing was executed: it is safe to send it again.',
    },
  ],
]);

const CLOSE = { connection: 'close' };
const NO_HOST: Refusal = {
  status: 400,
  code: 'BAD_REQUEST',
  message: 'Send the header Host. Nothing was executed.',
  headers: CLOSE,
};
const BAD_HOST: Refusal = {
  status: 400,
  code: 'BAD_REQUEST',
  message:
    'Send the header Host once, with a host name or address and at most a port. Nothing was executed.',
  headers: CLOSE,
};

/** A host and a port (RFC 9112 section 3.2, RFC 3986 section 3.2.2), without a user. A target that names no host comes with an empty one. */
const HOST = /^(?:\[[\w.:%~-]{1,100}\]|[\w.!$&'()*+;=~-]{0,255})(?::\d{0,5})?$/;
const EXPECTATION: Refusal = {
  status: 417,
  code: 'BAD_REQUEST',
  message: 'The header Expect must be "100-continue". Nothing was executed.',
  headers: CLOSE,
};
const TUNNEL: Refusal = {
  status: 405,
  code: 'BAD_REQUEST',
  message: 'The gateway is not a proxy: it does not open tunnels to other servers.',
  headers: { allow: 'GET, POST' },
};

/** How long a client may take to read why its request is refused, in milliseconds. */
const LINGER_MS = 2_000;

/** Connections on which a refusal is on its way. */
const refused = new WeakSet<Duplex>();

/**
 * Answers a request that cannot be read as HTTP, in the form of all refusals, and closes the connection: nobody knows
 * where the next request would begin.
 */
export function refuseMalformed(error: Error, socket: Socket): void {
  // What comes after it is not read.
  if (refused.has(socket)) return;
  write(socket, REFUSALS.get('code' in error ? error.code : undefined) ?? MALFORMED);
}

/**
 * Refuses what Node itself refuses with an empty response, or none: a request without the header Host, one with an
 * expectation, and a tunnel; and one whose Host two servers could understand in two ways (RFC 9112 section 3.2). All others go to the listener.
 * @param server made with `requireHostHeader: false`
 */
export function refuseForeign(server: Server, listener: RequestListener): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const refusal = hostRefusal(request);
    if (refusal === null) listener(request, response);
    else turnAway(response, refusal);
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    turnAway(response, EXPECTATION);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // The server does not look after this connection any more.
    socket.on('error', () => {
      socket.destroy();
    });
    socket.resume();
    write(socket, TUNNEL);
  });
}

function hostRefusal({
  headers: { host },
  httpVersion,
  rawHeaders,
}: IncomingMessage): Refusal | null {
  if (host === undefined) return httpVersion === '1.0' ? null : NO_HOST;
  // Node keeps the first of several.
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') count += 1;
  return count === 1 && HOST.test(host) ? null : BAD_HOST;
}

function turnAway(response: ServerResponse, refusal: Refusal): void {
  const requestId = randomUUID();
  setCommonHeaders(response, requestId);
  refuse(response, refusal, requestId);
}

/** Writes a refusal as the last thing on a connection, unless a response is still to come: the client would take it for that one. */
function write(socket: Duplex, refusal: Refusal): void {
  refused.add(socket);
  const { _httpMessage: current } = socket as Duplex & {
    readonly _httpMessage?: ServerResponse | null;
  };
  if (!socket.writable || current?.headersSent === true) {
    socket.destroy();
    return;
  }
  if (current?.req.complete === true) {
    // The connection ends with the response that is on its way.
    current.shouldKeepAlive = false;
    return;
  }
  const requestId = randomUUID();
  const body = textOf(refusal, requestId);
  const own = Object.entries({ ...refusal.headers, ...CLOSE }).flat();
  const headers = [
    ...SECURITY_HEADERS,
    ...own,
    'x-request-id',
    requestId,
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(Buffer.byteLength(body)),
  ];
  const lines = headers.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ''}`] : [],
  );
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
  );
  // To close at once while the client still sends would reset the connection, and the client would not read the reason.
  const timer = setTimeout(() => {
    socket.destroy();
  }, LINGER_MS);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
