import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { start, startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import type { ScriptedUpstream } from '../setup/scripted-upstream.ts';

/* The built gateway with credentials of its own: what it is given for them, and how often it logs in and signs. */

const ORDERCLOUD = {
  ORDERCLOUD_API_URL: 'https://api.example.com/v1',
  ORDERCLOUD_CREDENTIALS: 'gateway',
  ORDERCLOUD_CLIENT_ID: 'gateway',
};
const HUAWEI = { HUAWEI_IAM_URL: 'https://iam.example.com', HUAWEI_CREDENTIALS: 'gateway' };
const KEY = { ...HUAWEI, HUAWEI_AUTH_METHOD: 'access-key' };
const CLAIMS = { AUTH_ISSUER: 'https://idp.example.com', AUTH_AUDIENCE: 'gateway' };
const SECRETS = [
  'ORDERCLOUD_CLIENT_SECRET_FILE',
  'HUAWEI_ACCESS_KEY_FILE',
  'HUAWEI_SECRET_KEY_FILE',
  'HUAWEI_SECURITY_TOKEN_FILE',
];
const OTHERS = ['AUTH_JWKS_FILE', 'AUTH_API_KEYS_FILE', 'PERSISTED_DOCUMENTS_FILE'];

const inbound = makeApiKey();
const folder = mkdtempSync(join(tmpdir(), 'settings-'));
const at = (name: string) => join(folder, name);
afterAll(() => {
  inbound.remove();
  rmSync(folder, { recursive: true });
});

/** The faults of a start that is refused. */
async function faultsOf(environment: Record<string, string>): Promise<string[]> {
  const { code, stdout, stderr } = await start(process.execPath, ['dist/main.js'], {
    HOST: '127.0.0.1',
    PORT: '0',
    ...environment,
  }).exit;
  expect(code).toBe(1);
  expect(stdout + stderr).not.toContain('canary');
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('  - '))
    .map((line) => line.slice(4))
    .sort();
}

describe('a settings file', () => {
  beforeAll(() => {
    execFileSync('mkfifo', [at('fifo')]);
    symlinkSync(at('fifo'), at('link-to-fifo'));
    symlinkSync(at('nowhere'), at('dangling'));
    mkdirSync(at('folder'));
    writeFileSync(at('17-mb'), 'canary'.repeat(3_000_000));
    writeFileSync(at('latin-1'), Buffer.from('canary-\xe9', 'latin1'));
    writeFileSync(at('empty'), '');
  });

  it.each([
    ['a FIFO', () => at('fifo'), 'names something that is not a regular file'],
    ['a link to a FIFO', () => at('link-to-fifo'), 'names something that is not a regular file'],
    ['a device', () => '/dev/zero', 'names something that is not a regular file'],
    ['a folder', () => at('folder'), 'names a folder, not a file'],
    ['a link to nothing', () => at('dangling'), 'names a file that does not exist'],
    ['17 MB', () => at('17-mb'), /^names a file that is larger than (64|16384) KiB$/],
    ['Latin-1', () => at('latin-1'), 'must contain UTF-8 text'],
    ['nothing', () => at('empty'), 'names a file that is empty'],
  ])(
    'that is %s is refused at once, by the name of each variable',
    async (_what, pathOf, fault) => {
      const path = pathOf();
      const files = Object.fromEntries([...SECRETS, ...OTHERS].map((name) => [name, path]));
      const faults = await faultsOf({ ...ORDERCLOUD, ...KEY, ...CLAIMS, ...files, WORKERS: '2' });
      expect(faults).toEqual(
        [...SECRETS, ...OTHERS]
          .sort()
          .map((name) =>
            typeof fault === 'string'
              ? `${name} ${fault}`
              : (expect.stringMatching(new RegExp(`^${name} ${fault.source.slice(1)}`)) as unknown),
          ),
      );
    },
  );

  it('of 65 KiB is too large for a secret', async () => {
    writeFileSync(at('65-kib'), 'x'.repeat(65 * 1024));
    expect(
      await faultsOf({
        ...ORDERCLOUD,
        ...inbound.environment,
        ORDERCLOUD_CLIENT_SECRET_FILE: at('65-kib'),
      }),
    ).toEqual(['ORDERCLOUD_CLIENT_SECRET_FILE names a file that is larger than 64 KiB']);
  });

  it.runIf(existsSync('/proc/self/environ'))(
    "that is this process's own environment is not a secret",
    async () => {
      expect(
        await faultsOf({
          ...ORDERCLOUD,
          ...inbound.environment,
          ORDERCLOUD_CLIENT_SECRET_FILE: '/proc/self/environ',
          OTHER_PROGRAM: 'canary',
        }),
      ).toEqual([
        expect.stringMatching(/^ORDERCLOUD_CLIENT_SECRET_FILE must not contain U\+0000 /),
      ]);
    },
  );

  it('with a duplicate variable is refused, and the error names the variable', async () => {
    writeFileSync(at('jwks'), '{"keys":[{"kty":"RSA","kty":"EC"}]}');
    writeFileSync(
      at('api-keys'),
      `{"keys":[{"id":"a","sha256":"${'a'.repeat(64)}","scopes":["oidc:read"],"scopes":["oidc:admin"]}]}`,
    );
    writeFileSync(at('documents'), '{"a":"{ a }","a":"{ b }"}');
    const faults = await faultsOf({
      ORDERCLOUD_API_URL: ORDERCLOUD.ORDERCLOUD_API_URL,
      ...CLAIMS,
      AUTH_JWKS_FILE: at('jwks'),
      AUTH_API_KEYS_FILE: at('api-keys'),
      PERSISTED_DOCUMENTS_FILE: at('documents'),
    });
    expect(faults).toEqual([
      'AUTH_API_KEYS_FILE keys.0.scopes is given more than once: only the last would count',
      'AUTH_JWKS_FILE keys.0.kty is given more than once: only the last would count',
      'PERSISTED_DOCUMENTS_FILE a is given more than once: only the last would count',
    ]);
  });

  it('with ids of API keys that differ in case alone is refused', async () => {
    const entry = (id: string, digit: string) => ({
      id,
      sha256: digit.repeat(64),
      scopes: ['oidc:read'],
    });
    writeFileSync(at('look-alike'), JSON.stringify({ keys: [entry('k', 'a'), entry('K', 'b')] }));
    expect(
      await faultsOf({
        ORDERCLOUD_API_URL: ORDERCLOUD.ORDERCLOUD_API_URL,
        AUTH_API_KEYS_FILE: at('look-alike'),
      }),
    ).toEqual(['AUTH_API_KEYS_FILE keys.1.id differs from keys.0.id only in upper and lower case']);
  });
});

