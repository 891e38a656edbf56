import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends what `fetch` would not: whichever headers and paths HTTP can carry. */
export function exchange(
  url: string,
  {
    method = 'POST',
    path = '',
    headers = { 'content-type': 'application/json' },
    body = '',
  }: HttpRequest,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const call = request(
      url + path,
      { method, agent: false, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        const chunks: Buffer[] = [];
        response
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks).toString(),
            });
          });
        response.on('error', reject);
      },
    );
    call.on('error', reject).end(body);
  });
}

/** Sends bytes on a connection of their own, ends or resets it, and waits until it is closed. @returns what came back */
export function converse(
  url: string,
  bytes: Uint8Array,
  { reset }: { readonly reset: boolean },
): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      socket.write(bytes, () => {
        if (reset) socket.resetAndDestroy();
        else socket.end();
      });
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
    socket.on('close', () => {
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
  });
}

/** Bytes that are in use on the heap, once all that is not has been collected. */
export function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 3; times += 1) collect();
  return process.memoryUsage().heapUsed;
}
