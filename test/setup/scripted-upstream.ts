import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a scripted upstream does: it sends a complete response, or resets the connection once the request has been read. */
export type ScriptedResponse =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly destroy: true };

/** A complete response whose body is not valid UTF-8. */
export interface ScriptedBytes {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Chooses the response to a request. */
export type Responder = (
  request: SeenRequest,
) => ScriptedResponse | ScriptedBytes | Promise<ScriptedResponse | ScriptedBytes>;

/** A server on loopback that records requests and sends scripted responses. */
export interface ScriptedUpstream {
  readonly origin: string;
  readonly seen: SeenRequest[];
  /** The response to every request from now on, or a function that chooses it. */
  readonly respondWith: (response: ScriptedResponse | ScriptedBytes | Responder) => void;
  readonly close: () => Promise<void>;
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const seen: SeenRequest[] = [];
  let next: Responder = () => ({ status: 500, body: '' });
  const server = createServer({ maxHeaderSize: 128 * 1024 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const whole = {
        method: request.method ?? '',
        target: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(whole);
      const reset = () => {
        request.socket.resetAndDestroy();
      };
      const send = (chosen: ScriptedResponse | ScriptedBytes) => {
        if ('destroy' in chosen) reset();
        else
          response
            .writeHead(chosen.status, chosen.headers)
            .end('bytes' in chosen ? chosen.bytes : chosen.body);
      };
      // If a choice fails, it fails the test that waits for its response, not the whole run.
      new Promise<ScriptedResponse | ScriptedBytes>((resolve) => {
        resolve(next(whole));
      }).then(send, reset);
    });
  });
  // Longer than clients keep idle connections: none is closed while a request is on its way.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    respondWith: (response) => {
      next = typeof response === 'function' ? response : () => response;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