it.each(['\u200B', '\uFEFF', '\u00A0', '\u2060', '\u00AD', '\u202E'])(
  'a secret with %j, which is invisible, is refused, in the variable and in its file',
  async (character) => {
    const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
    const file = at(`secret-${code}`);
    writeFileSync(file, `${character}canary-secret\n`);
    const faults = await faultsOf({
      ...ORDERCLOUD,
      ...KEY,
      ...inbound.environment,
      ORDERCLOUD_CLIENT_SECRET: `canary-secret${character}`,
      HUAWEI_ACCESS_KEY: `canary${character}key`,
      HUAWEI_SECRET_KEY_FILE: file,
    });
    expect(faults).toEqual([
      expect.stringMatching(
        new RegExp(`^HUAWEI_ACCESS_KEY must not contain ${code.replace('+', '\\+')} .*within$`),
      ),
      expect.stringMatching(
        new RegExp(
          `^HUAWEI_SECRET_KEY_FILE must not contain ${code.replace('+', '\\+')} .*at its start$`,
        ),
      ),
      expect.stringMatching(
        new RegExp(
          `^ORDERCLOUD_CLIENT_SECRET must not contain ${code.replace('+', '\\+')} .*at its end$`,
        ),
      ),
    ]);
  },
);

describe('workers', () => {
  let upstream: ScriptedUpstream;
  let gateway: BuiltGateway;
  afterEach(async () => {
    expect((await gateway.stop()).code).toBe(0);
    await upstream.close();
  });

  async function startWorkers(environment: Record<string, string>) {
    upstream = await startScriptedUpstream();
    upstream.respondWith({ status: 401, body: '' });
    gateway = await startBuiltGateway({
      ...inbound.environment,
      ...environment,
      ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
      HUAWEI_IAM_URL: upstream.origin,
      WORKERS: '3',
    });
  }
  /** Many calls by connections of their own, until each worker has served one. */
  async function callAll(query: string) {
    const served = () =>
      new Set(
        gateway
          .logs()
          .filter(({ msg }) => msg === 'operation')
          .map(({ worker }) => worker),
      ).size;
    await expect
      .poll(async () => {
        const bodies = await Promise.all(
          Array.from({ length: 12 }, async () =>
            (
              await fetch(gateway.url, {
                method: 'POST',
                headers: {
                  'content-type': 'application/json',
                  connection: 'close',
                  ...inbound.headers,
                },
                body: JSON.stringify({ query }),
              })
            ).text(),
          ),
        );
        for (const body of bodies) expect(body).toContain('OidcUpstreamUnavailableError');
        return served();
      })
      .toBe(3);
  }

  it('try a login only once if something in between refuses it, and each logs it', async () => {
    await startWorkers({
      ORDERCLOUD_CREDENTIALS: 'gateway',
      ORDERCLOUD_CLIENT_ID: 'gateway',
      ORDERCLOUD_CLIENT_SECRET: 'canary-secret',
    });
    await callAll('{ openIdConnects { __typename } }');
    expect(upstream.seen.map(({ target }) => target)).toEqual(['/oauth/token']);
    const failures = () =>
      gateway
        .logs()
        .filter(
          ({ msg }) =>
            msg === 'the gateway could not log in; it tries again when a login is needed',
        );
    await expect.poll(() => new Set(failures().map(({ worker }) => worker)).size).toBe(3);
    expect(failures().filter(({ retryS }) => Number(retryS) > 30)).toHaveLength(3);
    expect(gateway.output()).not.toContain('canary');
  });

  it('send one signed request that gets a 401, and no other in the pause', async () => {
    await startWorkers({
      HUAWEI_CREDENTIALS: 'gateway',
      HUAWEI_AUTH_METHOD: 'access-key',
      HUAWEI_ACCESS_KEY: 'AK',
      HUAWEI_SECRET_KEY: 'canary-secret',
    });
    upstream.respondWith({
      status: 401,
      body: '{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: verify aksk signature fail"}',
    });
    await callAll('{ huaweiIdentityProviders { __typename } }');
    expect(upstream.seen).toHaveLength(1);
    expect(gateway.output()).not.toContain('canary');
  });
});
