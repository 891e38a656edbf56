import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { ConnectionOptions } from 'node:tls';
import { buildConnector, Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { isTlsError, reasonOf } from './connection-error.ts';
import type { ConnectionErrorReason } from './connection-error.ts';
import type { HangUp } from './hang-up.ts';
import { readBody, UnreadableBody } from './response-body.ts';
import type { HeaderValue } from './response-body.ts';
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
  /** A character stands for each byte that came. */
  header(name: string): string | null;
  readonly body: string;
  /** Closes the connection that it came on, so that nothing more is read from it. */
  readonly disconnect?: () => void;
  /** Why the body cannot be read, only where the status is not 2xx: the status means the same without it. The body is empty then. */
  readonly unreadable?: UnreadableBody;
}

/** The header fields that are read, or sent, at most, in bytes: tokens stand in them. */
export const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Why there is no whole answer. `CANCELLED`: the caller hung up; `TIMEOUT`: our own deadline passed; `CLOSED`: the gateway
 * is shutting down; `UNREADABLE`: the body of a 2xx cannot be decoded.
 */
export type TransportFailureReason =
  'TIMEOUT' | 'TOO_LARGE' | 'CANCELLED' | 'UNREADABLE' | ConnectionErrorReason | RefusalReason;

/**
 * Why the gateway itself does not let a call go. `QUEUE_FULL`: as many wait as may; `TOO_LATE`: too little time is left for
 * a response; `BREAKER_OPEN`: calls are paused, because none is responded to.
 */
export type RefusalReason = 'QUEUE_FULL' | 'TOO_LATE' | 'BREAKER_OPEN';

/** There is no whole answer. */
export class TransportFailure extends Error {
  readonly reason: TransportFailureReason;
  /** Whether the request went onto a connection: if so, the upstream may have acted on it. */
  readonly sent: boolean;
  /** Status of the answer that began, null where none did. */
  readonly status: number | null;
  /** Header of the answer that began, null where it is absent or none did. */
  readonly header: HttpAnswer['header'];
  /** When to try again, null if that is not known. */
  readonly retryAfterSeconds: number | null = null;

  constructor(
    reason: TransportFailureReason,
    sent: boolean,
    status: number | null,
    cause?: unknown,
    header: HttpAnswer['header'] = () => null,
  ) {
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

/**
 * Takes the socket of the request that is about to be written. Undici tells it in no other way; the message comes right
 * after `onRequestStart`, before anything else happens.
 */
let takeSocket: ((socket: Socket) => void) | null = null;

subscribe('undici:client:sendHeaders', (message) => {
  takeSocket?.((message as { readonly socket: Socket }).socket); // as undici documents it
  takeSocket = null;
});

/** What is trusted, if not what Node trusts by itself. */
export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'minVersion'>;

/** Connections to one origin. The deadline of each request is its own; redirects are answers like others. */
export function openPool(origin: string, tls: TlsOptions = {}): Pool {
  return new Pool(origin, {
    // As many as the policy lets out.
    connections: null,
    pipelining: 1,
    // Time limits are the deadline's affair; a connection that does not come about is given up sooner.
    connect: connectWithin(5_000, tls),
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
}

/** Makes connections. One on which TLS fails later, e.g. by an alert, is closed at once: undici would wait, and not tell why. */
function connectWithin(timeout: number, tls: TlsOptions): buildConnector.connector {
  const connect = buildConnector({ ...tls, timeout });
  return (options, callback) => {
    connect(options, (...made) => {
      const [, socket] = made;
      socket?.on('error', (error: Error) => {
        if (isTlsError(error)) socket.destroy(error);
      });
      callback(...made);
    });
  };
}

/**
 * Sends a request and waits for the whole answer, of whatever status.
 *
 * Whether a request left is known from undici's `onRequestStart`, which fires when it goes onto a connection. Error
 * codes do not tell: a failed TLS handshake and a cut answer are both `ECONNRESET`.
 * @throws TransportFailure
 */
export function send(
  dispatcher: Dispatcher,
  request: HttpRequest,
  options: SendOptions,
): Promise<HttpAnswer> {
  const { deadline, maxBytes, hangUp, cancellable } = options;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let socket: Socket | null = null;
    const disconnect = () => {
      socket?.destroy();
    };
    let status: number | null = null;
    let headers: Readonly<Record<string, HeaderValue>> = {};
    const header: HttpAnswer['header'] = (name) => {
      const value = headers[name.toLowerCase()];
      return (typeof value === 'object' ? value[0] : value) ?? null;
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
    const give = (answer: HttpAnswer) => {
      if (settled) return;
      settle();
      void endOfTurn().then(() => {
        resolve(answer);
      });
    };
    /** A 2xx says nothing without its body; any other status does. */
    const refuse = (problem: UnreadableBody) => {
      if (status !== null && status >= 200 && status <= 299)
        fail(problem.tooLarge ? 'TOO_LARGE' : 'UNREADABLE', problem);
      else give({ status: status ?? 0, header, body: '', unreadable: problem });
    };
    const tooLarge = () => {
      refuse(
        new UnreadableBody(
          `its body has more than the ${maxBytes} bytes that the gateway reads`,
          true,
        ),
      );
      controller?.abort(new Error('TOO_LARGE'));
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
      {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body ?? null,
      },
      {
        onRequestStart(started) {
          // A request that waited for a connection past its deadline has been reported as not sent: it must not leave.
          if (settled) {
            started.abort(new Error('given up before it was sent'));
            return;
          }
          controller = started;
          takeSocket = (taken) => {
            socket = taken;
          };
        },
        onResponseStart(_controller, statusCode, answerHeaders) {
          if (statusCode < 200) return;
          status = statusCode;
          headers = answerHeaders;
          if (Number(answerHeaders['content-length']) > maxBytes) tooLarge();
        },
        onResponseData(_controller, chunk) {
          size += chunk.length;
          if (size > maxBytes) tooLarge();
          else chunks.push(chunk);
        },
        onResponseEnd() {
          if (settled) return;
          const end = (body: string | UnreadableBody) => {
            if (typeof body === 'string') give({ status: status ?? 0, header, body, disconnect });
            else refuse(body);
          };
          const read = readBody(joined(chunks), headers, maxBytes);
          // Decompressing takes time of its own, within the deadline.
          if (read instanceof Promise) void read.then(end);
          else end(read);
        },
        onResponseError(_controller, error) {
          fail(reasonOf(error, status), error);
        },
      },
    );
  });
}

/** Most answers come in one piece. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}
