import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'oidc-config-client';
import type { Client } from 'oidc-config-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuaweiIam } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { RSA_KEY, serveIssuer } from '../setup/issuer-server.ts';
import type { TestIssuer } from '../setup/issuer-server.ts';
import { folderWith, oidcConfig } from '../setup/oidc-config.ts';

/* `oidc-config export` as a process, over the emulators of both platforms and an issuer. */

const SECRET = 'example-client-secret';

let issuer: TestIssuer;
let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
let gateway: BuiltGateway;
let client: Client;
let tokens: { ORDERCLOUD_TOKEN: string; HUAWEI_TOKEN: string };

beforeAll(async () => {
  issuer = await serveIssuer();
  const provider = {
    issuer: issuer.issuer,
    authorizationEndpoint: `${issuer.issuer}/authorize`,
    tokenEndpoint: `${issuer.issuer}/token`,
    clientId: 'example-app',
    clientSecret: SECRET,
    keySet: JSON.stringify({ keys: [RSA_KEY] }),
    appUrl: 'https://shop.example.com/start',
  };
  [orderCloud, huawei] = await Promise.all([
    startOrderCloud({ provider }),
    startHuaweiIam({ provider }),
  ]);
  gateway = await startBuiltGateway({
    ...orderCloud.environment,
    ...huawei.environment,
    ISSUER_DISCOVERY: 'true',
    ISSUER_ALLOWED_HOSTS: issuer.issuer,
  });
  const headers = { ...orderCloud.exampleHeaders, ...huawei.exampleHeaders };
  tokens = {
    ORDERCLOUD_TOKEN: headers['X-OrderCloud-Authorization']?.replace('Bearer ', '') ?? '',
    HUAWEI_TOKEN: headers['X-Auth-Token'] ?? '',
  };
  client = createClient({ url: gateway.url, headers });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([orderCloud.close(), huawei.close(), issuer.close()]);
});

const run = (folder: string, args: readonly string[], environment: Record<string, string> = {}) =>
  oidcConfig(folder, args, { OIDC_CONFIG_URL: gateway.url, ...tokens, ...environment });

const OIDC_CONFIG_OF_ACME = {
  idpId: 'ACME',
  accessMode: 'PROGRAM',
  idpUrl: 'https://elsewhere.example.com',
  clientId: 'other-app',
  signingKey: { keys: [RSA_KEY] },
} as const;

