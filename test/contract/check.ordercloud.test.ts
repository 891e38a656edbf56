import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { loginUrl } from '../../src/upstreams/ordercloud/sign-in/sign-in-urls.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { makeInbound } from '../setup/inbound.ts';
import type { Inbound } from '../setup/inbound.ts';
import { RIGHT_SETUPS, send, storing, WRONG_SETUPS } from '../setup/ordercloud-sign-ins.ts';
import type { Fields, Stored } from '../setup/ordercloud-sign-ins.ts';
import { documentOf } from '../setup/root-fields.ts';
import { resultOf } from '../setup/scripted-gateway.ts';
import { browse } from '../setup/sign-in-browser.ts';
import { expectTrue, openIn, REPORT } from '../setup/sign-in-report.ts';
import type { Report } from '../setup/sign-in-report.ts';
import { startSignInProvider } from '../setup/sign-in-provider.ts';
import type { SignInProvider } from '../setup/sign-in-provider.ts';

/*
 * Verdicts against the truth, for a few configurations: each is checked by the gateway, and then somebody really signs in,
 * at an emulator and an OpenID Provider over sockets. `npm run test:verdicts` does so with hundreds.
 */

const DOCUMENT = documentOf('checkOpenIdConnect', {
  CheckOpenIdConnectSuccess: REPORT,
  OidcError: 'code message',
});

let emulator: RunningEmulator;
let provider: SignInProvider;
let gateway: TestGateway;
let store: ReturnType<typeof storing>;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await startSignInProvider(emulator.redirectUris);
  store = storing(emulator, provider);
  gateway = await startGateway({
    ...emulator.environment,
    ISSUER_DISCOVERY: 'true',
    SIGN_IN_PROBES: 'true',
    ISSUER_ALLOWED_HOSTS: `${provider.issuer},${otherName()},${new URL(provider.brokenEndpoint).origin}`,
    LIMIT_ISSUER_FETCHES_PER_MINUTE: '10000',
  });
});
afterAll(() => Promise.all([gateway.stop(), emulator.close(), provider.close()]));

/** The same issuer, by another name of this machine. */
function otherName(): string {
  return provider.issuer.replace('127.0.0.1', 'localhost');
}

async function check(id: string, evidence: Fields = {}): Promise<Report> {
  const input = { id, ...evidence };
  const result = await resultOf(gateway, DOCUMENT, { input }, emulator.exampleHeaders);
  expect(result).toMatchObject({ __typename: 'CheckOpenIdConnectSuccess' });
  return result['report'] as Report;
}

async function signsIn({ id, cid }: Stored): Promise<boolean> {
  const link = loginUrl(`${emulator.url}/v1`, { id, apiClientId: cid, roles: [] });
  const { url } = await browse(link);
  return url.startsWith('https://shop.example.com/?token=');
}

/** The ID token that the provider issued in the last sign-in, from what the middleware got; null if it got none. */
function issuedFor({ id }: Stored): string | null {
  for (const { target, body } of emulator.requests.toReversed()) {
    if (!target.startsWith('/middleware')) continue;
    const { OpenIdConnect, TokenResponse } = JSON.parse(body) as {
      OpenIdConnect: { ID: string };
      TokenResponse: { id_token: string };
    };
    if (OpenIdConnect.ID === id) return TokenResponse.id_token;
  }
  return null;
}

const SETUPS: readonly (readonly [what: string, setup: (own: SignInProvider) => Fields])[] = [
  ...RIGHT_SETUPS.map(([what, setup]) => [`right, ${what}`, setup] as const),
  [
    'right, without refresh tokens',
    () => ({ OrderCloudApiClientID: 'aaaaaaaa-0000-4000-8000-000000000002' }),
  ],
  [
    'right, with short refresh tokens',
    () => ({ OrderCloudApiClientID: 'aaaaaaaa-0000-4000-8000-000000000005' }),
  ],
  ['right, with ES256', () => ({ ConnectClientID: 'es256-client' })],
  ['right, with the code alone', () => ({ ConnectClientID: 'code-only-client' })],
  [
    'right, with another name of the authorization endpoint',
    (own) => ({
      AuthorizationEndpoint: own.authorizationEndpoint.replace('127.0.0.1', 'localhost'),
    }),
  ],
  [
    'right, with another name of the token endpoint',
    (own) => ({ TokenEndpoint: own.tokenEndpoint.replace('127.0.0.1', 'localhost') }),
  ],
  ['right, calling the event each time', () => ({ CallSyncUserIntegrationEvent: true })],
  [
    'a URL that is gone, and is called each time',
    () => ({ IntegrationEventID: 'oidc-restored', CallSyncUserIntegrationEvent: true }),
  ],
  ['an app without a scheme', () => ({ AppStartUrl: 'shop.example.com/?token={0}' })],
  ...WRONG_SETUPS.map(([what, setup]) => [what, setup] as const),
];

