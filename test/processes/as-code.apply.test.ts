import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordedRequest } from '../../src/transport/emulator/emulator.ts';
import { pathsOf, signInYaml, startAsCodeWorld } from '../setup/as-code-world.ts';
import type { AsCodeWorld } from '../setup/as-code-world.ts';
import { addFault } from '../setup/built-gateway.ts';
import { folderWith } from '../setup/oidc-config.ts';

/* `oidc-config apply` as a process, over the emulators of both platforms and an issuer. */

const SECRET = { SHOP_SECRET: 'example-secret' };

let world: AsCodeWorld;
beforeAll(async () => {
  world = await startAsCodeWorld();
});
afterAll(() => world.close());

const folderFor = (prefix: string, change: (text: string) => string = (text) => text) =>
  folderWith({ 'signin.yaml': change(signInYaml(world.issuer.issuer, prefix)) });

const edit = (folder: string, change: (text: string) => string) => {
  const file = join(folder, 'signin.yaml');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
};

/** Requests as "method path". */
const inShort = (requests: readonly RecordedRequest[]) =>
  requests.map(({ method, target }) => `${method} ${target}`);

const read = async (prefix: string) => {
  const [shop, provider, config] = await Promise.all([
    world.client.openIdConnect({ id: `${prefix}-shop` }),
    world.client.huaweiIdentityProvider({ id: `${prefix}-staff` }),
    world.client.oidcConfig({ idpId: `${prefix}-staff` }),
  ]);
  return [shop, provider, config].map(({ __typename: name }) => name);
};

describe('oidc-config apply', () => {
  it('makes everything as the file says, and nothing the second time', async () => {
    const folder = folderFor('twice');
    const writes = world.watchWrites();
    const first = await world.run(folder, ['apply', '--yes'], SECRET);
    expect(first.stdout).toContain(`
created OpenIdConnect "twice-shop"
created identity provider "twice-staff"
created mapping "mapping_twice-staff"
created protocol of "twice-staff"
created OpenID Connect configuration of "twice-staff"
Done: 5 created.
`);
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/^created OpenIdConnect "twice-shop" \(\d+\.\d s\)\n/);
    const paths = pathsOf('twice');
    expect(inShort(writes())).toEqual([
      `POST ${paths.openIdConnects}`,
      `PUT ${paths.provider}`,
      `PUT ${paths.mapping}`,
      `PUT ${paths.protocol}`,
      `POST ${paths.config}`,
    ]);
    expect(existsSync(join(folder, 'signin.yaml.run'))).toBe(false);

    const second = await world.run(folder, ['apply', '--yes'], SECRET);
    expect(second.stdout).toContain('Nothing to do: 5 unchanged, ');
    expect({ code: second.code, writes: writes().length }).toEqual({
      code: 0,
      writes: 5,
    });
  });

  it('refuses where nobody can be asked', async () => {
    const writes = world.watchWrites();
    const { code, stderr } = await world.run(folderFor('asked'), ['apply'], SECRET);
    expect(stderr).toBe('Nobody can be asked here, so nothing was written. To go on, add --yes.\n');
    expect({ code, writes: inShort(writes()) }).toEqual({ code: 1, writes: [] });
  });

  it('sends only what differs', async () => {
    const folder = folderFor('differs');
    await world.run(folder, ['apply', '--yes'], SECRET);
    edit(folder, (text) =>
      text
        .replace('integrationEventId: oidc-sync', 'integrationEventId: null')
        .replace('type: sub', 'type: email'),
    );
    const writes = world.watchWrites();
    const { code, stdout } = await world.run(folder, ['apply', '--yes', '--json'], SECRET);
    expect(code).toBe(0);
    const { steps } = JSON.parse(stdout) as { steps: { outcome: string; action: string }[] };
    expect(steps.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'update applied',
      'unchanged unchanged',
      'update applied',
      'unchanged unchanged',
      'unchanged unchanged',
    ]);
    const [patch] = writes();
    expect(JSON.parse(patch?.body ?? '')).toEqual({ IntegrationEventID: null });
    expect(inShort(writes())).toEqual([
      `PATCH ${pathsOf('differs').openIdConnect}`,
      `PATCH ${pathsOf('differs').mapping}`,
    ]);
  });

  it('sets a secret that differs, and only then', async () => {
    const folder = folderFor('secret');
    await world.run(folder, ['apply', '--yes'], SECRET);
    const writes = world.watchWrites();
    const same = await world.run(folder, ['apply', '--yes'], SECRET);
    expect(same.stdout).toContain('Nothing to do');
    const plan = await world.run(folder, ['plan'], { SHOP_SECRET: 'another' });
    expect(plan.stdout).toContain(
      '    ~ connectClientSecret  differs, and will be set from SHOP_SECRET\n',
    );
    const differs = await world.run(folder, ['apply', '--yes'], { SHOP_SECRET: 'another' });
    expect(differs.code).toBe(0);
    expect(writes().map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { ConnectClientSecret: 'another' },
    ]);
  });

  it('goes on with other entries if one fails, and deletes nothing then', async () => {
    const folder = folderFor('fails');
    await world.client.createOpenIdConnect({
      id: 'fails-old',
      orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
      connectClientId: 'app',
      connectClientSecret: 'x-secret',
      appStartUrl: 'https://shop.example.com/{0}',
      authorizationEndpoint: 'https://idp.example.com/a',
      tokenEndpoint: 'https://idp.example.com/t',
      integrationEventId: 'oidc-sync',
    });
    const path = pathsOf('fails').mapping;
    await addFault(world.huawei.url, {
      method: 'PUT',
      path,
      fault: { kind: 'status', status: 403 },
    });
    const { code, stdout } = await world.run(folder, ['apply', '--yes', '--prune'], SECRET);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /failed mapping "mapping_fails-staff": .* \(PERMISSION_DENIED, request /,
    );
    expect(stdout).toContain(`created OpenIdConnect "fails-shop"
created identity provider "fails-staff"
`);
    expect(stdout)
      .toContain(`not started protocol of "fails-staff": It needs mapping/mapping_fails-staff.
`);
    expect(stdout).toContain(
      'not started OpenIdConnect "fails-old": Nothing is deleted if something else failed.',
    );
    const again = await world.run(folder, ['apply', '--yes'], SECRET);
    expect(again.code).toBe(0);
    expect(await read('fails')).toEqual([
      'OpenIdConnectSuccess',
      'HuaweiIdentityProviderSuccess',
      'OidcConfigSuccess',
    ]);
    await world.client.deleteOpenIdConnect({ id: 'fails-old' });
  });

  it('maps what only the platform refuses to the entry', async () => {
    const folder = folderFor('refused');
    await addFault(world.orderCloud.url, {
      method: 'POST',
      path: pathsOf('refused').openIdConnects,
      fault: {
        kind: 'status',
        status: 400,
        body: {
          Errors: [
            {
              ErrorCode: 'Field.Invalid',
              Message: 'That is not a URL.',
              Data: { Field: 'AppStartUrl' },
            },
          ],
        },
      },
    });
    const { code, stdout } = await world.run(folder, ['apply', '--yes'], SECRET);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nfailed OpenIdConnect "refused-shop": /);
  });
});

