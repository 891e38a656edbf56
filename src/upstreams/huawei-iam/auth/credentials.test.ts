import { afterEach, describe, expect, it, vi } from 'vitest';
import { HUAWEI_VECTORS, vectorNamed } from '../../../../test/setup/vectors.ts';
import {
  PermissionDeniedError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../../domain/errors.ts';
import { TransportFailure } from '../../../transport/http/http.ts';
import type { HttpResponse, HttpRequest, Outcome } from '../../../transport/http/http.ts';
import type { RequestCredentials } from '../../../transport/credentials/authenticator.ts';
import type { CredentialsEvent } from '../../../transport/credentials/gateway-credentials.ts';
import { gatewayCredentials } from './credentials.ts';
import { signatureError } from '../emulator/signature.ts';
import { createLoginGate } from '../../../transport/credentials/login-gate.ts';

const PASSWORD = {
  HUAWEI_CREDENTIALS: 'gateway',
  HUAWEI_AUTH_METHOD: 'password',
  HUAWEI_DOMAIN_NAME: 'IAMDomain',
  HUAWEI_USER_NAME: 'IAMUser',
  HUAWEI_PASSWORD: 'P@ss',
};
const KEY = {
  HUAWEI_CREDENTIALS: 'gateway',
  HUAWEI_AUTH_METHOD: 'access-key',
  HUAWEI_ACCESS_KEY: 'AK',
  HUAWEI_SECRET_KEY: 'SK',
};
const TOKEN = {
  token: {
    methods: ['password'],
    issued_at: '2030-01-01T00:00:00.000000Z',
    expires_at: '2030-01-02T00:00:00.000000Z',
  },
};
const CALL: HttpRequest = {
  method: 'GET',
  path: '/v3/OS-FEDERATION/identity_providers',
  headers: { accept: 'application/json', 'content-type': 'application/json' },
};

function respond(
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    header: (name) => headers[name] ?? null,
  };
}

const issued = (body: unknown = TOKEN, token = 'MIIToken') =>
  respond(201, body, { 'x-subject-token': token });

/** Ends the request of a pass with this outcome, or without being sent. */
function complete(pass: RequestCredentials | undefined, outcome: Outcome | null): void {
  if (outcome !== null) pass?.heard?.(outcome);
  pass?.ended?.();
}

/** The gateway's own credentials, with a login that sends the given responses one after the other; the last one repeats. */
function open(
  settings: Readonly<Record<string, string>>,
  logins: readonly HttpResponse[] = [issued()],
  base = 'https://iam.example.com',
) {
  const gate = createLoginGate();
  const events: CredentialsEvent[] = [];
  const sent: (Omit<HttpRequest, 'path'> & { readonly url: string })[] = [];
  const authenticator = gatewayCredentials.open(gatewayCredentials.env.parse(settings), {
    label: 'Huawei Cloud IAM',
    base: new URL(base),
    turn: () => gate.enter('HUAWEI_IAM'),
    report: (event) => events.push(event),
    send: ({ href: url }, request) => {
      sent.push({ url, ...request });
      return Promise.resolve(logins[Math.min(sent.length, logins.length) - 1] ?? respond(500));
    },
  });
  if (authenticator === null) throw new Error('these settings are for the gateway');
  const wait = {
    deadline: performance.now() + 10_000,
    signal: new AbortController().signal,
    requestId: 'r1',
  };
  const pass = async (request = CALL, deadline = wait.deadline) =>
    authenticator.credentialsFor(request, { ...wait, deadline });
  const refused = async (given: HttpResponse) => {
    const refusedPass = await pass();
    complete(refusedPass, given);
    return authenticator.refused(refusedPass, given, CALL, wait);
  };
  return { events, sent, pass, refused };
}

