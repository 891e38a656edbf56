import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInYaml, startAsCodeWorld } from '../setup/as-code-world.ts';
import type { AsCodeWorld } from '../setup/as-code-world.ts';
import { makeInbound } from '../setup/inbound.ts';
import { folderWith } from '../setup/oidc-config.ts';

/* What `oidc-config plan` has the gateway check before anything is written. */

const SECRET = { SHOP_SECRET: 'example-secret' };

let world: AsCodeWorld;
beforeAll(async () => {
  world = await startAsCodeWorld();
});
afterAll(() => world.close());

const folderFor = (prefix: string, change: (text: string) => string = (text) => text) =>
  folderWith({ 'signin.yaml': change(signInYaml(world.issuer.issuer, prefix)) });

/** The entry of OrderCloud alone, with endpoints of its own. */
const withoutIssuer = (text: string) =>
  text.replace(/oidcConfigs:[^]*/, '').replace(
    '    issuer: corporate\n',
    `    authorizationEndpoint: https://idp.example.com/authorize
    tokenEndpoint: https://idp.example.com/token
`,
  );

describe('oidc-config plan', () => {
  it('checks an entry of which the secret is not known', async () => {
    const folder = folderFor('blind', (text) =>
      text.replace('https://shop.example.com', 'shop.example.com'),
    );
    const { code, stderr } = await world.run(folder, ['plan']);
    expect(stderr).toMatch(/^signin\.yaml:10:5: appStartUrl: [^\n]*\n$/);
    expect(code).toBe(1);
  });

  it('says nothing about a secret that is not known', async () => {
    const { code, stderr } = await world.run(folderFor('quiet'), ['plan']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  });

  it('checks an entry without an issuer, new or stored, and writes nothing', async () => {
    const bad = (text: string) =>
      withoutIssuer(text)
        .replace('https://shop.example.com', 'shop.example.com')
        .replace('https://idp.example.com/token', 'idp.example.com');
    const good = folderFor('alone', withoutIssuer);
    const writes = world.watchWrites();
    for (const environment of [{}, SECRET]) {
      const { code, stderr } = await world.run(folderFor('alone', bad), ['plan'], environment);
      expect(stderr).toMatch(
        /^signin\.yaml:7:5: tokenEndpoint: [^\n]*\nsignin\.yaml:11:5: appStartUrl: [^\n]*\n$/,
      );
      expect(code).toBe(1);
      const fine = await world.run(good, ['plan'], environment);
      expect({ code: fine.code, stderr: fine.stderr }).toEqual({ code: 2, stderr: '' });
    }
    expect(writes()).toEqual([]);

    expect((await world.run(good, ['apply', '--yes'], SECRET)).code).toBe(0);
    const before = await world.client.openIdConnect({ id: 'alone-shop' });
    const more = world.watchWrites();
    for (const environment of [{}, SECRET]) {
      const { code, stderr } = await world.run(folderFor('alone', bad), ['plan'], environment);
      expect(stderr.split('\n').map((line) => line.slice(0, 16))).toEqual([
        'signin.yaml:7:5:',
        'signin.yaml:11:5',
        '',
      ]);
      expect(code).toBe(1);
      const folder = folderFor('alone', (text) =>
        withoutIssuer(text).replace(
          'integrationEventId: oidc-sync',
          'integrationEventId: null\n    customErrorUrl: https://shop.example.com/error?{0}',
        ),
      );
      const changes = await world.run(folder, ['plan'], environment);
      expect({ code: changes.code, stderr: changes.stderr }).toEqual({ code: 2, stderr: '' });
    }
    expect(more()).toEqual([]);
    const after = await world.client.openIdConnect({ id: 'alone-shop' });
    expect({ ...after, requestId: null }).toEqual({ ...before, requestId: null });
  });

  it('leaves out of what is checked what the file does not say', async () => {
    await world.client.createOpenIdConnect({
      id: 'kept-shop',
      orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
      connectClientId: 'another-app',
      connectClientSecret: 'example-secret',
      appStartUrl: 'https://shop.example.com/login?token={0}',
      authorizationEndpoint: 'https://idp.example.com/authorize',
      tokenEndpoint: 'https://idp.example.com/token',
      integrationEventId: 'oidc-sync',
    });
    const folder = folderFor('kept', (text) =>
      withoutIssuer(text).replace(/ {4}(authorization|token)Endpoint.*\n/g, ''),
    );
    const { code, stdout } = await world.run(folder, ['plan']);
    expect(stdout).toContain('~ connectClientId  another-app -> example-app\n');
    expect(code).toBe(2);
  });
});

describe('a token that may only read', () => {
  it('is enough for a plan, which says that values were not checked', async () => {
    const inbound = await makeInbound();
    const guarded = await startAsCodeWorld(inbound.environment);
    try {
      const text = signInYaml(guarded.issuer.issuer, 'read');
      const folder = folderWith({ 'signin.yaml': text });
      const environment = { OIDC_CONFIG_TOKEN: await inbound.token({ scope: 'oidc:read' }) };
      const { code, stdout, stderr } = await guarded.run(folder, ['plan'], environment);
      expect(stdout).toContain('\nPlan: 5 to create, ');
      expect(stderr).toBe(
        'note: Values were not checked: the token for the gateway lacks the scope oidc:write.\n',
      );
      expect(code).toBe(2);
      const { stdout: json } = await guarded.run(folder, ['plan', '--json'], environment);
      expect(JSON.parse(json)).toMatchObject({
        notes: ['Values were not checked: the token for the gateway lacks the scope oidc:write.'],
      });
    } finally {
      await guarded.close();
      inbound.remove();
    }
  });
});
