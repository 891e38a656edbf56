import { afterEach, describe, expect, it, vi } from 'vitest';
import { PermissionDeniedError, UnauthenticatedError } from '../../../domain/errors.ts';
import { ORDERCLOUD_VECTORS, vectorNamed } from '../../../../test/setup/vectors.ts';
import type { HttpResponse, HttpRequest } from '../../../transport/http/http.ts';
import type { CredentialsEvent } from '../../../transport/credentials/gateway-credentials.ts';
import { gatewayCredentials } from './credentials.ts';
import { createLoginGate } from '../../../transport/credentials/login-gate.ts';

const SETTINGS = {
  ORDERCLOUD_CREDENTIALS: 'gateway',
  ORDERCLOUD_CLIENT_ID: 'cid',
  ORDERCLOUD_CLIENT_SECRET: 'sec',
};
const ISSUED = {
  access_token: 'AT',
  expires_in: 35_999,
  token_type: 'bearer',
  refresh_token: null,
};
const CALL: HttpRequest = { method: 'GET', path: '/v1/openidconnects', headers: {} };

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

const refusal = (error: string, ErrorCode: string, Message = 'No.') =>
  respond(400, { error, error_description: Message, Errors: [{ ErrorCode, Message, Data: null }] });

interface Given {
  readonly base?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** The responses to logins, one after the other; the last one repeats. */
  readonly logins?: readonly HttpResponse[];
}

/** The gateway's own credentials, with a login that sends the given responses. */
function open({
  base = 'https://api.example.com/v1',
  settings = {},
  logins = [respond(200, ISSUED)],
}: Given = {}) {
  const gate = createLoginGate();
  const events: CredentialsEvent[] = [];
  const sent: (Omit<HttpRequest, 'path'> & { readonly url: string })[] = [];
  const authenticator = gatewayCredentials.open(
    gatewayCredentials.env.parse({ ...SETTINGS, ...settings }),
    {
      label: 'OrderCloud',
      base: new URL(base),
      turn: () => gate.enter('ORDERCLOUD'),
      report: (event) => events.push(event),
      send: ({ href: url }, request) => {
        sent.push({ url, ...request });
        return Promise.resolve(logins[Math.min(sent.length, logins.length) - 1] ?? respond(500));
      },
    },
  );
  if (authenticator === null) throw new Error('these settings are for the gateway');
  const wait = {
    deadline: performance.now() + 10_000,
    signal: new AbortController().signal,
    requestId: 'r1',
  };
  const pass = async () => authenticator.credentialsFor(CALL, wait);
  return {
    authenticator,
    events,
    sent,
    pass,
    refused: async (given: HttpResponse) => authenticator.refused(await pass(), given, CALL, wait),
  };
}

