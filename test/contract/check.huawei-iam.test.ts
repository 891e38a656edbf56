import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { loginUrl } from '../../src/upstreams/huawei-iam/sign-in/sign-in-urls.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { configOf, send, storing, WRONG_SETUPS } from '../setup/huawei-sign-ins.ts';
import type { Fields, Setup } from '../setup/huawei-sign-ins.ts';
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

const DOCUMENT = documentOf('checkOidcConfig', {
  CheckOidcConfigSuccess: REPORT,
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
    ISSUER_ALLOWED_HOSTS: `${provider.issuer},${provider.issuer.replace('127.0.0.1', 'localhost')}`,
    LIMIT_ISSUER_FETCHES_PER_MINUTE: '10000',
  });
});
afterAll(() => Promise.all([gateway.stop(), emulator.close(), provider.close()]));

async function check(idpId: string, evidence: Fields = {}): Promise<Report> {
  const input = { idpId, ...evidence };
  const result = await resultOf(gateway, DOCUMENT, { input }, emulator.exampleHeaders);
  expect(result).toMatchObject({ __typename: 'CheckOidcConfigSuccess' });
  return result['report'] as Report;
}

const domainId = () =>
  emulator.notes.find(({ label }) => label === 'account (domain) id')?.value ?? '';

async function signsIn(idpId: string): Promise<boolean> {
  const { status, text } = await browse(loginUrl(emulator.url, { domainId: domainId(), idpId }));
  return status === 200 && text.includes('User: <b>');
}

/** Whether an ID token is accepted by API. */
async function exchanges(idpId: string, idToken: string): Promise<boolean> {
  const response = await fetch(`${emulator.url}/v3.0/OS-AUTH/id-token/tokens`, {
    method: 'POST',
    headers: { 'X-Idp-Id': idpId, 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { id_token: { id: idToken } } }),
  });
  return response.status === 201;
}

let asked = 0;

/** An ID token that the provider itself issues for the client and the scope of a configuration; null if it does not. */
async function issued({ config }: Setup): Promise<string | null> {
  asked += 1;
  const { client_id, scope } = configOf(provider, config);
  const scopes = typeof scope === 'string' ? scope : 'openid profile email';
  const query = new URLSearchParams({
    response_type: 'id_token',
    response_mode: 'form_post',
    client_id: String(client_id),
    redirect_uri: `${emulator.url}/authui/oidc/post`,
    scope: scopes,
    state: `of-the-test-${asked}`,
    nonce: 'of-the-test',
  });
  await browse(`${provider.authorizationEndpoint}?${query.toString()}`);
  const form = new URLSearchParams(emulator.requests.at(-1)?.body ?? '');
  return form.get('state') === query.get('state') ? form.get('id_token') : null;
}

/** With all that can be given. */
const EXPECTED: readonly [what: string, verdict: string, config?: Fields][] = [
  ['right', 'READY', {}],
  [
    'right, with a fragment and ES256',
    'READY',
    { response_mode: 'fragment', client_id: 'es256-client' },
  ],
  ['an unknown client', 'BROKEN'],
  ['a client without our redirect URI', 'BROKEN'],
  ['a client without the implicit flow', 'BROKEN'],
  ['a client that may not ask for the profile', 'BROKEN'],
  ['an authorization endpoint with another path', 'BROKEN'],
  ['another name of the issuer', 'BROKEN'],
  ['the keys of another provider', 'BROKEN'],
  ['a key for encryption', 'BROKEN'],
  ['ID tokens that are signed with the secret', 'UNDECIDED'],
  ['a disabled identity provider', 'BROKEN'],
  ['a claim that the scope does not give', 'BROKEN'],
];

function setupOf(what: string, config?: Fields): Setup {
  if (config !== undefined) return { config };
  const [, wrong] = WRONG_SETUPS.find(([name]) => name === what) ?? [];
  if (wrong === undefined) throw new Error(`no such setup: ${what}`);
  return wrong(provider);
}

const PROGRAM = {
  access_mode: 'program',
  authorization_endpoint: null,
  scope: null,
  response_type: null,
  response_mode: null,
};

/** Two minutes later, for the gateway, the emulator and the provider alike. */
async function later<Result>(run: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
  try {
    return await run();
  } finally {
    vi.useRealTimers();
  }
}

describe('the verdict', () => {
  it.each<[string, string, Fields?]>(EXPECTED)(
    'is true: %s is %s',
    async (what, verdict, config) => {
      const setup = setupOf(what, config);
      const idp = await store(setup);
      const idToken = await issued(setup);
      const truth = await signsIn(idp);
      const all = { probe: true, ...(idToken !== null && { idToken }) };
      const report = await later(() => check(idp, all));
      expect([report.verdict, openIn(report)]).toEqual([verdict, expect.any(Array)]);
      expectTrue(report, truth);
      expectTrue(await check(idp), truth);
    },
  );

  it.each(['mapping', 'protocol'])('is BROKEN if the %s was deleted', async (what) => {
    const idp = await store();
    await send(
      emulator,
      'DELETE',
      what === 'mapping'
        ? `/v3/OS-FEDERATION/mappings/mapping-${idp}`
        : `/v3/OS-FEDERATION/identity_providers/${idp}/protocols/oidc`,
    );
    const report = await check(idp);
    expect([report.verdict, await signsIn(idp)]).toEqual(['BROKEN', false]);
  });

  it('is READY by API with an ID token, and only then', async () => {
    const idp = await store({ config: PROGRAM });
    const idToken = await issued({});
    expect(await check(idp, { idToken })).toMatchObject({ verdict: 'READY' });
    expect(await exchanges(idp, String(idToken))).toBe(true);
    expect(openIn(await check(idp))).toEqual([
      'SIGNING_ALGORITHM UNDECIDED',
      'CLIENT_ID UNDECIDED',
      'MAPPING_RESULT UNDECIDED',
    ]);
  });

  it('leaves only the registration open for a right configuration of the console', async () => {
    const idp = await store();
    expect(openIn(await check(idp, { idToken: await issued({}) }))).toEqual([
      'CLIENT_REGISTRATION UNDECIDED',
    ]);
  });

  it('is READY for the console with a probe and an ID token, which a probe alone does not show', async () => {
    const idp = await store();
    const idToken = await issued({});
    expect(await check(idp, { probe: true, idToken })).toMatchObject({ verdict: 'READY' });
    expect(openIn(await check(idp, { probe: true }))).toEqual([
      'SIGNING_ALGORITHM UNDECIDED',
      'CLIENT_REGISTRATION UNDECIDED',
      'MAPPING_RESULT UNDECIDED',
    ]);
  });
});
