import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { MessageReader } from './http-messages.ts';
import type { HttpMessage } from './http-messages.ts';
import { digitsOf, RequestBytes } from './request-template.ts';
import type { RequestTemplate } from './request-template.ts';

/** An answer, with the digits of its request and how long it took. */
export interface Answered {
  readonly message: HttpMessage;
  readonly digits: string;
  readonly latencyMs: number;
}

let lastNumber = 0;

/** A keep-alive connection that has one request under way at a time. Each of its requests has a number that no other one has. */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #request: RequestBytes;
  #digits = '';
  #sentAt = 0;
  #ended = false;

  /** @param onEnd is called once, with what broke the connection, or null where `end` was called */
  constructor(
    port: number,
    template: RequestTemplate,
    onAnswer: (answered: Answered) => void,
    onEnd: (error: Error | null) => void,
  ) {
    this.#request = new RequestBytes(template);
    const reader = new MessageReader((message) => {
      onAnswer({ message, digits: this.#digits, latencyMs: performance.now() - this.#sentAt });
    });
    let broken: Error | null = null;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (bytes: Buffer) => {
      reader.push(bytes);
    });
    this.#socket.on('error', (error) => {
      broken = error;
    });
    this.#socket.on('close', () => {
      onEnd(this.#ended ? null : (broken ?? new Error('the server closed it')));
    });
  }

  /** Sends the next request. The bytes of the last one are written over: its answer must have come. */
  send(): void {
    lastNumber += 1;
    this.#digits = digitsOf(lastNumber);
    this.#request.fill(this.#digits);
    this.#sentAt = performance.now();
    this.#socket.write(this.#request.bytes);
  }

  end(): void {
    this.#ended = true;
    this.#socket.destroy();
  }
}
