import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { run } from '../setup/command.ts';
import { post } from '../setup/gateway.ts';
import { IMAGE, NPM_CANARY, REVISION } from './setup/image.ts';
import { createAtBoth } from './setup/operations.ts';
import { openStorage } from './setup/storage.ts';
import { startUpstreams } from './setup/upstreams.ts';
import type { Upstreams } from './setup/upstreams.ts';

/* The image that deploy/Dockerfile describes, on stand-ins for its base images: what is in it, and how it runs. */

const storage = openStorage(inject('storage'));
const { podman, folder } = storage;
const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);

describe('the image', () => {
  const layout = join(folder, 'layout');
  const blob = (digest: string) => join(layout, 'blobs', digest.replace(':', '/'));
  let layers: readonly { readonly digest: string; readonly size: number }[] = [];
  beforeAll(async () => {
    await run('skopeo', [
      ...['copy', '--quiet', '--dest-compress', '--format=oci'],
      ...[storage.reference(IMAGE), `oci:${layout}`],
    ]);
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
      readonly manifests: readonly [{ readonly digest: string }];
    };
    ({ layers } = JSON.parse(readFileSync(blob(index.manifests[0].digest), 'utf8')) as {
      readonly layers: typeof layers;
    });
  });

  it('says what it is, runs as a number, and checks its health itself', async () => {
    const [image] = JSON.parse(await podman('image', 'inspect', IMAGE)) as [object];
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(image).toMatchObject({
      Config: {
        User: '65532:65532',
        ExposedPorts: { '4000/tcp': {} },
        Entrypoint: ['/nodejs/bin/node', '/app/dist/main.js'],
        WorkingDir: '/app',
        Labels: {
          'org.opencontainers.image.title': 'oidc-config-gateway',
          'org.opencontainers.image.licenses': 'MIT',
          'org.opencontainers.image.version': version,
          'org.opencontainers.image.revision': REVISION,
        },
      },
      Healthcheck: { Test: ['CMD', '/nodejs/bin/node', '/app/dist/main.js', 'health'] },
    });
  });

  it('adds the bundle with its licenses and packages to its base, and nothing else', async () => {
    const listed = await Promise.all(
      layers.map(async ({ digest }) =>
        (await run('tar', ['-tzf', blob(digest)])).split('\n').filter((path) => path !== ''),
      ),
    );
    const added = listed.at(-1)?.filter((path) => !path.endsWith('/')) ?? [];
    expect(added.filter((path) => !/^app\/(?:dist\/|package\.json$|LICENSE$)/.test(path))).toEqual(
      [],
    );
    expect(added).toEqual(
      expect.arrayContaining([
        'app/dist/main.js',
        'app/dist/THIRD-PARTY-LICENSES',
        'app/dist/sbom.cdx.json',
      ]),
    );
    // What the base of a release must not have either.
    const programs = listed
      .flat()
      .filter((path) => /(?:^|\/)(?:sh|bash|dash|busybox|npm|npx|apt|dpkg)$/.test(path));
    expect(programs).toEqual([]);
    await expect(
      podman('run', '--rm', '--entrypoint=/bin/sh', IMAGE, '-c', 'true'),
    ).rejects.toThrow(/no such file/);
  });

  it('lists the packages in it, as its licenses do', async () => {
    const read = (path: string) =>
      podman(
        ...['run', '--rm', '--network=none', '--entrypoint=/nodejs/bin/node', IMAGE],
        ...['-e', `process.stdout.write(fs.readFileSync('${path}', 'utf8'))`],
      );
    const sbom = JSON.parse(await read('dist/sbom.cdx.json')) as {
      readonly metadata: { readonly component: { readonly name: string } };
      readonly components: readonly { readonly name: string; readonly version: string }[];
    };
    expect(sbom.metadata.component.name).toBe('oidc-config-gateway');
    const licenses = await read('dist/THIRD-PARTY-LICENSES');
    const licensed = [...licenses.matchAll(/^={80}\n(.+) (\S+)\nLicense: /gm)];
    expect(sbom.components.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(
      licensed.map(([, name, version]) => `${name ?? ''} ${version ?? ''}`).sort(),
    );
  });

  it('is small', async () => {
    const [{ Size: size }] = JSON.parse(await podman('image', 'inspect', IMAGE)) as [
      { readonly Size: number },
    ];
    const compressed = layers.reduce((sum, layer) => sum + layer.size, 0);
    process.stdout.write(`image: ${megabytes(size)} MB, compressed ${megabytes(compressed)} MB\n`);
    expect(megabytes(size)).toBeLessThan(180);
    expect(megabytes(compressed)).toBeLessThan(65);
  });

  it('keeps no secret of its build, in no layer and no stage', async () => {
    const search = (text: string) =>
      // It fails if it finds nothing, or if a container ends meanwhile, whose files are there as well.
      run('sh', ['-c', `grep -rslF '${text}' '${join(folder, 'storage')}' '${layout}' || true`]);
    expect(await search(REVISION)).not.toBe('');
    expect(await search(NPM_CANARY)).toBe('');
    for (const { digest } of layers)
      await run('sh', ['-c', `! gzip -dc '${blob(digest)}' | grep -qF '${NPM_CANARY}'`]);
  });
});

