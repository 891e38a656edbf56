import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, start, startBuiltGateway } from '../setup/built-gateway.ts';
import { makeApiKey } from '../setup/api-keys.ts';

/*
 * The gateway has its own credentials, wrong ones and right ones. The upstreams echo everything they receive, at their
 * login and at their API. Neither the credentials nor the tokens and signatures made from them may appear in any
 * response or in the output of the process.
 */

/** Who may call the gateway at all, whosever credentials it uses for the upstreams. */
const inbound = makeApiKey();
afterAll(inbound.remove);

const WRONG = {
  client: 'canaryClient "secret" \\ <é> & 1+1=2',
  password: 'canaryPassword "word" \\ <é> & 2+2=4/5',
  accessKey: 'CANARYACCESSKEY0123456789',
  secretKey: 'canarySecretKey/abc+def=0123456789',
  securityToken: 'canarySecurityToken/0123456789+abc==',
};
type Secrets = typeof WRONG;

let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
beforeEach(async () => {
  [orderCloud, huawei] = await Promise.all([startOrderCloud(), startHuawei()]);
});
afterEach(async () => {
  await Promise.all([orderCloud.close(), huawei.close()]);
});

const noteOf = (emulator: RunningEmulator, label: string) =>
  emulator.notes.find((note) => note.label === label)?.value ?? '';
/** What opens the emulators; they let any security token be. */
const right = (): Secrets => ({
  client: noteOf(orderCloud, 'OAuth client secret'),
  password: noteOf(huawei, 'IAM password'),
  accessKey: noteOf(huawei, 'access key (AK)'),
  secretKey: noteOf(huawei, 'secret key (SK)'),
  securityToken: WRONG.securityToken,
});

type Method = 'access-key' | 'password';
const METHODS: readonly Method[] = ['access-key', 'password'];

function environmentOf(
  method: Method,
  { client, password, accessKey, secretKey, securityToken }: Secrets,
): Record<string, string> {
  return {
    ...orderCloud.environment,
    ...huawei.environment,
    ORDERCLOUD_CREDENTIALS: 'gateway',
    ORDERCLOUD_CLIENT_ID: noteOf(orderCloud, 'OAuth client id'),
    ORDERCLOUD_CLIENT_SECRET: client,
    HUAWEI_CREDENTIALS: 'gateway',
    HUAWEI_AUTH_METHOD: method,
    ...(method === 'access-key'
      ? {
          HUAWEI_ACCESS_KEY: accessKey,
          HUAWEI_SECRET_KEY: secretKey,
          HUAWEI_SECURITY_TOKEN: securityToken,
        }
      : {
          HUAWEI_DOMAIN_NAME: noteOf(huawei, 'account (domain) name'),
          HUAWEI_USER_NAME: noteOf(huawei, 'IAM user'),
          HUAWEI_PASSWORD: password,
        }),
    LOG_LEVEL: 'trace',
    ...inbound.environment,
  };
}

/** Tokens and signatures that the upstreams have been sent. */
const issued = () =>
  [...orderCloud.requests, ...huawei.requests]
    .flatMap(({ headers: { authorization = '', 'x-auth-token': token = '' } }) => [
      token,
      ...authorization.split(/Bearer |Signature=/).slice(1),
    ])
    .filter((text) => text !== '');

/** Every form in which a text might come back. */
const formsOf = (canary: string) => [
  canary,
  JSON.stringify(canary).slice(1, -1),
  JSON.stringify(JSON.stringify(canary).slice(1, -1)).slice(1, -1),
  encodeURIComponent(canary),
  new URLSearchParams({ '': canary }).toString().slice(1),
  Buffer.from(canary).toString('base64'),
  Buffer.from(canary).toString('base64url'),
];

function expectNone(canaries: readonly string[], text: string): void {
  expect(text).not.toBe('');
  for (const form of [...new Set(canaries)].flatMap(formsOf))
    expect(text.includes(form), `found ${form}`).toBe(false);
}