describe('oidc-config apply --prune', () => {
  it('names what goes, and deletes it with its mapping, but not a mapping that others use', async () => {
    const alone = await startAsCodeWorld();
    try {
      const folder = folderWith({ 'signin.yaml': signInYaml(alone.issuer.issuer, 'one') });
      const both = `${signInYaml(alone.issuer.issuer, 'one')}
  - idpId: two-staff
    issuer: corporate
    accessMode: PROGRAM
    clientId: example-app
  - idpId: three-staff
    issuer: corporate
    accessMode: PROGRAM
    clientId: example-app
    mapping: { id: mapping_one-staff }
`;
      writeFileSync(join(folder, 'both.yaml'), both);
      expect((await alone.run(folder, ['apply', '--yes', 'both.yaml'], SECRET)).code).toBe(0);
      const listed = await alone.run(folder, ['plan'], SECRET);
      expect(listed.code).toBe(0);
      expect(listed.stdout).toContain(
        'identity provider "two-staff" is not in the file: --prune deletes it',
      );
      const writes = alone.watchWrites();
      const { code, stdout } = await alone.run(folder, ['apply', '--yes', '--prune'], SECRET);
      expect(stdout).toContain(`- OpenIdConnect "example-existing" will be deleted
- identity provider "ACME-CONFIGURED" will be deleted
- identity provider "three-staff" will be deleted
- identity provider "two-staff" will be deleted
`);
      expect(stdout).toContain('- mapping "mapping_two-staff" will be deleted\n');
      expect(stdout).not.toContain('mapping "mapping_one-staff" will');
      expect(code).toBe(0);
      const deleted = inShort(writes());
      expect(deleted).toContain('DELETE /v3/OS-FEDERATION/mappings/mapping_two-staff');
      expect(deleted).not.toContain('DELETE /v3/OS-FEDERATION/mappings/mapping_one-staff');
      const providers = await alone.client.huaweiIdentityProviders();
      expect(
        'huaweiIdentityProviders' in providers &&
          providers.huaweiIdentityProviders.map(({ id }) => id).sort(),
      ).toEqual(['ACME', 'ACME-NO-PROTOCOL', 'one-staff']);
      const again = await alone.run(folder, ['apply', '--yes', '--prune'], SECRET);
      expect(again.stdout).toContain('Nothing to do: 5 unchanged');
    } finally {
      await alone.close();
    }
  });
});

