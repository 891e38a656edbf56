import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { loginUrl } from '../../src/upstreams/ordercloud/sign-in/sign-in-urls.ts';
import { browse } from '../setup/sign-in-browser.ts';
import type { Landing } from '../setup/sign-in-browser.ts';
import { SECRET, startSignInProvider } from '../setup/sign-in-provider.ts';
import type { SignInProvider } from '../setup/sign-in-provider.ts';

/* Real sign-ins over sockets: a browser, the emulator as relying party, and a real OpenID Provider. */

const SHOP = '11111111-2222-3333-4444-555555555555';

let emulator: RunningEmulator;
let provider: SignInProvider;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await startSignInProvider(emulator.redirectUris);
});
afterAll(() => Promise.all([emulator.close(), provider.close()]));

type Fields = Readonly<Record<string, unknown>>;

function rightConfiguration(): Fields {
  return {
    OrderCloudApiClientID: SHOP,
    ConnectClientID: 'right-client',
    ConnectClientSecret: SECRET,
    AppStartUrl: 'https://shop.example.com{2}?token={0}&idp={1}&refresh={3}&idprefresh={4}',
    CustomErrorUrl: 'https://shop.example.com/error?message={0}',
    AuthorizationEndpoint: provider.authorizationEndpoint,
    TokenEndpoint: provider.tokenEndpoint,
    UrlEncoded: true,
    IntegrationEventID: 'oidc-sync',
  };
}

async function store(changes: Fields): Promise<{ readonly id: string; readonly cid: string }> {
  const token = emulator.notes.find(({ label }) => label === 'token (admin)')?.value ?? '';
  const response = await fetch(`${emulator.url}/v1/openidconnects`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...rightConfiguration(), ...changes }),
  });
  const stored = (await response.json()) as Record<string, string>;
  expect([response.status, stored]).toEqual([201, expect.anything()]);
  return { id: stored['ID'] ?? '', cid: stored['OrderCloudApiClientID'] ?? '' };
}

async function signIn(
  changes: Fields,
  link: Partial<Parameters<typeof loginUrl>[1]> = {},
  button?: string,
): Promise<Landing> {
  const { id, cid } = await store(changes);
  const apiUrl = `${emulator.url}/v1`;
  return browse(loginUrl(apiUrl, { id, apiClientId: cid, roles: [], ...link }), button);
}

/** The parameters that the app gets. */
function received({ url }: Landing): Record<string, string> {
  return Object.fromEntries(new URL(url).searchParams);
}

function claimsOf(token = ''): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

describe('a right configuration', () => {
  it.each<[string, (own: SignInProvider) => Fields]>([
    ['with a form', () => ({})],
    [
      'with JSON, at a token endpoint that takes it',
      (own) => ({
        UrlEncoded: false,
        ConnectClientID: 'basic-client',
        TokenEndpoint: own.lenientTokenEndpoint,
      }),
    ],
    ['with another scope', () => ({ AdditionalIdpScopes: ['offline_access'] })],
    ['without an integration event, for a user who exists', () => ({ IntegrationEventID: null })],
    ['with an event without elevated roles', () => ({ IntegrationEventID: 'oidc-no-roles' })],
    [
      'with an API client for one buyer',
      () => ({ OrderCloudApiClientID: 'aaaaaaaa-0000-4000-8000-000000000003' }),
    ],
  ])('signs in %s', async (_, changes) => {
    const landing = await signIn(changes(provider));
    expect(landing.url).toMatch(/^https:\/\/shop\.example\.com\/\?token=/);
    const { token, idp, refresh, idprefresh } = received(landing);
    expect(claimsOf(token)).toMatchObject({
      usr: 'ada@example.com',
      usrtype: 'buyer',
      role: ['Shopper', 'MeAdmin'],
    });
    expect([idp, refresh, idprefresh]).not.toContain('');
  });
});

