import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Line } from '../transport/hang-up.ts';
import type { HangUp } from '../transport/hang-up.ts';
import { createOutstanding } from './outstanding.ts';
import type { OutstandingOptions } from './outstanding.ts';
import { SECURITY_HEADERS, setCommonHeaders } from './security-headers.ts';

/** The one path of the API. */
export const GRAPHQL_PATH = '/graphql';

/** A request for the API, with what the front end of the server found out about it. */
export interface ApiRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Taken from `X-Request-Id` where that is well-formed, else made. */
  readonly requestId: string;
  /** Of the request's target, without its query. */
  readonly path: string;
  /** Fires when the caller hangs up before the answer is out. */
  readonly hangUp: HangUp;
}

/** The front end of the server: health, request ids, and who is still being served. */
export interface Front {
  readonly listener: RequestListener;
  /** Watches a connection that was made: what is sent on it has to be read in time. */
  readonly connect: (socket: Socket) => void;
  /** From now on not ready, and new operations are refused; what is running goes on. */
  readonly startDraining: () => void;
  /** Resolves when no answer is outstanding. */
  readonly idle: () => Promise<void>;
}

/** What is at `/`. */
export interface HomePage {
  readonly status: number;
  /** Names and values by turns, beside those that every response has. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** What becomes of requests for the API. */
export interface FrontDoors {
  readonly home: (request: IncomingMessage) => HomePage;
  /** Whether `serve` serves requests for this path too. That of the API need not be asked for. */
  readonly serves: (request: IncomingMessage, path: string) => boolean;
  /** Comes first, whatever else happens. @returns whether the request has been answered by that */
  readonly prepare: (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ) => boolean;
  /** @returns what to call when the answer is out, or its connection is gone */
  readonly serve: (request: ApiRequest) => () => void;
  /** Why mutations cannot be served, null if they can. */
  readonly trouble: () => string | null;
  /** How long a caller may take to read any response, in milliseconds; then its connection is closed. */
  readonly answerMs: number;
  /** Is told of a caller who has not read what was sent within that time. */
  readonly onUnread: OutstandingOptions['onUnread'];
  /** Turns a request away because the server is draining. */
  readonly refuse: (request: Omit<ApiRequest, 'hangUp'>) => void;
}

/** Sends requests for the API on, and answers all others by itself. Paths are exact, so `?z=/livez` changes nothing. */
export function createFront({
  home,
  serves,
  prepare,
  serve,
  trouble,
  answerMs,
  onUnread,
  refuse,
}: FrontDoors): Front {
  let draining = false;
  const outstanding = createOutstanding({ answerMs, onUnread });

  const enter = (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    path: string,
  ) => {
    if (draining) {
      refuse({ request, response, requestId, path });
      return;
    }
    const line = new Line();
    const leave = serve({ request, response, requestId, path, hangUp: line });
    outstanding.add({ request, response, requestId }, () => {
      if (!response.writableFinished) line.cut();
      leave();
    });
  };

  const listener: RequestListener = (request, response) => {
    const requestId = requestIdOf(request) ?? randomUUID();
    const url = originForm(request);
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    switch (path) {
      case '/livez':
        answer(response, requestId, 200, 'alive\n');
        return;
      case '/readyz': {
        const obstacle = draining ? 'draining' : trouble();
        answer(response, requestId, obstacle === null ? 200 : 503, `${obstacle ?? 'ready'}\n`);
        return;
      }
      case GRAPHQL_PATH:
        if (!prepare(request, response, requestId)) enter(request, response, requestId, path);
        return;
      default:
        if (serves(request, path)) enter(request, response, requestId, path);
        else if (path === '/' && (request.method === 'GET' || request.method === 'HEAD'))
          show(request, response, requestId, home(request));
        else notHere(response, requestId);
    }
  };

  return {
    listener,
    connect: outstanding.connect,
    startDraining: () => {
      draining = true;
      // A request that is not whole was not executed: its caller must not hold up the rest.
      for (const request of outstanding.requests()) if (!request.complete) request.socket.destroy();
    },
    idle: outstanding.none,
  };
}

/**
 * The target of a request as a path, as all that comes later expects it: a proxy is sent the whole URL, and others may do
 * so too (RFC 9112 section 3.2.2). Which host it names does not matter, as with the header.
 */
function originForm(request: IncomingMessage): string {
  const { url = '' } = request;
  if (url.startsWith('/')) return url;
  const [origin] = ABSOLUTE.exec(url) ?? [];
  if (origin === undefined) return url;
  const rest = url.slice(origin.length);
  return (request.url = rest.startsWith('/') ? rest : `/${rest}`);
}

/** What a URL begins with, up to its path. */
const ABSOLUTE = /^https?:\/\/[^/?#]+/i;

function show(
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

/** Tells that there is nothing at this path. */
export function notHere(response: ServerResponse, requestId: string): void {
  answer(response, requestId, 404, `Not here: the API is at ${GRAPHQL_PATH}.\n`);
}

function answer(response: ServerResponse, requestId: string, status: number, body: string): void {
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

/** Ids are logged and sent back: one that does not look like an id, or is part of another header, e.g. a token, is not taken over. */
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
