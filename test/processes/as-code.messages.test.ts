import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInYaml, startAsCodeWorld } from '../setup/as-code-world.ts';
import type { AsCodeWorld } from '../setup/as-code-world.ts';
import { folderWith } from '../setup/oidc-config.ts';

/* What `oidc-config` says if it cannot do what it is asked: where the cause is, and what to do. */

const SECRET = { SHOP_SECRET: 'example-secret' };

let world: AsCodeWorld;
beforeAll(async () => {
  world = await startAsCodeWorld();
});
afterAll(() => world.close());

const folderFor = (prefix: string, change: (text: string) => string = (text) => text) =>
  folderWith({ 'signin.yaml': change(signInYaml(world.issuer.issuer, prefix)) });

/** The file with a second entry of OrderCloud, whose secret is in a file. */
const withSecond = (prefix: string) => (text: string) =>
  text.replace(
    'oidcConfigs:',
    `${/ {2}- id: [^]*?(?=oidcConfigs)/
      .exec(text)?.[0]
      .replace(`${prefix}-shop`, `${prefix}-other`)
      .replace('{ fromEnv: SHOP_SECRET }', '{ fromFile: other.txt }')}oidcConfigs:`,
  );

describe('a secret that is missing', () => {
  it('is refused before anybody is asked, with its place, and with all others', async () => {
    const folder = folderFor('new', withSecond('new'));
    const writes = world.watchWrites();
    // Nobody can be asked here, and nobody is.
    const { code, stderr } = await world.run(folder, ['apply']);
    expect(stderr.split('\n')).toEqual([
      'signin.yaml:9:5: connectClientSecret: The environment variable SHOP_SECRET is not set. It must have the secret.',
      expect.stringMatching(
        /^signin\.yaml:16:5: connectClientSecret: The file .*other\.txt does not exist\. /,
      ),
      'Nothing was written.',
      '',
    ]);
    expect({ code, writes: writes() }).toEqual({ code: 1, writes: [] });

    await world.run(folder, ['plan', '--out', 'plan.json']);
    const planned = await world.run(folder, ['apply', 'plan.json']);
    expect(planned.stderr.split('\n')).toEqual([
      'OpenIdConnect "new-shop": connectClientSecret: The environment variable SHOP_SECRET is not set. It must have the secret.',
      expect.stringMatching(
        /^OpenIdConnect "new-other": connectClientSecret: The file .*other\.txt does not exist\. /,
      ),
      'Nothing was written.',
      '',
    ]);
    expect({ code: planned.code, writes: writes() }).toEqual({ code: 1, writes: [] });
  });

  it('is refused if it would be set at an object that exists', async () => {
    const folder = folderFor('set');
    expect((await world.run(folder, ['apply', '--yes'], SECRET)).code).toBe(0);
    const writes = world.watchWrites();
    const { code, stderr } = await world.run(folder, ['apply', '--yes', '--set-secrets']);
    expect(stderr).toBe(
      'signin.yaml:9:5: connectClientSecret: The environment variable SHOP_SECRET is not set. It must have the secret.\nNothing was written.\n',
    );
    expect({ code, writes: writes() }).toEqual({ code: 1, writes: [] });
  });
});

describe('a reference to what does not exist', () => {
  it('is named with its place if the platform refuses it', async () => {
    const folder = folderFor('refers', (text) => text.replace('oidc-sync', 'missing-event'));
    const { code, stdout } = await world.run(folder, ['apply', '--yes'], SECRET);
    expect(stdout).toMatch(
      /\nfailed OpenIdConnect "refers-shop": .*\(NOT_FOUND, request [^)]*\)\n {4}signin\.yaml:11:5: integrationEventId: This IntegrationEvent does not exist\.\n/,
    );
    expect(code).toBe(1);
    await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
    const planned = await world.run(folder, ['apply', '--yes', 'plan.json'], SECRET);
    expect(planned.stdout).toContain(
      '\n    OpenIdConnect "refers-shop": integrationEventId: This IntegrationEvent does not exist.\n',
    );
  });
});

describe('plan --prune', () => {
  it('says which platform it leaves alone, because the file has no entry of it', async () => {
    const halves = [
      ['OrderCloud', (text: string) => text.replace(/openIdConnects:[^]*(?=oidcConfigs)/, '')],
      ['Huawei Cloud IAM', (text: string) => text.replace(/oidcConfigs:[^]*/, '')],
    ] as const;
    for (const [platform, half] of halves) {
      const folder = folderFor('half', half);
      const note = `--prune leaves ${platform} alone: the file has no entry of it.`;
      const { code, stderr } = await world.run(folder, ['plan', '--prune'], SECRET);
      expect({ code, stderr }).toEqual({ code: 2, stderr: `note: ${note}\n` });
      expect((await world.run(folder, ['plan'], SECRET)).stderr).toBe('');
    }
    const whole = await world.run(folderFor('whole'), ['plan', '--prune', '--json'], SECRET);
    expect(JSON.parse(whole.stdout)).toMatchObject({ notes: [] });
  });
});

describe('a file of another kind', () => {
  it('is said to be a plan, and what to do with it', async () => {
    const folder = folderFor('kind');
    await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
    const message = 'plan.json:1:1: This is a plan. Apply it with: oidc-config apply plan.json\n';
    for (const args of [
      ['plan', 'plan.json'],
      ['check', 'plan.json'],
      ['plan', '--values', 'plan.json'],
      ['import', 'openIdConnect', 'example-existing', '--file', 'plan.json'],
    ]) {
      const { code, stdout, stderr } = await world.run(folder, args, SECRET);
      expect({ args, code, stdout, stderr }).toEqual({
        args,
        code: 1,
        stdout: '',
        stderr: message,
      });
    }
  });

  it('is not to be exported if it is a missing overlay', async () => {
    const { stderr } = await world.run(folderFor('none'), ['plan', '--values', 'none.yaml']);
    expect(stderr).toBe('none.yaml:1:1: The file does not exist.\n');
    const file = await world.run(folderFor('none'), ['plan', 'none.yaml']);
    expect(file.stderr).toBe(
      'none.yaml:1:1: The file does not exist. `oidc-config export` writes one.\n',
    );
  });
});