/** The event of a login with this response. */
async function eventOf(login: HttpResponse): Promise<CredentialsEvent | undefined> {
  const { pass, events, sent } = open({ logins: [login] });
  await pass().catch(() => undefined);
  expect(sent).toHaveLength(1);
  return events[0];
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the login', () => {
  const form = (body: string | undefined) => [...new URLSearchParams(body)].sort();

  it("is what the vendor's SDK sends", async () => {
    const { request, response } = vectorNamed(ORDERCLOUD_VECTORS, 'auth.clientCredentials');
    const logins = 'body' in response ? [respond(response.status, response.body)] : [];
    const { pass, sent, events } = open({
      settings: {
        ORDERCLOUD_CLIENT_ID: '11111111-2222-3333-4444-555555555555',
        ORDERCLOUD_CLIENT_SECRET: 's3cr&t=+ /é',
        ORDERCLOUD_ROLES: 'OpenIDConnectAdmin OpenIDConnectReader',
      },
      logins,
    });
    const { headers, secrets } = await pass();
    expect(sent).toMatchObject([
      {
        method: request.method,
        url: `https://api.example.com${request.target}`,
        headers: {
          accept: 'application/json',
          'content-type': expect.stringMatching(
            `^${request.headers['content-type'] ?? ''}`,
          ) as unknown,
        },
      },
    ]);
    expect(form(sent[0]?.body)).toEqual(form(request.body));
    expect(sent[0]?.body).toContain('client_secret=s3cr%26t%3D%2B+%2F%C3%A9');
    expect(Object.keys(sent[0]?.headers ?? {}), 'the secret is in the body alone').not.toContain(
      'authorization',
    );
    expect(headers).toEqual({ authorization: 'Bearer AT' });
    expect(secrets.map((secret) => secret.reveal())).toEqual(['AT']);
    expect(events).toEqual([{ kind: 'LOGGED_IN', lifetimeMs: 35_999_000 }]);
  });

  it('asks for the role that every operation accepts if none is set', async () => {
    const { request } = vectorNamed(ORDERCLOUD_VECTORS, 'auth.clientCredentials.noScope');
    const { pass, sent } = open();
    await pass();
    expect(form(sent[0]?.body)).toEqual(form(`${request.body}&scope=OpenIDConnectAdmin`));
  });

  it.each([
    ['https://api.example.com/v1', undefined, 'https://api.example.com/oauth/token'],
    ['https://api.example.com/v1/', undefined, 'https://api.example.com/oauth/token'],
    ['https://api.example.com:8443/v12', undefined, 'https://api.example.com:8443/oauth/token'],
    [
      'https://proxy.example.com/ordercloud/v1',
      undefined,
      'https://proxy.example.com/ordercloud/oauth/token',
    ],
    ['http://127.0.0.1:8080/v1', undefined, 'http://127.0.0.1:8080/oauth/token'],
    [
      'https://api.example.com/v1',
      'https://login.example.com/a/token',
      'https://login.example.com/a/token',
    ],
    [
      'https://api.example.com/v1',
      'http://127.0.0.1:8080/oauth/token',
      'http://127.0.0.1:8080/oauth/token',
    ],
  ])('for the API at %s and the URL %s goes to %s', async (base, url, expected) => {
    const { pass, sent } = open({
      base,
      settings: { ...(url !== undefined && { ORDERCLOUD_AUTH_URL: url }) },
    });
    await pass();
    expect(sent.map((one) => one.url)).toEqual([expected]);
  });

  it.each([
    ['in lower case', ISSUED, 35_999_000],
    ['with its type in another case', { ...ISSUED, token_type: 'Bearer' }, 35_999_000],
    ['with other members', { ...ISSUED, 'as:client_id': 'cid', scope: null }, 35_999_000],
    ['without its life, for ten minutes', { ...ISSUED, expires_in: undefined }, 600_000],
    ['with null for its life, for ten minutes', { ...ISSUED, expires_in: null }, 600_000],
    ['with its life as text', { ...ISSUED, expires_in: '600' }, 600_000],
    ['with an empty refresh token', { ...ISSUED, refresh_token: '' }, 35_999_000],
    ['with a life that is hardly one', { ...ISSUED, expires_in: 1e-9 }, 10_000],
    ['with a life of no time', { ...ISSUED, expires_in: 0 }, 10_000],
    ['with a life of no time as text', { ...ISSUED, expires_in: '0' }, 10_000],
    ['that has ended', { ...ISSUED, expires_in: -3600 }, 10_000],
    ['for three seconds', { ...ISSUED, expires_in: 3 }, 10_000],
    ['for three seconds as text', { ...ISSUED, expires_in: '3' }, 10_000],
    ['with a life that is no time', { ...ISSUED, expires_in: 'soon' }, 10_000],
    ['with a list for its life', { ...ISSUED, expires_in: [3600] }, 10_000],
    ['for ever', { ...ISSUED, expires_in: 1e308 }, 86_400_000],
    [
      'for longer than a number can say',
      JSON.stringify(ISSUED).replace('35999', '1e999'),
      86_400_000,
    ],
    ['until before all time', JSON.stringify(ISSUED).replace('35999', '-1e999'), 10_000],
    ['behind a byte order mark', `\uFEFF${JSON.stringify(ISSUED)}`, 35_999_000],
  ])('takes a token %s', async (_how, body, lifetimeMs) => {
    expect(await eventOf(respond(200, body))).toEqual({ kind: 'LOGGED_IN', lifetimeMs });
  });

  it("does not look at this machine's clock", async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    expect(await eventOf(respond(200, ISSUED))).toEqual({
      kind: 'LOGGED_IN',
      lifetimeMs: 35_999_000,
    });
  });

  it.each([
    ['a page of HTML', respond(200, '<html>canary-token</html>')],
    ['nothing', respond(200)],
    ['a list', respond(200, ['canary-token'])],
    ['another response', respond(200, { token: 'canary-token' })],
    ['a token of no text', respond(200, { ...ISSUED, access_token: 17 })],
    ['an empty token', respond(200, { ...ISSUED, access_token: '' })],
    ['a token that no header can hold', respond(200, { ...ISSUED, access_token: 'canary\ntoken' })],
    ['a text that is not JSON', respond(200, 'canary-token')],
    ['JSON that is cut', respond(200, '{"access_token":"canary-token')],
    ['status 202', respond(202, ISSUED)],
    ['status 204', respond(204)],
    ['status 302', respond(302)],
    ['status 404', respond(404, '<html>no route</html>')],
    ['status 429', respond(429)],
    [
      'status 500',
      respond(500, { Errors: [{ ErrorCode: 'ServerError', Message: 'Oh.', Data: null }] }),
    ],
    ['status 503', respond(503, '<html>later</html>')],
  ])('whose response is %s may be tried again', async (_what, login) => {
    const event = await eventOf(login);
    expect(event).toMatchObject({
      kind: 'LOGIN_FAILED',
      retryMs: 1_000,
      error: expect.any(Error) as unknown,
      advice: expect.stringContaining('ORDERCLOUD_AUTH_URL') as unknown,
    });
    for (
      let error = event?.kind === 'LOGIN_FAILED' ? event.error : null;
      error instanceof Error;
      error = error.cause
    )
      expect(String(error)).not.toContain('canary');
  });

  it.each([
    ['DPoP', 'of the type DPoP'],
    ['dpop', 'of the type DPoP'],
    ['mac', 'of the type mac'],
    ['N_A', 'of the type N_A'],
    ['bearer ', 'of an unknown type'],
    ['canary-token', 'of an unknown type'],
    [17, 'of an unknown type'],
    [null, 'without a type'],
    ['', 'without a type'],
    [undefined, 'without a type'],
  ])('that gives a token of the type %j gives none that is used', async (token_type, words) => {
    const { pass, events, sent } = open({
      logins: [respond(200, { ...ISSUED, access_token: 'canary-token', token_type })],
    });
    await expect(pass()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(sent).toHaveLength(1);
    expect(events).toMatchObject([
      {
        kind: 'LOGIN_FAILED',
        error: {
          message: `the login returned a token ${words}, but the gateway uses only Bearer tokens`,
        },
        advice: expect.stringMatching(
          /^Check ORDERCLOUD_AUTH_URL: OrderCloud issues Bearer tokens\./,
        ) as unknown,
      },
    ]);
    expect(JSON.stringify(events)).not.toContain('canary');
  });

  const ANY =
    'Check ORDERCLOUD_CLIENT_ID, ORDERCLOUD_CLIENT_SECRET, ORDERCLOUD_ROLES and, if set, ORDERCLOUD_AUTH_URL.';
  const ROLES =
    'Check ORDERCLOUD_ROLES: the security profile of the default context user must include each of them.';
  it.each([
    [
      'an unknown client',
      refusal('invalid_client', 'Auth.OauthError'),
      'status 400: Auth.OauthError, invalid_client, No.',
      'Check ORDERCLOUD_CLIENT_ID and ORDERCLOUD_CLIENT_SECRET.',
    ],
    [
      'a role it does not have',
      refusal('invalid_scope', 'Auth.OauthError'),
      'status 400: Auth.OauthError, invalid_scope, No.',
      ROLES,
    ],
    [
      "a role it does not have, in OrderCloud's words",
      refusal('invalid_grant', 'Auth.InsufficientRoles'),
      'status 400: Auth.InsufficientRoles, invalid_grant, No.',
      ROLES,
    ],
    [
      'a role it does not have, in other words',
      refusal('invalid_grant', 'Auth.InsufficientRole'),
      'status 400: Auth.InsufficientRole, invalid_grant, No.',
      ROLES,
    ],
    [
      'a grant that is not allowed',
      refusal('unauthorized_client', 'Auth.OauthError'),
      'status 400: Auth.OauthError, unauthorized_client, No.',
      'The API client must allow the grant client_credentials, and be active.',
    ],
    [
      'a client that is not active',
      refusal('invalid_grant', 'Auth.ClientNotActive'),
      'status 400: Auth.ClientNotActive, invalid_grant, No.',
      'Activate the API client.',
    ],
    [
      'a user that is not active',
      refusal('invalid_grant', 'Auth.UserNotActive'),
      'status 400: Auth.UserNotActive, invalid_grant, No.',
      'Activate the default context user of the API client.',
    ],
    [
      'something else',
      refusal('invalid_grant', 'Auth.LockedOut', 'Wait.'),
      'status 400: Auth.LockedOut, invalid_grant, Wait.',
      ANY,
    ],
    [
      "OAuth's words alone",
      respond(401, { error: 'invalid_client' }),
      'status 401: invalid_client',
      'Check ORDERCLOUD_CLIENT_ID and ORDERCLOUD_CLIENT_SECRET.',
    ],
    [
      'one error without a list',
      respond(403, { ErrorCode: 'Auth.ClientNotActive', Message: 'Not active.' }),
      'status 403: Auth.ClientNotActive, Not active.',
      'Activate the API client.',
    ],
    [
      'an unknown client, with the status of a success',
      respond(200, { error: 'invalid_client', error_description: 'No.' }),
      'status 200: invalid_client, No.',
      'Check ORDERCLOUD_CLIENT_ID and ORDERCLOUD_CLIENT_SECRET.',
    ],
  ])('that is refused for %s has advice', async (_what, login, message, advice) => {
    expect(await eventOf(login)).toMatchObject({
      kind: 'LOGIN_REFUSED',
      error: expect.objectContaining({ message, advice }) as unknown,
    });
  });
});

