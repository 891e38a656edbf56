import { performance } from 'node:perf_hooks';
import { errors, Pool } from 'undici';
import type { Dispatcher } from 'undici';
import type { HangUp } from './hang-up.ts';
import { endOfTurn } from './turn.ts';

/** A request, `path` already escaped and relative to the origin. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** A whole answer. A byte order mark at the begin of the body is gone. */
export interface HttpAnswer {
  readonly status: number;
  header(name: string): string | null;
  readonly body: string;
}

/** Why there is no whole answer. `CANCELLED`: the caller hung up; `TIMEOUT`: our own deadline passed; `CLOSED`: the gateway is shutting down. */
export type TransportFailureReason = 'TIMEOUT' | 'CONNECTION_LOST' | 'TOO_LARGE' | 'CANCELLED' | 'CLOSED';

/** There is no whole answer. */
export class TransportFailure extends Error {
  readonly reason: TransportFailureReason;
  /** Whether the request went onto a connection: if so, the upstream may have acted on it. */
  readonly sent: boolean;
  /** Status of the answer that began, null where none did. */
  readonly status: number | null;
  /** Header of the answer that began, null where it is absent or none did. */
  readonly header: HttpAnswer['header'];

  constructor(reason: TransportFailureReason, sent: boolean, status: number | null, cause?: unknown, header: HttpAnswer['header'] = () => null) {
    super(`${reason} ${sent ? 'after' : 'before'} the request was sent`, { cause });
    this.name = 'TransportFailure';
    this.reason = reason;
    this.sent = sent;
    this.status = status;
    this.header = header;
  }
}

/** What becomes of a request: its answer, or why there is none. */
export type Outcome = HttpAnswer | TransportFailure;

/** Takes what `send` throws for what became of the request. @throws anything else */
export function asOutcome(error: unknown): TransportFailure {
  if (error instanceof TransportFailure) return error;
  throw error;
}

export interface SendOptions {
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
  /** Largest answer body, in bytes. */
  readonly maxBytes: number;
  /** Fires when the caller hangs up. */
  readonly hangUp: HangUp;
  /** Whether a request that has been sent may be cut off when the caller hangs up. Never for a write. */
  readonly cancellable: boolean;
}

/** Connections to one origin. The deadline of each request is its own; redirects are answers like others. */
export function openPool(origin: string): Pool {
  return new Pool(origin, {
    // As many as the policy lets out.
    connections: null,
    pipelining: 1,
    // Time limits are the deadline's affair; a connection that does not come about is given up sooner.
    connect: { timeout: 5_000 },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/**
 * Sends a request and waits for the whole answer, of whatever status.
 *
 * Whether a request left is known from undici's `onRequestStart`, which fires when it goes onto a connection. Error
 * codes do not tell: a failed TLS handshake and a cut answer are both `ECONNRESET`.
 * @throws TransportFailure
 */
export function send(dispatcher: Dispatcher, request: HttpRequest, options: SendOptions): Promise<HttpAnswer> {
  const { deadline, maxBytes, hangUp, cancellable } = options;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let status: number | null = null;
    let headers: Readonly<Record<string, string | string[] | undefined>> = {};
    const header: HttpAnswer['header'] = (name) => {
      const value = headers[name.toLowerCase()];
      return (Array.isArray(value) ? value[0] : value) ?? null;
    };
    let settled = false;
    let size = 0;
    const chunks: Buffer[] = [];

    const settle = () => {
      settled = true;
      clearTimeout(timer);
      hangUp.removeEventListener('abort', onHangUp);
    };
    const fail = (reason: TransportFailureReason, cause?: unknown) => {
      if (settled) return;
      settle();
      reject(new TransportFailure(reason, controller !== null, status, cause, header));
      controller?.abort(new Error(reason));
    };
    const onHangUp = () => {
      if (controller === null || cancellable) fail('CANCELLED');
    };

    // Timers count from when the event loop last looked at the clock, and may fire some milliseconds early.
    const expire = () => {
      const more = deadline - performance.now();
      if (more <= 0) fail('TIMEOUT');
      else timer = setTimeout(expire, Math.ceil(more));
    };
    const left = deadline - performance.now();
    let timer = setTimeout(expire, Math.max(0, Math.ceil(left)));
    if (hangUp.aborted || left <= 0) {
      fail(hangUp.aborted ? 'CANCELLED' : 'TIMEOUT');
      return;
    }
    hangUp.addEventListener('abort', onHangUp);

    dispatcher.dispatch(
      { method: request.method, path: request.path, headers: request.headers, body: request.body ?? null },
      {
        onRequestStart(started) {
          // A request that waited for a connection past its deadline has been reported as not sent: it must not leave.
          if (settled) started.abort(new Error('given up before it was sent'));
          else controller = started;
        },
        onResponseStart(_controller, statusCode, answerHeaders) {
          if (statusCode < 200) return;
          status = statusCode;
          headers = answerHeaders;
          if (Number(answerHeaders['content-length']) > maxBytes) fail('TOO_LARGE');
        },
        onResponseData(_controller, chunk) {
          size += chunk.length;
          if (size > maxBytes) fail('TOO_LARGE');
          else chunks.push(chunk);
        },
        onResponseEnd() {
          if (settled) return;
          settle();
          void endOfTurn().then(() => {
            resolve({ status: status ?? 0, header, body: textOf(chunks) });
          });
        },
        onResponseError(_controller, error) {
          fail(error instanceof errors.ClientDestroyedError ? 'CLOSED' : 'CONNECTION_LOST', error);
        },
      },
    );
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  // Most answers come in one piece.
  const text = (chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
