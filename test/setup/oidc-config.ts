import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { start } from './built-gateway.ts';
import type { Exit } from './built-gateway.ts';

/** The built command. */
export const OIDC_CONFIG = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url));

/** A folder for the files of a test, which is removed after it. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'oidc-config-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Runs the command as a process of its own in a folder, without a terminal. */
export function oidcConfig(
  folder: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Exit> {
  return start(process.execPath, [OIDC_CONFIG, ...args], environment, folder).exit;
}