/** With a probe, and with an ID token if the provider issues one. */
const EXPECTED: readonly (readonly [what: string, verdict: string])[] = [
  ['right, with a form', 'READY'],
  ['right, with an API client for one buyer', 'READY'],
  ['right, with another name of the token endpoint', 'UNDECIDED'],
  ['right, with ES256', 'UNDECIDED'],
  ['a client without our redirect URI', 'BROKEN'],
  ['a client that has to use PKCE', 'UNDECIDED'],
  ['a client that may not ask for the profile', 'BROKEN'],
  ['a wrong secret', 'BROKEN'],
  ['a client that authenticates with a JWT', 'BROKEN'],
  ['JSON, at a token endpoint that takes only forms', 'BROKEN'],
  ['a token endpoint that fails', 'UNDECIDED'],
  ['a token endpoint with another path', 'BROKEN'],
  ['the token endpoint as authorization endpoint', 'BROKEN'],
  ['right, with another name of the authorization endpoint', 'UNDECIDED'],
  ['a URL that is gone, and is called each time', 'BROKEN'],
  ['an API client for nobody', 'BROKEN'],
  ['an app without a scheme', 'BROKEN'],
];

function setupOf(what: string): Fields {
  const [, setup] = SETUPS.find(([name]) => name === what) ?? [];
  if (setup === undefined) throw new Error(`no such setup: ${what}`);
  return setup(provider);
}