describe('oidc-config apply with a plan', () => {
  it('applies exactly that, without the file', async () => {
    const folder = folderFor('exact');
    await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
    edit(folder, () => 'not a file');
    const { code, stdout } = await world.run(folder, ['apply', 'plan.json', '--yes'], SECRET);
    expect(stdout).toContain('Done: 5 created.');
    expect(code).toBe(0);
    const writes = world.watchWrites();
    const again = await world.run(folder, ['apply', 'plan.json', '--yes'], SECRET);
    expect(again.stdout).toContain('Done: 5 already done.');
    expect({ code: again.code, writes: inShort(writes()) }).toEqual({ code: 0, writes: [] });
  });

  it('stops if somebody else changed something after it was made, and writes nothing', async () => {
    const folder = folderFor('stale');
    await world.run(folder, ['apply', '--yes'], SECRET);
    edit(folder, (text) =>
      text.replace('Staff of stale', 'All staff').replace('?token={0}', '?t={0}'),
    );
    await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
    await world.client.updateHuaweiIdentityProvider({ id: 'stale-staff', description: 'Mine' });
    const writes = world.watchWrites();
    const { code, stdout } = await world.run(folder, ['apply', 'plan.json', '--yes'], SECRET);
    expect(stdout).toContain(
      'STALE identity provider "stale-staff": Somebody else changed it after it was planned. Plan again, and look at what changes.\n',
    );
    expect(stdout).toContain('not started OpenIdConnect "stale-shop": The run ended before.\n');
    expect({ code, writes: inShort(writes()) }).toEqual({ code: 1, writes: [] });
    expect(existsSync(join(folder, 'plan.json.run'))).toBe(false);
  });

  it('takes a step as done if somebody else did the same', async () => {
    const folder = folderFor('same');
    await world.run(folder, ['apply', '--yes'], SECRET);
    edit(folder, (text) => text.replace('Staff of same', 'All staff'));
    await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
    await world.client.updateHuaweiIdentityProvider({ id: 'same-staff', description: 'All staff' });
    const { code, stdout } = await world.run(folder, ['apply', 'plan.json', '--yes'], SECRET);
    expect(stdout).toContain('already done identity provider "same-staff"\n');
    expect(code).toBe(0);
  });

  it('is refused with another gateway, and with options of the plan', async () => {
    const folder = folderFor('other');
    await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
    const other = await world.run(folder, ['apply', 'plan.json', '--yes'], {
      ...SECRET,
      OIDC_CONFIG_URL: 'http://127.0.0.1:4/graphql',
    });
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(`plan.json was made with the gateway ${world.gateway.url}`);
    const options = await world.run(folder, ['apply', 'plan.json', '--prune'], SECRET);
    expect(options.code).toBe(1);
    expect(options.stderr).toContain('plan.json is a plan, and is applied as it is.');
  });
});

describe('a gateway that shows no secret', () => {
  it('lets it be set only with --set-secrets', async () => {
    const own = await startAsCodeWorld({ ORDERCLOUD_REVEAL_SECRET: 'false' });
    try {
      const text = signInYaml(own.issuer.issuer, 'own');
      const folder = folderWith({ 'signin.yaml': text.replace(/oidcConfigs:[^]*/, '') });
      expect((await own.run(folder, ['apply', '--yes'], SECRET)).code).toBe(0);
      const writes = own.watchWrites();
      const changed = { SHOP_SECRET: 'new' };
      const again = await own.run(folder, ['apply', '--yes'], changed);
      expect(again.stdout).toContain(
        'note: connectClientSecret is not compared, and stays as it is: ',
      );
      expect({ code: again.code, writes: writes() }).toEqual({ code: 0, writes: [] });
      const set = await own.run(folder, ['apply', '--yes', '--set-secrets'], changed);
      expect(set.code).toBe(0);
      expect(writes().map(({ body }) => JSON.parse(body) as unknown)).toEqual([
        { ConnectClientSecret: 'new' },
      ]);
    } finally {
      await own.close();
    }
  });
});

describe('docs/as-code.md', () => {
  it('has commands of plan and apply that work as they are there', async () => {
    const page = readFileSync(new URL('../../docs/as-code.md', import.meta.url), 'utf8');
    const sections = /\n## Plan\n([^]*?)\n## Check\n/.exec(page)?.[1] ?? '';
    const blocks = [...sections.matchAll(/```sh\n([^]*?)```/g)].map(([, text]) => text ?? '');
    const commands = blocks.flatMap((text) => text.trim().split('\n'));
    expect(commands.length).toBeGreaterThan(4);
    const folder = folderFor('docs');
    const codes: (number | null)[] = [];
    for (const command of commands) {
      const [program, ...args] = command.split(' ');
      expect(program).toBe('oidc-config');
      // The page says that --yes is required where nobody can be asked.
      const yes = args[0] === 'apply' && !args.includes('--yes') ? ['--yes'] : [];
      codes.push((await world.run(folder, [...args, ...yes], SECRET)).code);
    }
    expect(codes).toEqual([2, 2, 0, 0, 0, 0]);
  });
});
