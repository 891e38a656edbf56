import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, start, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import type { Exit } from '../setup/built-gateway.ts';
import { makeApiKey } from '../setup/api-keys.ts';
import { makeInbound } from '../setup/inbound.ts';
import type { Inbound } from '../setup/inbound.ts';
import { responseText, listen } from '../setup/sockets.ts';

/* `npm run doctor` against the emulators: what works, what does not, and never a secret. */

let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
beforeAll(async () => {
  orderCloud = await startOrderCloud();
  huawei = await startHuawei();
});
afterAll(() => Promise.all([orderCloud.close(), huawei.close()]));

const noteOf = (emulator: RunningEmulator, label: string) =>
  emulator.notes.find((note) => note.label === label)?.value ?? '';
// The gateway's own credentials need inbound authentication.
const { environment: authentication, remove } = makeApiKey();
afterAll(remove);
const examine = (environment: Record<string, string>, ...args: string[]): Promise<Exit> =>
  start(process.execPath, ['dist/main.js', 'doctor', ...args], environment).exit;
/** The same for an upstream that does not respond: all deadlines pass once it has received the request. */
const examineSilent = async (
  environment: Record<string, string>,
  arrived: () => Promise<unknown>,
): Promise<Exit> => {
  const running = start(
    process.execPath,
    [...STOPPED_CLOCK, 'dist/main.js', 'doctor'],
    environment,
  );
  await arrived();
  running.signalAlone('SIGUSR2');
  return running.exit;
};

const clientCredentials = (secret = noteOf(orderCloud, 'OAuth client secret')) => ({
  ...authentication,
  ...orderCloud.environment,
  ORDERCLOUD_CREDENTIALS: 'gateway',
  ORDERCLOUD_CLIENT_ID: noteOf(orderCloud, 'OAuth client id'),
  ORDERCLOUD_CLIENT_SECRET: secret,
});
const accessKey = (secret = noteOf(huawei, 'secret key (SK)')) => ({
  ...authentication,
  ...huawei.environment,
  HUAWEI_CREDENTIALS: 'gateway',
  HUAWEI_AUTH_METHOD: 'access-key',
  HUAWEI_ACCESS_KEY: noteOf(huawei, 'access key (AK)'),
  HUAWEI_SECRET_KEY: secret,
});
const password = (word = noteOf(huawei, 'IAM password')) => ({
  ...authentication,
  ...huawei.environment,
  HUAWEI_CREDENTIALS: 'gateway',
  HUAWEI_AUTH_METHOD: 'password',
  HUAWEI_DOMAIN_NAME: noteOf(huawei, 'account (domain) name'),
  HUAWEI_USER_NAME: noteOf(huawei, 'IAM user'),
  HUAWEI_PASSWORD: word,
});

