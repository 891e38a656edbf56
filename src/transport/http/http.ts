import { subscribe } from 'node:diagnostics_channel';
import type { LookupFunction, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { ConnectionOptions } from 'node:tls';
import { buildConnector, Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { isTlsError, reasonOf } from './connection-error.ts';
import type { ConnectionErrorReason } from './connection-error.ts';
import { isCoded, readBody, UnreadableBody } from './response-body.ts';
import type { HeaderValue } from './response-body.ts';
import { endOfBatch } from './event-loop-batch.ts';
import { TimeLimit } from '../waiting/time-limit.ts';
import type { GaveUp, Patience } from '../waiting/time-limit.ts';

/** A request; `path` is escaped and relative to the origin. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** A request as it is sent: its body may also be bytes. */
export interface SentRequest extends Omit<HttpRequest, 'body'> {
  readonly body?: string | Uint8Array | undefined;
}

/** A complete response. A byte order mark at the start of the body is removed. */
export interface HttpResponse {
  readonly status: number;
  /** The value with one character for each byte. */
  header(name: string): string | null;
  readonly body: string;
  /** Closes the connection that it came on, so that nothing else is read from it. */
  readonly disconnect?: () => void;
  /** Why the body cannot be read; the body is empty then. Only if the status is not 2xx, because it means the same without a body. */
  readonly unreadable?: UnreadableBody;
}

/** Whether a status is 2xx. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** Largest header section that is read or sent, in bytes: tokens are in headers. */
export const MAX_HEADER_BYTES = 64 * 1024;

/**
 * Why there is no complete response. `CANCELLED`: the caller hung up; `TIMEOUT`: our own deadline passed; `CLOSED`: the
 * gateway is shutting down; `UNREADABLE`: the body of a 2xx cannot be decoded.
 */
export type TransportFailureReason =
  GaveUp | 'TOO_LARGE' | 'UNREADABLE' | ConnectionErrorReason | RefusalReason;

/**
 * Why the gateway itself does not send a call. `QUEUE_FULL`: too many calls are waiting; `TOO_LATE`: too little time is
 * left for a response; `BREAKER_OPEN`: calls are paused, because the upstream does not respond.
 */
export type RefusalReason = 'QUEUE_FULL' | 'TOO_LATE' | 'BREAKER_OPEN';

/** There is no complete response. */
export class TransportFailure extends Error {
  readonly reason: TransportFailureReason;
  /** Whether the request went onto a connection: if so, the upstream may have acted on it. */
  readonly sent: boolean;
  /** Status of the response that began, null if none did. */
  readonly status: number | null;
  /** Header of the response that began, null if it is absent or no response began. */
  readonly header: HttpResponse['header'];
  /** When to try again, null if that is not known. */
  readonly retryAfterSeconds: number | null = null;

  constructor(
    reason: TransportFailureReason,
    sent: boolean,
    status: number | null,
    cause?: unknown,
    header: HttpResponse['header'] = () => null,
  ) {
    super(`${reason} ${sent ? 'after' : 'before'} the request was sent`, { cause });
    this.name = 'TransportFailure';
    this.reason = reason;
    this.sent = sent;
    this.status = status;
    this.header = header;
  }
}

/** The outcome of a request: its response, or why there is none. */
export type Outcome = HttpResponse | TransportFailure;

/** Turns what `send` throws into the outcome of the request. @throws anything else */
export function asOutcome(error: unknown): TransportFailure {
  if (error instanceof TransportFailure) return error;
  throw error;
}

export interface SendOptions extends Patience {
  /** Largest response body, in bytes. */
  readonly maxBytes: number;
  /** Whether a request that was sent may be cut off when the caller hangs up. Never for a write. */
  readonly cancellable: boolean;
  /** Whether a compressed body is refused instead of decompressed. */
  readonly refusesCodings?: boolean;
}

/**
 * Takes the socket of the request that is about to be written. Undici offers no other way; the message comes right after
 * `onRequestStart`, before anything else happens.
 */
let takeSocket: ((socket: Socket) => void) | null = null;

subscribe('undici:client:sendHeaders', (message) => {
  takeSocket?.((message as { readonly socket: Socket }).socket); // as undici documents it
  takeSocket = null;
});

/** What is trusted, if not Node's own defaults. */
export type TlsOptions = Pick<ConnectionOptions, 'ca' | 'minVersion'>;

/** How connections are made. `lookup` gives the addresses of host names; it is not called for a host that is an address. */
export interface ConnectionMaking extends TlsOptions {
  readonly lookup?: LookupFunction;
}

/** Connections to one origin. Each request has a deadline of its own; redirects are responses like others. */
export function openPool(origin: string, making: ConnectionMaking = {}): Pool {
  return new Pool(origin, {
    // The policy limits them.
    connections: null,
    pipelining: 1,
    // The deadline limits the time; only connecting has a shorter limit of its own.
    connect: connectWithin(5_000, making),
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
}

/** Makes connections. If TLS fails later, e.g. by an alert, the connection is closed at once: undici would wait, and not report why. */
function connectWithin(timeout: number, making: ConnectionMaking): buildConnector.connector {
  const connect = buildConnector({ ...making, timeout });
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
 * Sends a request and waits for the complete response, whatever its status.
 *
 * Whether a request left is known from undici's `onRequestStart`, which fires when it goes onto a connection. Error
 * codes do not show it: a failed TLS handshake and a cut response are both `ECONNRESET`.
 * @throws TransportFailure
 */
export function send(
  dispatcher: Dispatcher,
  request: SentRequest,
  options: SendOptions,
): Promise<HttpResponse> {
  const { deadline, maxBytes, signal, cancellable, refusesCodings = false } = options;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let socket: Socket | null = null;
    const disconnect = () => {
      socket?.destroy();
    };
    let status: number | null = null;
    let headers: Readonly<Record<string, HeaderValue>> = {};
    const header: HttpResponse['header'] = (name) => {
      const value = headers[name.toLowerCase()];
      return (typeof value === 'object' ? value[0] : value) ?? null;
    };
    let settled = false;
    let limit: TimeLimit | null = null;
    let size = 0;
    const chunks: Buffer[] = [];

    const settle = () => {
      settled = true;
      limit?.stop();
    };
    const fail = (reason: TransportFailureReason, cause?: unknown) => {
      if (settled) return;
      settle();
      reject(new TransportFailure(reason, controller !== null, status, cause, header));
      controller?.abort(new Error(reason));
    };
    const give = (response: HttpResponse) => {
      if (settled) return;
      settle();
      void endOfBatch().then(() => {
        resolve(response);
      });
    };
    /** A 2xx means nothing without its body; any other status does. */
    const refuse = (problem: UnreadableBody) => {
      if (status !== null && isSuccess(status))
        fail(problem.tooLarge ? 'TOO_LARGE' : 'UNREADABLE', problem);
      else give({ status: status ?? 0, header, body: '', unreadable: problem });
    };
    const refuseNow = (problem: UnreadableBody) => {
      refuse(problem);
      controller?.abort(problem);
    };
    const tooLarge = () => {
      refuseNow(
        new UnreadableBody(
          `its body has more than the ${maxBytes} bytes that the gateway reads`,
          true,
        ),
      );
    };

    if (signal.aborted || deadline <= performance.now()) {
      fail(signal.aborted ? 'CANCELLED' : 'TIMEOUT');
      return;
    }
    limit = TimeLimit.at(options, (why) => {
      if (why === 'TIMEOUT' || controller === null || cancellable) fail(why);
    });

    dispatcher.dispatch(
      {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body ?? null,
      },
      {
        onRequestStart(started) {
          // A request that waited for a connection past its deadline was reported as not sent, so it must not be sent.
          if (settled) {
            started.abort(new Error('given up before it was sent'));
            return;
          }
          controller = started;
          takeSocket = (taken) => {
            socket = taken;
          };
        },
        onResponseStart(_controller, statusCode, responseHeaders) {
          if (statusCode < 200) return;
          status = statusCode;
          headers = responseHeaders;
          if (Number(responseHeaders['content-length']) > maxBytes) tooLarge();
          else if (refusesCodings && isCoded(responseHeaders))
            refuseNow(new UnreadableBody('its body is compressed, which was not requested'));
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
          // Decompressing takes time, and the deadline limits it too.
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

/** Most responses come in one piece. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}
