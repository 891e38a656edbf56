import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { loginUrl } from '../../src/upstreams/ordercloud/sign-in/sign-in-urls.ts';
import { RIGHT_SETUPS, SHOP, storing, WRONG_SETUPS } from '../setup/ordercloud-sign-ins.ts';
import type { Fields } from '../setup/ordercloud-sign-ins.ts';
import { browse } from '../setup/sign-in-browser.ts';
import type { Landing } from '../setup/sign-in-browser.ts';
import { SECRET, startSignInProvider } from '../setup/sign-in-provider.ts';
import type { SignInProvider } from '../setup/sign-in-provider.ts';

/* Real sign-ins over sockets: a browser, the emulator as relying party, and a real OpenID Provider. */

let emulator: RunningEmulator;
let provider: SignInProvider;
let store: ReturnType<typeof storing>;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await startSignInProvider(emulator.redirectUris);
  store = storing(emulator, provider);
});
afterAll(() => Promise.all([emulator.close(), provider.close()]));

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
  it.each(RIGHT_SETUPS)('signs in %s', async (_, changes) => {
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

describe('a wrong configuration', () => {
  it.each(WRONG_SETUPS)('fails: %s', async (_, changes, expected) => {
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
