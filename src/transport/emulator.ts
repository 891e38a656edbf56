import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { administer, takeFault } from './emulator-faults.ts';
import type { Fault, PlannedFault } from './emulator-faults.ts';
import { namesThisMachine, NOT_LOCAL } from './local-host.ts';

/** What the emulator received, as it was on the wire. Headers that came more than once are joined with a comma. */
export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A stand-in for an upstream, running on loopback. */
export interface RunningEmulator {
  readonly url: string;
  /** What the gateway is configured with to use this emulator. */
  readonly environment: Readonly<Record<string, string>>;
  /** What a caller of the gateway sends along with the examples. */
  readonly exampleHeaders: Readonly<Record<string, string>>;
  /** Printed at start-up: tokens, users and ready-made objects to try things with. */
  readonly notes: readonly { readonly label: string; readonly value: string }[];
  /** The latest 1,000 requests, oldest first; the emulator's own routes are not among them. */
  readonly requests: readonly RecordedRequest[];
  /** Ends every connection, the hanging ones too, and drops what was still to be applied. */
  close(): Promise<void>;
}

export type StartEmulator = (options?: {
  readonly host?: string;
  readonly port?: number;
}) => Promise<RunningEmulator>;

/** One entry of an upstream's `examples.json`: a request and its answer as the documentation has them. */
export interface EmulatorExample {
  readonly name: string;
  /** Who asks, in the emulator's words; absent = nobody. */
  readonly as?: string | undefined;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly contentType?: string;
    readonly body?: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly body: unknown;
    /** Members whose value differs from run to run: only their type counts. */
    readonly generated?: readonly string[];
  };
}

/** A request with its path decoded; a segment that cannot be decoded stays as it came. */
export interface EmulatorRequest extends RecordedRequest {
  readonly path: string;
  readonly segments: readonly string[];
  /** The body is not UTF-8: a character stands for each of its bytes, and the request is refused. */
  readonly notUtf8?: boolean;
}

/** A string goes out as it is, `undefined` as an empty body, anything else as JSON. */
export interface EmulatorAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EmulatorRoute {
  readonly method: string;
  /** e.g. `/v1/things/:id`; what the `:` segments matched is handed over in order, decoded and never empty. */
  readonly path: string;
  readonly handle: (request: EmulatorRequest, ...ids: string[]) => EmulatorAnswer;
}

/** What an upstream's folder tells the kit. It holds the state, so each start makes a new one. */
export interface EmulatorDefinition extends Pick<RunningEmulator, 'exampleHeaders' | 'notes'> {
  readonly environment: (url: string) => Readonly<Record<string, string>>;
  readonly routes: readonly EmulatorRoute[];
  /** An error in the upstream's own shape, for unknown routes and for what faults make up. */
  readonly errorAnswer: (
    request: EmulatorRequest,
    status: number,
    message: string,
    data: unknown,
  ) => EmulatorAnswer;
  /** Headers that the upstream puts on everything. */
  readonly everyAnswer?: () => Readonly<Record<string, string>>;
}

/** Thrown by a handler to answer at once. */
export class Refused extends Error {
  readonly answer: EmulatorAnswer;

  constructor(answer: EmulatorAnswer) {
    super(`refused with status ${answer.status}`);
    this.answer = answer;
  }
}

/** Whether the request names this media type, with or without parameters. */
export function hasMediaType(request: RecordedRequest, type: string): boolean {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() === type;
}

