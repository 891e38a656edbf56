import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFile } from '../../cli/src/file/load-file.ts';
import { startAsCodeWorld } from '../setup/as-code-world.ts';
import type { AsCodeWorld } from '../setup/as-code-world.ts';
import { RSA_KEY } from '../setup/issuer-server.ts';
import { folderWith } from '../setup/oidc-config.ts';

/* The files to copy: each is planned and applied, with an issuer on loopback that stands in for the provider. */

const EXAMPLES = fileURLToPath(new URL('../../examples/as-code/', import.meta.url));
const FILES = [
  'signin.yaml',
  ...readdirSync(join(EXAMPLES, 'recipes')).map((name) => `recipes/${name}`),
];

let world: AsCodeWorld;

beforeAll(async () => {
  world = await startAsCodeWorld();
  world.issuer.publish(
    { ...world.issuer.metadata, scopes_supported: ['openid', 'profile', 'email', 'groups'] },
    { keys: [RSA_KEY] },
  );
});
afterAll(async () => {
  expect(await world.close()).toBe(0);
});

describe.each(FILES)('%s', (path) => {
  const { file } = loadFile({ path: join(EXAMPLES, path) });
  const run = (...args: readonly string[]) => {
    const issuers = Object.keys(file.issuers).map(
      (name) => `  ${name}: { url: "${world.issuer.issuer}" }`,
    );
    const folder = folderWith({ 'values.yaml': ['issuers:', ...issuers, ''].join('\n') });
    const [command = '', ...options] = args;
    const secrets = file.openIdConnects.map(({ connectClientSecret: secret }) => [
      typeof secret === 'object' && 'fromEnv' in secret ? secret.fromEnv : '',
      'example-secret',
    ]);
    return world.run(
      folder,
      [command, join(EXAMPLES, path), '--values', 'values.yaml', ...options],
      Object.fromEntries(secrets) as Record<string, string>,
    );
  };

  it('has both platforms, and no warning', async () => {
    expect([file.openIdConnects.length, file.oidcConfigs.length]).toEqual([1, 1]);
    const { code, stdout, stderr } = await run('plan');
    expect(stdout).toContain('Plan: 5 to create');
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  });

  it('is applied, and then there is nothing to do', async () => {
    expect(await run('apply', '--yes')).toMatchObject({ code: 0 });
    expect(await run('plan')).toMatchObject({ code: 0 });
  });
});

it('production.yaml changes signin.yaml', () => {
  const path = join(EXAMPLES, 'signin.yaml');
  const { file } = loadFile({ path, values: [join(EXAMPLES, 'production.yaml')] });
  expect(file.issuers).toEqual({ corporate: { url: 'https://idp.example.com' } });
  expect(file.openIdConnects).toMatchObject([
    { id: 'shop', connectClientId: 'shop-production', integrationEventId: 'oidc-sync' },
  ]);
});
