import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a scripted upstream answers: a whole answer, or the connection is reset once the request has been read. */
export type ScriptedAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly destroy: true };

/** A whole answer whose body is no text in UTF-8. */
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

/** Chooses the answer to a request. */
export type Answering = (
  request: SeenRequest,
) => ScriptedAnswer | ScriptedBytes | Promise<ScriptedAnswer | ScriptedBytes>;

/** A server on loopback that writes down what it is sent and answers what it is told to. */
export interface ScriptedUpstream {
  readonly origin: string;
  readonly seen: SeenRequest[];
  /** The answer to every request from now on, or what chooses it. */
  readonly answerWith: (answer: ScriptedAnswer | ScriptedBytes | Answering) => void;
  readonly close: () => Promise<void>;
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const seen: SeenRequest[] = [];
  let next: Answering = () => ({ status: 500, body: '' });
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
      const answer = (chosen: ScriptedAnswer | ScriptedBytes) => {
        if ('destroy' in chosen) reset();
        else
          response
            .writeHead(chosen.status, chosen.headers)
            .end('bytes' in chosen ? chosen.bytes : chosen.body);
      };
      // A choice that fails fails the test that waits for its answer, not the whole run.
      new Promise<ScriptedAnswer | ScriptedBytes>((resolve) => {
        resolve(next(whole));
      }).then(answer, reset);
    });
  });
  // Longer than clients keep idle connections: none is closed while a request is on its way.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answerWith: (answer) => {
      next = typeof answer === 'function' ? answer : () => answer;
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
