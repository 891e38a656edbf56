import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBuiltGateway, start } from '../setup/built-gateway.ts';
import { startEmulator as startHuaweiIam } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';

/* The command as `npm pack` makes it, with the typed client, installed into an empty folder without the network. */

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'package-cli-'));
const manifest = JSON.parse(readFileSync(join(ROOT, 'cli/package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};

let packed: readonly string[] = [];

/** Packs a package of the checkout. @returns the path of the tarball */
async function pack(name: string): Promise<string> {
  const { stdout } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder, '--workspace', name],
    { cwd: ROOT },
  );
  const [result] = JSON.parse(stdout) as {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  if (result === undefined) throw new Error(`npm pack printed ${stdout}`);
  packed = result.files.map(({ path }) => path);
  return `file:${join(folder, result.filename)}`;
}

/** Where a dependency is in the checkout, rather than in the registry. */
function installed(name: string): string {
  const found = ['cli/', ''].map((at) => join(ROOT, at, 'node_modules', name)).find(existsSync);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return `file:${found}`;
}

const command = (args: readonly string[], environment: Record<string, string> = {}) =>
  start('npx', ['--offline', '--no-install', 'oidc-config', ...args], environment, folder).exit;

beforeAll(async () => {
  const others = Object.keys(manifest.dependencies).filter((name) => name !== 'oidc-config-client');
  const dependencies = {
    ...Object.fromEntries(others.map((name) => [name, installed(name)])),
    'oidc-config-client': await pack('oidc-config-client'),
    'oidc-config-cli': await pack('oidc-config-cli'),
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund'], { cwd: folder });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('has the program and its schemas, a page about them and the license, and no tests', () => {
  expect(packed.filter((path) => !/^dist\/.*\.js$/.test(path)).sort()).toEqual([
    'LICENSE',
    'README.md',
    'dist/overlay.schema.json',
    'dist/schema.json',
    'package.json',
  ]);
  expect(packed).toContain('dist/main.js');
  expect(packed.filter((path) => /\.test\./.test(path))).toEqual([]);
  const license = (path: string) => readFileSync(join(path, 'LICENSE'), 'utf8');
  expect(license(join(folder, 'node_modules/oidc-config-cli'))).toBe(license(ROOT));
});

it('is what publint accepts', async () => {
  const { messages } = await publint({ pkgDir: join(ROOT, 'cli'), strict: true });
  expect(messages).toEqual([]);
});

it('names its version and its commands', async () => {
  expect((await command(['--version'])).stdout).toBe(`${manifest.version}\n`);
  const { stdout } = await command(['--help']);
  for (const name of ['export', 'plan', 'apply', 'import', 'check', 'keys'])
    expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});

it('plans for both platforms', async () => {
  const emulators = await Promise.all([startOrderCloud(), startHuaweiIam()]);
  const [orderCloud, huaweiIam] = emulators;
  const gateway = await startBuiltGateway({
    ...orderCloud.environment,
    ...huaweiIam.environment,
  });
  const environment = {
    OIDC_CONFIG_URL: gateway.url,
    ORDERCLOUD_TOKEN: orderCloud.exampleHeaders['X-OrderCloud-Authorization'] ?? '',
    HUAWEI_TOKEN: huaweiIam.exampleHeaders['X-Auth-Token'] ?? '',
  };
  const exported = await command(['export'], environment);
  expect(exported.code).toBe(0);
  writeFileSync(join(folder, 'signin.yaml'), exported.stdout);
  const planned = await command(['plan'], environment);
  expect(planned.stdout).toMatch(/^Nothing to do: \d+ unchanged\.$/m);
  expect(planned.code).toBe(0);
  expect((await gateway.stop()).code).toBe(0);
  await Promise.all(emulators.map((emulator) => emulator.close()));
});
