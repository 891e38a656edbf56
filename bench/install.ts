import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Builds the gateway as it is deployed. */
export async function buildGateway(): Promise<void> {
  await run('npm', ['run', 'build'], { cwd: ROOT });
}

/** Installs what a peer needs, as its lock file has it, unless that was done before. */
export async function installPeer(name: string, say: (text: string) => void): Promise<void> {
  const folder = fileURLToPath(new URL(`peers/${name}/`, import.meta.url));
  if (existsSync(`${folder}node_modules`)) return;
  say(`installing ${name} …`);
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, timeout: 600_000 });
}