describe('a sign-in', () => {
  it('asks for the scopes, and adds the parameters of the link', async () => {
    const { id, cid } = await store({ AdditionalIdpScopes: ['groups', 'offline_access'] });
    const link = loginUrl(`${emulator.url}/v1`, {
      id,
      apiClientId: cid,
      roles: [],
      customParams: [
        { name: 'ui_locales', value: 'de fr' },
        { name: 'state', value: 'mine' },
      ],
    });
    const response = await fetch(link, { redirect: 'manual' });
    const sent = new URL(response.headers.get('location') ?? '').searchParams;
    expect(Object.fromEntries(sent)).toEqual({
      response_type: 'code',
      client_id: 'right-client',
      redirect_uri: `${emulator.url}/ocrpcode`,
      scope: 'openid profile email groups offline_access',
      state: expect.stringMatching(/^[\w-]{32}$/) as unknown,
      ui_locales: 'de fr',
    });
  });

  it('takes what the provider posts', async () => {
    const customParams = [{ name: 'response_mode', value: 'form_post' }];
    const landing = await signIn({}, { customParams });
    expect(received(landing)['token']).not.toBe('');
    expect(emulator.requests.at(-2)).toMatchObject({ method: 'POST', target: '/ocrpcode' });
  });

  it('gives the roles that are asked for and assigned, and leads to a path', async () => {
    const link = { roles: ['Shopper', 'FullAccess'], appStartPath: '/products/blue' };
    const landing = await signIn({}, link);
    expect(landing.url).toMatch(/^https:\/\/shop\.example\.com\/products\/blue\?token=/);
    expect(claimsOf(received(landing)['token'])).toMatchObject({ role: ['Shopper'] });
  });

  it('leaves {3} empty if the API client has no refresh tokens', async () => {
    const landing = await signIn({
      OrderCloudApiClientID: 'aaaaaaaa-0000-4000-8000-000000000002',
    });
    expect(received(landing)).toMatchObject({
      token: expect.stringMatching(/./) as unknown,
      refresh: '',
    });
  });

  it('leaves a placeholder that is no longer known as it is', async () => {
    const { url } = await signIn({ AppStartUrl: 'https://shop.example.com/?token={token}' });
    expect(url).toBe('https://shop.example.com/?token={token}');
  });

  it('calls createuser the first time, and later syncuser if the configuration says so', async () => {
    const { id, cid } = await store({ CallSyncUserIntegrationEvent: true });
    const before = emulator.requests.length;
    const link = loginUrl(`${emulator.url}/v1`, { id, apiClientId: cid, roles: [] });
    for (let time = 0; time < 2; time += 1)
      expect(received(await browse(link))['token']).not.toBe('');
    const calls = emulator.requests
      .slice(before)
      .filter(({ target }) => target.startsWith('/middleware'));
    expect(calls.map(({ target }) => target)).toEqual([
      '/middleware/createuser',
      '/middleware/syncuser',
    ]);
    expect(calls.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      expect.objectContaining({
        ExistingUser: null,
        OpenIdConnect: expect.objectContaining({ ConnectClientSecret: SECRET }) as unknown,
        TokenResponse: {
          id_token: expect.any(String) as unknown,
          access_token: expect.any(String) as unknown,
        },
        Environment: 'Sandbox',
        OrderCloudAccessToken: expect.any(String) as unknown,
        ConfigData: { tenant: 'blue' },
      }),
      expect.objectContaining({
        ExistingUser: expect.objectContaining({ Username: 'ada@example.com' }) as unknown,
      }),
    ]);
    expect(calls.map(({ headers }) => headers['x-gateway-key'])).toEqual([
      'example-middleware-key',
      'example-middleware-key',
    ]);
  });

  it('is finished once', async () => {
    await signIn({});
    const callback = emulator.requests.findLast(({ target }) => target.startsWith('/ocrpcode'));
    const again = await fetch(emulator.url + (callback?.target ?? ''));
    expect([again.status, await again.text()]).toEqual([
      400,
      expect.stringContaining('unknown, too old, or was finished before'),
    ]);
  });

  it('is for the API client of the configuration', async () => {
    const { id } = await store({});
    const response = await fetch(`${emulator.url}/ocrplogin?id=${id}&cid=other`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { Errors: [{ ErrorCode: 'ApiClient.InvalidClientID' }] },
    ]);
  });

  it('needs a configuration that exists', async () => {
    const response = await fetch(`${emulator.url}/ocrplogin?id=none&cid=${SHOP}`);
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { Errors: [{ ErrorCode: 'NotFound' }] },
    ]);
  });
});

/** The error that the app's page gets. */
const appIsTold = (message: RegExp) => ({ beyond: true, message }) as const;
/** The person stays at the provider, which shows an error. */
const staysAtProvider = (status: number) => ({ beyond: false, status }) as const;
const AUTHORITY = 'error validating token with authority: ';

