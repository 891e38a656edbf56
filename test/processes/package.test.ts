import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upstreams } from '../../src/upstreams/index.ts';
import { start } from '../setup/built-gateway.ts';
import type { Running } from '../setup/built-gateway.ts';

/* The package that `npm pack` makes, installed into an empty folder and started there, without the network. */

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAME = 'oidc-config-gateway';

const folder = mkdtempSync(join(tmpdir(), 'package-'));
const installed = join(folder, 'node_modules', NAME);
let tarball = '';
let packed: readonly string[] = [];

const npx = (args: readonly string[], environment: Record<string, string>): Running =>
  start('npx', ['--offline', '--no-install', NAME, ...args], environment, folder);

beforeAll(async () => {
  const { stdout } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    { cwd: ROOT },
  );
  const [result] = JSON.parse(stdout) as {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  if (result === undefined) throw new Error(`npm pack printed ${stdout}`);
  tarball = join(folder, result.filename);
  packed = result.files.map(({ path }) => path);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Creates a configuration through a gateway. @returns the response as text */
async function create(url: string, id: string, headers: Readonly<Record<string, string>>) {
  const read = (ending: string) =>
    readFileSync(join(ROOT, `schema/operations/01-create-open-id-connect.${ending}`), 'utf8');
  const { input } = JSON.parse(read('variables.json')) as { readonly input: object };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: read('graphql'), variables: { input: { ...input, id } } }),
  });
  return response.text();
}

/** Loads GraphiQL and all its files. @returns the size of each file */
async function loadPage(url: string): Promise<number[]> {
  const page = await fetch(url, { headers: { accept: 'text/html' } });
  const paths = [...(await page.text()).matchAll(/(?:href|src)="(graphql\/assets\/[^"]+)"/g)];
  return Promise.all(
    paths.map(async ([, path = '']) => {
      const file = await fetch(new URL(path, url));
      expect(file.status).toBe(200);
      return (await file.text()).length;
    }),
  );
}

describe('the package', () => {
  it('has the program and no dependencies', () => {
    expect(packed.filter((path) => !path.startsWith('dist/')).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(
      readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
    ).toEqual([NAME]);
  });

  it('is what publint and arethetypeswrong accept', async () => {
    const { messages } = await publint({
      pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
      strict: true,
    });
    expect(messages).toEqual([]);
    await run(join(ROOT, 'node_modules/.bin/attw'), [tarball, '--profile', 'esm-only']);
  });

  it('has the licenses of what is in it, each of which a person updates', () => {
    const licenses = readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES'), 'utf8');
    const bundled = [...licenses.matchAll(/^={80}\n(\S+) \d/gm)].map(([, name = '']) => name);
    expect(bundled).toEqual(
      expect.arrayContaining(['graphql', 'undici', '@graphql-yoga/render-graphiql']),
    );
    const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as unknown;
    const { devDependencies } = read('package.json') as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const { packageRules } = read('renovate.json') as {
      readonly packageRules: readonly {
        readonly description?: string;
        readonly matchPackageNames?: readonly string[];
        readonly automerge?: boolean;
      }[];
    };
    const rule = packageRules.find(({ description }) => description?.startsWith('In the bundle'));
    expect(rule?.automerge).toBe(false);
    expect(rule?.matchPackageNames).toEqual(
      [...new Set(bundled)].filter((name) => name in devDependencies).sort(),
    );
  });
});

describe('installed', () => {
  it.each(['1', '2'])('serves with %s processes', async (workers) => {
    const [upstream] = upstreams;
    if (upstream === undefined) throw new Error('there is no upstream');
    const emulator = await (await upstream.emulator()).startEmulator();
    const gateway = npx([], {
      ...emulator.environment,
      HOST: '127.0.0.1',
      PORT: '0',
      GRAPHIQL: 'true',
      WORKERS: workers,
    });
    const [, url = ''] = await gateway.line(/"url":"([^"]+)"/);
    expect(await create(url, 'from-package', emulator.exampleHeaders)).toContain(
      '"__typename":"CreateOpenIdConnectSuccess"',
    );
    const sizes = await loadPage(url);
    expect(sizes).toHaveLength(3);
    expect(Math.max(...sizes)).toBeGreaterThan(1_000_000);
    gateway.signal('SIGTERM');
    await gateway.exit;
    expect(gateway.output()).toContain('"msg":"stopped"');
    await emulator.close();
  });

  it('starts the emulators too', async () => {
    const gateway = npx(['dev'], { PORT: '0' });
    const [, url = ''] = await gateway.line(/GraphiQL +(http\S+)/);
    const [, header = ''] = await gateway.line(/send a token in the header (\S+): Bearer/);
    const [, token = ''] = await gateway.line(/token \(admin\): (\S+)/);
    expect(await create(url, 'from-dev', { [header]: `Bearer ${token}` })).toContain(
      '"__typename":"CreateOpenIdConnectSuccess"',
    );
    expect(await loadPage(url)).toHaveLength(3);
    gateway.signal('SIGTERM');
    await gateway.exit;
  });

  it.each(['doctor', 'health', 'api-key', 'serve', 'dev'])(
    'has the help of %s',
    async (command) => {
      const { code, stdout } = await npx([command, '--help'], {}).exit;
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining('Usage: ') as string,
      });
    },
  );
});

it('a production install of the checkout has no packages: the typed client and the command are apart', async () => {
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout);
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(ROOT, name), join(checkout, name));
  const options = ['--omit=dev', '--workspaces=false', '--offline', '--no-audit', '--no-fund'];
  await run('npm', ['ci', ...options], { cwd: checkout });
  expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
});