/** The event of a login with this response. */
async function eventOf(login: HttpResponse): Promise<CredentialsEvent | undefined> {
  const { pass, events, sent } = open(PASSWORD, [login]);
  await pass().catch(() => undefined);
  expect(sent).toHaveLength(1);
  return events[0];
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const keystone = (status: number, message: string) =>
  respond(status, { error: { code: status, message, title: 'No' } });
const OK = respond(200, {});
const iam = (status: number, error_code: string, error_msg = 'No.') =>
  respond(status, { error_code, error_msg });

describe('the login with a password', () => {
  it("is what the vendor's SDK sends, without its signature", async () => {
    const { request, response } = vectorNamed(HUAWEI_VECTORS, 'token.password.domainScope');
    const login =
      'body' in response
        ? respond(response.status, response.body, { 'x-subject-token': 'MIIDkg...' })
        : respond(500);
    const { pass, sent, events } = open(PASSWORD, [login]);
    const { headers, secrets } = await pass();
    expect(sent).toEqual([
      {
        method: request.method,
        url: `https://iam.example.com${request.target}`,
        headers: { 'content-type': request.headers['content-type'] },
        body: request.body,
      },
    ]);
    expect(headers).toEqual({ 'x-auth-token': 'MIIDkg...' });
    expect(secrets.map((secret) => secret.reveal())).toEqual(['MIIDkg...']);
    expect(events).toEqual([{ kind: 'LOGGED_IN', lifetimeMs: 86_400_000 }]);
  });

  it("escapes what JSON must have escaped, and depends on no path of the API's URL", async () => {
    const { pass, sent } = open(
      { ...PASSWORD, HUAWEI_PASSWORD: '"\\ é&=+/' },
      [issued()],
      'http://127.0.0.1:8080',
    );
    await pass();
    expect(sent[0]?.url).toBe('http://127.0.0.1:8080/v3/auth/tokens?nocatalog=true');
    expect(JSON.parse(sent[0]?.body ?? '')).toMatchObject({
      auth: { identity: { password: { user: { password: '"\\ é&=+/' } } } },
    });
  });

  it.each([0, Date.UTC(2040, 0, 1)])("does not look at this machine's clock (%d)", async (now) => {
    vi.useFakeTimers({ toFake: ['Date'], now });
    expect(await eventOf(issued())).toEqual({ kind: 'LOGGED_IN', lifetimeMs: 86_400_000 });
  });

  const times = (issued_at: unknown, expires_at: unknown) => ({
    token: { ...TOKEN.token, issued_at, expires_at },
  });
  it.each([
    ['without fractions', times('2030-01-01T00:00:00Z', '2030-01-01T00:10:00Z'), 600_000],
    ['with zones', times('2030-01-01T08:00:00+08:00', '2030-01-01T00:10:00Z'), 600_000],
    ['with milliseconds', times('2030-01-01T00:00:00.500Z', '2030-01-01T00:10:00.000Z'), 599_500],
    ['behind a byte order mark', `\uFEFF${JSON.stringify(TOKEN)}`, 86_400_000],
    [
      'of a life that is hardly one',
      times('2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.001Z'),
      10_000,
    ],
    ['with an end at its begin', times('2030-01-01T00:00:00Z', '2030-01-01T00:00:00Z'), 10_000],
    ['with an end before its begin', times('2030-01-02T00:00:00Z', '2030-01-01T00:00:00Z'), 10_000],
    ['with an end that is none', times('2030-01-01T00:00:00Z', 'tomorrow'), 10_000],
    ['of no text', times(0, 86_400), 10_000],
    ['that are missing', { token: {} }, 10_000],
    [
      'with an end that never comes',
      times('2030-01-01T00:00:00Z', '9999-12-31T23:59:59Z'),
      86_400_000,
    ],
  ])('takes times %s', async (_how, body, lifetimeMs) => {
    expect(await eventOf(issued(body))).toEqual({ kind: 'LOGGED_IN', lifetimeMs });
  });

  const WITHOUT = 'the login returned status 201, but no token';
  it.each([
    ['without a token', respond(201, TOKEN), WITHOUT],
    ['with an empty token', issued(TOKEN, ''), WITHOUT],
    ['with HTML', issued('<html>canary</html>'), WITHOUT],
    ['with nothing', issued(''), WITHOUT],
    ['with JSON of another form', issued({ access: {} }), WITHOUT],
    ['with status 302', respond(302), 'the login returned status 302'],
    ['with status 404', keystone(404, 'Not here.'), 'the login returned status 404'],
    ['with status 429', iam(429, 'APIGW.0308'), 'the login returned status 429'],
    ['with status 500', keystone(500, 'Oh.'), 'the login returned status 500'],
    ['with status 503', respond(503, '<html>later</html>'), 'the login returned status 503'],
  ])('whose response is %s may be tried again', async (_what, login, message) => {
    expect(await eventOf(login)).toMatchObject({
      kind: 'LOGIN_FAILED',
      retryMs: 1_000,
      error: expect.objectContaining({ message }) as unknown,
      advice: 'Check HUAWEI_IAM_URL or HUAWEI_REGION: tokens are issued there.',
    });
  });

  const ADVICE =
    'Check HUAWEI_DOMAIN_NAME, HUAWEI_USER_NAME and HUAWEI_PASSWORD. The user must be allowed to use the API (programmatic access), and must not need a second factor.';
  it.each([
    [
      'a wrong password',
      keystone(401, 'The username or password is wrong.'),
      'status 401: The username or password is wrong.',
    ],
    ['a lock', iam(401, 'IAM.0061', 'Locked.'), 'status 401: IAM.0061, Locked.'],
    [
      'console access only',
      iam(403, 'IAM.0081', 'Console only.'),
      'status 403: IAM.0081, Console only.',
    ],
    [
      'its form',
      keystone(400, 'The request body is invalid.'),
      'status 400: The request body is invalid.',
    ],
    ['no reason', keystone(401, ''), 'status 401: without a reason'],
    [
      'a lock, with the status of a success',
      iam(200, 'IAM.0061', 'Locked.'),
      'status 200: IAM.0061, Locked.',
    ],
  ])('that is refused for %s has advice', async (_what, login, message) => {
    expect(await eventOf(login)).toMatchObject({
      kind: 'LOGIN_REFUSED',
      error: expect.objectContaining({ message, advice: ADVICE }) as unknown,
    });
  });
});

it.each([
  respond(400),
  respond(401),
  respond(401, '<html>canary</html>'),
  respond(401, '<html>IAM.0061</html>'),
  respond(401, { code: 401, message: 'Unauthorized' }),
  respond(401, { error: 'invalid_client' }),
  respond(403, '<html>canary</html>'),
  respond(403, { message: 'IP not allowed' }),
])('a login that something in between refuses is tried again after five minutes', async (login) => {
  expect(await eventOf(login)).toMatchObject({
    kind: 'LOGIN_FAILED',
    retryMs: 300_000,
    error: {
      message: `the login returned status ${login.status}, and the response is not in the format of the upstream`,
    },
    advice: expect.stringMatching(
      /^First check anything between .*, such as a proxy: .* If it did not: Check HUAWEI_DOMAIN_NAME/,
    ) as unknown,
  });
});

describe('a 401 to a call with a token', () => {
  it.each([
    ['Keystone', keystone(401, 'The token has expired.'), true],
    ['Keystone about a lock', keystone(401, 'The account is locked.'), false],
    [
      'Keystone with another code',
      respond(401, { error: { code: 403, message: 'No.', title: 'No' } }),
      false,
    ],
    ['JSON of another server', respond(401, { message: 'IP not allowed' }), false],
    ['a list', respond(401, [1]), false],
    ['other members', respond(401, { foo: 'bar' }), false],
    ['IAM.0001', iam(401, 'IAM.0001'), true],
    ['IAM.0066', iam(401, 'IAM.0066'), true],
    ['IAM.0067', iam(401, 'IAM.0067'), true],
    ['APIGW.0307', iam(401, 'APIGW.0307'), true],
    ['IAM.0061, a lock', iam(401, 'IAM.0061'), false],
    ['IAM.0064, missing permissions', iam(401, 'IAM.0064'), false],
    ['APIGW.0301', iam(401, 'APIGW.0301'), false],
    ['HTML', respond(401, '<html>IAM.0067</html>'), false],
    ['nothing', respond(401), false],
    ['JSON that says nothing', respond(401, {}), false],
  ])('of %s proves the token stale or not', async (_what, given, stale) => {
    const { refused, sent } = open(PASSWORD, [issued(), issued(TOKEN, 'MIINext')]);
    expect((await refused(given))?.headers ?? null).toEqual(
      stale ? { 'x-auth-token': 'MIINext' } : null,
    );
    expect(sent).toHaveLength(stale ? 2 : 1);
  });
});

describe('a request signed with an access key', () => {
  /** What is wrong with the signature, by the emulator, which shares no code with it. */
  function signatureErrorOf(
    { method, path, headers, body = '' }: HttpRequest,
    signed: Readonly<Record<string, string>>,
    host = 'iam.example.com',
  ): string | null {
    return signatureError(
      { method, target: path, headers: { ...headers, host, ...signed }, body },
      { accessKey: 'AK', secretKey: 'SK' },
      Date.now(),
    );
  }

  it.each<[string, HttpRequest, string]>([
    ['a read', CALL, 'https://iam.example.com'],
    [
      'a write',
      {
        ...CALL,
        method: 'POST',
        path: '/v3.0/OS-FEDERATION/identity-providers/ACME/openid-connect-config',
        body: '{"é":"+ &"}',
      },
      'https://iam.example.com',
    ],
    ['a query', { ...CALL, path: `${CALL.path}?b=%20x&a=1` }, 'https://iam.example.com'],
    ['another port', CALL, 'https://iam.example.com:8443'],
    ['loopback', CALL, 'http://127.0.0.1:8080'],
  ])('holds: %s', async (_what, request, base) => {
    const { pass, sent, events } = open(KEY, [], base);
    const { headers } = await pass(request);
    expect(signatureErrorOf(request, headers, new URL(base).host)).toBeNull();
    expect(Object.keys(headers).sort()).toEqual(['authorization', 'x-sdk-date']);
    expect({ sent, events }, 'there is no login').toEqual({ sent: [], events: [] });
  });

  it('signs the domain and the security token too', async () => {
    const { pass } = open({ ...KEY, HUAWEI_SECURITY_TOKEN: 'ST', HUAWEI_DOMAIN_ID: 'D1' });
    const { headers } = await pass();
    expect(headers).toMatchObject({
      'x-domain-id': 'D1',
      'x-security-token': 'ST',
      authorization: expect.stringContaining(
        'SignedHeaders=content-type;host;x-domain-id;x-sdk-date;x-security-token,',
      ) as unknown,
    });
    expect(signatureErrorOf(CALL, headers)).toBeNull();
    for (const name of ['x-domain-id', 'x-security-token'])
      expect(signatureErrorOf(CALL, { ...headers, [name]: 'other' })).toBe(
        'verify aksk signature fail',
      );
  });

  it('knows what of it must not be shown', async () => {
    const { pass } = open({ ...KEY, HUAWEI_SECURITY_TOKEN: 'ST' });
    const { headers, secrets } = await pass();
    const signed = /Signature=([0-9a-f]{64})$/.exec(headers['authorization'] ?? '')?.[1];
    expect(secrets.map((secret) => secret.reveal())).toEqual(['AK', 'SK', 'ST', signed]);
  });

  describe('before it is known that signatures hold', () => {
    const BAD = iam(
      401,
      'APIGW.0301',
      'Incorrect IAM authentication information: verify aksk signature fail',
    );
    /** A hundred requests at the same time. */
    function many() {
      const { pass } = open(KEY);
      const passes = Array.from({ length: 100 }, () => pass());
      const settled: ('SENT' | 'UNAVAILABLE')[] = [];
      for (const one of passes)
        void one.then(
          () => settled.push('SENT'),
          () => settled.push('UNAVAILABLE'),
        );
      return {
        pass,
        passes,
        count: async (what: 'SENT' | 'UNAVAILABLE') => (
          await new Promise((resolve) => setImmediate(resolve)),
          settled.filter((one) => one === what).length
        ),
      };
    }

    it('is sent alone, and the others go once it was taken', async () => {
      const { pass, passes, count } = many();
      expect(await count('SENT')).toBe(1);
      complete(await passes[0], OK);
      expect(await count('SENT')).toBe(100);
      await expect(pass()).resolves.toHaveProperty('headers');
    });

    it('is sent alone, and the others are not sent if it was refused', async () => {
      const { passes, count } = many();
      complete(await passes[0], BAD);
      expect([await count('SENT'), await count('UNAVAILABLE')]).toEqual([1, 99]);
    });

    it.each<[string, Outcome | null]>([
      ['has no response', new TransportFailure('CONNECTION_LOST', true, null)],
      ['was not sent', null],
      ['gets the response of a proxy', respond(502, '<html>later</html>')],
      ['gets the response of a proxy, with JSON', respond(503, { message: 'Service Unavailable' })],
      [
        'is refused by something in between, with JSON',
        respond(403, { message: 'Access denied by policy' }),
      ],
      ['comes too often for the API gateway', iam(429, 'APIGW.0308')],
      ['meets an API gateway that is out of order', iam(500, 'APIGW.0111')],
      ['meets a page instead of IAM', respond(200, '<html>welcome</html>')],
    ])('is followed by another one alone if it %s', async (_what, outcome) => {
      const { passes, count } = many();
      complete(await passes[0], outcome);
      expect(await count('SENT')).toBe(2);
      complete(await passes[1], iam(404, 'IAM.0004'));
      expect(await count('SENT')).toBe(100);
    });

    it.each([
      OK,
      respond(204),
      respond(201, { token: {} }),
      iam(400, 'IAM.0011'),
      iam(403, 'IAM.0003'),
      keystone(409, 'Conflict.'),
    ])('is known to be valid by a response of IAM itself', async (outcome) => {
      const { passes, count } = many();
      complete(await passes[0], outcome);
      expect(await count('SENT')).toBe(100);
    });

    it('waits for the repeats of the first one too', async () => {
      const { passes, count } = many();
      const first = await passes[0];
      first?.heard?.(respond(502, '<html>later</html>'));
      expect(await count('SENT')).toBe(1);
      first?.heard?.(BAD);
      expect(await count('UNAVAILABLE')).toBe(0);
      first?.ended?.();
      expect(await count('UNAVAILABLE')).toBe(99);
    });

    it('keeps a caller no longer than its deadline', async () => {
      const { pass } = open(KEY);
      await pass();
      await expect(pass(CALL, performance.now() + 20)).rejects.toThrow(
        'The deadline passed while the gateway waited for its own access to Huawei Cloud IAM.',
      );
    });

    it('is so again after one was refused', async () => {
      const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
      const { pass, refused } = open(KEY);
      complete(await pass(), OK);
      await refused(BAD);
      now.mockReturnValue(301_000);
      await pass();
      await expect(pass(CALL, 0)).rejects.toThrow('The deadline passed');
    });
  });

  describe('and refused', () => {
    const REFUSED = iam(
      401,
      'APIGW.0301',
      'Incorrect IAM authentication information: verify aksk signature fail',
    );

    it('is followed by five minutes in which nothing is sent, also nothing that was signed before', async () => {
      const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
      const { pass, refused } = open(KEY);
      complete(await pass(), OK);
      const waiting = await pass();
      waiting.check?.();
      expect(await refused(REFUSED)).toBeNull();
      for (const time of [1_000, 300_999]) {
        now.mockReturnValue(time);
        await expect(pass()).rejects.toThrow(UpstreamUnavailableError);
        expect(waiting.check).toThrow(UpstreamUnavailableError);
      }
      now.mockReturnValue(301_000);
      expect((await pass()).headers).toHaveProperty('authorization');
      expect(waiting.check).not.toThrow();
    });

    const OTHERS: readonly [string, HttpResponse][] = [
      ['another code of the API gateway', iam(401, 'APIGW.0302')],
      ['a token, by the API gateway', iam(401, 'APIGW.0307')],
      ['a token', iam(401, 'IAM.0067')],
      ['a missing authentication', iam(401, 'IAM.0001')],
      ['permissions', iam(401, 'IAM.0064')],
      ['Keystone', keystone(401, 'Unauthorized.')],
      ['HTML', respond(401, '<html>APIGW.0301</html>')],
      ['nothing', respond(401)],
    ];

    it.each(OTHERS)(
      'is not sent again, and followed by a pause of 1, 2, 4, … seconds up to 5 minutes, if it is about %s',
      async (_what, given) => {
        let time = 1_000;
        vi.spyOn(performance, 'now').mockImplementation(() => time);
        const { pass, refused } = open(KEY);
        for (const pauseMs of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map(
          (seconds) => seconds * 1_000,
        )) {
          expect(await refused(given)).toBeNull();
          time += pauseMs - 1;
          await expect(pass()).rejects.toThrow(UpstreamUnavailableError);
          time += 1;
        }
      },
    );

    it.each(OTHERS)(
      'is forgotten once a signature holds, if it is about %s',
      async (_what, given) => {
        let time = 1_000;
        vi.spyOn(performance, 'now').mockImplementation(() => time);
        const { pass, refused } = open(KEY);
        await refused(given);
        time += 1_000;
        await refused(given);
        time += 2_000;
        complete(await pass(), OK);
        await refused(given);
        time += 1_000;
        expect((await pass()).headers).toHaveProperty('authorization');
      },
    );

    it('lengthens the pause once, however many were under way', async () => {
      let time = 1_000;
      vi.spyOn(performance, 'now').mockImplementation(() => time);
      const { pass } = open(KEY);
      complete(await pass(), OK);
      for (const underWay of await Promise.all(Array.from({ length: 60 }, () => pass()))) {
        complete(underWay, respond(401));
        time += 1;
      }
      time = 1_999;
      await expect(pass()).rejects.toThrow(UpstreamUnavailableError);
      time = 2_000;
      complete(await pass(), respond(401));
      time = 3_999;
      await expect(pass()).rejects.toThrow(UpstreamUnavailableError);
      time = 4_000;
      expect((await pass()).headers).toHaveProperty('authorization');
    });

    it('is followed by five minutes also in the pause after another refusal, and with another status', async () => {
      let time = 1_000;
      vi.spyOn(performance, 'now').mockImplementation(() => time);
      const { pass } = open(KEY);
      complete(await pass(), OK);
      const [first, second] = [await pass(), await pass()];
      complete(first, respond(401));
      complete(second, iam(403, 'APIGW.0301'));
      time = 300_999;
      await expect(pass()).rejects.toThrow(UpstreamUnavailableError);
      time = 301_000;
      expect((await pass()).headers).toHaveProperty('authorization');
    });

    it.each([
      iam(403, 'APIGW.0302'),
      iam(403, 'IAM.0003'),
      respond(403, '<html>no</html>'),
      iam(404, 'APIGW.0101'),
      iam(429, 'APIGW.0308'),
      iam(500, 'APIGW.0301'),
    ])('is followed by no pause if it says nothing of the credentials', async (given) => {
      const { pass, refused } = open(KEY);
      await refused(given);
      expect((await pass()).headers).toHaveProperty('authorization');
    });
  });
});

describe('advice about a refused call', () => {
  const upstream = (code: string | null, message: string | null) => ({
    upstream: {
      upstream: 'HUAWEI_IAM',
      status: 401,
      requestId: null,
      details: [{ code, message, data: null }],
    },
  });
  const unauthenticated = (code: string | null, message: string) =>
    new UnauthenticatedError(
      'no',
      upstream(code, `Incorrect IAM authentication information: ${message}`),
    );
  const PAUSE = 'The gateway then sends nothing for 5 minutes, because access keys lock.';
  it.each([
    [
      'missing permissions',
      new PermissionDeniedError(
        'no',
        [],
        upstream('IAM.0003', "Policy doesn't allow a:b:c to be performed."),
      ),
      'Give the IAM user Security Administrator, or the action that is named.',
    ],
    [
      'a clock that is wrong',
      unauthenticated(
        'APIGW.0301',
        'calc aksk signature fail:signature expired, signature time:20300101T000000Z',
      ),
      `Set this machine's clock (NTP): a signature is valid for 15 minutes. ${PAUSE}`,
    ],
    [
      'an unknown key',
      unauthenticated('APIGW.0301', 'Get secretKey failed,ak:AK,err:ak not exist'),
      `Check HUAWEI_ACCESS_KEY: this access key does not exist. ${PAUSE}`,
    ],
    [
      'a wrong signature',
      unauthenticated('APIGW.0301', 'verify aksk signature fail'),
      `Check HUAWEI_ACCESS_KEY, HUAWEI_SECRET_KEY, HUAWEI_SECURITY_TOKEN and HUAWEI_DOMAIN_ID: they must belong together. ${PAUSE}`,
    ],
    [
      'a token',
      unauthenticated('IAM.0067', 'Invalid token.'),
      'Check that the IAM user is active and its credentials are valid. With an access key, the gateway sends nothing for a second after a 401, twice as long after each further one, and at most 5 minutes.',
    ],
    [
      'no word',
      new UnauthenticatedError('no'),
      'Check that the IAM user is active and its credentials are valid. With an access key, the gateway sends nothing for a second after a 401, twice as long after each further one, and at most 5 minutes.',
    ],
  ])('for %s', (_what, error, advice) => {
    expect(gatewayCredentials.advice(error)).toBe(advice);
  });
});

it('leaves credentials to the callers if nothing is set', () => {
  const opened = (settings: object) =>
    gatewayCredentials.open(gatewayCredentials.env.parse(settings), {
      label: '',
      base: new URL('https://iam.example.com'),
      turn: () => Promise.resolve({ pausedMs: 1 }),
      report: () => undefined,
      send: () => Promise.reject(new Error('nothing is sent')),
    });
  expect([opened({}), opened({ HUAWEI_CREDENTIALS: 'caller' })]).toEqual([null, null]);
});