/** The JSON of a request that says it is JSON; `undefined` (which JSON cannot hold) when it is none. */
export function readJson(request: RecordedRequest): unknown {
  if (!hasMediaType(request, 'application/json')) return undefined;
  try {
    return JSON.parse(request.body) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const LATEST = 1000;

/**
 * Serves a definition on loopback until it is closed; `port` 0 takes a free one. Only requests whose `Host` names this
 * machine, or `host`, are served.
 */
export async function runEmulator(
  definition: EmulatorDefinition,
  { host = '127.0.0.1', port = 0 }: Parameters<StartEmulator>[0] = {},
): Promise<RunningEmulator> {
  const requests: RecordedRequest[] = [];
  const faults: PlannedFault[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (incoming, response) => {
    if (!namesThisMachine(incoming, host)) {
      send(response, { status: 403, body: NOT_LOCAL });
      incoming.resume();
      return;
    }
    // A caller who hangs up in the middle of the body ends in the catch: there is nobody to answer.
    receive(incoming)
      .then((request) => {
        serve(request, response);
      })
      .catch(() => response.destroy());
  });

  // Longer than clients keep idle connections, like the platforms: none is closed while a request is on its way.
  server.keepAliveTimeout = 65_000;

  function serve(request: EmulatorRequest, response: ServerResponse): void {
    if (request.segments[1] === '__emulator') {
      send(
        response,
        administer(request, faults, () => readJson(request)),
      );
      return;
    }
    const { method, target, headers, body } = request;
    requests.push({ method, target, headers, body });
    if (requests.length > LATEST) requests.shift();
    answer(takeFault(faults, request), request, response);
  }

  function answer(
    fault: Fault | undefined,
    request: EmulatorRequest,
    response: ServerResponse,
  ): void {
    switch (fault?.kind) {
      case undefined:
        send(response, dressed(handle(definition, request)));
        break;
      case 'status':
        send(response, dressed(fault));
        break;
      case 'html':
        send(response, dressed(htmlPage(fault.status)));
        break;
      case 'echo': {
        const { authorization = null, 'x-auth-token': token = null } = request.headers;
        const data = { Authorization: authorization, 'X-Auth-Token': token, Body: request.body };
        const message = `Refused: ${Object.values(data).join(' ')}`;
        send(response, dressed(definition.errorAnswer(request, fault.status, message, data)));
        break;
      }
      case 'delay':
        later(fault.ms, () => {
          answer(undefined, request, response);
        });
        break;
      case 'applyLater':
        later(fault.ms, () => {
          handle(definition, request);
        });
        break;
      case 'hang':
        break;
      case 'reset':
        response.socket?.resetAndDestroy();
        break;
      case 'truncate':
        sendHalf(response, dressed(handle(definition, request)));
        break;
      case 'applyThenHang':
        handle(definition, request);
        break;
      case 'applyThenReset':
        handle(definition, request);
        response.socket?.resetAndDestroy();
        break;
    }
  }

  function dressed(plain: EmulatorAnswer): EmulatorAnswer {
    return { ...plain, headers: { ...definition.everyAnswer?.(), ...plain.headers } };
  }

  function later(delay: number, action: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, delay);
    timers.add(timer);
  }

  await once(server.listen(port, host), 'listening');
  const address = server.address() as AddressInfo; // what a listening TCP server has
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  const { environment, exampleHeaders, notes } = definition;
  return {
    url,
    environment: environment(url),
    exampleHeaders,
    notes,
    requests,
    async close() {
      for (const timer of timers) clearTimeout(timer);
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function receive(incoming: IncomingMessage): Promise<EmulatorRequest> {
  const bytes = await buffer(incoming);
  const notUtf8 = !isUtf8(bytes);
  const body = bytes.toString(notUtf8 ? 'latin1' : 'utf8');
  const { method = '', url: target = '' } = incoming; // never absent on the server's side
  const joined = Object.entries(incoming.headersDistinct).map(
    ([name, values = []]) => [name, values.join(', ')] as const,
  );
  const segments = target
    .replace(/[?#].*$/s, '')
    .split('/')
    .map(decoded);
  return {
    method,
    target,
    headers: Object.fromEntries(joined),
    body,
    segments,
    path: segments.join('/'),
    notUtf8,
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function handle(
  { routes, errorAnswer }: EmulatorDefinition,
  request: EmulatorRequest,
): EmulatorAnswer {
  try {
    // Never with U+FFFD in the place of what it cannot read.
    if (request.notUtf8 === true)
      return errorAnswer(request, 400, 'The body is not valid UTF-8.', null);
    for (const route of routes) {
      const ids =
        route.method === request.method
          ? matched(route.path.split('/'), request.segments)
          : undefined;
      if (ids) return route.handle(request, ...ids);
    }
    return errorAnswer(request, 404, `There is no ${request.method} ${request.path} here.`, null);
  } catch (error) {
    if (error instanceof Refused) return error.answer;
    return errorAnswer(request, 500, `The emulator failed: ${String(error)}`, null);
  }
}

function matched(pattern: readonly string[], segments: readonly string[]): string[] | undefined {
  const fits =
    pattern.length === segments.length &&
    pattern.every((part, index) =>
      part.startsWith(':') ? segments[index] !== '' : part === segments[index],
    );
  return fits ? segments.filter((_, index) => pattern[index]?.startsWith(':')) : undefined;
}

function send(response: ServerResponse, answer: EmulatorAnswer): void {
  response.end(putHead(response, answer));
}

function sendHalf(response: ServerResponse, answer: EmulatorAnswer): void {
  const body = putHead(response, answer);
  response.setHeader('Content-Length', body.length);
  response.flushHeaders();
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}

/** Sets all but the body, which it gives back in bytes. */
function putHead(
  response: ServerResponse,
  { status: code, headers = {}, body }: EmulatorAnswer,
): Buffer {
  response.statusCode = code;
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  if (body !== undefined) response.setHeader('Content-Type', `${type}; charset=utf-8`);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function htmlPage(code: number): EmulatorAnswer {
  const body = `<!DOCTYPE html><html><head><title>${code}</title></head><body><h1>${code}</h1></body></html>`;
  return { status: code, body, headers: { 'Content-Type': 'text/html; charset=utf-8' } };
}
