import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { stopClock } from '../setup/clock.ts';
import { resultOf, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedResponse, ScriptedBytes } from '../setup/scripted-upstream.ts';

/* Logins of the gateway itself that meet something else than plain JSON of a moderate size, with a token for an hour. */

let inbound: ReturnType<typeof makeApiKey>;
let gateway: ScriptedGateway;
beforeAll(() => {
  inbound = makeApiKey();
});
afterEach(() => gateway.stop());
afterAll(() => {
  inbound.remove();
});

const GATEWAY = {
  HUAWEI_CREDENTIALS: 'gateway',
  HUAWEI_AUTH_METHOD: 'password',
  HUAWEI_DOMAIN_NAME: 'acme',
  HUAWEI_USER_NAME: 'gateway',
  HUAWEI_PASSWORD: 'canary-password',
  ORDERCLOUD_CREDENTIALS: 'gateway',
  ORDERCLOUD_CLIENT_ID: 'gateway',
  ORDERCLOUD_CLIENT_SECRET: 'canary-secret',
};
const HUAWEI = {
  document: '{ result: huaweiIdentityProviders { __typename ... on OidcError { code message } } }',
  login: '/v3/auth/tokens',
  success: 'HuaweiIdentityProvidersSuccess',
};
const ORDERCLOUD = {
  document: '{ result: openIdConnects { __typename ... on OidcError { code message } } }',
  login: '/oauth/token',
  success: 'OpenIdConnectsSuccess',
};

const TIMES = JSON.stringify({
  token: {
    issued_at: '2026-01-01T00:00:00.000000Z',
    expires_at: '2026-01-02T00:00:00.000000Z',
    user: { name: 'café' },
  },
});
const issued = (
  token: string,
  more: Readonly<Record<string, string>> = {},
  bytes = Buffer.from(TIMES),
): ScriptedBytes => ({ status: 201, headers: { 'x-subject-token': token, ...more }, bytes });
const oauth = (token: string) =>
  JSON.stringify({ access_token: token, token_type: 'bearer', expires_in: 3600, note: 'café' });
const PAGE: ScriptedResponse = {
  status: 200,
  body: JSON.stringify({
    identity_providers: [],
    Meta: { Page: 1, PageSize: 20, TotalCount: 0, TotalPages: 0, ItemRange: [0, 0] },
    Items: [],
  }),
};

/** A gateway whose logins get this response, with the result of its first call. */
async function callAfter(
  login: ScriptedResponse | ScriptedBytes,
  { document, login: path }: typeof HUAWEI,
) {
  gateway = await startScriptedGateway({ ...inbound.environment, ...GATEWAY });
  gateway.upstream.respondWith(({ target }) => (target.startsWith(path) ? login : PAGE));
  const result = await resultOf(gateway, document, {}, inbound.headers);
  const lines = gateway.logs.filter(({ level }) => level === 'warn' || level === 'error');
  expect(JSON.stringify(gateway.logs)).not.toContain('canary');
  return { result, lines };
}