describe('oidc-config export', () => {
  it('prints a file of both platforms, with names for secrets, and says what is not in it', async () => {
    const { code, stdout, stderr } = await run(folderWith({}), ['export']);
    expect(stdout.replaceAll(issuer.issuer, 'https://idp.example.com')).toBe(EXPORTED);
    expect(stderr)
      .toBe(`note: The identity provider "ACME" has no OpenID Connect configuration, so it is not in the file.
note: The identity provider "ACME-NO-PROTOCOL" has no OpenID Connect configuration, so it is not in the file.
The file has no secrets. It reads them from these environment variables:
  EXAMPLE_EXISTING_CONNECT_CLIENT_SECRET  client secret of the OpenIdConnect "example-existing"
`);
    expect(code).toBe(0);
  });

  it('writes a file that a plan has nothing to do for, whatever is to be compared', async () => {
    const folder = folderWith({ 'signin.yaml': 'before' });
    const exported = await run(folder, ['export', '--out', 'signin.yaml']);
    expect(exported).toMatchObject({ code: 0, stdout: '' });
    const plan = await run(folder, ['plan'], { EXAMPLE_EXISTING_CONNECT_CLIENT_SECRET: SECRET });
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect((await run(folder, ['export'])).stdout).toBe(
      readFileSync(join(folder, 'signin.yaml'), 'utf8'),
    );
  });

  it('has the stored keys and endpoint where an issuer cannot be read', async () => {
    const created = await client.createOidcConfig(OIDC_CONFIG_OF_ACME);
    expect(created.__typename).toBe('CreateOidcConfigSuccess');
    const folder = folderWith({});
    const { code, stdout, stderr } = await run(folder, ['export', '--platform', 'huawei']);
    expect(stdout).toContain(`  - idpId: ACME
    enabled: true
    accessMode: PROGRAM
    idpUrl: https://elsewhere.example.com
    clientId: other-app
    signingKey:
      keys:
        - kty: RSA
`);
    expect(stdout).not.toContain('openIdConnects');
    expect(stderr).toMatch(
      /^note: The issuer https:\/\/elsewhere\.example\.com cannot be read: .* The file has the stored keys, and the keys of these identity providers stay so until signingKey is removed: ACME\.$/m,
    );
    expect(code).toBe(0);
    await run(folder, ['export', '--out', 'signin.yaml']);
    const plan = await run(folder, ['plan'], { EXAMPLE_EXISTING_CONNECT_CLIENT_SECRET: SECRET });
    expect(plan).toMatchObject({ code: 0, stderr: '' });
  });

  it('has all of many configurations, each with a variable of its own', async () => {
    const ids = Array.from({ length: 230 }, (_, index) => `shop-${index}`);
    for (const id of [...ids, 'shop_7'])
      expect(
        await client.createOpenIdConnect({
          id,
          orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
          connectClientId: 'shop',
          connectClientSecret: SECRET,
          appStartUrl: 'https://shop.example.com/{0}',
          authorizationEndpoint: 'https://idp.example.com/authorize',
          tokenEndpoint: 'https://idp.example.com/token',
          integrationEventId: 'oidc-sync',
        }),
      ).toMatchObject({ __typename: 'CreateOpenIdConnectSuccess' });
    const { code, stdout, stderr } = await run(folderWith({}), [
      'export',
      '--platform',
      'ordercloud',
    ]);
    const found = [...stdout.matchAll(/^ {2}- id: (.+)$/gm)].map(([, id]) => id);
    expect(found.toSorted()).toEqual([...ids, 'shop_7', 'example-existing'].toSorted());
    const names = [...stdout.matchAll(/fromEnv: (\w+)/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(found.length);
    expect(names.filter((name) => !stderr.includes(`  ${name ?? ''}  `))).toEqual([]);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(SECRET);
  });

  it('prints nothing if one platform has no token, or does not respond', async () => {
    const where = folderWith({});
    const withoutToken = await run(where, ['export'], { HUAWEI_TOKEN: '' });
    expect(withoutToken).toMatchObject({ code: 1, stdout: '' });
    expect(withoutToken.stderr).toMatch(/^The list of identity providers cannot be read: .*\n$/);

    await addFault(huawei.url, {
      method: 'GET',
      path: '/v3/OS-FEDERATION/mappings/mapping_ACME',
      fault: { kind: 'status', status: 500 },
      times: 99,
    });
    const withFault = await run(where, ['export']);
    expect(withFault).toMatchObject({ code: 1, stdout: '' });
    expect(withFault.stderr).toMatch(/^The mapping "mapping_ACME" cannot be read: .*\n$/);
    await fetch(`${huawei.url}/__emulator/faults`, { method: 'DELETE' });
  });

  it('leaves the file as it is if something cannot be read', async () => {
    const where = folderWith({ 'signin.yaml': 'before' });
    const { code } = await run(where, ['export', '--out', 'signin.yaml'], { HUAWEI_TOKEN: '' });
    expect(code).toBe(1);
    expect(readFileSync(join(where, 'signin.yaml'), 'utf8')).toBe('before');
    expect((await run(where, ['export', '--out', 'none/signin.yaml'])).stderr).toBe(
      'none/signin.yaml cannot be written (ENOENT).\n',
    );
    expect(existsSync(join(where, 'none'))).toBe(false);
  });

  it('leaves out a platform that the gateway does not have, and says so', async () => {
    const one = await startBuiltGateway({ ...huawei.environment });
    try {
      const where = folderWith({});
      const environment = { OIDC_CONFIG_URL: one.url, HUAWEI_TOKEN: tokens.HUAWEI_TOKEN };
      const { code, stdout, stderr } = await run(where, ['export'], environment);
      expect(stdout).toContain('# Not in this file: OrderCloud is not configured at this gateway.');
      expect(stdout).toContain('- idpId: ACME-CONFIGURED');
      expect(stderr).toContain('not in the file: OrderCloud is not configured at this gateway.');
      expect(code).toBe(0);
      expect(await run(where, ['export', '--platform', 'ordercloud'], environment)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: 'OrderCloud is not configured at this gateway.\n',
      });
    } finally {
      await one.stop();
    }
  });
});

describe('oidc-config import', () => {
  const FILE = `# Sign-in of Example
version: 1

openIdConnects:
  # the shop
  - id: shop
    orderCloudApiClientId: '1111' # of the sandbox
    connectClientId: shop
    connectClientSecret: { fromEnv: EXAMPLE_EXISTING_CONNECT_CLIENT_SECRET }
`;

  it('adds entries with their issuer, and keeps everything that was there', async () => {
    const where = folderWith({ 'signin.yaml': FILE });
    const path = join(where, 'signin.yaml');
    chmodSync(path, 0o640);
    const config = await run(where, ['import', 'oidcConfig', 'ACME-CONFIGURED']);
    expect(config).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'Added oidcConfigs.ACME-CONFIGURED and issuers.ACME-CONFIGURED to signin.yaml.\n',
    });
    const shop = await run(where, ['import', 'openIdConnect', 'example-existing']);
    expect(shop).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `Added openIdConnects.example-existing to signin.yaml.
Its client secret is read from the environment variable EXAMPLE_EXISTING_CONNECT_CLIENT_SECRET_2.
`,
    });
    const lists = EXPORTED.slice(EXPORTED.indexOf('\nopenIdConnects:'))
      .replace('_CLIENT_SECRET }', '_CLIENT_SECRET_2 }')
      .replace(/\nopenIdConnects:\n/, '');
    const text = readFileSync(path, 'utf8').replaceAll(issuer.issuer, 'https://idp.example.com');
    expect(text).toBe(
      FILE.replace(
        'version: 1\n',
        'version: 1\n\nissuers:\n  ACME-CONFIGURED: { url: https://idp.example.com }\n',
      ) + `\n${lists}`,
    );
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('refuses what is there already, what is not stored, and what is not an entry', async () => {
    const where = folderWith({ 'signin.yaml': FILE.replace('id: shop', 'id: example-existing') });
    const messages = [];
    for (const args of [
      ['openIdConnect', 'example-existing'],
      ['openIdConnect', 'nothing'],
      ['oidcConfig', 'nothing'],
      ['oidcConfig', 'ACME-NO-PROTOCOL'],
      ['openIdConnect', 'shop', '--file', 'none.yaml'],
    ]) {
      const { code, stderr } = await run(where, ['import', ...args]);
      expect(code).toBe(1);
      messages.push(stderr);
    }
    expect(messages).toEqual([
      'signin.yaml:6:5: openIdConnects has "example-existing" already.\n',
      'OrderCloud has no "nothing", so there is nothing to import.\n',
      'Huawei Cloud IAM has no "nothing", so there is nothing to import.\n',
      'The identity provider "ACME-NO-PROTOCOL" has no OpenID Connect configuration, so it is not an entry of a file.\n',
      'none.yaml:1:1: The file does not exist. `oidc-config export` writes one.\n',
    ]);
    expect(readFileSync(join(where, 'signin.yaml'), 'utf8')).toContain('# of the sandbox');
  });

  it('leaves the file as it is if the entry does not fit', async () => {
    const file = `version: 1
oidcConfigs:
  - idpId: other
    accessMode: PROGRAM
    clientId: other
    mapping: { id: mapping_ACME, rules: [{ local: [{ groups: x }], remote: [{ type: sub }] }] }
`;
    const where = folderWith({ 'signin.yaml': file });
    const { code, stderr } = await run(where, ['import', 'oidcConfig', 'ACME-CONFIGURED']);
    expect(stderr).toBe(`The entry does not fit into signin.yaml, which stays as it is:
  The mapping "mapping_ACME" has other rules in the entry "other". Leave out the rules of one of them, or give it an id of its own.
`);
    expect({ code, file: readFileSync(join(where, 'signin.yaml'), 'utf8') }).toEqual({
      code: 1,
      file,
    });
  });
});

