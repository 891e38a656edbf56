import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** Below the ports that systems give out by themselves (RFC 6335 section 6 and Linux's default), so that no other test gets one meanwhile. */
const [LOWEST, HIGHEST] = [12_000, 32_000];

/** Consecutive ports, one of which is in use. */
export interface PortsInARow {
  readonly first: number;
  /** Frees the one that is in use. */
  readonly release: () => Promise<void>;
}

/** Finds a row of free ports, and takes one of them. @param taken its position in the row, from 0 */
export async function takeOneOf(count: number, taken: number): Promise<PortsInARow> {
  for (;;) {
    const first = randomInt(LOWEST, HIGHEST - count);
    const servers = await Promise.all(
      Array.from({ length: count }, (_, index) => listenAt(first + index)),
    );
    const held = servers[taken] ?? null;
    const areFree = servers.every((server) => server !== null);
    await Promise.all(
      servers
        .filter((server) => server !== null)
        .filter((server) => !areFree || server !== held)
        .map(close),
    );
    if (areFree && held !== null) return { first, release: () => close(held) };
  }
}

/** @returns null if it is in use */
async function listenAt(port: number): Promise<Server | null> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => server,
    () => null,
  );
  server.listen(port, '127.0.0.1');
  return listening;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