const ERROR =
  '__typename ... on OidcError { code message requestId upstream { status requestId details { code message data } } }';
const DOCUMENT = `mutation ($oc: CreateOpenIdConnectInput!, $hw: CreateOidcConfigInput!) { createOpenIdConnect(input: $oc) { ${ERROR} } createOidcConfig(input: $hw) { ${ERROR} } }`;
const QUERY = `{ openIdConnects { ${ERROR} } openIdConnect(id: "example-existing") { ${ERROR} } oidcConfig(idpId: "ACME-CONFIGURED") { ${ERROR} } huaweiMappings { ${ERROR} } }`;
const VARIABLES = {
  oc: {
    id: 'canary',
    orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
    connectClientId: 'app',
    connectClientSecret: 'other-secret-0123',
    appStartUrl: 'https://shop.example.com/?t={0}',
    authorizationEndpoint: 'https://idp.example.com/a',
    tokenEndpoint: 'https://idp.example.com/t',
  },
  hw: {
    idpId: 'ACME',
    accessMode: 'PROGRAM',
    idpUrl: 'https://accounts.example.com',
    clientId: 'client_id_example',
    signingKey: { keys: [{ kty: 'RSA', n: 'example', e: 'AQAB' }] },
  },
};

/** Calls both platforms in every way. @returns the text of the responses */
async function askAll(url: string): Promise<string> {
  const texts: string[] = [];
  for (const body of [{ query: DOCUMENT, variables: VARIABLES }, { query: QUERY }]) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...inbound.headers },
      body: JSON.stringify(body),
    });
    texts.push(JSON.stringify([...response.headers]) + (await response.text()));
  }
  return texts.join('\n');
}

const echo = (emulator: RunningEmulator, status: number, path: string) =>
  addFault(emulator.url, { path, times: 'always', fault: { kind: 'echo', status } });
const UNAVAILABLE = /"code":"UPSTREAM_UNAVAILABLE"/g;

describe('credentials that are wrong', () => {
  const ADVICE = {
    'access-key': /^Check HUAWEI_ACCESS_KEY: this access key does not exist\./,
    password: /^Check HUAWEI_DOMAIN_NAME, HUAWEI_USER_NAME and HUAWEI_PASSWORD\./,
  };

  it.each(METHODS)('(%s) are not shown, and the log has the advice', async (method) => {
    const gateway = await startBuiltGateway(environmentOf(method, WRONG));
    const responses = await askAll(gateway.url);
    expect(responses.match(UNAVAILABLE)).toHaveLength(6);
    const { stdout, stderr } = await gateway.stop();
    const advice = gateway
      .logs()
      .filter((line) => 'advice' in line)
      .map((line) => `${String(line['upstream'])} ${String(line['advice'])}`);
    expect(advice).toContainEqual(
      'ORDERCLOUD Check ORDERCLOUD_CLIENT_ID and ORDERCLOUD_CLIENT_SECRET.',
    );
    expect(
      advice
        .filter((line) => line.startsWith('HUAWEI_IAM '))
        .map((line) => line.slice('HUAWEI_IAM '.length))
        .every((line) => ADVICE[method].test(line)),
    ).toBe(true);
    expect(advice.length).toBeGreaterThan(1);
    expectNone([...Object.values(WRONG), ...issued()], `${responses}${stdout}${stderr}`);
  });

  it.each([400, 401, 403, 404, 429, 500, 503])(
    'are not shown when a login with status %i echoes them',
    async (status) => {
      await echo(orderCloud, status, '/oauth/token');
      await echo(huawei, status, '/v3/auth/tokens');
      const gateway = await startBuiltGateway(environmentOf('password', WRONG));
      const responses = await askAll(gateway.url);
      expect(responses.match(UNAVAILABLE)).toHaveLength(6);
      const { stdout, stderr } = await gateway.stop();
      expect(orderCloud.requests.map(({ body }) => body).join(), 'they were sent').toContain(
        'canaryClient',
      );
      expect(huawei.requests.map(({ body }) => body).join(), 'they were sent').toContain(
        'canaryPassword',
      );
      expect(stdout).toContain(
        status <= 403 ? 'the login of the gateway was refused' : 'the gateway could not log in',
      );
      expectNone(Object.values(WRONG), `${responses}${stdout}${stderr}`);
    },
  );
});

