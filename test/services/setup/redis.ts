import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../setup/command.ts';

/** A running Redis (Debian's) of this test, which writes everything to its disk at once. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Runs a command and gives what redis-cli prints. */
  readonly ask: (...command: string[]) => Promise<string>;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Ends it as a power cut does. */
  readonly kill: () => Promise<void>;
  /** Starts it again, with what it wrote. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts a Redis. @param options of redis-server */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  let child: ChildProcess;
  const begin = async () => {
    child = spawn(
      '/usr/bin/redis-server',
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
        ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', ...options],
      ],
      { stdio: 'ignore' },
    );
    await accepts(port, child);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  await begin();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    ask: (...command) => run('/usr/bin/redis-cli', ['-p', String(port), ...command]),
    signal: (name) => {
      child.kill(name);
    },
    kill: () => end('SIGKILL'),
    restart: begin,
    close: async () => {
      await end('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}

/** Starts a Sentinel, which knows the server at this port as the master `shared`, and replaces it soon. */
export async function startSentinel(master: number): Promise<{
  readonly port: number;
  /** Runs a command and gives what redis-cli prints. */
  readonly ask: RedisServer['ask'];
  readonly close: () => Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  writeFileSync(
    file,
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor shared 127.0.0.1 ${master} 1\nsentinel down-after-milliseconds shared 500\n`,
  );
  const child = spawn('/usr/bin/redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  await accepts(port, child);
  return {
    port,
    ask: (...command) => run('/usr/bin/redis-cli', ['-p', String(port), ...command]),
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // what a listening TCP server has
  await once(server.close(), 'close');
  return port;
}

async function accepts(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('redis-server did not start');
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await sleep(20);
  }
}