describe('the verdict', () => {
  it.each(EXPECTED)('is true: %s is %s', async (what, verdict) => {
    const stored = await store(setupOf(what));
    const truth = await signsIn(stored);
    const idToken = issuedFor(stored);
    const { issuer } = provider;
    const all = { issuer, probe: true, ...(idToken !== null && { idToken }) };
    const report = await check(stored.id, all);
    expect([report.verdict, openIn(report)]).toEqual([verdict, expect.any(Array)]);
    expectTrue(report, truth);
    expectTrue(await check(stored.id, { issuer }), truth);
  });

  it('leaves only the registration and the secret open for a right configuration, and nothing with a probe', async () => {
    const stored = await store({});
    await signsIn(stored);
    const idToken = issuedFor(stored);
    const report = await check(stored.id, { idToken });
    expect(openIn(report)).toEqual(['CLIENT_REGISTRATION UNDECIDED', 'CLIENT_SECRET UNDECIDED']);
    expect(await check(stored.id, { idToken, probe: true })).toMatchObject({ verdict: 'READY' });
    const probed = await check(stored.id, { issuer: provider.issuer, probe: true });
    expect(openIn(probed)).toEqual([
      'SIGNING_ALGORITHM UNDECIDED',
      'CLIENT_REGISTRATION UNDECIDED',
    ]);
  });

  it.each([
    ['API_CLIENT FAILED', 'an API client that is not active'],
    ['API_CLIENT_ACCESS FAILED', 'an API client for nobody'],
    ['API_CLIENT_ACCESS UNDECIDED', 'an API client without buyers'],
    ['REFRESH_TOKEN UNDECIDED', 'right, without refresh tokens'],
    ['INTEGRATION_EVENT UNDECIDED', 'right, without an integration event, for a user who exists'],
    ['INTEGRATION_EVENT_URL UNDECIDED', 'an integration event whose URL is gone'],
    ['INTEGRATION_EVENT_URL FAILED', 'a URL that is gone, and is called each time'],
    ['INTEGRATION_EVENT_KEY UNDECIDED', 'an integration event without a key'],
    ['AUTHORIZATION_ENDPOINT FAILED', 'an authorization endpoint that is not a URL'],
    ['AUTHORIZATION_ENDPOINT UNDECIDED', 'an authorization endpoint with another path'],
    ['AUTHORIZATION_ENDPOINT FAILED', 'an authorization endpoint with another path', true],
    ['AUTHORIZATION_ENDPOINT FAILED', 'the token endpoint as authorization endpoint'],
    ['TOKEN_ENDPOINT UNDECIDED', 'a token endpoint with another path'],
    ['TOKEN_ENDPOINT FAILED', 'a token endpoint with another path', true],
    ['TOKEN_ENDPOINT FAILED', 'the authorization endpoint as token endpoint'],
    ['TOKEN_ENDPOINT UNDECIDED', 'a token endpoint that fails', true],
    ['CLIENT_AUTHENTICATION UNDECIDED', 'JSON, at a token endpoint that takes only forms'],
    ['CLIENT_AUTHENTICATION FAILED', 'JSON, at a token endpoint that takes only forms', true],
    ['CLIENT_SECRET FAILED', 'a wrong secret', true],
    ['CLIENT_SECRET FAILED', 'a client that authenticates with a JWT', true],
    ['CLIENT_ID FAILED', 'an unknown client', true],
    ['CLIENT_REGISTRATION FAILED', 'a client without our redirect URI', true],
    ['CLIENT_REGISTRATION FAILED', 'a client without the response type code', true],
    ['CLIENT_REGISTRATION FAILED', 'a client that may not ask for the profile', true],
    ['CLIENT_REGISTRATION UNDECIDED', 'a client that has to use PKCE', true],
  ])('names %s for %s', async (found, what, probe = false) => {
    const { id } = await store(setupOf(what));
    expect(openIn(await check(id, { issuer: provider.issuer, probe }))).toContain(found);
  });

  it('asks for the right client id first if a probe shows that the client is unknown', async () => {
    const { id } = await store(setupOf('an unknown client'));
    const { checks } = await check(id, { issuer: provider.issuer, probe: true });
    expect(checks.find(({ code }) => code === 'CLIENT_REGISTRATION')).toMatchObject({
      status: 'UNDECIDED',
      advice: 'Correct what the check CLIENT_ID names.',
    });
  });

  it('is not BROKEN for a broken event while it is not called for those who have signed in', async () => {
    const stored = await store({});
    expect(await signsIn(stored)).toBe(true);
    const change = (changes: Fields) =>
      send(emulator, 'PATCH', `/v1/openidconnects/${stored.id}`, changes);
    for (const IntegrationEventID of ['oidc-restored', 'oidc-no-key', 'oidc-failing', null]) {
      await change({ IntegrationEventID });
      const report = await check(stored.id);
      expect([report.verdict, await signsIn(stored)]).toEqual(['UNDECIDED', true]);
    }
    await change({ IntegrationEventID: 'oidc-restored', CallSyncUserIntegrationEvent: true });
    const report = await check(stored.id);
    expect([report.verdict, await signsIn(stored)]).toEqual(['BROKEN', false]);
  });

  it("skips what the gateway's own credentials may not read, without an alert", async () => {
    const { id } = await store({});
    const note = (name: string) => emulator.notes.find(({ label }) => label === name)?.value ?? '';
    const [lines, inbound]: [string[], Inbound] = [[], await makeInbound()];
    const own = await startGateway(
      {
        ...emulator.environment,
        ORDERCLOUD_CREDENTIALS: 'gateway',
        ORDERCLOUD_CLIENT_ID: note('OAuth client id'),
        ORDERCLOUD_CLIENT_SECRET: note('OAuth client secret'),
        ...inbound.environment,
      },
      undefined,
      { write: (line: string) => lines.push(line) },
    );
    const result = await resultOf(own, DOCUMENT, { input: { id } }, inbound.byApiKey('oidc:write'));
    inbound.remove();
    await own.stop();
    const skipped = openIn(result['report'] as Report).filter((one) => one.endsWith('SKIPPED'));
    expect(skipped).toEqual(['API_CLIENT SKIPPED', 'INTEGRATION_EVENT SKIPPED']);
    expect(lines.join('')).not.toContain("refused the gateway's own credentials");
  });
});
