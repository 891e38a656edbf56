import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Gateway } from './gateway.ts';

/** A gateway that listens. */
export interface Serving {
  /** Origin, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  /**
   * Stops: not ready from now on, what is running may finish within the grace period, then everything closes.
   * @returns false where the grace period ended first and requests were cut off
   */
  readonly stop: () => Promise<boolean>;
}

/** Listens for a gateway. */
export async function serve(gateway: Gateway, { host, port, shutdownGraceMs }: Pick<Config, 'host' | 'port' | 'shutdownGraceMs'>): Promise<Serving> {
  // Tokens of Huawei Cloud IAM may be longer than the 16 KiB that Node allows for all headers together.
  const server = createServer({ maxHeaderSize: 64 * 1024 }, gateway.listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;

  const stop = async () => {
    gateway.startDraining();
    const timeUp = Symbol('time up');
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<typeof timeUp>((resolve) => {
      timer = setTimeout(() => { resolve(timeUp); }, shutdownGraceMs);
    });
    const ended = await Promise.race([gateway.idle(), grace]);
    clearTimeout(timer);
    server.close();
    server.closeAllConnections();
    await gateway.close();
    // What was cut off ends now, and is logged.
    await gateway.idle();
    await setImmediate();
    return ended !== timeUp;
  };
  let stopping: Promise<boolean> | undefined;
  return { url: `http://${name}:${address.port}`, stop: () => (stopping ??= stop()) };
}
