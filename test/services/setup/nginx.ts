import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running nginx (Debian's) of this test. */
export interface Nginx {
  /** Without a scheme, e.g. `127.0.0.1:41234`. */
  readonly host: string;
  readonly close: () => Promise<void>;
}

/** Files that an nginx serves, by their names in its folder. */
export type Files = Readonly<Record<string, string | Buffer>>;

/** Ports of others may take the one that was free a moment ago. */
const MAX_ATTEMPTS = 5;

/**
 * Starts nginx with one server.
 * @param server what stands in its `server` block; `$FOLDER` stands for the folder of the files
 * @param listen parameters after the address of `listen`, e.g. `ssl`
 */
export async function startNginx(
  server: string,
  { files = {}, listen = '' }: { readonly files?: Files; readonly listen?: string } = {},
): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    writeFileSync(
      join(folder, 'nginx.conf'),
      configuration(
        folder,
        `listen 127.0.0.1:${port} ${listen};\n${server.replaceAll('$FOLDER', folder)}`,
      ),
    );
    const child = spawn('/usr/sbin/nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'exit').then(() => true);
    if ((await Promise.race([ended, accepts(port)])) !== true) {
      return {
        host: `127.0.0.1:${port}`,
        close: async () => {
          child.kill('SIGTERM');
          await ended;
          rmSync(folder, { recursive: true });
        },
      };
    }
    if (!said.includes('Address already in use') || attempt === MAX_ATTEMPTS)
      throw new Error(`nginx did not start: ${said}`);
  }
}

function configuration(folder: string, server: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n');
  // Its workers read the files as whoever started it.
  return `user root; daemon off; worker_processes 1; pid ${folder}/pid; events {}\nhttp {\naccess_log off;\n${temporary}\nserver {\n${server}\n}\n}\n`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // what a listening TCP server has
  await once(server.close(), 'close');
  return port;
}

async function accepts(port: number): Promise<void> {
  for (;;) {
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