describe('npm run doctor', () => {
  it('shows its usage', async () => {
    const { code, stdout } = await examine({}, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: npm run doctor\n/);
  });

  it('finds nothing wrong if the credentials of the gateway work', async () => {
    const before = [orderCloud.requests.length, huawei.requests.length] as const;
    for (const huaweiMode of [accessKey(), password()]) {
      const { code, stdout, stderr } = await examine({ ...clientCredentials(), ...huaweiMode });
      expect(stdout).not.toContain('ERROR');
      expect(stdout).toContain('OrderCloud: a token was issued, valid for 600 minutes.');
      expect(stdout).toContain(
        "OrderCloud: the gateway's own credentials work: read 1 OpenID Connect configuration.",
      );
      expect(stdout).toContain(
        "Huawei Cloud IAM: the gateway's own credentials work: read 3 identity providers.",
      );
      expect(stderr).toBe('');
      expect(code).toBe(0);
    }
    const sent = [...orderCloud.requests.slice(before[0]), ...huawei.requests.slice(before[1])];
    expect(
      sent.filter(({ method, target }) => method !== 'GET' && !/token/.test(target)),
      'it only reads, but for the logins',
    ).toEqual([]);
  });

  it('reaches the upstreams of callers who bring their own tokens', async () => {
    const { code, stdout } = await examine(orderCloud.environment);
    expect(stdout).toContain('callers bring their own tokens (ORDERCLOUD_CREDENTIALS is caller)');
    expect(stdout).toContain('Huawei Cloud IAM: is not configured');
    expect(stdout).toContain('ok     Redis: is not configured: each instance has its own');
    expect(stdout).toContain(
      'WARN   inbound authentication: is off: anybody who can reach the gateway may call.',
    );
    expect(code).toBe(0);
  });

  it('says that Redis cannot be reached', async () => {
    const { code, stdout, stderr } = await examine({
      ...orderCloud.environment,
      REDIS_URL: 'redis://user:canary-password@127.0.0.1:1',
      REDIS_ENCRYPTION_KEY: Buffer.alloc(32, 'k').toString('base64'),
    });
    expect(stdout).toMatch(
      /ERROR {2}Redis: 127\.0\.0\.1:1 \(without TLS\) cannot be used \(ECONNREFUSED\): .*\n +-> Check REDIS_URL/,
    );
    expect(stdout + stderr).not.toContain('canary-password');
    expect(code).toBe(1);
  });

  it('sees variables that may be misspelled', async () => {
    const { code, stdout } = await examine({
      ...orderCloud.environment,
      CORS_ORIGIN: 'https://issuer.example.com',
    });
    expect(stdout).toContain(
      'ERROR  configuration: the gateway has no variable CORS_ORIGIN (is CORS_ORIGINS meant?).',
    );
    expect(code).toBe(1);
    const injected = await examine({ ...orderCloud.environment, AUTH_SERVICE_HOST: '192.0.2.1' });
    expect(injected.stdout).toContain(
      'note   configuration: the gateway has no variable AUTH_SERVICE_HOST.',
    );
    expect(injected.code).toBe(0);
  });

  it('tries persisted documents', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const list = (...documents: readonly string[]) => {
      const file = join(folder, `${documents.length}.json`);
      writeFileSync(
        file,
        JSON.stringify(
          Object.fromEntries(
            documents.map((document) => [
              createHash('sha256').update(document).digest('hex'),
              document,
            ]),
          ),
        ),
      );
      return file;
    };
    const good = await examine({
      ...orderCloud.environment,
      PERSISTED_ONLY: 'true',
      PERSISTED_DOCUMENTS_FILE: list('{ __typename }'),
    });
    expect(good.stdout).toContain(
      'ok     configuration: 1 persisted document; no others are allowed.',
    );
    expect(good.code).toBe(0);
    const aliases = Array.from({ length: 21 }, (_, index) => `a${index}: __typename`).join(' ');
    const { code, stdout } = await examine({
      ...orderCloud.environment,
      PERSISTED_DOCUMENTS_FILE: list('{ __typename }', '{ nothing }', `{ ${aliases} }`, '{'),
    });
    expect(stdout).toContain(
      'ok     configuration: 4 persisted documents; others are allowed as well.',
    );
    expect(stdout.split('\n').filter((line) => line.startsWith('ERROR'))).toEqual([
      expect.stringMatching(
        /the persisted document [0-9a-f]{64} cannot be executed: Cannot query field "nothing" on type "Query"\.$/,
      ),
      expect.stringMatching(
        /cannot be executed: The operation has too many aliases: 21; the maximum is 20\./,
      ),
      expect.stringMatching(/cannot be executed: Syntax Error/),
    ]);
    expect(code).toBe(1);
  });

  it('sees API keys that have expired', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const file = join(folder, 'keys.json');
    const key = (id: string, expires?: string) => ({
      id,
      sha256: createHash('sha256').update(id).digest('hex'),
      scopes: ['oidc:read'],
      expires,
    });
    const withKeys = (...keys: readonly object[]) => {
      writeFileSync(file, JSON.stringify({ keys }));
      return examine({ ...orderCloud.environment, AUTH_API_KEYS_FILE: file });
    };
    const some = await withKeys(key('old', '2020-01-01T00:00:00Z'), key('new'));
    expect(some.stdout).toContain(
      'ok     inbound authentication: is on with 2 API keys, 1 of them expired: old.',
    );
    expect(some.stdout).toContain(
      'ok     inbound authentication: these API keys are let in: new (oidc:read).',
    );
    expect(some.code).toBe(0);
    const { code, stdout } = await withKeys(
      key('old', '2020-01-01T00:00:00Z'),
      key('older', '2019-01-01T00:00:00Z'),
    );
    expect(stdout).toContain(
      'ERROR  inbound authentication: is on with 2 API keys, 2 of them expired: old, older.',
    );
    expect(code).toBe(1);
  });

  it('says what is wrong with the configuration, all at once', async () => {
    const { code, stdout } = await examine({
      ...orderCloud.environment,
      ORDERCLOUD_CREDENTIALS: 'gateway',
      PORT: 'x',
    });
    expect(stdout.split('\n').filter((line) => line.startsWith('ERROR'))).toEqual([
      'ERROR  configuration: PORT must be a whole number from 0 to 65535.',
      'ERROR  configuration: ORDERCLOUD_CLIENT_ID must be set when ORDERCLOUD_CREDENTIALS is gateway.',
      'ERROR  configuration: ORDERCLOUD_CLIENT_SECRET must be set when ORDERCLOUD_CREDENTIALS is gateway, directly or in a file.',
      'ERROR  configuration: ORDERCLOUD_CREDENTIALS must not be gateway without inbound authentication: set AUTH_JWKS_URL, AUTH_JWKS_FILE or AUTH_API_KEYS_FILE.',
    ]);
    expect(code).toBe(1);
  });

  it('reports what is wrong with credentials, and how to fix it, without showing one', async () => {
    const canary = 'Canary+Secret/0123456789';
    for (const [environment, said, advice] of [
      [
        clientCredentials(canary),
        'OrderCloud: the login was refused with status 400: Auth.OauthError, invalid_client',
        'Check ORDERCLOUD_CLIENT_ID and ORDERCLOUD_CLIENT_SECRET.',
      ],
      [
        accessKey(canary),
        "the gateway's own credentials were refused with status 401, APIGW.0301",
        'Check HUAWEI_ACCESS_KEY, HUAWEI_SECRET_KEY',
      ],
      [
        { ...accessKey(), HUAWEI_ACCESS_KEY: canary },
        'ak:[redacted]',
        'this access key does not exist',
      ],
      [
        password(canary),
        'the login was refused with status 401: The username or password is wrong.',
        'Check HUAWEI_DOMAIN_NAME, HUAWEI_USER_NAME and HUAWEI_PASSWORD.',
      ],
    ] as const) {
      const { code, stdout, stderr } = await examine(environment);
      expect(stdout).toContain(said);
      expect(stdout).toContain(advice);
      expect(stdout + stderr).not.toContain(canary);
      expect(code).toBe(1);
    }
  });

  it('reports a missing role', async () => {
    await addFault(huawei.url, {
      path: '/v3/OS-FEDERATION/identity_providers',
      fault: {
        kind: 'status',
        status: 403,
        body: {
          error: {
            code: 403,
            message:
              "Policy doesn't allow iam:identityProviders:listIdentityProviders to be performed.",
            title: 'Forbidden',
          },
        },
      },
    });
    const { code, stdout } = await examine(accessKey());
    expect(stdout).toContain(
      "Policy doesn't allow iam:identityProviders:listIdentityProviders to be performed.",
    );
    expect(stdout).toContain('Give the IAM user Security Administrator');
    expect(code).toBe(1);
  });

  it('reports a login that fails for another reason', async () => {
    await addFault(orderCloud.url, { path: '/oauth/token', fault: { kind: 'html', status: 502 } });
    const { code, stdout } = await examine(clientCredentials());
    expect(stdout).toContain('the login failed: the login returned status 502.');
    expect(stdout).toContain('-> Check ORDERCLOUD_AUTH_URL');
    expect(code).toBe(1);
  });

  it('reports a read that fails for reasons other than credentials', async () => {
    await addFault(huawei.url, {
      path: '/v3/OS-FEDERATION/identity_providers',
      fault: { kind: 'status', status: 500, body: '' },
    });
    const { code, stdout } = await examine(accessKey());
    expect(stdout).toContain("the gateway's own credentials give no access (UPSTREAM_UNAVAILABLE)");
    expect(code).toBe(1);
  });

  it("reports that this machine's clock is wrong", async () => {
    await addFault(orderCloud.url, {
      path: '/v1',
      fault: { kind: 'status', status: 404, headers: { Date: 'Tue, 01 Jan 2030 00:00:00 GMT' } },
    });
    const { code, stdout } = await examine(orderCloud.environment);
    expect(stdout).toMatch(
      /ERROR {2}OrderCloud: this machine's clock is \d+ s behind the upstream's\./,
    );
    expect(code).toBe(1);
  });

  it('reports a wrong clock of this machine once, besides other errors', async () => {
    const headers = { Date: 'Tue, 01 Jan 2030 00:00:00 GMT' };
    await addFault(orderCloud.url, {
      path: '/v1',
      fault: { kind: 'status', status: 404, headers },
    });
    await addFault(orderCloud.url, {
      path: '/v1/openidconnects',
      times: 'always',
      fault: { kind: 'status', status: 500, headers },
    });
    const { code, stdout } = await examine(clientCredentials());
    await fetch(`${orderCloud.url}/__emulator/faults`, { method: 'DELETE' });
    expect(stdout.match(/this machine's clock/g)).toHaveLength(1);
    expect(stdout).toContain("the gateway's own credentials give no access (UPSTREAM_UNAVAILABLE)");
    expect(code).toBe(1);
  });

  it('reports a login that hangs, and what to check', async () => {
    await addFault(orderCloud.url, { path: '/oauth/token', fault: { kind: 'hang' } });
    const before = orderCloud.requests.length;
    const arrived = () =>
      vi.waitFor(() => {
        expect(orderCloud.requests.slice(before).map(({ target }) => target)).toContain(
          '/oauth/token',
        );
      });
    const { code, stdout } = await examineSilent(clientCredentials(), arrived);
    expect(stdout).toMatch(
      /ERROR {2}OrderCloud: the login failed: OrderCloud did not respond in time\.\n +-> Check ORDERCLOUD_AUTH_URL/,
    );
    expect(code).toBe(1);
  });

  it('shows nothing of a credential that a login repeats', async () => {
    const canary = 'Canary+Secret/0123456789';
    for (const [emulator, path, environment] of [
      [orderCloud, '/oauth/token', clientCredentials(canary)],
      [huawei, '/v3/auth/tokens', password(canary)],
    ] as const) {
      for (const status of [400, 401, 403, 500]) {
        await addFault(emulator.url, { path, fault: { kind: 'echo', status } });
        const { stdout, stderr } = await examine(environment);
        expect(stdout).toMatch(/ERROR {2}.*the login (was refused|failed)/);
        expect(stdout + stderr).not.toContain('0123456789');
      }
    }
  });

  it.each([
    [
      'a name that does not resolve',
      'https://nowhere.invalid/v1',
      'nowhere\\.invalid does not resolve \\((ENOTFOUND|EAI_AGAIN)\\)',
    ],
    [
      'a port where nobody listens',
      'http://127.0.0.1:1/v1',
      'cannot be reached \\(ECONNREFUSED\\)',
    ],
  ])('says what it found at %s', async (_name, url, words) => {
    const { code, stdout } = await examine({ ORDERCLOUD_API_URL: url });
    expect(stdout).toMatch(new RegExp(words));
    expect(stdout).toContain('-> Check ORDERCLOUD_API_URL');
    expect(code).toBe(1);
  });

  it('fetches the keys of the issuer of tokens', async () => {
    let keys = '{"keys":[{"kty":"RSA","n":"example","e":"AQAB"}]}';
    const issuer = await listen((socket) =>
      socket.write(responseText(keys, { headers: ['Content-Type: application/json'] })),
    );
    onTestFinished(issuer.close);
    const jwt = {
      AUTH_JWKS_URL: `${issuer.origin}/jwks`,
      AUTH_ISSUER: 'https://idp.example.com',
      AUTH_AUDIENCE: 'gateway',
    };
    const fetched = await examine({ ...orderCloud.environment, ...jwt });
    expect(fetched.stdout).toContain(
      `ok     inbound authentication: is on with tokens; ${issuer.origin} has 1 key of the issuer.`,
    );
    expect(fetched.code).toBe(0);
    keys = '{"keys":[]}';
    const empty = await examine({ ...orderCloud.environment, ...jwt });
    expect(empty.stdout).toContain(
      `ERROR  inbound authentication: ${issuer.origin} has no key of the issuer: no token can be checked.`,
    );
    expect(empty.code).toBe(1);
    const { code, stdout } = await examine({
      ...orderCloud.environment,
      ...jwt,
      AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks',
    });
    expect(stdout).toContain(
      'ERROR  inbound authentication: the keys of the issuer cannot be fetched from http://127.0.0.1:1',
    );
    expect(code).toBe(1);
  });

  it('does not wait for ever', async () => {
    const server = await listen(() => undefined);
    onTestFinished(server.close);
    const { code, stdout } = await examineSilent(
      { ORDERCLOUD_API_URL: `${server.origin}/v1` },
      () => server.received(1),
    );
    expect(stdout).toContain('did not respond within 10000 ms');
    expect(code).toBe(1);
  });
});