describe('a container', () => {
  const HARDENED = [
    ...['--read-only', '--cap-drop=all', '--security-opt=no-new-privileges'],
    ...['--memory=256m', '--pids-limit=64'],
  ];
  const inbound = makeApiKey();
  const secretsFolder = join(folder, 'secrets');
  let upstreams: Upstreams;
  let options: readonly string[] = [];
  beforeAll(async () => {
    upstreams = await startUpstreams(await storage.gateway());
    const { ORDERCLOUD_CLIENT_SECRET, ...others } = upstreams.secrets;
    mkdirSync(secretsFolder);
    const file = (name: string, content: string) => {
      writeFileSync(join(secretsFolder, name), content);
      return `/secrets/${name}`;
    };
    const environment = {
      ...upstreams.environment,
      ...others,
      ORDERCLOUD_CLIENT_SECRET_FILE: file('client-secret', ORDERCLOUD_CLIENT_SECRET),
      AUTH_API_KEYS_FILE: file(
        'keys.json',
        readFileSync(inbound.environment.AUTH_API_KEYS_FILE, 'utf8'),
      ),
      NODE_EXTRA_CA_CERTS: file('ca.pem', readFileSync(upstreams.authority, 'utf8')),
    };
    options = [
      ...HARDENED,
      `--volume=${secretsFolder}:/secrets:ro`,
      ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
    ];
  });
  afterAll(async () => {
    inbound.remove();
    await upstreams.close();
  });

  it('is healthy, serves both upstreams, and drains on SIGTERM', async () => {
    const name = 'gateway-with-files';
    await podman(
      'run',
      '--detach',
      `--name=${name}`,
      '--publish=127.0.0.1::4000',
      ...options,
      IMAGE,
    );
    const published = (await podman('port', name, '4000/tcp')).trim();
    const origin = `http://${published}`;
    const check = () =>
      podman('healthcheck', 'run', name).then(
        () => 'healthy',
        () => 'unhealthy',
      );
    await expect.poll(check).toBe('healthy');
    expect(await createAtBoth(origin, 'from-a-container', inbound.headers)).toEqual([
      'CreateOpenIdConnectSuccess',
      'CreateOidcConfigSuccess',
    ]);

    const held = upstreams.hold('/openidconnects/from-a-container');
    const read = post(
      `${origin}/graphql`,
      '{ openIdConnect(id: "from-a-container") { __typename } }',
      {},
      inbound.headers,
    );
    await held.arrived;
    await podman('kill', '--signal=TERM', name);
    await expect
      .poll(async () => (await fetch(`${origin}/readyz`)).status, { interval: 50 })
      .toBe(503);
    expect(await check()).toBe('unhealthy');
    held.release();
    expect((await read).data).toEqual({ openIdConnect: { __typename: 'OpenIdConnectSuccess' } });
    expect((await podman('wait', name)).trim()).toBe('0');

    const lines = (await podman('logs', name)).trim().split('\n');
    const messages = lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
    expect(messages).toEqual(
      expect.arrayContaining(['listening', 'operation', 'audit', 'draining']),
    );
    expect(messages.at(-1)).toBe('stopped');
    for (const secret of Object.values(upstreams.secrets))
      expect(lines.join()).not.toContain(secret);
  });

  it('runs the other commands', async () => {
    const doctor = await podman('run', '--rm', ...options, IMAGE, 'doctor');
    expect(doctor).toContain("OrderCloud: the gateway's own credentials work");
    expect(doctor).toContain("Huawei Cloud IAM: the gateway's own credentials work");
    expect(await podman('run', '--rm', ...HARDENED, IMAGE, '--help')).toContain(
      'ORDERCLOUD_API_URL',
    );
    const key = await podman(
      'run',
      '--rm',
      ...HARDENED,
      IMAGE,
      'api-key',
      '--id=ci',
      '--scopes=oidc:read',
    );
    expect(key).toContain('X-Api-Key');
  });
});
