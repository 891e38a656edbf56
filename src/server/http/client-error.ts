import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { headerOf } from './header-lists.ts';
import { refuse, textOf } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Maximum size of the request line and headers, in bytes. Tokens of Huawei Cloud IAM may be longer than the 16 KiB that Node allows by default. */
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
      message: `The request line and headers have more than ${MAX_REQUEST_HEADER_BYTES / 1024} KiB, the most that the gateway reads. Send a shorter token or fewer headers.`,
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
        'The request did not arrive in time. Nothing was executed: it is safe to send the request again.',
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

/** A host and a port without a user (RFC 9112 section 3.2, RFC 3986 section 3.2.2). Empty if the target names no host. */
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

/** How long a client may take to read a refusal, in milliseconds. */
const LINGER_MS = 2_000;

/** Connections on which a refusal was sent. */
const refused = new WeakSet<Duplex>();

/**
 * Refuses a request that cannot be read as HTTP, and closes the connection: it is unknown where the next request starts.
 * @returns the refusal; null if one was sent before
 */
export function refuseMalformed(error: Error, socket: Socket): Refusal | null {
  // What follows is not read.
  if (refused.has(socket)) return null;
  const refusal = REFUSALS.get('code' in error ? error.code : undefined) ?? MALFORMED;
  write(socket, refusal);
  return refusal;
}

/**
 * Refuses what Node itself would refuse with an empty response or none: requests without the header Host or with an
 * expectation, and tunnels. It also refuses a Host that two servers could read in two ways (RFC 9112 section 3.2). All
 * other requests go to the listener.
 * @param server made with `requireHostHeader: false`
 * @param onRefused called with each refusal
 */
export function refuseForeign(
  server: Server,
  listener: RequestListener,
  onRefused: (refusal: Refusal) => void,
): void {
  const turnAway = (response: ServerResponse, refusal: Refusal) => {
    refuse(response, refusal, randomUUID());
    onRefused(refusal);
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const refusal = hostRefusal(request);
    if (refusal === null) listener(request, response);
    else turnAway(response, refusal);
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    turnAway(response, EXPECTATION);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // The server no longer handles this connection.
    socket.on('error', () => {
      socket.destroy();
    });
    socket.resume();
    write(socket, TUNNEL);
    onRefused(TUNNEL);
  });
}

function hostRefusal(request: IncomingMessage): Refusal | null {
  const host = headerOf(request, 'host');
  if (host === null) return request.httpVersion === '1.0' ? null : NO_HOST;
  // Several hosts are joined with commas, which no host has.
  return HOST.test(host) ? null : BAD_HOST;
}

/** Writes a refusal as the last thing on a connection, unless a response is pending: the client would mistake it for that one. */
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
    // The connection ends after the pending response.
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
  // Closing at once while the client still sends would reset the connection, and the client could not read the reason.
  const timer = setTimeout(() => {
    socket.destroy();
  }, LINGER_MS);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
