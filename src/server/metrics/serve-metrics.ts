import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SECURITY_HEADERS } from '../http/security-headers.ts';
import { TEXT_FORMAT, textOf } from './exposition.ts';
import { addProcessMetrics } from './process-metrics.ts';
import type { Registry } from './registry.ts';

/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** A server of metrics that listens. */
export interface MetricsServer {
  /** E.g. `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  readonly close: () => void;
}

/** The one path of the server. */
const METRICS_PATH = '/metrics';

/** How long a request may take to arrive, in milliseconds. It has no body. */
const REQUEST_MS = 5_000;

/** How long a connection may be silent, in milliseconds. */
const IDLE_MS = 90_000;

/** Maximum number of connections at the same time. */
const MAX_CONNECTIONS = 32;

/** Reads the metrics of a process that serves by itself, with those of the process. @param registry null if they are turned off */
export function readerOf(registry: Registry | null): (() => Promise<string>) | null {
  if (registry === null) return null;
  addProcessMetrics(registry);
  return () => Promise.resolve(textOf(registry.families, registry.collect()));
}

/** Serves metrics on a port of their own. @param read gives the text of now @throws if it cannot listen */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  read: () => Promise<string>,
): Promise<MetricsServer> {
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: IDLE_MS,
    },
    (request, response) => {
      const send = (status: number, type: string, text: string, own: readonly string[] = []) => {
        const size = String(Buffer.byteLength(text));
        response
          .writeHead(status, [
            ...SECURITY_HEADERS,
            ...own,
            'content-type',
            type,
            'content-length',
            size,
          ])
          .end(text);
      };
      const refuse = (status: number, text: string, own?: readonly string[]) => {
        send(status, 'text/plain; charset=utf-8', text, own);
      };
      if (request.url?.split('?')[0] !== METRICS_PATH)
        refuse(404, `Not here: the metrics are at ${METRICS_PATH}.\n`);
      else if (request.method !== 'GET') refuse(405, 'Send GET.\n', ['allow', 'GET']);
      else
        read().then(
          (text) => {
            send(200, TEXT_FORMAT, text);
          },
          () => {
            refuse(500, 'The metrics cannot be read.\n');
          },
        );
      // A body is not read.
      request.resume();
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = IDLE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}${METRICS_PATH}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
