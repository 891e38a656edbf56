import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { answerOrders } from './helper-process.ts';
import { MessageReader } from './http-messages.ts';
import type { HttpMessage } from './http-messages.ts';
import { SLOT } from './request-template.ts';
import { ID_PREFIX } from './scenarios.ts';
import { ANSWERS, OPEN_ID_CONNECT_CONFIG } from './upstream-bodies.ts';
import { drawFault, FAULT_KINDS, misbehave } from './upstream-faults.ts';
import type { FaultKind, FaultShares } from './upstream-faults.ts';

/* Both upstreams in one process, as cheap as can be: it looks for nothing but the ID, and its answers are made beforehand. */

/** What the upstream is told: to misbehave from now on in these shares of the requests, or to report. */
export interface UpstreamOrder {
  readonly faults?: FaultShares;
}

/** What it did since it was started. */
export interface UpstreamReport {
  readonly port: number;
  /** All requests, those that were answered with a fault included. */
  readonly requests: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
}

/** An answer in two parts, between which the number of the request stands. */
interface Answer {
  readonly before: string;
  readonly after: string;
}

const OPEN_ID_CONNECT = {
  created: answer('201 Created', ANSWERS.openIdConnect),
  refused: answer('409 Conflict', ANSWERS.openIdConnectExists),
  found: answer('200 OK', ANSWERS.openIdConnect),
  absent: answer('404 Not Found', ANSWERS.openIdConnectAbsent),
};
const CONFIG = {
  created: answer('201 Created', OPEN_ID_CONNECT_CONFIG),
  refused: answer('400 Bad Request', ANSWERS.configInvalid),
  found: answer('200 OK', OPEN_ID_CONNECT_CONFIG),
  absent: answer('404 Not Found', ANSWERS.configAbsent),
};

const ID = new RegExp(`(${ID_PREFIX.success}|${ID_PREFIX.error})(\\d{${SLOT.length}})`);

let requests = 0;
let shares: FaultShares = {};
const faults = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<
  FaultKind,
  number
>;

function answer(status: string, body: object): Answer {
  const text = JSON.stringify(body);
  const whole = `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  const [before = '', after = ''] = whole.split(SLOT);
  return { before, after };
}

function serve(socket: Socket, { head, body }: HttpMessage): void {
  requests += 1;
  const answers = head.includes(' /v3.0/') ? CONFIG : OPEN_ID_CONNECT;
  // Only OrderCloud's create has its ID in the body.
  const [, prefix, digits = ''] =
    ID.exec(answers === CONFIG || body.length === 0 ? head : body.toString('latin1')) ?? [];
  const { before, after } =
    answers[chosen(head.startsWith('POST '), prefix === ID_PREFIX.error, Number(digits))];
  const text = before + digits + after;
  const fault = drawFault(shares);
  if (fault === null) {
    socket.write(text, 'latin1');
  } else {
    faults[fault] += 1;
    misbehave(fault, socket, text);
  }
}

/** What is read back after a create without a good answer is there every second time. */
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
  // Callers end connections as they like, and faults break them.
  socket.on('error', () => undefined);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = server.address() as AddressInfo; // what a listening TCP server has

answerOrders((order: UpstreamOrder): UpstreamReport => {
  shares = order.faults ?? shares;
  return { port, requests, faults };
});
