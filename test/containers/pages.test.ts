import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { run } from '../setup/command.ts';
import { takeOneOf } from '../setup/ports.ts';
import { openHelm } from './setup/helm.ts';
import type { Helm } from './setup/helm.ts';
import { createAtBoth } from './setup/operations.ts';
import { blockOf, blocksOf } from './setup/page.ts';
import { openStorage, REDIS } from './setup/storage.ts';
import { startUpstreams } from './setup/upstreams.ts';
import type { Upstreams } from './setup/upstreams.ts';
import { misspelled, wrongValues } from './setup/validate.ts';

/* The commands of docs/operations.md; the tests of the image begin with its `docker build`. */

const CONTAINER = 'Run it in a container';
const KUBERNETES = 'Run it on Kubernetes';
const storage = openStorage(inject('storage'));
const folder = join(storage.folder, 'page');
let upstreams: Upstreams;
let helm: Helm;
beforeAll(async () => {
  mkdirSync(folder);
  cpSync('deploy', join(folder, 'deploy'), { recursive: true });
  [upstreams, helm] = await Promise.all([
    storage.gateway().then(startUpstreams),
    openHelm(storage.folder),
  ]);
});
afterAll(() => upstreams.close());

/** A free port of this machine. */
async function freePort(): Promise<number> {
  const { first, release } = await takeOneOf(1, 0);
  await release();
  return first;
}

it('checks, starts and stops a container', async () => {
  // Callers bring their own tokens, and the doctor need not trust this certificate.
  const { ORDERCLOUD_API_URL = '' } = upstreams.environment;
  writeFileSync(join(folder, 'gateway.env'), `ORDERCLOUD_API_URL=${ORDERCLOUD_API_URL}\n`);
  const [, ...blocks] = blocksOf(CONTAINER, 'sh');
  const [doctor = '', start = '', stop = '', compose = ''] = blocks;
  expect(blocks.length).toBe(5);
  await expect(storage.shell(doctor, folder)).rejects.toThrow(
    /ok {5}configuration: [\s\S]*ERROR {2}OrderCloud: .*DEPTH_ZERO_SELF_SIGNED_CERT/,
  );
  const port = await freePort();
  await storage.shell(start.replace('127.0.0.1:4000:', `127.0.0.1:${port}:`), folder);
  await expect
    .poll(() =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status,
        () => null,
      ),
    )
    .toBe(200);
  await storage.shell(stop, folder);
  expect((await storage.podman('inspect', '--format={{.State.ExitCode}}', 'gateway')).trim()).toBe(
    '0',
  );

  const [up = '', down = ''] = compose.trim().split('\n');
  const tryOut = await freePort();
  await storage.shell(up, folder, { PORT: String(tryOut) });
  const page = () =>
    fetch(`http://127.0.0.1:${tryOut}/graphql`, { headers: { accept: 'text/html' } }).then(
      (response) => response.text(),
      () => '',
    );
  await expect.poll(page).toContain('GraphiQL');
  await storage.shell(down, folder, { PORT: String(tryOut) });
  // Of the machine's own configuration: podman-compose makes it, used or not, and leaves it.
  await storage.podman('network', 'rm', '--force', 'deploy_default');
});

it('tries out two instances that share Redis', async () => {
  const [variable, up = '', down = ''] = blockOf(CONTAINER, 'sh', 'export ').trim().split('\n');
  const [first, second] = [await freePort(), await freePort()];
  const variables = { PORT_1: String(first), PORT_2: String(second), REDIS_IMAGE: REDIS };
  await storage.shell(`${variable}\n${up}`, folder, variables);
  const banner = await storage.podman('logs', 'oidc-config-emulators');
  const tokens = [...banner.matchAll(/token \(admin\): (\S+)/g)].map(([, token = '']) => token);
  const headers = {
    'x-ordercloud-authorization': `Bearer ${tokens[0] ?? ''}`,
    'x-auth-token': tokens[1] ?? '',
    'idempotency-key': 'from-the-page',
  };
  const created = ['CreateOpenIdConnectSuccess', 'CreateOidcConfigSuccess'];
  for (const port of [first, second])
    // Without the key that they share, the second one would find that both exist.
    await expect
      .poll(() => createAtBoth(`http://127.0.0.1:${port}`, 'twice', headers).catch(() => null))
      .toEqual(created);
  await storage.shell(`${variable}\n${down}`, folder, variables);
  await storage.podman('network', 'rm', '--force', 'deploy_default');
});

it('installs the chart', async () => {
  const values = join(folder, 'values.yaml');
  writeFileSync(values, blockOf(KUBERNETES, 'yaml', '# values.yaml'));
  const [secrets = '', install = '', restart = ''] = blocksOf(KUBERNETES, 'sh');
  const [, release = '', chart = '', file = ''] =
    /^helm upgrade --install (\S+) (\S+) --values (\S+) --wait\n/.exec(install) ?? [];
  const rendered = await helm.run(
    'template',
    release,
    join(folder, chart),
    '--values',
    join(folder, file),
  );
  const objects = await helm.template(values);
  expect(misspelled(objects)).toEqual([]);
  expect(await wrongValues(objects)).toEqual([]);
  for (const [, name = ''] of `${install}${restart}`.matchAll(/deployment\/(\S+)/g))
    expect(rendered).toContain(`kind: Deployment\nmetadata:\n  name: ${name}\n`);

  // Without a Kubernetes, kubectl only makes the objects.
  writeFileSync(join(folder, 'client-secret'), 'secret');
  writeFileSync(join(folder, 'keys.json'), '{"keys":[]}');
  const made = await storage.shell(
    secrets.replaceAll(/^kubectl (.*)$/gm, `'${helm.kubectl}' $1 --dry-run=client --output=yaml`),
    folder,
  );
  for (const name of ['client-secret', 'keys.json'])
    expect(made).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
  for (const [, name = ''] of secrets.matchAll(/generic (\S+)/g))
    expect(rendered).toContain(`secretName: ${name}\n`);
});

it('has a unit that systemd accepts', async () => {
  const unit = readFileSync('deploy/systemd/oidc-config-gateway.service', 'utf8');
  const path = join(folder, 'oidc-config-gateway.service');
  writeFileSync(path, unit.replace('/usr/bin/node', process.execPath));
  // It prints what it does not know on stderr, and does not fail.
  const verify = () => run('sh', ['-c', `systemd-analyze verify --man=no '${path}' 2>&1`]);
  expect(await verify()).toBe('');
  // 0 is the best and 100 the worst.
  await run('systemd-analyze', ['security', '--offline=yes', '--threshold=20', path]);
  writeFileSync(path, unit.replace('NoNewPrivileges', 'NoNewPrivilege'));
  expect(await verify()).toContain("Unknown key 'NoNewPrivilege'");
});
