import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathsOf, signInYaml, startAsCodeWorld } from '../setup/as-code-world.ts';
import type { AsCodeWorld } from '../setup/as-code-world.ts';
import { folderWith } from '../setup/oidc-config.ts';

/* `oidc-config plan` as a process, over the emulators of both platforms and an issuer. */

const SECRET = { SHOP_SECRET: 'example-secret' };

let world: AsCodeWorld;
beforeAll(async () => {
  world = await startAsCodeWorld();
});
afterAll(() => world.close());

const folderFor = (prefix: string, change: (text: string) => string = (text) => text) =>
  folderWith({ 'signin.yaml': change(signInYaml(world.issuer.issuer, prefix)) });

describe('oidc-config plan', () => {
  it('shows what would be created, writes nothing, and exits 2', async () => {
    const writes = world.watchWrites();
    const { code, stdout, stderr } = await world.run(folderFor('fresh'), ['plan'], SECRET);
    expect(stdout.replaceAll(world.issuer.issuer, 'https://idp.example.com'))
      .toBe(`+ OpenIdConnect "fresh-shop" will be created
    + authorizationEndpoint  https://idp.example.com/authorize
    + tokenEndpoint          https://idp.example.com/token
    + urlEncoded             true
    + orderCloudApiClientId  11111111-2222-3333-4444-555555555555
    + connectClientId        example-app
    + appStartUrl            https://shop.example.com/login?token={0}
    + integrationEventId     oidc-sync
    + connectClientSecret    will be set from SHOP_SECRET
+ identity provider "fresh-staff" will be created
    + description  Staff of fresh
    + enabled      true
    + ssoType      VIRTUAL_USER_SSO
+ mapping "mapping_fresh-staff" will be created
    + rules.0  {"local":[{"user":{"name":"{0}"}}],"remote":[{"type":"sub"}]}
+ protocol of "fresh-staff" will be created
    + mappingId  mapping_fresh-staff
+ OpenID Connect configuration of "fresh-staff" will be created
    + accessMode             PROGRAM_CONSOLE
    + idpUrl                 https://idp.example.com
    + clientId               example-app
    + authorizationEndpoint  https://idp.example.com/authorize
    + scope                  ["openid","email"]
    + responseType           ID_TOKEN
    + responseMode           FORM_POST
    + signingKey             key set of 1 key: kid rsa-1
  OpenIdConnect "example-existing" is not in the file: --prune deletes it
  identity provider "ACME-CONFIGURED" is not in the file: --prune deletes it

Plan: 5 to create, 2 not in the file.
`);
    expect({ code, stderr, writes: writes().length }).toEqual({
      code: 2,
      stderr: '',
      writes: 0,
    });
  });

  it('exits 0 if nothing is to do, and 2 with what differs', async () => {
    const folder = folderFor('same');
    expect((await world.run(folder, ['apply', '--yes'], SECRET)).code).toBe(0);
    const same = await world.run(folder, ['plan'], SECRET);
    expect(same.stdout).toContain('\nNothing to do: 5 unchanged, ');
    expect(same.code).toBe(0);
    await world.client.updateOpenIdConnect({
      id: 'same-shop',
      appStartUrl: 'https://a.example/{0}',
    });
    await world.client.updateHuaweiIdentityProvider({ id: 'same-staff', description: 'Other' });
    const differs = await world.run(folder, ['plan'], SECRET);
    expect(differs.stdout).toContain(`~ OpenIdConnect "same-shop" will be changed
    ~ appStartUrl  https://a.example/{0} -> https://shop.example.com/login?token={0}
~ identity provider "same-staff" will be changed
    ~ description  Other -> Staff of same
`);
    expect(differs.code).toBe(2);
  });

  it('prints JSON', async () => {
    const { code, stdout } = await world.run(folderFor('json'), ['plan', '--json'], SECRET);
    const printed = JSON.parse(stdout) as { steps: object[]; summary: object };
    expect(code).toBe(2);
    expect(printed).toMatchObject({
      version: 1,
      gateway: world.gateway.url,
      summary: { create: 5, update: 0, delete: 0, unchanged: 0 },
      warnings: [],
    });
    expect(printed.steps[0]).toMatchObject({
      target: 'openIdConnect',
      id: 'json-shop',
      action: 'create',
      position: { file: 'signin.yaml', line: 5, column: 5 },
    });
    expect(stdout).not.toContain(SECRET.SHOP_SECRET);
  });

  it('reports what the gateway refuses with lines of the file, all at once', async () => {
    const folder = folderFor('bad', (text) =>
      text
        .replace('https://shop.example.com', 'shop.example.com')
        .replace("name: '{0}'", "name: ''")
        .replace('    clientId: example-app', '    clientId: abc\n    scope: [email]'),
    );
    writeFileSync(
      join(folder, 'other.yaml'),
      readFileSync(join(folder, 'signin.yaml'), 'utf8').replace("name: ''", "name: '{0}'"),
    );
    const writes = world.watchWrites();
    const structure = await world.run(folder, ['plan'], SECRET);
    expect(structure.stderr).toMatch(/^signin\.yaml:22:\d+: /);
    const { code, stdout, stderr } = await world.run(
      folder,
      ['apply', '--yes', 'other.yaml'],
      SECRET,
    );
    expect(stderr.split('\n').map((line) => line.slice(0, 15))).toEqual([
      'other.yaml:10:5',
      'other.yaml:17:5',
      'other.yaml:18:5',
      '',
    ]);
    expect({ code, stdout, writes: writes().length }).toEqual({
      code: 1,
      stdout: '',
      writes: 0,
    });
  });

  it('says once that a token is refused', async () => {
    const { code, stdout, stderr } = await world.run(folderFor('token'), ['plan'], {
      ...SECRET,
      HUAWEI_TOKEN: 'wrong',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^signin\.yaml:\d+:\d+: .* The token in HUAWEI_TOKEN is not accepted\. \(UNAUTHENTICATED, request .*\) The same for \d+ more\.\n$/,
    );
  });

  it('says which token is missing', async () => {
    const { code, stderr } = await world.run(folderFor('no-token'), ['plan'], {
      ...SECRET,
      HUAWEI_TOKEN: '',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('Set HUAWEI_TOKEN. (UNAUTHENTICATED, ');
    expect(stderr).not.toContain('ORDERCLOUD_TOKEN');
  });

  it('says what to do if no gateway answers', async () => {
    const { code, stderr } = await world.run(folderFor('none'), ['plan'], {
      OIDC_CONFIG_URL: 'http://127.0.0.1:1/graphql',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Is it running at http:\/\/127\.0\.0\.1:1\/graphql\? OIDC_CONFIG_URL or --url names another one\.\n$/,
    );
  });

  it('refuses unknown options and arguments', async () => {
    for (const args of [['plan', '--forse'], ['plan', 'a', 'b'], ['plam']])
      expect((await world.run(folderFor('args'), args)).code).toBe(1);
    const help = await world.run(folderFor('args'), ['plan', '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Examples:\n  oidc-config plan\n');
  });

  it('shows nothing of a stored value that a terminal would act on', async () => {
    const folder = folderFor('evil');
    await world.run(folder, ['apply', '--yes'], SECRET);
    const evil = '\u001b]0;owned\u0007\u009b2J\u202e';
    await fetch(world.huawei.url + pathsOf('evil').provider, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', ...world.huawei.exampleHeaders },
      body: JSON.stringify({ identity_provider: { description: evil } }),
    });
    for (const args of [['plan'], ['plan', '--json']]) {
      const { code, stdout, stderr } = await world.run(folder, args, SECRET);
      expect(code).toBe(2);
      expect(stdout).toContain('owned');
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  });

  it('ends quietly if its reader has gone', async () => {
    const running = world.begin(folderFor('pipe'), ['plan'], SECRET);
    running.stopReading();
    const { code, stderr } = await running.exit;
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  });

  it('needs no secret, and says that apply needs one', async () => {
    const { code, stdout } = await world.run(folderFor('blind'), ['plan']);
    expect(code).toBe(2);
    expect(stdout).toContain('note: SHOP_SECRET has no value here: apply needs one.');
    const applied = await world.run(folderFor('blind'), ['apply', '--yes']);
    expect(applied.code).toBe(1);
    expect(applied.stderr).toMatch(
      /^signin\.yaml:9:5: connectClientSecret: The environment variable SHOP_SECRET is not set\..*\nNothing was written\.\n$/,
    );
  });

  it('shows warnings of the gateway', async () => {
    const folder = folderFor('warned', (text) =>
      text.replace('https://shop.example.com', 'http://shop.example.com'),
    );
    const { stderr } = await world.run(folder, ['plan'], SECRET);
    expect(stderr).toMatch(
      /^signin\.yaml:10:5: warning: openIdConnects\.warned-shop: .*\(APP_START_URL_CLEARTEXT\)\n/,
    );
  });

  it('reads an issuer only if an entry takes something from it, and says where it is named', async () => {
    const folder = folderFor('issuer', (text) =>
      text
        .replace(/oidcConfigs:[^]*/, '')
        .replace(world.issuer.issuer, 'https://not-allowed.example')
        .replace(
          '    connectClientId',
          `    authorizationEndpoint: https://a.example/x
    tokenEndpoint: https://a.example/y
    urlEncoded: true
    connectClientId`,
        ),
    );
    expect((await world.run(folder, ['plan'])).code).toBe(2);
    const file = join(folder, 'signin.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('    urlEncoded: true\n', ''));
    const { code, stderr } = await world.run(folder, ['plan']);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^signin\.yaml:3:3: The issuer https:\/\/not-allowed\.example cannot be read: /,
    );
  });
});

describe('oidc-config plan --out', () => {
  it('writes a plan that only its owner may read, without a secret', async () => {
    const folder = folderFor('out');
    const { code } = await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
    expect(code).toBe(2);
    const file = join(folder, 'plan.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(SECRET.SHOP_SECRET);
    expect(JSON.parse(text)).toMatchObject({ version: 1, gateway: world.gateway.url, folder: '' });
  });

  it('refuses to write a secret that is in the file', async () => {
    const folder = folderFor('plain', (text) =>
      text.replace('{ fromEnv: SHOP_SECRET }', 'plain-canary'),
    );
    const args = ['plan', '--allow-plain-secrets', '--out', 'plan.json'];
    const { code, stderr } = await world.run(folder, args);
    expect(code).toBe(1);
    expect(stderr).toContain('a plan file never has a secret');
    expect(stderr).not.toContain('plain-canary');
    expect(() => statSync(join(folder, 'plan.json'))).toThrow('ENOENT');
  });
});

describe('the paths of the tests', () => {
  it('are those of the platforms', async () => {
    const folder = folderFor('paths');
    const writes = world.watchWrites();
    await world.run(folder, ['apply', '--yes'], SECRET);
    const { openIdConnects, openIdConnect: _ofReads, ...others } = pathsOf('paths');
    const sent = writes().map(({ target }) => target);
    expect(sent).toEqual([openIdConnects, ...Object.values(others)]);
  });
});
