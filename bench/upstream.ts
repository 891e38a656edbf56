import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { handleOrders } from './helper-process.ts';
import { MessageReader } from './http-messages.ts';
import type { HttpMessage } from './http-messages.ts';
import { SLOT } from './request-template.ts';
import { ID_PREFIX } from './scenarios.ts';
import { RESPONSES, OPEN_ID_CONNECT_CONFIG } from './upstream-bodies.ts';
import { drawFault, FAULT_KINDS, misbehave } from './upstream-faults.ts';
import type { FaultKind, FaultShares } from './upstream-faults.ts';

/* Both upstreams in one process, as cheap as possible: it reads only the ID, and its responses are prepared. */

/** An order to the upstream: to misbehave in these shares of the requests from now on, or only to report. */
export interface UpstreamOrder {
  readonly faults?: FaultShares;
}

/** The upstream's activity since its start. */
export interface UpstreamReport {
  readonly port: number;
  /** All requests, including those that met a fault. */
  readonly requests: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
}

/** A response in two parts, with the number of the request between them. */
interface SplitResponse {
  readonly before: string;
  readonly after: string;
}

const OPEN_ID_CONNECT = {
  created: responseOf('201 Created', RESPONSES.openIdConnect),
  refused: responseOf('409 Conflict', RESPONSES.openIdConnectExists),
  found: responseOf('200 OK', RESPONSES.openIdConnect),
  absent: responseOf('404 Not Found', RESPONSES.openIdConnectAbsent),
};
const CONFIG = {
  created: responseOf('201 Created', OPEN_ID_CONNECT_CONFIG),
  refused: responseOf('400 Bad Request', RESPONSES.configInvalid),
  found: responseOf('200 OK', OPEN_ID_CONNECT_CONFIG),
  absent: responseOf('404 Not Found', RESPONSES.configAbsent),
};

const ID = new RegExp(`(${ID_PREFIX.success}|${ID_PREFIX.error})(\\d{${SLOT.length}})`);

let requests = 0;
let shares: FaultShares = {};
const faults = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<
  FaultKind,
  number
>;

function responseOf(status: string, body: object): SplitResponse {
  const text = JSON.stringify(body);
  const whole = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  const [before = '', after = ''] = whole.split(SLOT);
  return { before, after };
}

function serve(socket: Socket, { head, body }: HttpMessage): void {
  requests += 1;
  const responses = head.includes(' /v3.0/') ? CONFIG : OPEN_ID_CONNECT;
  // Only OrderCloud's create has its ID in the body.
  const [, prefix, digits = ''] =
    ID.exec(responses === CONFIG || body.length === 0 ? head : body.toString('latin1')) ?? [];
  const { before, after } =
    responses[chosen(head.startsWith('POST '), prefix === ID_PREFIX.error, Number(digits))];
  const text = before + digits + after;
  const fault = drawFault(shares);
  if (fault === null) {
    socket.write(text, 'latin1');
  } else {
    faults[fault] += 1;
    misbehave(fault, socket, text);
  }
}

/** An object read back after a failed create exists every second time. */
function chosen(creates: boolean, refused: boolean, number: number): keyof typeof CONFIG {
  if (creates) return refused ? 'refused' : 'created';
  return number % 2 === 0 ? 'found' : 'absent';
}

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new MessageReader((message) => {
    serve(socket, message);
  });
  socket.on('data', (bytes: Buffer) => {
    reader.push(bytes);
  });
  // Callers close connections at any time, and faults break them.
  socket.on('error', () => undefined);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = server.address() as AddressInfo; // what a listening TCP server has

handleOrders((order: UpstreamOrder): UpstreamReport => {
  shares = order.faults ?? shares;
  return { port, requests, faults };
});