it.each<[string, ScriptedResponse | ScriptedBytes, typeof HUAWEI]>([
  ['17,000 characters of a token', issued('t'.repeat(17_000)), HUAWEI],
  ['60,000 characters of a token', issued('t'.repeat(60_000)), HUAWEI],
  ['gzip', issued('token-1', { 'content-encoding': 'gzip' }, gzipSync(TIMES)), HUAWEI],
  [
    'Latin-1 that is named',
    issued(
      'token-1',
      { 'content-type': 'application/json; charset=iso-8859-1' },
      Buffer.from(TIMES, 'latin1'),
    ),
    HUAWEI,
  ],
  [
    'gzip',
    { status: 200, headers: { 'content-encoding': 'gzip' }, bytes: gzipSync(oauth('token-1')) },
    ORDERCLOUD,
  ],
  ['60,000 characters of a token', { status: 200, body: oauth('t'.repeat(60_000)) }, ORDERCLOUD],
  [
    'Latin-1 that is named',
    {
      status: 200,
      headers: { 'content-type': 'application/json; charset=iso-8859-1' },
      bytes: Buffer.from(oauth('token-1'), 'latin1'),
    },
    ORDERCLOUD,
  ],
])('a login with the response %s gives access', async (_what, login, upstream) => {
  const { result } = await callAfter(login, upstream);
  expect(result).toEqual({ __typename: upstream.success });
  expect(gateway.upstream.seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
});

const TOO_LARGE = expect.stringMatching(
  /^The token that is issued to the gateway is too large for a header: .*fewer roles or groups/,
) as unknown;
const HEADERS = expect.stringMatching(
  /^The token that is issued to the gateway may be too large, .*fewer roles or groups.* something in between may add headers/,
) as unknown;
const BETWEEN = expect.stringContaining('Something in between') as unknown;

it.each<[string, ScriptedResponse | ScriptedBytes, typeof HUAWEI, string, unknown]>([
  [
    'more than 64 KiB of headers',
    issued('canary'.repeat(11_000)),
    HUAWEI,
    'Huawei Cloud IAM returned more than 64 KiB of headers, the most that the gateway reads',
    HEADERS,
  ],
  // Its token comes in the body.
  [
    'more than 64 KiB of headers',
    { status: 200, headers: { 'x-filler': 'x'.repeat(66_000) }, body: oauth('canary') },
    ORDERCLOUD,
    'OrderCloud returned more than 64 KiB of headers, the most that the gateway reads',
    HEADERS,
  ],
  [
    'a token of more than 64 KiB',
    { status: 200, body: oauth('canary'.repeat(11_000)) },
    ORDERCLOUD,
    'the token has more than the 65536 characters that a header may have',
    TOO_LARGE,
  ],
  [
    'Latin-1 without its name',
    issued('canary', {}, Buffer.from(TIMES, 'latin1')),
    HUAWEI,
    'Huawei Cloud IAM returned 201, but its body is not valid UTF-8',
    BETWEEN,
  ],
  [
    'Latin-1 without its name',
    { status: 200, bytes: Buffer.from(oauth('canary'), 'latin1') },
    ORDERCLOUD,
    'OrderCloud returned 200, but its body is not valid UTF-8',
    BETWEEN,
  ],
  [
    'zstd',
    { status: 200, headers: { 'content-encoding': 'zstd' }, body: 'canary' },
    ORDERCLOUD,
    'OrderCloud returned 200, but its body has the content coding "zstd", which the gateway does not support',
    BETWEEN,
  ],
])(
  'a login with the response %s gives no access, reports why, and is retried',
  async (_what, login, upstream, message, advice) => {
    const { result, lines } = await callAfter(login, upstream);
    expect(result).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      message: expect.stringContaining("the gateway's own access to it does not work") as unknown,
    });
    expect(lines).toMatchObject([
      {
        level: 'warn',
        msg: 'the gateway could not log in; it tries again when a login is needed',
        retryS: 1,
        error: { message },
        advice,
      },
      { level: 'warn', msg: 'operation', noAccess: [{ reason: 'LOGIN_FAILED' }] },
    ]);
  },
);

/** A gateway with a clock that stands still, and how often it has logged in. */
async function startStopped(
  { document, login: path }: typeof HUAWEI,
  loginOf: (count: number) => ScriptedResponse | ScriptedBytes,
) {
  const scripted = await startScriptedGateway({ ...inbound.environment, ...GATEWAY });
  gateway = scripted;
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  let logins = 0;
  scripted.upstream.respondWith(({ target }) => {
    if (!target.startsWith(path)) return PAGE;
    logins += 1;
    return loginOf(logins);
  });
  const call = async () => (await resultOf(scripted, document, {}, inbound.headers)).__typename;
  return { pass, call, logins: () => logins };
}

const UNAVAILABLE = 'OidcUpstreamUnavailableError';
const MINUTE = 60_000;