it.each([
  respond(400),
  respond(401),
  respond(401, '<html>canary</html>'),
  respond(401, { error: { code: 1 } }),
  respond(401, 'invalid_client'),
  respond(403, '<html>canary</html>'),
  respond(403, { error: { code: 1 } }),
  respond(403, { error: 'Forbidden' }),
  respond(403, { Message: 'Access denied by policy' }),
])('a login that something in between refuses is tried again after five minutes', async (login) => {
  expect(await eventOf(login)).toMatchObject({
    kind: 'LOGIN_FAILED',
    retryMs: 300_000,
    error: {
      message: `the login returned status ${login.status}, and the response is not in the format of the upstream`,
    },
    advice: expect.stringMatching(
      /^First check anything between .*, such as a proxy: .* If it did not: Check ORDERCLOUD_CLIENT_ID/,
    ) as unknown,
  });
});

describe('a 401 to a call', () => {
  const said = (ErrorCode: string) =>
    respond(401, {
      Errors: [{ ErrorCode, Message: 'Access token is invalid or expired.', Data: null }],
    });
  it.each([
    ['InvalidToken', said('InvalidToken'), true],
    ['Auth.TokenRevoked', said('Auth.TokenRevoked'), true],
    ['invalid_token', respond(401, { error: 'invalid_token' }), true],
    [
      'InvalidToken without a list',
      respond(401, { ErrorCode: 'InvalidToken', Message: 'Expired.' }),
      true,
    ],
    ['Auth.LockedOut', said('Auth.LockedOut'), false],
    ['a code of nobody', said('Other'), false],
    ['HTML', respond(401, '<html>InvalidToken</html>'), false],
    ['nothing', respond(401), false],
    [
      'nothing but a header',
      respond(401, '', { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' }),
      true,
    ],
    [
      'nothing but another header',
      respond(401, '', { 'www-authenticate': 'Bearer error="insufficient_scope"' }),
      false,
    ],
    ['JSON of another form', respond(401, { message: 'InvalidToken' }), false],
    [
      'more JSON than any reason takes',
      respond(401, {
        Errors: [{ ErrorCode: 'InvalidToken', Message: 'x'.repeat(70_000), Data: null }],
      }),
      false,
    ],
  ])('of %s proves a token stale or not', async (_what, given, stale) => {
    const { refused, sent } = open({
      logins: [respond(200, ISSUED), respond(200, { ...ISSUED, access_token: 'AT2' })],
    });
    expect((await refused(given))?.headers ?? null).toEqual(
      stale ? { authorization: 'Bearer AT2' } : null,
    );
    expect(sent).toHaveLength(stale ? 2 : 1);
  });
});

describe('advice about a refused call', () => {
  const upstream = (...codes: readonly string[]) => ({
    upstream: {
      upstream: 'ORDERCLOUD',
      status: 403,
      requestId: null,
      details: codes.map((code) => ({ code, message: null, data: null })),
    },
  });
  it.each([
    [
      'a buyer',
      new PermissionDeniedError('no', [], upstream('Auth.UserNotAuthorizedToAdmin')),
      'The default context user of the API client must be a seller user.',
    ],
    [
      'missing roles',
      new PermissionDeniedError('no', ['OpenIDConnectAdmin'], upstream('Auth.InsufficientRoles')),
      'Give the default context user of the API client the role OpenIDConnectAdmin, and add it to ORDERCLOUD_ROLES.',
    ],
    [
      'missing roles, of which one is enough',
      new PermissionDeniedError('no', ['EventReader', 'EventAdmin']),
      'Give the default context user of the API client one of the roles EventReader, EventAdmin, and add it to ORDERCLOUD_ROLES.',
    ],
    [
      'a 403 without a word',
      new PermissionDeniedError('no', []),
      'Give the default context user of the API client the role that this call needs, and add it to ORDERCLOUD_ROLES.',
    ],
    [
      'a new token',
      new UnauthenticatedError('no', upstream('InvalidToken')),
      'OrderCloud refuses the token that was issued to the gateway: check that ORDERCLOUD_AUTH_URL, if set, belongs to the same environment as the API.',
    ],
  ])('for %s', (_what, error, advice) => {
    expect(gatewayCredentials.advice(error)).toBe(advice);
  });
});

it('leaves credentials to the callers if nothing is set', () => {
  const open_ = (settings: object) =>
    gatewayCredentials.open(gatewayCredentials.env.parse(settings), {
      label: '',
      base: new URL('https://api.example.com/v1'),
      turn: () => Promise.resolve({ pausedMs: 1 }),
      report: () => undefined,
      send: () => Promise.reject(new Error('nothing is sent')),
    });
  expect([open_({}), open_({ ORDERCLOUD_CREDENTIALS: 'caller' })]).toEqual([null, null]);
});