describe('credentials that are right', () => {
  it.each(METHODS)('(%s) are not shown, whatever the API echoes', async (method) => {
    const gateway = await startBuiltGateway(environmentOf(method, right()));
    const responses = [await askAll(gateway.url)];
    expect(responses.join()).not.toMatch(UNAVAILABLE);
    for (const status of [301, 400, 401, 403, 404, 409, 422, 429, 500, 503]) {
      // All but the logins: a stale token is replaced by a new one.
      for (const [emulator, path] of [
        [orderCloud, '/v1'],
        [huawei, '/v3/OS-FEDERATION'],
        [huawei, '/v3.0'],
      ] as const)
        await echo(emulator, status, path);
      responses.push(await askAll(gateway.url));
      for (const { url } of [orderCloud, huawei])
        await fetch(`${url}/__emulator/faults`, { method: 'DELETE' });
    }
    const { stdout, stderr } = await gateway.stop();
    expect(issued().length).toBeGreaterThan(50);
    for (const text of responses.filter((_text, index) => index !== 0))
      expect(
        text.match(/OidcUnauthenticated|OidcPermissionDenied/),
        'no caller is blamed',
      ).toBeNull();
    expect(
      responses.join().split('[redacted]').length,
      'something was there to be cut out',
    ).toBeGreaterThan(20);
    expect(stdout).toContain("the upstream refused the gateway's own credentials");
    expectNone(
      [...Object.values(right()), ...Object.values(inbound.headers), ...issued()],
      `${responses.join('\n')}${stdout}${stderr}`,
    );
  });
});

describe('a gateway that does not start', () => {
  it.each<[string, () => Record<string, string>]>([
    [
      'for its configuration',
      () => ({
        ...environmentOf('access-key', WRONG),
        HUAWEI_SECURITY_TOKEN: `${WRONG.securityToken}é`,
        ORDERCLOUD_CLIENT_SECRET_FILE: `/${WRONG.secretKey}`,
        HUAWEI_PASSWORD: WRONG.password,
      }),
    ],
    [
      'for its port',
      () => ({
        ...environmentOf('password', WRONG),
        HOST: '127.0.0.1',
        PORT: new URL(orderCloud.url).port,
      }),
    ],
  ])('%s shows no credentials', async (_why, environment) => {
    const { code, stdout, stderr } = await start(process.execPath, ['dist/main.js'], environment())
      .exit;
    expect(code).toBe(1);
    expectNone(Object.values(WRONG), stdout + stderr);
  });
});

describe('a gateway that crashes', () => {
  it.each(METHODS)('(%s) shows no credentials, whatever the error holds', async (method) => {
    // A bug that throws everything the process knows: told to by a signal, once the server is up.
    const bug =
      'process.on("SIGUSR2", () => { throw new Error(JSON.stringify(process.env), { cause: process.env }); })';
    const running = start(
      process.execPath,
      [`--import=data:text/javascript,${encodeURIComponent(bug)}`, 'dist/main.js'],
      { ...environmentOf(method, WRONG), HOST: '127.0.0.1', PORT: '0' },
    );
    await running.line(/"msg":"listening"/);
    running.signal('SIGUSR2');
    const { code, stdout, stderr } = await running.exit;
    expect(code).toBe(1);
    expect(stdout).toContain('"msg":"crashed"');
    expectNone(Object.values(WRONG), stdout + stderr);
  });
});
