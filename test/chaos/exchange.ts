import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UpstreamRequest } from './history.ts';
import type { Ledger } from './ledger.ts';
import type { Incoming, Model, Response, Verdict } from './model.ts';
import type { Random } from './random.ts';

/** Timers that may still change what is stored. */
export class Pending {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  after(milliseconds: number, action: () => void): void {
    this.#count += 1;
    setTimeout(() => {
      this.#count -= 1;
      action();
    }, milliseconds);
  }
}

/** What an exchange takes place in. */
export interface Scene {
  readonly ledger: Ledger;
  readonly model: Model;
  readonly pending: Pending;
  /** Deadline of the gateway for one call, in milliseconds. */
  readonly timeoutMs: number;
}

/** A request at an upstream, with all that may be done to it. */
export class Exchange {
  readonly request: UpstreamRequest;
  readonly random: Random;
  readonly scene: Scene;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  #body = '';
  #verdict: Verdict | null = null;
  #isOver = false;
  /** Whether something else was written on the connection, which may be taken for the response. */
  readonly #isDoubtful: boolean;

  constructor(
    scene: Scene,
    request: UpstreamRequest,
    random: Random,
    message: IncomingMessage,
    response: ServerResponse,
    isDoubtful: boolean,
  ) {
    this.scene = scene;
    this.request = request;
    this.random = random;
    this.#message = message;
    this.#response = response;
    this.#isDoubtful = isDoubtful;
  }

  /** The body, once it has been read. */
  get body(): string {
    return this.#body;
  }

  set body(text: string) {
    this.#body = text;
  }

  /** Whether the caller has stopped waiting for the response. */
  get isGone(): boolean {
    return this.#message.socket.destroyed;
  }

  /** Records that the whole truth was written, if the caller is still connected. */
  tellTruth(): void {
    if (!this.isGone) this.request.truth = this.#isDoubtful ? 'doubtful' : 'told';
  }

  /** Does what was asked for, as the platform would, once. */
  apply(): Verdict {
    if (this.#verdict !== null) return this.#verdict;
    const { ledger, model } = this.scene;
    const verdict = model.judge(this.#incoming(), ledger);
    for (const change of verdict.changes)
      ledger.apply(this.request, this.#body, change, this.#isOver || this.isGone);
    const key = model.keyOf(this.request.path);
    if (!this.request.isWrite && key !== null) ledger.see(this.request, key);
    this.#verdict = verdict;
    return verdict;
  }

  /** Does what was asked for, and says so. */
  deliver(headers: Readonly<Record<string, string>> = {}): void {
    const verdict = this.apply();
    this.#write(verdict.status, verdict.body === undefined ? null : JSON.stringify(verdict.body), {
      'content-type': 'application/json',
      ...headers,
    });
    this.tellTruth();
    this.request.isRefusal = verdict.status >= 400;
  }

  /** Refuses it, in a way that says that nothing was applied. */
  refuse({ status, body }: Response, headers: Readonly<Record<string, string>> = {}): void {
    this.#write(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
    this.request.isRefusal = true;
  }

  /** Responds with something other than the truth. */
  mislead(
    status: number,
    body: string | Buffer | null,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    this.#write(status, body, headers);
  }

  /** Writes bytes that no server would, and closes the connection. */
  blurt(bytes: string | Buffer): void {
    this.#isOver = true;
    this.#message.socket.write(bytes);
    this.#message.socket.end();
  }

  /** Writes bytes as they are; the connection stays. */
  mutter(bytes: string | Buffer): void {
    if (!this.isGone) this.#message.socket.write(bytes);
  }

  reset(): void {
    this.#isOver = true;
    this.#message.socket.resetAndDestroy();
  }

  /** Closes the connection without a word. */
  close(): void {
    this.#isOver = true;
    this.#message.socket.destroy();
  }

  /** Never responds. */
  hang(): void {
    this.#isOver = true;
  }

  after(milliseconds: number, action: () => void): void {
    this.scene.pending.after(milliseconds, action);
  }

  #incoming(): Incoming {
    let body: unknown = null;
    try {
      body = this.#body === '' ? null : JSON.parse(this.#body);
    } catch {
      // As if there were none: a platform refuses it for what is missing.
    }
    const isObject = typeof body === 'object' && body !== null;
    return {
      method: this.request.method,
      path: this.request.path,
      headers: this.#message.headers,
      body: isObject ? (body as Readonly<Record<string, unknown>>) : null,
    };
  }

  #write(
    status: number,
    body: string | Buffer | null,
    headers: Readonly<Record<string, string>>,
  ): void {
    this.#isOver = true;
    this.request.status = status;
    if (this.#response.destroyed) return;
    this.#response.writeHead(status, {
      ...headers,
      ...(body !== null && { 'content-length': String(Buffer.byteLength(body)) }),
    });
    this.#response.end(body ?? undefined);
  }
}
