import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { Server as SocketServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import { MAX_REQUEST_HEADER_BYTES, refuseForeign, refuseMalformed } from './client-error.ts';
import type { Gateway } from '../gateway.ts';
import { endsWithin } from '../../transport/waiting/ends-within.ts';

/** How long responses to requests that were cut off may take to get out, in milliseconds. */
const LAST_WORDS_MS = 1_000;

/** How long the last spans may take to be exported, and Redis to be left, after the last request, in milliseconds, but not beyond the grace period. */
const LAST_MS = 5_000;

/** A gateway that listens. */
export interface Serving {
  /** Origin, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /**
   * Stops: not ready from now on, running requests may finish within the grace period, then everything closes.
   * @returns false if the grace period ended first and requests were cut off
   */
  readonly stop: () => Promise<boolean>;
  /**
   * Stops while another process goes on listening: accepts no new connections, stays ready, and responds to every request on
   * the old ones with `Connection: close`, until the last one is closed or the grace period ends. Idle connections are
   * closed then.
   * @returns false if requests were cut off
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
  // Headers are a part of the request: Node refuses a longer time for them than for the whole.
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
  refuseForeign(server, listener, ({ code }) => {
    gateway.onRefused(code);
  });
  server.on('clientError', (error: Error, socket: Socket) => {
    const refusal = refuseMalformed(error, socket);
    if (refusal !== null) gateway.onRefused(refusal.code);
  });
  // Longer than load balancers keep idle connections, so that they never reuse one that is being closed.
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
    const deadline = performance.now() + graceMs;
    gateway.startDraining();
    const clean = await endsWithin(graceMs, gateway.idle());
    // Cuts off the calls to upstreams that still run. Their callers get an error, and it is logged.
    await gateway.close();
    await endsWithin(LAST_WORDS_MS, gateway.idle());
    server.close();
    server.closeAllConnections();
    await setImmediate();
    const left = Math.max(LAST_WORDS_MS, deadline - performance.now());
    await gateway.leave(Math.min(LAST_MS, left));
    return clean;
  };
  let stopping: Promise<boolean> | undefined;
  const stop = (graceMs = shutdownGraceMs) => (stopping ??= stopWithin(graceMs));

  const retire = async () => {
    const deadline = performance.now() + shutdownGraceMs;
    retiring = true;
    // Not the server's own `close`: that closes idle connections, on which a request may be on its way.
    SocketServer.prototype.close.call(server);
    await endsWithin(shutdownGraceMs, once(server, 'close'));
    return stop(Math.max(0, deadline - performance.now()));
  };
  return { url: `http://${name}:${address.port}`, stop: () => stop(), retire };
}
