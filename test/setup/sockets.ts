import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it came over the wire; names of headers in lower case. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A server on loopback whose every byte is written by the test. */
export interface ScriptedServer {
  readonly origin: string;
  readonly port: number;
  /** Every whole request, oldest first. */
  readonly requests: readonly WireRequest[];
  /** How many connections were made. */
  readonly connections: () => number;
  /** Resolves when this many whole requests have come. */
  readonly received: (count: number) => Promise<void>;
  /** Ends every connection. */
  readonly close: () => Promise<void>;
}

/** What a server does with one request: it may respond on the socket. `count` is 1 for the first request. */
export type Script = (socket: Socket, request: WireRequest, count: number) => void;

/** Listens on a free port and runs the script for each whole request; `onConnection` comes before any byte is read. */
export async function listen(
  script: Script,
  onConnection?: (socket: Socket) => void,
): Promise<ScriptedServer> {
  const requests: WireRequest[] = [];
  const sockets = new Set<Socket>();
  const events = new EventEmitter();
  let connections = 0;

  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that breaks the connection is what many tests are about.
    socket.on('error', () => undefined);
    if (onConnection !== undefined) {
      onConnection(socket);
      return;
    }
    let unread = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      for (let next = takeRequest(unread); next !== null; next = takeRequest(unread)) {
        unread = next.rest;
        requests.push(next.request);
        events.emit('request');
        script(socket, next.request, requests.length);
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // what a listening TCP server has

  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    connections: () => connections,
    received: async (count) => {
      while (requests.length < count) await once(events, 'request');
    },
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A complete response as text, with the length of its body. */
export function responseText(
  body: string,
  {
    status = '200 OK',
    headers = [],
  }: { readonly status?: string; readonly headers?: readonly string[] } = {},
): string {
  return [
    `HTTP/1.1 ${status}`,
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** Resolves when a client of this process has read the head of a response from this origin. */
export function responseBegun(origin: string): Promise<void> {
  const channel = 'undici:request:headers';
  return new Promise((resolve) => {
    const onHead = (message: unknown) => {
      if ((message as { readonly request: { readonly origin: string } }).request.origin !== origin)
        return;
      unsubscribe(channel, onHead);
      resolve();
    };
    subscribe(channel, onHead);
  });
}

/** A client connection that sends exactly the given bytes. */
export interface RawClient {
  readonly socket: Socket;
  /** All that has come back. */
  readonly text: () => string;
  /** Resolves when what has come back holds this text. @throws when the connection ends before */
  readonly sees: (text: string) => Promise<void>;
  /** Resolves with all that came back, when the server has ended the connection. */
  readonly ended: Promise<string>;
}

/** Connects to a server. */
export async function dial(origin: string): Promise<RawClient> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => {
      resolve(text);
    });
  });
  await once(socket, 'connect');
  return {
    socket,
    text: () => text,
    sees: async (wanted) => {
      while (!text.includes(wanted)) {
        if (socket.closed)
          throw new Error(`The connection ended before "${wanted}" came; what came is: ${text}`);
        await Promise.race([once(socket, 'data'), ended]);
      }
    },
    ended,
  };
}

function takeRequest(
  unread: Buffer,
): { readonly request: WireRequest; readonly rest: Buffer<ArrayBuffer> } | null {
  const end = unread.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [first = '', ...lines] = unread.subarray(0, end).toString('latin1').split('\r\n');
  const [method = '', target = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
  if (unread.length < bodyEnd) return null;
  return {
    request: { method, target, headers, body: unread.subarray(end + 4, bodyEnd).toString('utf8') },
    rest: Buffer.from(unread.subarray(bodyEnd)),
  };
}
