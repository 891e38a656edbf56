import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Listeners on every address that there is, at some ports. */
export interface Listeners {
  /** Where connections arrived, as `address port`, oldest first. */
  readonly arrivals: string[];
  readonly close: () => void;
}

/** Makes every address one of this machine. Only in a network namespace of its own: `npm run test:addresses`. */
export function ownEveryAddress(): void {
  const links = execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).trim().split('\n');
  if (links.some((link) => !/: lo: /.test(link)))
    throw new Error('This needs a network without other interfaces: npm run test:addresses');
  for (const command of [
    'link set lo up',
    'route add local 0.0.0.0/0 dev lo',
    '-6 route add local ::/0 dev lo',
  ])
    execFileSync('ip', command.split(' '));
}

export async function listenEverywhere(ports: readonly number[]): Promise<Listeners> {
  const arrivals: string[] = [];
  const servers = await Promise.all(
    ports.map(async (port) => {
      const server = createServer((socket) => {
        const { localAddress = '', localPort = 0 } = socket;
        arrivals.push(`${localAddress.replace(/^::ffff:(?=\d+\.)/, '')} ${localPort}`);
        socket.on('error', () => undefined);
        socket.destroy();
      });
      // Both families: an IPv4 connection has a mapped address.
      await once(server.listen({ port, host: '::' }), 'listening');
      return server;
    }),
  );
  return {
    arrivals,
    close: () => {
      for (const server of servers) server.close();
    },
  };
}

/** Whether anything listens at an address: what the tests say of it would mean nothing otherwise. */
export async function isHeard(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port });
  socket.on('error', () => undefined);
  const heard = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => {
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
  socket.destroy();
  return heard;
}
