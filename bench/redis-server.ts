import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { HELPER_CORE, pinned } from './pinning.ts';

/** A Redis as it is recommended: it writes to its disk every second. */
export interface RedisServer {
  /** The variables of a contender that uses it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => void;
}

/** Starts Debian's Redis on the core of the helpers. A contender waits for it, if it is not ready yet. */
export async function startRedisServer(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'));
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const { command, args } = pinned(HELPER_CORE, 'redis-server', [
    ...options,
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
  ]);
  const child = spawn(command, args, { stdio: 'ignore' });
  await once(child, 'spawn');
  const end = () => {
    child.kill('SIGKILL');
  };
  process.on('exit', end);
  return {
    environment: {
      REDIS_URL: `redis://127.0.0.1:${port}`,
      REDIS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    },
    stop: () => {
      process.off('exit', end);
      child.once('exit', () => {
        rmSync(folder, { recursive: true });
      });
      end();
    },
  };
}
