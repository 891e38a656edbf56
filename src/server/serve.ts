import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { Server as SocketServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { MAX_REQUEST_HEADER_BYTES, refuseForeign, refuseMalformed } from './client-error.ts';
import type { Gateway } from './gateway.ts';

/** How long answers about what was cut off may take to get out, in milliseconds. */
const LAST_WORDS_MS = 1_000;

/** A gateway that listens. */
export interface Serving {
  /** Origin, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /**
   * Stops: not ready from now on, what is running may finish within the grace period, then everything closes.
   * @returns false where the grace period ended first and requests were cut off
   */
  readonly stop: () => Promise<boolean>;
  /**
   * Stops where another process goes on listening: takes no new connections, stays ready, and answers every request on
   * the old ones, each with `Connection: close`, until the last one has gone or the grace period ends. A connection on
   * which nothing comes meanwhile is then closed.
   * @returns false where requests were cut off
   */
  readonly retire: () => Promise<boolean>;
}

/** Listens for a gateway. */
export async function serve(
  gateway: Gateway,
  {
    host,
    port,
    shutdownGraceMs,
    limits,
  }: Pick<Config, 'host' | 'port' | 'shutdownGraceMs' | 'limits'>,
): Promise<Serving> {
  // Headers are a part of the request: Node refuses to give them longer than the whole.
  const headersTimeout = Math.min(limits.headersMs, limits.requestMs);
  let retiring = false;
  const listener: RequestListener = (request, response) => {
    if (retiring) response.shouldKeepAlive = false;
    gateway.listener(request, response);
  };
  const server = createServer({
    maxHeaderSize: MAX_REQUEST_HEADER_BYTES,
    headersTimeout,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(headersTimeout, 1_000),
    requireHostHeader: false,
  });
  server.on('connection', gateway.connect);
  refuseForeign(server, listener);
  server.on('clientError', refuseMalformed);
  // Longer than load balancers keep idle connections, so that they never reuse one that is just being closed.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  const stopWithin = async (graceMs: number) => {
    gateway.startDraining();
    const clean = await endsWithin(graceMs, gateway.idle());
    // Cuts the calls to upstreams that are still under way: their callers are told, and it is logged.
    await gateway.close();
    await endsWithin(LAST_WORDS_MS, gateway.idle());
    server.close();
    server.closeAllConnections();
    await setImmediate();
    return clean;
  };
  let stopping: Promise<boolean> | undefined;
  const stop = (graceMs = shutdownGraceMs) => (stopping ??= stopWithin(graceMs));

  const retire = async () => {
    const deadline = performance.now() + shutdownGraceMs;
    retiring = true;
    // Not the server's own `close`: that ends idle connections, on which a request may be on its way.
    SocketServer.prototype.close.call(server);
    await endsWithin(shutdownGraceMs, once(server, 'close'));
    return stop(Math.max(0, deadline - performance.now()));
  };
  return { url: `http://${name}:${address.port}`, stop: () => stop(), retire };
}

/** Whether something ends within a time, in milliseconds. */
async function endsWithin(ms: number, end: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  const ended = await Promise.race([end.then(() => true), timeUp]);
  clearTimeout(timer);
  return ended;
}
