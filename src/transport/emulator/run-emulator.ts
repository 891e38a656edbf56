import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bufferUpTo } from './bounded-body.ts';
import { readJson, Refused } from './emulator.ts';
import type {
  EmulatorDefinition,
  EmulatorRequest,
  EmulatorResponse,
  RecordedRequest,
  RunningEmulator,
  StartEmulator,
} from './emulator.ts';
import { administer, takeFault } from './faults.ts';
import type { Fault, PlannedFault } from './faults.ts';
import { namesThisMachine, NOT_LOCAL } from '../http/local-host.ts';

/** Most requests that are kept for `requests`. */
const MAX_RECORDED = 1000;
/** Longest body of a request, in bytes: no API that is emulated takes as much. */
const MAX_BODY_BYTES = 1024 * 1024;

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
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (incoming, outgoing) => {
    if (!namesThisMachine(incoming, host)) {
      send(outgoing, { status: 403, body: NOT_LOCAL });
      incoming.resume();
      return;
    }
    // A caller who hangs up within the body ends in the catch: there is nobody to respond to.
    receive(incoming, url)
      .then((request) => serve(request, outgoing))
      .catch(() => outgoing.destroy());
  });

  // Like the platforms, longer than clients keep idle connections: none is closed while a request is on its way.
  server.keepAliveTimeout = 65_000;

  async function serve(request: EmulatorRequest, outgoing: ServerResponse): Promise<void> {
    if (request.segments[1] === '__emulator') {
      send(
        outgoing,
        administer(request, faults, () => readJson(request)),
      );
      return;
    }
    const { method, target, headers, body } = request;
    requests.push({ method, target, headers, body });
    if (requests.length > MAX_RECORDED) requests.shift();
    await respond(takeFault(faults, request), request, outgoing);
  }

  async function respond(
    fault: Fault | undefined,
    request: EmulatorRequest,
    outgoing: ServerResponse,
  ): Promise<void> {
    switch (fault?.kind) {
      case undefined:
        send(outgoing, dressed(await handle(definition, request)));
        break;
      case 'status':
        send(outgoing, dressed(fault));
        break;
      case 'html':
        send(outgoing, dressed(htmlPage(fault.status)));
        break;
      case 'echo': {
        const { authorization = null, 'x-auth-token': token = null } = request.headers;
        const data = { Authorization: authorization, 'X-Auth-Token': token, Body: request.body };
        const message = `Refused: ${Object.values(data).join(' ')}`;
        send(outgoing, dressed(definition.errorResponse(request, fault.status, message, data)));
        break;
      }
      case 'delay':
        later(fault.ms, () => respond(undefined, request, outgoing));
        break;
      case 'applyLater':
        later(fault.ms, () => handle(definition, request));
        break;
      case 'hang':
        break;
      case 'reset':
        outgoing.socket?.resetAndDestroy();
        break;
      case 'truncate':
        sendHalf(outgoing, dressed(await handle(definition, request)));
        break;
      case 'applyThenHang':
        await handle(definition, request);
        break;
      case 'applyThenReset':
        await handle(definition, request);
        outgoing.socket?.resetAndDestroy();
        break;
    }
  }

  function dressed(plain: EmulatorResponse): EmulatorResponse {
    return { ...plain, headers: { ...definition.everyResponse?.(), ...plain.headers } };
  }

  function later(delay: number, action: () => Promise<unknown>): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void action();
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
    redirectUris: definition.redirectUris?.(url) ?? [],
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

/** @throws Error if the body is too long, or the caller hangs up within it */
async function receive(incoming: IncomingMessage, origin: string): Promise<EmulatorRequest> {
  const bytes = await bufferUpTo(incoming, MAX_BODY_BYTES);
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
    origin,
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

async function handle(
  { routes, errorResponse }: EmulatorDefinition,
  request: EmulatorRequest,
): Promise<EmulatorResponse> {
  try {
    // A decoder replaces bytes that it cannot read with U+FFFD.
    if (request.notUtf8 === true)
      return errorResponse(request, 400, 'The body is not valid UTF-8.', null);
    for (const route of routes) {
      const ids =
        route.method === request.method
          ? matched(route.path.split('/'), request.segments)
          : undefined;
      if (ids) return await route.handle(request, ...ids);
    }
    return errorResponse(request, 404, `There is no ${request.method} ${request.path} here.`, null);
  } catch (error) {
    if (error instanceof Refused) return error.response;
    return errorResponse(request, 500, `The emulator failed: ${String(error)}`, null);
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

function send(outgoing: ServerResponse, response: EmulatorResponse): void {
  outgoing.end(putHead(outgoing, response));
}

function sendHalf(outgoing: ServerResponse, response: EmulatorResponse): void {
  const body = putHead(outgoing, response);
  outgoing.setHeader('Content-Length', body.length);
  outgoing.flushHeaders();
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.socket?.destroy());
}

/** Sets all but the body. @returns the body in bytes */
function putHead(
  outgoing: ServerResponse,
  { status: code, headers = {}, body }: EmulatorResponse,
): Buffer {
  outgoing.statusCode = code;
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  if (body !== undefined) outgoing.setHeader('Content-Type', `${type}; charset=utf-8`);
  for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function htmlPage(code: number): EmulatorResponse {
  const body = `<!DOCTYPE html><html><head><title>${code}</title></head><body><h1>${code}</h1></body></html>`;
  return { status: code, body, headers: { 'Content-Type': 'text/html; charset=utf-8' } };
}
