import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { CancelSource } from '../../transport/waiting/cancel-signal.ts';
import type { CancelSignal } from '../../transport/waiting/cancel-signal.ts';
import { Slot } from '../limits/concurrency-limit.ts';
import { createOpenRequests } from './open-requests.ts';
import type { OpenRequestsOptions } from './open-requests.ts';
import type { Cors } from '../browser/cors.ts';
import type { RequestTrace, Tracing } from '../tracing/tracing.ts';
import { readTrace } from '../../transport/http/trace.ts';
import type { ParentSpan } from '../../transport/http/trace.ts';
import { SECURITY_HEADERS, setCommonHeaders } from './security-headers.ts';

/** The one path of the API. */
export const GRAPHQL_PATH = '/graphql';

/** A request for the API, with what the router found out about it. */
export interface ApiRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The value of `X-Request-Id` if it is well-formed, else a new one. */
  readonly requestId: string;
  /** The path of the request's target, without the query. */
  readonly path: string;
  /** Fires if the caller hangs up before the response is out. */
  readonly signal: CancelSignal;
  /** The trace of the request; null if tracing is off. */
  readonly traced: RequestTrace | null;
}

/** Routes HTTP requests: health, request ids, and which requests are still open. */
export interface HttpRouter {
  readonly listener: RequestListener;
  /** Watches a new connection: the caller has to read in time what is sent on it. */
  readonly connect: (socket: Socket) => void;
  /** From now on the gateway is not ready, and new operations are refused; running ones go on. */
  readonly startDraining: () => void;
  /** How many requests for the API are open. */
  readonly openRequests: () => number;
  readonly isReady: () => boolean;
  /** Resolves when no request is open. */
  readonly idle: () => Promise<void>;
}

export interface HttpRouterOptions extends OpenRequestsOptions {
  /**
   * Called when a response is out, or its connection is gone, for metrics.
   * @param route one of a few
   * @param status null if there was no response
   * @param began when the request came, on the clock of `performance.now()`
   */
  readonly onResponse?: ((route: string, status: number | null, began: number) => void) | undefined;
}

