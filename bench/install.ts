import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Builds the gateway as it is deployed. */
export async function buildGateway(): Promise<void> {
  await run('npm', ['run', 'build'], { cwd: ROOT });
}

/** Installs a peer's packages if they are missing or come from another lock file. */
export async function installPeer(name: string, say: (text: string) => void): Promise<void> {
  const folder = fileURLToPath(new URL(`peers/${name}/`, import.meta.url));
  if (
    changedAt(`${folder}node_modules/.package-lock.json`) > changedAt(`${folder}package-lock.json`)
  )
    return;
  say(`installing ${name} …`);
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, timeout: 600_000 });
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