describe('a file that was exported', () => {
  it('restores everything after it was deleted, and is exported again as it was', async () => {
    const where = folderWith({});
    const rules = [
      {
        local: [{ user: { name: '{0}' } }, { group: { name: 'admins' } }],
        remote: [{ type: 'sub' }, { type: 'groups', anyOneOf: ['^a', 'b$'], regex: true }],
      },
    ];
    const created = await client.provisionOidcSignIn({
      issuer: issuer.issuer,
      openIdConnect: {
        id: 'restored',
        orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
        connectClientId: 'shop',
        connectClientSecret: SECRET,
        appStartUrl: 'https://shop.example.com/{0}',
        customErrorUrl: 'https://shop.example.com/error?{0}',
        integrationEventId: 'oidc-sync',
        callSyncUserIntegrationEvent: true,
        additionalIdpScopes: ['offline_access'],
      },
      oidcConfig: {
        idpId: 'restored',
        description: 'Staff: "all" of them',
        accessMode: 'PROGRAM_CONSOLE',
        clientId: 'cloud',
        mappingId: 'restored-rules',
        rules,
      },
    });
    expect(created.__typename).toBe('ProvisionOidcSignInSuccess');
    const before = await run(where, ['export', '--out', 'signin.yaml']);
    expect(before.code).toBe(0);
    const deletions = [
      await client.deleteOpenIdConnect({ id: 'restored' }),
      await client.deleteHuaweiProtocol({ idpId: 'restored' }),
      await client.deleteHuaweiIdentityProvider({ id: 'restored' }),
      await client.deleteHuaweiMapping({ id: 'restored-rules' }),
    ];
    expect(deletions.map(({ __typename }) => __typename)).toEqual([
      'DeleteOpenIdConnectSuccess',
      'DeleteHuaweiProtocolSuccess',
      'DeleteHuaweiIdentityProviderSuccess',
      'DeleteHuaweiMappingSuccess',
    ]);
    const applied = await run(where, ['apply', 'signin.yaml', '--yes'], {
      RESTORED_CONNECT_CLIENT_SECRET: SECRET,
    });
    expect(applied.stdout + applied.stderr).toContain('restored');
    expect(applied.code).toBe(0);
    const after = await run(where, ['export']);
    expect(after.stdout).toBe(readFileSync(join(where, 'signin.yaml'), 'utf8'));
    expect(after.stdout).toContain('- ^a');
  });
});

