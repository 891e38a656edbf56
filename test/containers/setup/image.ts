import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { run } from '../../setup/command.ts';
import { makeBases } from './bases.ts';
import { blockOf } from './page.ts';
import { BASE, BUILD_BASE, openStorage } from './storage.ts';
import type { Storage } from './storage.ts';

/* Builds the image once, before all tests of containers. */

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The tag of the page's command. */
export const IMAGE = 'localhost/oidc-config-gateway:latest';
export const REVISION = 'revision-of-the-tests';
/** In the npm configuration that the build gets as a secret. */
export const NPM_CANARY = 'canary-npm-token-57a1c0de';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the storage with the image. */
    readonly storage: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const storage = openStorage(mkdtempSync(join(tmpdir(), 'containers-')));
  try {
    await makeBases(storage);
    await buildImage(storage);
  } catch (error) {
    await storage.remove();
    throw error;
  }
  project.provide('storage', storage.folder);
  return storage.remove;
}

async function buildImage({ folder, shell }: Storage): Promise<void> {
  const npmrc = join(folder, 'npmrc');
  writeFileSync(npmrc, await npmConfiguration());
  const build = blockOf('Run it in a container', 'sh', 'docker build');
  const options = [
    ...[`--build-arg=BUILD_BASE=${BUILD_BASE}`, `--build-arg=BASE=${BASE}`],
    // What npm has downloaded before, which is all of it after an `npm ci` in the checkout.
    `--volume=${await npmOption('cache')}:/npm-cache`,
    `--secret=id=npmrc,src=${npmrc}`,
  ];
  await shell(`git() { echo ${REVISION}; }\n${build}`, ROOT, { BUILD_OPTIONS: options.join(' ') });
}

/** The machine's registry and certificates, and a token that must not be found anywhere. */
async function npmConfiguration(): Promise<string> {
  const file = await npmOption('cafile');
  const certificates = file === 'null' ? [] : readFileSync(file, 'utf8').split(/(?=-----BEGIN )/);
  const authorities = certificates
    .filter((text) => text.startsWith('-----BEGIN CERTIFICATE'))
    .map((text) => `ca[]=${JSON.stringify(text.trim())}`);
  return [
    `registry=${await npmOption('registry')}`,
    `//registry.invalid/:_authToken=${NPM_CANARY}`,
    'cache=/npm-cache',
    'prefer-offline=true',
    ...authorities,
    '',
  ].join('\n');
}

const npmOption = async (name: string) => (await run('npm', ['config', 'get', name])).trim();