describe('a wrong configuration', () => {
  it.each<
    [
      string,
      (own: SignInProvider) => Fields,
      ReturnType<typeof appIsTold> | ReturnType<typeof staysAtProvider>,
    ]
  >([
    ['an unknown client', () => ({ ConnectClientID: 'nobody' }), staysAtProvider(400)],
    [
      'a client without our redirect URI',
      () => ({ ConnectClientID: 'client-of-another-app' }),
      staysAtProvider(400),
    ],
    [
      'a client without the response type code',
      () => ({ ConnectClientID: 'implicit-only-client' }),
      appIsTold(/^invalid_request: requested response_type is not allowed/),
    ],
    [
      'a client that has to use PKCE',
      () => ({ ConnectClientID: 'pkce-client' }),
      appIsTold(/^invalid_request: .*PKCE/),
    ],
    [
      'a client that may not ask for the profile',
      () => ({ ConnectClientID: 'openid-only-client' }),
      appIsTold(/^invalid_scope/),
    ],
    [
      'an authorization endpoint with another path',
      (own) => ({ AuthorizationEndpoint: `${own.issuer}/authorize` }),
      staysAtProvider(404),
    ],
    [
      'the token endpoint as authorization endpoint',
      (own) => ({ AuthorizationEndpoint: own.tokenEndpoint }),
      staysAtProvider(404),
    ],
    [
      'an authorization endpoint that is not a URL',
      () => ({ AuthorizationEndpoint: 'idp.example.com/authorize' }),
      appIsTold(/^the authorization endpoint is not a URL$/),
    ],
    [
      'a wrong secret',
      () => ({ ConnectClientSecret: 'wrong' }),
      appIsTold(new RegExp(`^${AUTHORITY}the token endpoint responded with 401 invalid_client$`)),
    ],
    [
      'a wrong secret, in a header',
      (own) => ({
        UrlEncoded: false,
        ConnectClientID: 'basic-client',
        ConnectClientSecret: 'wrong',
        TokenEndpoint: own.lenientTokenEndpoint,
      }),
      appIsTold(new RegExp(`^${AUTHORITY}the token endpoint responded with 401 invalid_client$`)),
    ],
    [
      'JSON, at a token endpoint that takes only forms',
      () => ({ UrlEncoded: false, ConnectClientID: 'basic-client' }),
      appIsTold(new RegExp(`^${AUTHORITY}the token endpoint responded with 400 invalid_request$`)),
    ],
    [
      'a client that authenticates with a JWT',
      () => ({ ConnectClientID: 'jwt-client' }),
      appIsTold(/responded with 401 invalid_client$/),
    ],
    [
      'a token endpoint with another path',
      (own) => ({ TokenEndpoint: `${own.issuer}/oauth/token` }),
      appIsTold(/responded with 404/),
    ],
    [
      'the authorization endpoint as token endpoint',
      (own) => ({ TokenEndpoint: own.authorizationEndpoint }),
      appIsTold(/responded with [34]\d\d/),
    ],
    [
      'a token endpoint that fails',
      (own) => ({ TokenEndpoint: own.brokenEndpoint }),
      appIsTold(/responded with 500$/),
    ],
    [
      'a token endpoint that nobody listens at',
      () => ({ TokenEndpoint: 'http://127.0.0.1:1/token' }),
      appIsTold(new RegExp(`^${AUTHORITY}the token endpoint cannot be reached: http://127`)),
    ],
    [
      'a token endpoint on another machine, which the emulator does not call',
      () => ({ TokenEndpoint: 'https://idp.example.com/token' }),
      appIsTold(/the token endpoint is not on this machine/),
    ],
    [
      'ID tokens that are signed with the secret',
      () => ({ ConnectClientID: 'hs256-client' }),
      appIsTold(/signed in a way that is not accepted$/),
    ],
    [
      'an integration event whose URL is gone',
      () => ({ IntegrationEventID: 'oidc-restored' }),
      appIsTold(/^the integration event has no CustomImplementationUrl$/),
    ],
    [
      'an integration event without a key',
      () => ({ IntegrationEventID: 'oidc-no-key' }),
      appIsTold(/^the middleware of the integration event responded with 403$/),
    ],
    [
      'an integration event with another key',
      () => ({ IntegrationEventID: 'oidc-other-key' }),
      appIsTold(/^the middleware of the integration event responded with 403$/),
    ],
    [
      'a middleware that fails',
      () => ({ IntegrationEventID: 'oidc-failing' }),
      appIsTold(/^the middleware of the integration event responded with 500$/),
    ],
    [
      'a middleware that refuses the user',
      () => ({ IntegrationEventID: 'oidc-refusing' }),
      appIsTold(/^no account for you$/),
    ],
    [
      'an API client that is not active',
      () => ({ OrderCloudApiClientID: 'aaaaaaaa-0000-4000-8000-000000000001' }),
      appIsTold(/^the API client is not active$/),
    ],
    [
      'an API client without buyers',
      () => ({ OrderCloudApiClientID: 'aaaaaaaa-0000-4000-8000-000000000004' }),
      appIsTold(/^the API client does not allow this user$/),
    ],
  ])('fails: %s', async (_, changes, expected) => {
    const landing = await signIn(changes(provider), {}, 'Sign in as ben');
    if (expected.beyond) {
      expect(landing.url).toMatch(/^https:\/\/shop\.example\.com\/error\?message=/);
      expect(received(landing)).toEqual({
        message: expect.stringMatching(expected.message) as unknown,
      });
    } else {
      expect(new URL(landing.url).origin).toBe(provider.issuer);
      expect(landing.status).toBe(expected.status);
    }
    expect(landing.url + landing.text).not.toContain(SECRET);
  });

  it('fails: no integration event, and a user who does not exist', async () => {
    const landing = await signIn({ IntegrationEventID: null }, {}, 'Sign in as cleo');
    expect(received(landing)).toEqual({
      message: 'no user has this e-mail address, and no event creates one',
    });
  });

  it('shows the reason itself if it has no CustomErrorUrl', async () => {
    const landing = await signIn(
      { CustomErrorUrl: null, IntegrationEventID: 'oidc-refusing' },
      {},
      'Sign in as ben',
    );
    expect(landing).toMatchObject({
      status: 400,
      text: expect.stringContaining('<p>no account for you</p>') as unknown,
    });
  });
});

it('ends if the person declines', async () => {
  const landing = await signIn({}, {}, 'Decline');
  expect(received(landing)).toEqual({ message: 'access_denied: The sign-in was declined.' });
});