describe('the issuer of tokens', () => {
  const KEYS = '{"keys":[{"kty":"RSA","n":"example","e":"AQAB"}]}';
  /** An issuer that has these documents, by their paths; `{origin}` in them is its own. */
  const issuerWith = async (documents: Readonly<Record<string, string>>) => {
    const asked: string[] = [];
    const server = await listen((socket, { target }) => {
      asked.push(target);
      const document = target === '/jwks' ? KEYS : documents[target];
      socket.write(
        document?.startsWith('HTTP/') === true
          ? document
          : responseText(
              (document ?? 'nothing').replaceAll('{origin}', server.origin),
              document === undefined ? { status: '404 Not Found' } : {},
            ),
      );
    });
    onTestFinished(server.close);
    return {
      origin: server.origin,
      asked,
      environment: {
        ...orderCloud.environment,
        AUTH_JWKS_URL: `${server.origin}/jwks`,
        AUTH_AUDIENCE: 'gateway',
      },
    };
  };
  const linesOf = ({ stdout }: Exit) =>
    stdout
      .split('\n')
      .filter((line) => line.includes('  inbound authentication:'))
      .join('\n');

  it('is compared with what it says of itself', async () => {
    const { origin, asked, environment } = await issuerWith({
      '/.well-known/openid-configuration': '{"issuer":"{origin}","jwks_uri":"{origin}/jwks"}',
    });
    const exit = await examine({ ...environment, AUTH_ISSUER: origin });
    expect(linesOf(exit)).toContain(
      'ok     inbound authentication: AUTH_ISSUER matches the metadata of the issuer at /.well-known/openid-configuration.',
    );
    expect(linesOf(exit)).toContain(
      `ok     inbound authentication: tokens are let in that have the issuer "${origin}" and the audience "gateway", signed with RS256, PS256, ES256, EdDSA.`,
    );
    expect(linesOf(exit)).not.toMatch(/^(WARN|note|ERROR)/m);
    expect(new Set(asked)).toEqual(new Set(['/jwks', '/.well-known/openid-configuration']));
    expect(exit.code).toBe(0);
  });

  it('is reported if AUTH_ISSUER differs by a slash or completely, or if the keys are elsewhere', async () => {
    const { origin, environment } = await issuerWith({
      '/.well-known/openid-configuration': '{"issuer":"{origin}/","jwks_uri":"{origin}/other"}',
    });
    const exit = await examine({ ...environment, AUTH_ISSUER: origin });
    expect(linesOf(exit)).toContain(
      `ERROR  inbound authentication: AUTH_ISSUER is "${origin}", but in the issuer's metadata at /.well-known/openid-configuration the issuer is "${origin}/". They differ only in the trailing slash.`,
    );
    expect(linesOf(exit)).toContain(
      `WARN   inbound authentication: AUTH_JWKS_URL is not the jwks_uri of the issuer's metadata, which is "${origin}/other".`,
    );
    expect(exit.code).toBe(1);
    const hostile = await issuerWith({
      '/.well-known/openid-configuration': `{"issuer":"\\u202e\\u001b[2J${'x'.repeat(5_000)}","jwks_uri":"{origin}/jwks"}`,
    });
    const other = await examine({ ...hostile.environment, AUTH_ISSUER: hostile.origin });
    expect(linesOf(other)).toContain('the issuer is "\\u{202e}\\u{1b}[2Jxxx');
    expect(other.stdout).not.toContain('x'.repeat(201));
    expect(other.code).toBe(1);
  });

  it('is not what the metadata says, if that is not even text', async () => {
    const { origin, environment } = await issuerWith({
      '/.well-known/openid-configuration': '{"issuer":5}',
    });
    const exit = await examine({ ...environment, AUTH_ISSUER: origin });
    expect(linesOf(exit)).toContain('the issuer is not a string.');
    expect(exit.code).toBe(1);
  });

  it('may have the metadata of RFC 8414 alone', async () => {
    const { origin, environment } = await issuerWith({
      '/.well-known/oauth-authorization-server/tenant':
        '{"issuer":"{origin}/tenant","jwks_uri":"{origin}/jwks"}',
    });
    const exit = await examine({ ...environment, AUTH_ISSUER: `${origin}/tenant` });
    expect(linesOf(exit)).toContain(
      'ok     inbound authentication: AUTH_ISSUER matches the metadata of the issuer at /.well-known/oauth-authorization-server/tenant.',
    );
    expect(exit.code).toBe(0);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['has none', {}, 'status 404'],
    [
      'redirects',
      {
        '/.well-known/openid-configuration':
          'HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n',
      },
      'status 302: redirects are not followed',
    ],
    [
      'has a document without end',
      { '/.well-known/openid-configuration': ' '.repeat(300_000) },
      'TOO_LARGE: the response has more than 256 KiB',
    ],
    [
      'has a page there',
      { '/.well-known/openid-configuration': '<html>' },
      'the response is not the metadata of an issuer',
    ],
  ])('is noted if it %s, which is not an error', async (_what, documents, why) => {
    const { origin, asked, environment } = await issuerWith(documents);
    const exit = await examine({ ...environment, AUTH_ISSUER: origin });
    expect(linesOf(exit)).toContain(
      `note   inbound authentication: the metadata of the issuer cannot be fetched from ${origin}: ${why}. AUTH_ISSUER could not be compared with it.`,
    );
    expect(asked).not.toContain('/elsewhere');
    expect(exit.code).toBe(0);
  });

  it('is noted if no server listens, or it is not a URL', async () => {
    const { environment } = await issuerWith({});
    const down = await examine({ ...environment, AUTH_ISSUER: 'http://127.0.0.1:1' });
    expect(linesOf(down)).toContain(
      'note   inbound authentication: the metadata of the issuer cannot be fetched from http://127.0.0.1:1: CONNECTION_LOST (ECONNREFUSED).',
    );
    const name = await examine({ ...environment, AUTH_ISSUER: 'our-issuer' });
    expect(linesOf(name)).toContain(
      'note   inbound authentication: AUTH_ISSUER is not an https URL',
    );
    expect([down.code, name.code]).toEqual([0, 0]);
  });
});