describe('docs/as-code.md', () => {
  const page = readFileSync(new URL('../../docs/as-code.md', import.meta.url), 'utf8');
  /** The arguments of the commands of a section. */
  const commands = (heading: string): string[][] => {
    const section = page.slice(page.indexOf(`\n## ${heading}\n`) + 1).split('\n## ')[0] ?? '';
    return [...section.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) =>
      block
        .trim()
        .split('\n')
        .map((line) => line.replace(/^oidc-config /, '').split(' ')),
    );
  };

  it('has commands of export and import that work one after the other, and a plan has nothing to do', async () => {
    const created = await client.provisionOidcSignIn({
      issuer: issuer.issuer,
      openIdConnect: {
        id: 'google',
        orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
        connectClientId: 'shop',
        connectClientSecret: SECRET,
        appStartUrl: 'https://shop.example.com/{0}',
      },
    });
    expect(created.__typename).toBe('ProvisionOidcSignInSuccess');
    const where = folderWith({});
    const [exporting, ...importing] = commands('Export and import');
    expect(exporting).toEqual(['export', '--out', 'signin.yaml']);
    const path = join(where, 'signin.yaml');
    await run(where, [...(exporting ?? []), '--platform', 'huawei']);
    const idp = await client.provisionOidcConfig({
      idpId: 'corporate',
      issuer: issuer.issuer,
      accessMode: 'PROGRAM',
      clientId: 'cloud',
    });
    expect(idp.__typename).toBe('ProvisionOidcConfigSuccess');
    expect(importing).toHaveLength(2);
    for (const args of importing) expect(await run(where, args)).toMatchObject({ code: 0 });
    expect(readFileSync(path, 'utf8')).toMatch(/- idpId: corporate\n[^]*- id: google\n/);
    expect(await run(where, ['plan'], { GOOGLE_CONNECT_CLIENT_SECRET: SECRET })).toMatchObject({
      code: 0,
    });
  });

  it('has a file and an overlay that can be planned', async () => {
    const blocks = [...page.matchAll(/```yaml\n# (\w+\.yaml)\n([^]*?)```/g)];
    const where = folderWith({
      secret: SECRET,
      ...Object.fromEntries(
        blocks.map(([, name = '', text = '']) => [
          name,
          text
            .replace(/url: https:[^ ]+/, `url: ${issuer.issuer}`)
            .replace('/run/secrets/shop', 'secret'),
        ]),
      ),
    });
    const [planning = []] = commands('Overlays');
    const { code, stdout, stderr } = await run(where, planning);
    expect(stderr).not.toContain('cannot');
    expect(stdout).toContain('99999999-8888-7777-6666-555555555555');
    expect(code).toBe(2);
  });
});

const EXPORTED = `# yaml-language-server: $schema=node_modules/oidc-config-cli/dist/schema.json
version: 1

issuers:
  ACME-CONFIGURED: { url: https://idp.example.com }

openIdConnects:
  - id: example-existing
    issuer: ACME-CONFIGURED
    orderCloudApiClientId: 11111111-2222-3333-4444-555555555555
    connectClientId: example-app
    connectClientSecret: { fromEnv: EXAMPLE_EXISTING_CONNECT_CLIENT_SECRET }
    appStartUrl: https://shop.example.com/start?token={0}&path={2}
    urlEncoded: true
    integrationEventId: oidc-sync
    callSyncUserIntegrationEvent: false
    customErrorUrl: https://shop.example.com/start?error={0}

oidcConfigs:
  - idpId: ACME-CONFIGURED
    enabled: true
    issuer: ACME-CONFIGURED
    accessMode: PROGRAM_CONSOLE
    clientId: example-app
    scope:
      - openid
    responseType: ID_TOKEN
    responseMode: FORM_POST
    mapping:
      id: mapping_ACME
      rules:
        - local:
            - user: { name: FederationUser }
          remote:
            - type: __NAMEID__
`;
