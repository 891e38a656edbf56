import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { MessageReader } from './http-messages.ts';
import type { HttpMessage } from './http-messages.ts';
import { digitsOf, RequestBytes } from './request-template.ts';
import type { RequestTemplate } from './request-template.ts';

/** A response, with the digits of its request and how long it took. */
export interface TimedResponse {
  readonly message: HttpMessage;
  readonly digits: string;
  readonly latencyMs: number;
}

let lastNumber = 0;

/** A keep-alive connection with one request in flight at a time. Each request has a unique number. */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #request: RequestBytes;
  #digits = '';
  #sentAt = 0;
  #ended = false;

  /** @param onEnd is called once, with the error that broke the connection, or null if `end` was called */
  constructor(
    port: number,
    template: RequestTemplate,
    onResponse: (response: TimedResponse) => void,
    onEnd: (error: Error | null) => void,
  ) {
    this.#request = new RequestBytes(template);
    const reader = new MessageReader((message) => {
      onResponse({ message, digits: this.#digits, latencyMs: performance.now() - this.#sentAt });
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

  /** Sends the next request. It overwrites the bytes of the last one, whose response must have arrived. @param number must be unique */
  send(number = (lastNumber += 1)): void {
    this.#digits = digitsOf(number);
    this.#request.fill(this.#digits);
    this.#sentAt = performance.now();
    this.#socket.write(this.#request.bytes);
  }

  end(): void {
    this.#ended = true;
    this.#socket.destroy();
  }
}
