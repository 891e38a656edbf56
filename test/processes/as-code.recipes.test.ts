import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFile } from '../../cli/src/file/load-file.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuaweiIam } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { RSA_KEY, serveIssuer } from '../setup/issuer-server.ts';
import type { TestIssuer } from '../setup/issuer-server.ts';
import { folderWith, oidcConfig } from '../setup/oidc-config.ts';

/* The files to copy: each is planned and applied, with an issuer on loopback that stands in for the provider. */

const EXAMPLES = fileURLToPath(new URL('../../examples/as-code/', import.meta.url));
const FILES = [
  'signin.yaml',
  ...readdirSync(join(EXAMPLES, 'recipes')).map((name) => `recipes/${name}`),
];

let orderCloud: RunningEmulator;
let huaweiIam: RunningEmulator;
let issuer: TestIssuer;
let gateway: BuiltGateway;

beforeAll(async () => {
  [orderCloud, huaweiIam, issuer] = await Promise.all([
    startOrderCloud(),
    startHuaweiIam(),
    serveIssuer(),
  ]);
  issuer.publish(
    { ...issuer.metadata, scopes_supported: ['openid', 'profile', 'email', 'groups'] },
    { keys: [RSA_KEY] },
  );
  gateway = await startBuiltGateway({
    ...orderCloud.environment,
    ...huaweiIam.environment,
    ISSUER_DISCOVERY: 'true',
    ISSUER_ALLOWED_HOSTS: issuer.issuer,
  });
});
afterAll(async () => {
  expect((await gateway.stop()).code).toBe(0);
  await Promise.all([orderCloud.close(), huaweiIam.close(), issuer.close()]);
});

describe.each(FILES)('%s', (path) => {
  const { file } = loadFile({ path: join(EXAMPLES, path) });
  const run = (...args: readonly string[]) => {
    const issuers = Object.keys(file.issuers).map(
      (name) => `  ${name}: { url: "${issuer.issuer}" }`,
    );
    const folder = folderWith({ 'values.yaml': ['issuers:', ...issuers, ''].join('\n') });
    const [command = '', ...options] = args;
    const secrets = file.openIdConnects.map(({ connectClientSecret: secret }) => [
      typeof secret === 'object' && 'fromEnv' in secret ? secret.fromEnv : '',
      'example-secret',
    ]);
    return oidcConfig(
      folder,
      [command, join(EXAMPLES, path), '--values', 'values.yaml', ...options],
      {
        OIDC_CONFIG_URL: gateway.url,
        ORDERCLOUD_TOKEN:
          orderCloud.exampleHeaders['X-OrderCloud-Authorization']?.replace('Bearer ', '') ?? '',
        HUAWEI_TOKEN: huaweiIam.exampleHeaders['X-Auth-Token'] ?? '',
        ...(Object.fromEntries(secrets) as Record<string, string>),
      },
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
