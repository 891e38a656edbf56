import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../setup/command.ts';
import { BASE, BUILD_BASE, PAUSE, REDIS } from './storage.ts';
import type { Storage } from './storage.ts';

/* Stand-ins for the base images that deploy/Dockerfile names, because tests pull nothing from a registry of images. */

/** Makes both bases: Debian 12 with Node.js 24 and npm, and Node.js with only its libraries, as in a distroless image; and an image of Redis. */
export async function makeBases(storage: Storage): Promise<void> {
  const [debian, packages] = [join(storage.folder, 'debian'), join(storage.folder, 'packages')];
  const node = `node-linux-${process.arch}`;
  await Promise.all([
    unpackDebian(debian),
    run('npm', [
      ...['install', '--silent', '--no-audit', '--no-fund', '--prefix', packages],
      ...[`${node}@24`, 'npm@11'],
    ]),
  ]);
  const program = join(packages, 'node_modules', node, 'bin/node');
  addNode(debian, program, join(packages, 'node_modules/npm'));
  await commit(storage, debian, BUILD_BASE, ['--env', 'PATH=/usr/local/bin:/usr/bin:/bin']);
  await makeBase(storage, debian, program);
  await makeRedis(storage);
  for (const folder of [debian, packages]) rmSync(folder, { recursive: true });
}

/** Unpacks the smallest Debian, without the scripts that set it up: a shell and the libraries are enough. */
async function unpackDebian(folder: string): Promise<void> {
  const targets = await run('apt-get', [
    'indextargets',
    '--format',
    '$(CREATED_BY) $(CODENAME) $(REPO_URI)',
  ]);
  const [, mirror] = /^Packages bookworm (\S+)$/m.exec(targets) ?? [];
  await run('debootstrap', [
    ...['--foreign', '--variant=minbase', 'bookworm', folder],
    ...(mirror === undefined ? [] : [mirror]),
  ]);
  // A link to the machine's own.
  rmSync(join(folder, 'proc'), { recursive: true });
  mkdirSync(join(folder, 'proc'));
}

/** Adds Node.js and npm, where the official image has them. */
function addNode(debian: string, program: string, npm: string): void {
  const local = join(debian, 'usr/local');
  mkdirSync(join(local, 'bin'), { recursive: true });
  copyFileSync(program, join(local, 'bin/node'));
  cpSync(npm, join(local, 'lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
}

/** Has what the gateway may expect of `gcr.io/distroless/nodejs24-debian12:nonroot`, and no more. */
async function makeBase(storage: Storage, debian: string, program: string): Promise<void> {
  const base = join(storage.folder, 'base');
  const add = (from: string, to: string) => {
    mkdirSync(dirname(join(base, to)), { recursive: true });
    copyFileSync(from, join(base, to));
  };
  add(program, 'nodejs/bin/node');
  const libraries = await run('chroot', [debian, 'ldd', '/usr/local/bin/node']);
  for (const [path] of libraries.matchAll(/\/lib\S+/g)) add(join(debian, path), path);
  add('/etc/ssl/certs/ca-certificates.crt', 'etc/ssl/certs/ca-certificates.crt');
  writeFileSync(
    join(base, 'etc/passwd'),
    'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  );
  mkdirSync(join(base, 'tmp'));
  chmodSync(join(base, 'tmp'), 0o1777);
  await commit(storage, base, BASE, ['--user', '65532', '--env', 'PATH=/usr/bin:/bin']);
  rmSync(base, { recursive: true });
  // The first process of a container ignores signals that it does not handle.
  const script = "process.on('SIGTERM', () => process.exit()); setInterval(() => undefined, 1e9)";
  const pause = ['/nodejs/bin/node', '-e', script];
  await commit(storage, null, PAUSE, ['--entrypoint', JSON.stringify(pause)], BASE);
}

/** Has this machine's Redis and its libraries, where a shell would find it. */
async function makeRedis(storage: Storage): Promise<void> {
  const root = join(storage.folder, 'redis');
  const program = '/usr/bin/redis-server';
  const libraries = await run('ldd', [program]);
  for (const path of [program, ...(libraries.match(/\/lib\S+/g) ?? [])]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
  await commit(storage, root, REDIS, ['--env', 'PATH=/usr/bin:/bin']);
  rmSync(root, { recursive: true });
}

async function commit(
  { buildah }: Storage,
  folder: string | null,
  image: string,
  config: readonly string[],
  from = 'scratch',
): Promise<void> {
  const container = (await buildah('from', from)).trim();
  if (folder !== null) await buildah('copy', '--quiet', container, folder, '/');
  await buildah('config', ...config, container);
  await buildah('commit', '--quiet', '--rm', container, image);
}