describe('a token that is tried', () => {
  let inbound: Inbound;
  beforeAll(async () => {
    inbound = await makeInbound();
  });
  afterAll(() => {
    inbound.remove();
  });
  const withStdin = async (input: string, ...args: string[]): Promise<Exit> => {
    const child = spawn(process.execPath, ['dist/main.js', 'doctor', ...args], {
      env: {
        PATH: process.env['PATH'],
        ...orderCloud.environment,
        ...inbound.environment,
        AUTH_ISSUER: 'https://idp.example.com',
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    for (const part of input
      .trim()
      .split('.')
      .filter((one) => one.length > 20))
      expect(output.stdout + output.stderr).not.toContain(part);
    return { code, ...output };
  };

  it('is let in, and its scopes are named, however it is given', async () => {
    const token = await inbound.token({ scope: 'openid oidc:read oidc:write' });
    const file = join(mkdtempSync(join(tmpdir(), 'doctor-')), 'token');
    writeFileSync(file, `Bearer ${token}\n`);
    for (const exit of [
      await withStdin(`${token}\n`, '--token', '-'),
      await withStdin('', '--token', token),
      await withStdin('', '--token-file', file),
    ]) {
      expect(exit.stdout).toContain(
        'ok     the token: would be let in, with the scopes oidc:read, oidc:write.',
      );
      expect(exit.code).toBe(0);
      expect(exit.stdout + exit.stderr).not.toContain(token);
    }
    rmSync(file);
  });

  it('is not let in, and why not', async () => {
    const cases = [
      [
        await inbound.token({ iss: 'https://idp.example.com/' }),
        'wrong issuer. It has "https://idp.example.com/"; expected is "https://idp.example.com".',
      ],
      [
        await inbound.token({ aud: ['a', 'b'] }),
        'wrong audience. It has "a", "b"; expected is "oidc-config-gateway".',
      ],
      [
        await inbound.token({ exp: 1_700_000_000 }),
        'exp has passed. It has "2023-11-14T22:13:20.000Z"; expected is "after 20',
      ],
      [
        await inbound.token({}, { kid: 'retired' }),
        'no key with this kid for this algorithm. It has "retired (ES256)"; expected is "es (EC P-256)", "rsa (RSA)".',
      ],
      ['garbage', 'does not have three parts.'],
    ] as const;
    for (const [token, why] of cases) {
      const { code, stdout } = await withStdin(token, '--token', '-');
      expect(stdout).toContain(`ERROR  the token: would not be let in: ${why}`);
      expect(code).toBe(1);
    }
    const { code, stdout } = await withStdin(
      await inbound.token({ scope: 'openid' }),
      '--token',
      '-',
    );
    expect(stdout).toContain('ERROR  the token: would be let in, but has no scope of the gateway');
    expect(code).toBe(1);
  });

  it('may be an API key', async () => {
    const { code, stdout } = await withStdin(
      inbound.byApiKey('oidc:write')['x-api-key'] ?? '',
      '--token',
      '-',
    );
    expect(stdout).toContain('ok     the API key: would be let in, with the scopes oidc:write.');
    expect(code).toBe(0);
  });

  it.each<[string, readonly string[], string]>([
    ['--token', [], 'An argument is unknown or has no value.'],
    [
      '--token=hunter2',
      ['--token-file', 'x'],
      'Give one token: either --token or --token-file, once.',
    ],
    [
      '--token=hunter2',
      ['--token', 'hunter2'],
      'Give one token: either --token or --token-file, once.',
    ],
    [
      '--token-file=x',
      ['--token-file', 'y'],
      'Give one token: either --token or --token-file, once.',
    ],
    ['--token-file', ['/dev/zero'], '--token-file names a file that is larger than 64 KiB.'],
    ['--token-file', ['/nowhere/hunter2'], '--token-file names a file that does not exist.'],
    ['--token', ['-'], 'The token is empty.'],
    ['hunter2', [], 'An argument is unknown or has no value.'],
  ])('explains its usage if the arguments are wrong: %s %j', async (first, rest, words) => {
    const { code, stdout, stderr } = await withStdin('', first, ...rest);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('a reader who has gone', () => {
  it.each([
    [['doctor'], 0],
    [['doctor', '--help'], 0],
    [['--help'], 0],
    [['--hepl'], 1],
    [['dcotor'], 2],
    [['api-key', '--id', 'x', '--scopes', 'oidc:read'], 0],
    [['api-key', '--id', 'x'], 1],
  ])('changes neither what %j exits with, nor makes it crash', async (args, expected) => {
    for (const gone of ['stdout', 'stderr'] as const) {
      const child = spawn(process.execPath, ['dist/main.js', ...args], {
        env: { PATH: process.env['PATH'], ...orderCloud.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      child[gone].destroy();
      child[gone === 'stdout' ? 'stderr' : 'stdout']
        .setEncoding('utf8')
        .on('data', (text: string) => (output += text));
      const [code] = (await once(child, 'close')) as [number | null];
      expect(output).not.toMatch(/EPIPE|\bat .*:\d+:\d+/);
      expect(code).toBe(expected);
    }
  });
});
