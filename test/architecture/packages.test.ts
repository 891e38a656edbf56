import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly version: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as Manifest;
const { version, workspaces = [] } = read('package.json');

describe('the packages beside the gateway', () => {
  it('are the client and the command', () => {
    expect(workspaces).toEqual(['client', 'cli']);
  });

  it.each(workspaces)('%s has the version of the gateway, and depends on that', (folder) => {
    const manifest = read(`${folder}/package.json`);
    expect(manifest.version).toBe(version);
    for (const [name, needed] of Object.entries(manifest.dependencies ?? {}))
      if (name.startsWith('oidc-config-')) expect(needed, name).toBe(version);
  });
});
