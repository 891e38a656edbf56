import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Jwk } from '../../src/domain/keys/key-material.ts';
import { startKeysGateway } from '../setup/keys-gateway.ts';
import type { KeysGateway } from '../setup/keys-gateway.ts';
import { folderWith, oidcConfig } from '../setup/oidc-config.ts';
import { rsaKey } from '../setup/rotating-keys.ts';

/* `oidc-config keys` and `check`, as processes, over an account with one configuration. */

const A = rsaKey('a');
const B = rsaKey('b');
const C = rsaKey('c');

/** A gateway with these keys stored and these published, and the command over a file with the configuration. */
async function begin(stored: readonly Jwk[], published: readonly Jwk[]) {
  const gateway = await startKeysGateway(stored);
  gateway.publish(...published);
  gateway.stored = {
    ...gateway.stored,
    authorization_endpoint: `${gateway.issuer.issuer}/authorize`,
  };
  const folder = folderWith({
    'signin.yaml': `version: 1
issuers:
  acme: { url: ${gateway.issuer.issuer} }
oidcConfigs:
  - idpId: ACME
    issuer: acme
    accessMode: PROGRAM_CONSOLE
    clientId: idp-app
`,
    'other values.yaml': 'version: 1\n',
  });
  const run = (...args: readonly string[]) =>
    oidcConfig(folder, args, { OIDC_CONFIG_URL: gateway.url, HUAWEI_TOKEN: 'example-token' });
  return { gateway, run };
}

const storedKids = ({ keys }: KeysGateway) => keys().map(({ kid }) => kid);

describe('oidc-config keys', () => {
  it('says that nothing is to do', async () => {
    const { gateway, run } = await begin([A], [A]);
    const { code, stdout, stderr } = await run('keys');
    expect(stdout).toMatch(/^OpenID Connect configuration of "ACME": WORKS\n/);
    expect(stdout).toContain('SAME key a (RSA, RS256)');
    expect({ code, stderr, writes: gateway.writes() }).toEqual({ code: 0, stderr: '', writes: 0 });
  });

  it('shows what a sync would do, and writes nothing', async () => {
    const { gateway, run } = await begin([A], [A, B]);
    const { code, stdout, stderr } = await run('keys');
    expect(stdout).toContain('MISSING key b (RSA, RS256)');
    expect(stdout).toContain('sync: key b would be added');
    expect(stderr).toBe('To sync: oidc-config keys signin.yaml --sync\n');
    expect({ code, writes: gateway.writes() }).toEqual({ code: 2, writes: 0 });
  });

  it('shows the keys as the sync has read them, not as the gateway remembers them', async () => {
    const { gateway, run } = await begin([A], [A]);
    expect((await run('keys')).code).toBe(0);
    gateway.publish(A, B);
    const { stdout } = await run('keys');
    expect(stdout).toContain('MISSING key b (RSA, RS256)');
    expect(stdout).toContain('sync: key b would be added');
  });

  it('asks before it writes, and refuses where nobody can be asked', async () => {
    const { gateway, run } = await begin([A], [A, B]);
    const { code, stderr } = await run('keys', '--sync');
    expect(stderr).toContain(
      'Nobody can be asked here, so nothing was written. To go on, add --yes.',
    );
    expect({ code, writes: gateway.writes() }).toEqual({ code: 1, writes: 0 });
  });

  it('stores the keys once', async () => {
    const { gateway, run } = await begin([A], [A, B]);
    const first = await run('keys', '--sync', '--yes');
    expect(first.stderr).toBe('The keys of "ACME" are stored.\n');
    const [before = '', after = '', ...more] = first.stdout.split(/^(?=OpenID)/m);
    expect(before).toContain('sync: key b would be added');
    expect(after).toMatch(/^OpenID Connect configuration of "ACME": WORKS\n/);
    expect(after).toContain('SAME key b (RSA, RS256)');
    expect([after.includes('sync:'), more]).toEqual([false, []]);
    expect({ code: first.code, kids: storedKids(gateway) }).toEqual({ code: 0, kids: ['a', 'b'] });
    expect((await run('keys', '--sync', '--yes')).code).toBe(0);
    expect(gateway.writes()).toBe(1);
  });

  it('takes keys that replace all others only by force', async () => {
    const { gateway, run } = await begin([A], [C]);
    const refused = await run('keys', '--sync', '--yes');
    expect(refused.stdout).toContain('a sync is refused: ');
    expect(refused.stdout).toContain('KEYS_REPLACED');
    expect(refused.stderr).toBe(
      'If the owner of the issuer confirms that: oidc-config keys signin.yaml --sync --force\n',
    );
    expect({ code: refused.code, writes: gateway.writes() }).toEqual({ code: 1, writes: 0 });
    const forced = await run('keys', '--sync', '--force', '--drop-now', '--yes');
    expect({ code: forced.code, kids: storedKids(gateway) }).toEqual({ code: 0, kids: ['c'] });
  });

  it('says what was stored and what not', async () => {
    const { gateway, run } = await begin([A], [A, B]);
    gateway.upstream.respondWith((request) =>
      request.method === 'PUT'
        ? { status: 403, body: JSON.stringify({ error_msg: 'no', error_code: 'IAM.0003' }) }
        : gateway.account(request),
    );
    const { code, stderr } = await run('keys', '--sync', '--yes');
    expect(stderr).toMatch(
      /^The keys of "ACME" are not stored: .*\(PERMISSION_DENIED, request \S+\)\n$/,
    );
    expect(code).toBe(1);
  });

  it('prints JSON', async () => {
    const { run } = await begin([A], [A, B]);
    const { code, stdout } = await run('keys', '--json');
    expect(JSON.parse(stdout)).toMatchObject([
      {
        idpId: 'ACME',
        now: { verdict: expect.any(String) as unknown },
        keys: [
          { kid: 'a', status: 'SAME' },
          { kid: 'b', status: 'MISSING' },
        ],
        refused: null,
      },
    ]);
    expect(code).toBe(2);
  });

  it('prints JSON once, as it is after a sync', async () => {
    const { run } = await begin([A], [A, B]);
    const { code, stdout } = await run('keys', '--json', '--sync', '--yes');
    expect(JSON.parse(stdout)).toMatchObject([
      { now: { verdict: 'WORKS' }, keys: [{ status: 'SAME' }, { status: 'SAME' }], sync: null },
    ]);
    expect(code).toBe(0);
  });
});