describe.each([
  ['Huawei Cloud IAM', HUAWEI],
  ['OrderCloud', ORDERCLOUD],
])('a login at %s', (_label, upstream) => {
  const good = upstream === HUAWEI ? issued('token-1') : { status: 200, body: oauth('token-1') };
  const own =
    upstream === HUAWEI
      ? {
          status: 401,
          body: JSON.stringify({
            error: {
              code: 401,
              message: 'The username or password is wrong.',
              title: 'Unauthorized',
            },
          }),
        }
      : { status: 401, body: JSON.stringify({ error: 'invalid_client' }) };

  it.each<[string, ScriptedResponse]>([
    ['a wordless 401', { status: 401, body: '' }],
    [
      'a page with 401',
      { status: 401, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' },
    ],
    ['JSON with 401 of another form', { status: 401, body: '{"message":"Unauthorized"}' }],
    ['a page with 403', { status: 403, body: '<html>Forbidden</html>' }],
    ['a wordless 400', { status: 400, body: '' }],
  ])('that %s ends is tried again after five minutes, and works then', async (_what, refusal) => {
    const { pass, call, logins } = await startStopped(upstream, (count) =>
      count === 1 ? refusal : good,
    );
    expect(await call()).toBe(UNAVAILABLE);
    pass(5 * MINUTE - 1);
    expect(await call()).toBe(UNAVAILABLE);
    expect(logins()).toBe(1);
    pass(1);
    expect(await call()).toBe(upstream.success);
    expect(logins()).toBe(2);
    const [line] = gateway.logs.filter(
      ({ msg }) => msg === 'the gateway could not log in; it tries again when a login is needed',
    );
    expect(line).toMatchObject({
      level: 'warn',
      retryS: 300,
      advice: expect.stringMatching(
        /^First check anything between the gateway and the upstream, such as a proxy/,
      ) as unknown,
    });
  });

  it('that is refused so three times in a row is not tried again', async () => {
    const { pass, call, logins } = await startStopped(upstream, () => ({ status: 401, body: '' }));
    for (let minute = 0; minute < 120; minute += 1) {
      expect(await call()).toBe(UNAVAILABLE);
      pass(MINUTE);
    }
    expect(logins()).toBe(3);
    const lines = gateway.logs.filter(({ level }) => level === 'error');
    expect(lines[0]).toMatchObject({
      said: 'the login returned status 401, and the response is not in the format of the upstream, 3 times in a row',
      advice: expect.stringContaining('such as a proxy') as unknown,
    });
  });

  it("that is refused in the platform's own words is not tried again", async () => {
    const { pass, call, logins } = await startStopped(upstream, () => own);
    for (let minute = 0; minute < 30; minute += 1) {
      expect(await call()).toBe(UNAVAILABLE);
      pass(MINUTE);
    }
    expect(logins()).toBe(1);
  });
});

describe('a token that lives', () => {
  const client = (expires_in: string): ScriptedResponse => ({
    status: 200,
    body: `{"access_token":"token-1","token_type":"Bearer"${expires_in === '' ? '' : `,"expires_in":${expires_in}`}}`,
  });
  const user = (issued_at: unknown, expires_at: unknown): ScriptedResponse => ({
    status: 201,
    headers: { 'x-subject-token': 'token-1' },
    body: JSON.stringify({ token: { issued_at, expires_at } }),
  });
  const NOON = '2026-01-01T12:00:00.000000Z';

  it.each<[string, ScriptedResponse, typeof HUAWEI]>([
    ...['1e-9', '0', '-1', '3', '"3"', '0.5', '"NaN"', '-1e999', '[]', '""', 'null', ''].map(
      (life): [string, ScriptedResponse, typeof HUAWEI] => [
        `for ${life === '' ? 'nobody knows how long' : life}`,
        client(life),
        ORDERCLOUD,
      ],
    ),
    ['until it was issued', user(NOON, NOON), HUAWEI],
    ['until before it was issued', user(NOON, '2026-01-01T11:00:00.000000Z'), HUAWEI],
    ['for three seconds', user(NOON, '2026-01-01T12:00:03.000000Z'), HUAWEI],
    ['until garbage', user(NOON, 'canary'), HUAWEI],
    ['until null', user(NOON, null), HUAWEI],
  ])('%s by what the platform says serves many calls', async (_life, login, upstream) => {
    const { pass, call, logins } = await startStopped(upstream, () => login);
    for (let second = 0; second < 8; second += 1) {
      expect(await call()).toBe(upstream.success);
      expect(await call()).toBe(upstream.success);
      if (second < 7) pass(1_000);
    }
    expect(logins()).toBe(1);
    // In a minute there are no more than one for each eight seconds.
    for (let second = 0; second < 53; second += 1) {
      pass(1_000);
      expect(await call()).toBe(upstream.success);
    }
    expect(logins()).toBeLessThanOrEqual(8);
  });

  it.each<[string, ScriptedResponse, typeof HUAWEI]>([
    ['1e308 seconds', client('1e308'), ORDERCLOUD],
    ['more seconds than a number can say', client('1e999'), ORDERCLOUD],
    ['thousands of years', user(NOON, '9999-12-31T23:59:59.000000Z'), HUAWEI],
  ])('for %s is replaced after a day', async (_life, login, upstream) => {
    const { pass, call, logins } = await startStopped(upstream, () => login);
    expect(await call()).toBe(upstream.success);
    pass(23 * 60 * MINUTE);
    expect(await call()).toBe(upstream.success);
    expect(logins()).toBe(1);
    pass(60 * MINUTE);
    expect(await call()).toBe(upstream.success);
    expect(logins()).toBe(2);
  });
});

it.each(['DPoP', 'dpop', 'mac', 'N_A', ''])(
  'a token of the type %j is not used',
  async (token_type) => {
    const { result, lines } = await callAfter(
      {
        status: 200,
        body: JSON.stringify({ access_token: 'canary-token', token_type, expires_in: 3600 }),
      },
      ORDERCLOUD,
    );
    expect(result).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(gateway.upstream.seen.map(({ target }) => target)).toEqual(['/oauth/token']);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      error: {
        message: expect.stringMatching(
          /^the login returned a token (of the type |without a type).*, but the gateway uses only Bearer tokens$/,
        ) as unknown,
      },
      advice: expect.stringContaining('ORDERCLOUD_AUTH_URL') as unknown,
    });
  },
);
