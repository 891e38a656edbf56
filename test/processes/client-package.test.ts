import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { start, startBuiltGateway } from '../setup/built-gateway.ts';

/* The package of the typed client that `npm pack` makes, in a project of its own: what it consists of, its types, and how it runs. */

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAME = 'oidc-config-client';
const SHARED = join(ROOT, 'test/fixtures/client-consumer');

const folder = mkdtempSync(join(tmpdir(), 'client-package-'));
const installed = join(folder, 'node_modules', NAME);
let tarball = '';
let packed: readonly string[] = [];

const program = (path: string, ...args: readonly string[]) =>
  start(process.execPath, [join(ROOT, 'node_modules', path), ...args], {}, folder).exit;

beforeAll(async () => {
  const { stdout } = await run(
    'npm',
    ['pack', '-w', NAME, '--ignore-scripts', '--json', '--pack-destination', folder],
    { cwd: ROOT },
  );
  const [result] = JSON.parse(stdout) as {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  if (result === undefined) throw new Error(`npm pack printed ${stdout}`);
  tarball = join(folder, result.filename);
  packed = result.files.map(({ path }) => path);
  cpSync(SHARED, folder, { recursive: true });
  // The example of its page is a part of the project.
  const [, example = ''] =
    /^```ts\n(.*?)^```/ms.exec(readFileSync(join(ROOT, 'client/README.md'), 'utf8')) ?? [];
  writeFileSync(join(folder, 'readme.ts'), `declare const token: string;\n${example}`);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder });
  // graphql-codegen, what its documents import, and the types of Node.js.
  for (const name of ['@graphql-typed-document-node', '@graphql-codegen', '@types', 'undici-types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the package of the typed client', () => {
  it('has code, types, the schema and the persisted documents, and no dependencies', () => {
    expect(packed.filter((path) => !/^dist\/.*\.(?:d\.ts|js)$/.test(path)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/persisted-documents.json',
      'dist/read-operations.json',
      'dist/schema.graphql',
      'package.json',
    ]);
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      readonly dependencies?: unknown;
    };
    expect(dependencies).toBeUndefined();
    expect(packed.filter((path) => /test|fake/.test(path))).toEqual([]);
    const license = (path: string) => readFileSync(join(path, 'LICENSE'), 'utf8');
    expect(license(installed)).toBe(license(ROOT));
  });

  it('is what publint and arethetypeswrong accept', async () => {
    const { messages } = await publint({
      pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
      strict: true,
    });
    expect(messages).toEqual([]);
    await run(join(ROOT, 'node_modules/.bin/attw'), [
      tarball,
      '--profile',
      'esm-only',
      '--exclude-entrypoints',
      './schema.graphql',
    ]);
  });

  it('takes at most 10 KB of a page, minified and compressed', async () => {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: `export * from '${NAME}';`, resolveDir: folder },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    });
    const [bundle] = outputFiles;
    const size = gzipSync(bundle?.contents ?? '', { level: 9 }).length;
    expect(size).toBeGreaterThan(1_000);
    expect(size).toBeLessThanOrEqual(10_000);
  });
});

describe('a project with the package', () => {
  beforeAll(async () => {
    expect(await program('@graphql-codegen/cli/cjs/bin.js', '--config', 'codegen.mjs')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  const compile = (config: string) => program('typescript/bin/tsc', '-p', config);

  it('compiles for a browser', async () => {
    expect(await compile('tsconfig.browser.json')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('does not compile if a member of a result is forgotten', async () => {
    const source = readFileSync(join(folder, 'describe.ts'), 'utf8');
    const forgotten = source.replace("    case 'OidcUpstreamUnavailableError':\n", '');
    expect(forgotten).not.toBe(source);
    writeFileSync(join(folder, 'describe.ts'), forgotten);
    const { code, stdout } = await compile('tsconfig.browser.json');
    writeFileSync(join(folder, 'describe.ts'), source);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(
      /^describe\.ts\(\d+,\d+\): error TS1360: Type 'OidcUpstreamUnavailableError' does not satisfy the expected type 'never'/m,
    );
  });

  it('compiles for Node.js, and runs', async () => {
    expect(await compile('tsconfig.json')).toEqual({ code: 0, stdout: '', stderr: '' });
    const emulator = await startEmulator();
    const gateway = await startBuiltGateway({ ...emulator.environment });
    const { code, stdout, stderr } = await start(
      process.execPath,
      ['build/main.js'],
      {
        GATEWAY_URL: gateway.url,
        ORDERCLOUD_AUTHORIZATION: emulator.exampleHeaders['X-OrderCloud-Authorization'] ?? '',
      },
      folder,
    ).exit;
    await gateway.stop();
    await emulator.close();
    expect({ code, stderr, stdout }).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'Created consumer',
        'ALREADY_EXISTS',
        'consumer of example-client',
        'HTTP_STATUS 404 unknown',
        '',
      ].join('\n'),
    });
  });
});