describe('oidc-config check', () => {
  it('names what is broken with its place in the file, and what to do', async () => {
    const { run } = await begin([A], [B]);
    const { code, stdout, stderr } = await run('check');
    expect(stdout).toMatch(/^OpenID Connect configuration of "ACME": BROKEN\n/);
    expect(stdout).toMatch(/^ {4}signin\.yaml:5:5: FAILED STORED_KEYS: .+\n {8}\S.+/m);
    expect(stderr).toContain(
      'To store the keys of the issuer: oidc-config keys signin.yaml --sync\n',
    );
    expect(stderr).toContain('With --probe, ');
    expect(code).toBe(2);
  });

  it('prints JSON', async () => {
    const { run } = await begin([A], [B]);
    const { code, stdout } = await run('check', '--json');
    expect(JSON.parse(stdout)).toMatchObject([
      { target: 'oidcConfig', id: 'ACME', position: { line: 5 }, verdict: 'BROKEN' },
    ]);
    expect(code).toBe(2);
  });

  it('says what to type instead of a mutation', async () => {
    const { gateway, run } = await begin([A], [A]);
    gateway.upstream.respondWith((request) => {
      if (!/\/identity_providers\/ACME$/.test(request.target)) return gateway.account(request);
      const { status, body } = gateway.account(request) as { status: number; body: string };
      return { status, body: body.replace('"enabled":true', '"enabled":false') };
    });
    const { stdout, stderr } = await run('check', '--values', 'other values.yaml');
    expect(stdout).toContain('Enable it with updateHuaweiIdentityProvider.');
    expect(stderr).toContain(
      "To create or update what the file has: oidc-config apply signin.yaml --values 'other values.yaml'\n",
    );
  });

  it('fails if it cannot check', async () => {
    const { gateway, run } = await begin([A], [A]);
    gateway.upstream.respondWith({ status: 401, body: '{}' });
    const { code, stdout } = await run('check');
    expect(stdout).toMatch(/^OpenID Connect configuration of "ACME": FAILED\n.*UNAUTHENTICATED/);
    expect(code).toBe(1);
  });

  it('says where the gateway should be', async () => {
    const { gateway, run } = await begin([A], [A]);
    const { url } = gateway;
    await gateway.stop();
    const { code, stdout, stderr } = await run('check');
    expect(stderr).toContain(
      `Is it running at ${url}? OIDC_CONFIG_URL or --url names another one.`,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});

describe('the page', () => {
  const page = readFileSync(new URL('../../docs/as-code.md', import.meta.url), 'utf8');
  const commandsOf = (section: string) =>
    [
      ...(page.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '').matchAll(
        /^oidc-config (.+)$/gm,
      ),
    ].map(([, args = '']) => args.split(' '));

  it('has commands that say what it says', async () => {
    const { run } = await begin([A], [A, B]);
    const [check, ...others] = commandsOf('Check');
    const [compare, sync, ...more] = commandsOf('Keys');
    if (!check || !compare || !sync) throw new Error('a command is missing');
    expect([others, more]).toEqual([[], []]);
    expect((await run(...check)).stdout).toMatch(/^OpenID Connect configuration of "ACME": /);
    expect((await run(...compare)).code).toBe(2);
    expect((await run(...sync)).stderr).toContain('Nobody can be asked here');
    expect((await run(...sync, '--yes')).code).toBe(0);
  });
});