/** The page at `/`. */
export interface HomePage {
  readonly status: number;
  /** Names and values in turn, in addition to those that every response has. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** What the router passes requests to. */
export interface RouteHandlers {
  /** Serves a request for the API. @param slot the one it may take; it is released when the response is out, or the connection is gone */
  readonly handle: (api: ApiRequest, slot: Slot) => void;
  /** Refuses a request because the server is draining. */
  readonly refuseDraining: (api: Omit<ApiRequest, 'signal' | 'traced'>) => void;
  readonly home: (request: IncomingMessage) => HomePage;
  /** Whether `handle` also handles this path. It always handles that of the API. */
  readonly handles: (request: IncomingMessage, path: string) => boolean;
  /** Responds to preflight requests of browsers, and sets the CORS headers. @returns whether it has responded */
  readonly cors: Cors;
  /** Null if it is off. */
  readonly tracing: Pick<Tracing, 'begin'> | null;
  /** Why mutations cannot be served, null if they can. */
  readonly trouble: () => string | null;
}

/** Passes on requests for the API, and responds to all others. Paths are exact, so `?z=/livez` changes nothing. */
export function createHttpRouter(
  { home, handles, cors, tracing, trouble, handle, refuseDraining }: RouteHandlers,
  { onResponse, ...options }: HttpRouterOptions,
): HttpRouter {
  let draining = false;
  const obstacle = () => (draining ? 'draining' : trouble());
  /** Reports responses that nothing else waits for. */
  const watch = (response: ServerResponse, route: string) => {
    if (onResponse === undefined) return;
    const began = performance.now();
    response.once('close', () => {
      onResponse(route, statusOf(response), began);
    });
  };
  const openRequests = createOpenRequests(options);

  const enter = (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    path: string,
  ) => {
    const route = path === GRAPHQL_PATH ? GRAPHQL_PATH : GRAPHIQL_ROUTE;
    if (draining) {
      watch(response, route);
      refuseDraining({ request, response, requestId, path });
      return;
    }
    const began = onResponse === undefined ? 0 : performance.now();
    const source = new CancelSource();
    const slot = new Slot();
    // Other paths have what callers make up.
    const traced =
      tracing === null || path !== GRAPHQL_PATH
        ? null
        : tracing.begin(parentOf(request), { requestId, path, method: request.method ?? '' });
    handle({ request, response, requestId, path, signal: source, traced }, slot);
    openRequests.add({ request, response, requestId }, () => {
      const isHungUp = !response.writableFinished;
      if (isHungUp) source.cancel();
      slot.release();
      const status = statusOf(response);
      onResponse?.(route, status, began);
      traced?.spans?.end(status, isHungUp);
    });
  };

  const listener: RequestListener = (request, response) => {
    const requestId = requestIdOf(request) ?? randomUUID();
    const url = originForm(request);
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    switch (path) {
      case '/livez':
        watch(response, path);
        sendText(response, requestId, 200, 'alive\n');
        return;
      case '/readyz': {
        watch(response, path);
        const found = obstacle();
        sendText(response, requestId, found === null ? 200 : 503, `${found ?? 'ready'}\n`);
        return;
      }
      case GRAPHQL_PATH:
        if (cors(request, response, requestId)) watch(response, path);
        else enter(request, response, requestId, path);
        return;
      default:
        if (handles(request, path)) {
          enter(request, response, requestId, path);
          return;
        }
        watch(response, path === '/' ? path : OTHER_ROUTE);
        if (path === '/' && (request.method === 'GET' || request.method === 'HEAD'))
          sendPage(request, response, requestId, home(request));
        else sendNotFound(response, requestId);
    }
  };

  return {
    listener,
    connect: openRequests.connect,
    openRequests: openRequests.count,
    isReady: () => obstacle() === null,
    startDraining: () => {
      draining = true;
      // An incomplete request was not executed: its caller must not delay the others.
      for (const request of openRequests.requests())
        if (!request.complete) request.socket.destroy();
    },
    idle: openRequests.idle,
  };
}

/** The names of routes that are not paths. */
const GRAPHIQL_ROUTE = '/graphiql';
const OTHER_ROUTE = 'other';

/** The status of a response; null if it has not begun. */
function statusOf({ headersSent, statusCode }: ServerResponse): number | null {
  return headersSent ? statusCode : null;
}

function parentOf({ headers: { traceparent } }: IncomingMessage): ParentSpan | null {
  return typeof traceparent === 'string' ? readTrace(traceparent) : null;
}

/**
 * The target of a request as a path, as later stages expect it. Clients may also send the whole URL, as to a proxy
 * (RFC 9112 section 3.2.2). The host it names does not matter, like that of the header.
 */
function originForm(request: IncomingMessage): string {
  const { url = '' } = request;
  if (url.startsWith('/')) return url;
  const [origin] = ABSOLUTE.exec(url) ?? [];
  if (origin === undefined) return url;
  const rest = url.slice(origin.length);
  return (request.url = rest.startsWith('/') ? rest : `/${rest}`);
}

/** The start of a URL, up to its path. */
const ABSOLUTE = /^https?:\/\/[^/?#]+/i;

function sendPage(
  { method }: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { status, headers, body }: HomePage,
): void {
  setCommonHeaders(response, requestId);
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
  response
    .writeHead(status, { 'content-length': Buffer.byteLength(body) })
    .end(method === 'HEAD' ? undefined : body);
}

/** Responds that there is nothing at this path. */
export function sendNotFound(response: ServerResponse, requestId: string): void {
  sendText(response, requestId, 404, `Not here: the API is at ${GRAPHQL_PATH}.\n`);
}

function sendText(response: ServerResponse, requestId: string, status: number, body: string): void {
  response
    .writeHead(status, [
      ...SECURITY_HEADERS,
      'x-request-id',
      requestId,
      'content-type',
      'text/plain; charset=utf-8',
    ])
    .end(body);
}

/** Ids are logged and sent back. One that does not look like an id, or is part of another header, e.g. a token, is not used. */
function requestIdOf({ headers }: IncomingMessage): string | null {
  const id = headers['x-request-id'];
  if (typeof id !== 'string' || !/^[A-Za-z0-9._-]{1,128}$/.test(id)) return null;
  const { 'x-request-id': _id, ...others } = headers;
  return id.length >= 8 &&
    Object.values(others)
      .flat()
      .some((value) => value?.includes(id))
    ? null
    : id;
}
