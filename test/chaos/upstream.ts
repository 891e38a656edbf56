import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Exchange } from './exchange.ts';
import type { Scene } from './exchange.ts';
import { UNSOLICITED } from './faults.ts';
import type { Fault } from './faults.ts';
import type { UpstreamName, UpstreamRequest } from './history.ts';
import { hashOf } from './ledger.ts';
import { Random } from './random.ts';

/** Draws what goes wrong with a request, null for nothing. */
export type DrawFault = (
  request: Pick<UpstreamRequest, 'isWrite' | 'method'>,
  random: Random,
) => Fault | null;

/** A platform that fails often, on a port of loopback. */
export class FakeUpstream {
  readonly name: UpstreamName;
  readonly #scene: Scene;
  readonly #seed: string;
  readonly #draw: DrawFault;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new WeakMap<Socket, number>();
  /** The latest request of each connection. */
  readonly #latest = new WeakMap<Socket, UpstreamRequest>();
  /** How many requests of each trace have come. */
  readonly #ordinals = new Map<string, number>();
  #server: Server | null = null;
  #port = 0;
  #connectionCount = 0;
  #isDark = false;

  constructor(name: UpstreamName, scene: Scene, seed: string, draw: DrawFault) {
    this.name = name;
    this.#scene = scene;
    this.#seed = seed;
    this.#draw = draw;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, on the same port as before if it did. */
  async open(): Promise<void> {
    const server = createServer(
      { keepAliveTimeout: 30_000, requestTimeout: 0, maxHeaderSize: 128 * 1024, noDelay: true },
      (message, response) => {
        this.#take(message, response);
      },
    );
    server.on('connection', (socket: Socket) => {
      this.#connections.set(socket, (this.#connectionCount += 1));
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    // The rest of a connection after a fault is not a request.
    server.on('clientError', (_error, socket) => {
      socket.destroy();
    });
    await once(server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = (server.address() as AddressInfo).port; // what a listening TCP server has
    this.#server = server;
  }

  /** Refuses connections from now on, and breaks all that there are. */
  async shut(): Promise<void> {
    if (this.#server === null) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
    this.#server = null;
  }

  /** Starts or stops accepting requests without applying or responding to them. */
  goDark(isDark: boolean): void {
    this.#isDark = isDark;
  }

  #take(message: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers, socket } = message;
    const [path = ''] = url.split('?');
    const trace = String(headers['traceparent'] ?? '').split('-')[1] ?? null;
    const request = this.#scene.ledger.arrive({
      upstream: this.name,
      method,
      path,
      connection: this.#connections.get(socket) ?? 0,
      trace,
    });
    const isDoubtful = this.#latest.get(socket)?.fault === UNSOLICITED;
    this.#latest.set(socket, request);
    if (this.#isDark) {
      request.fault = 'black hole';
      message.resume();
      return;
    }
    const ordinal = (this.#ordinals.get(trace ?? '') ?? 0) + 1;
    this.#ordinals.set(trace ?? '', ordinal);
    const random = new Random(`${this.#seed}/${trace ?? 'none'}/${ordinal}`);
    const exchange = new Exchange(this.#scene, request, random, message, response, isDoubtful);
    const fault = this.#draw(request, random);
    request.fault = fault?.name ?? null;
    if (fault?.isEarly === true) {
      fault.strike(exchange);
      return;
    }
    message.setEncoding('utf8').on('data', (text: string) => {
      exchange.body += text;
    });
    message.on('error', () => undefined);
    message.on('end', () => {
      request.bodyHash = hashOf(exchange.body);
      if (fault === null) exchange.deliver();
      else fault.strike(exchange);
    });
  }
}
