import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { loginUrl } from '../../src/upstreams/ordercloud/sign-in-urls.ts';
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
