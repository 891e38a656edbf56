import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { loginUrl } from '../../src/upstreams/huawei-iam/sign-in/sign-in-urls.ts';
import { RIGHT_MAPPINGS, send, storing, WRONG_SETUPS } from '../setup/huawei-sign-ins.ts';
import type { Fields } from '../setup/huawei-sign-ins.ts';
import { browse } from '../setup/sign-in-browser.ts';
import type { Landing } from '../setup/sign-in-browser.ts';
import { startSignInProvider } from '../setup/sign-in-provider.ts';
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

function note(label: string): string {
  return emulator.notes.find((each) => each.label === label)?.value ?? '';
}

function signIn(idpId: string, button?: string): Promise<Landing> {
  const domainId = note('account (domain) id');
  return browse(loginUrl(emulator.url, { domainId, idpId }), button);
}

/** What the console's page shows. */
function shown({ status, text }: Landing): unknown {
  const groups = [...text.matchAll(/<li>([^<]*)<\/li>/g)].map(([, name]) => name);
  return { status, user: /User: <b>([^<]*)</.exec(text)?.[1], groups };
}

describe('a right configuration', () => {
  it.each(['form_post', 'fragment'])('signs in with %s', async (response_mode) => {
    const landing = await signIn(await store({ config: { response_mode } }));
    expect(shown(landing)).toEqual({ status: 200, user: 'Ada Lovelace', groups: [] });
  });
});

describe('the request to the provider', () => {
  it.each([
    ['form_post', '/authui/oidc/post'],
    ['fragment', '/authui/oidc/redirect'],
  ])('has what is stored, and with %s the redirect URI %s', async (response_mode, path) => {
    const idp = await store({ config: { response_mode, scope: 'openid email' } });
    const link = loginUrl(emulator.url, { domainId: note('account (domain) id'), idpId: idp });
    const response = await fetch(link, { redirect: 'manual' });
    const sent = new URL(response.headers.get('location') ?? '');
    expect(sent.href).toMatch(new RegExp(`^${provider.authorizationEndpoint}\\?`));
    expect(Object.fromEntries(sent.searchParams)).toEqual({
      response_type: 'id_token',
      response_mode,
      client_id: 'right-client',
      redirect_uri: emulator.url + path,
      scope: 'openid email',
      state: expect.stringMatching(/^[\w-]{32}$/) as unknown,
      nonce: expect.stringMatching(/^[\w-]{22}$/) as unknown,
    });
  });
});

describe('the mapping', () => {
  it.each(RIGHT_MAPPINGS)('%s gives the user and the groups', async (_, rules, user, groups) => {
    const landing = await signIn(await store({ rules }));
    expect(shown(landing)).toEqual({ status: 200, user, groups });
  });
});

describe('a wrong configuration', () => {
  it.each(WRONG_SETUPS)('fails: %s', async (_, setup, expected) => {
    const landing = await signIn(await store(setup(provider)));
    expect(new URL(landing.url).origin).toBe(expected.own ? emulator.url : provider.issuer);
    expect([landing.status, landing.text]).toEqual([
      expected.status,
      expect.stringContaining(expected.reason),
    ]);
  });

  it('fails if the mapping was deleted', async () => {
    const idp = await store();
    await send(emulator, 'DELETE', `/v3/OS-FEDERATION/mappings/mapping-${idp}`);
    expect((await signIn(idp)).text).toContain('the mapping of the protocol is gone');
  });

  it('fails if the protocol was deleted', async () => {
    const idp = await store();
    await send(emulator, 'DELETE', `/v3/OS-FEDERATION/identity_providers/${idp}/protocols/oidc`);
    expect((await signIn(idp)).text).toContain('the identity provider has no protocol');
  });
});

describe('a sign-in', () => {
  it.each(['form_post', 'fragment'])(
    'ends if the person declines, with %s',
    async (response_mode) => {
      const landing = await signIn(await store({ config: { response_mode } }), 'Decline');
      expect([landing.status, landing.text]).toEqual([
        400,
        expect.stringContaining('access_denied: The sign-in was declined.'),
      ]);
    },
  );

  it('takes keys of other algorithms', async () => {
    const landing = await signIn(await store({ config: { client_id: 'es256-client' } }));
    expect(shown(landing)).toMatchObject({ status: 200, user: 'Ada Lovelace' });
  });

  it('is finished once', async () => {
    await signIn(await store());
    const { body } = emulator.requests.at(-1) ?? { body: '' };
    const again = await fetch(`${emulator.url}/authui/oidc/post`, { method: 'POST', body });
    expect([again.status, await again.text()]).toEqual([
      400,
      expect.stringContaining('it is unknown, too old, or was finished before'),
    ]);
  });

  it('needs the ID token that was asked for', async () => {
    const idp = await store();
    const link = loginUrl(emulator.url, { domainId: note('account (domain) id'), idpId: idp });
    const response = await fetch(link, { redirect: 'manual' });
    const state = new URL(response.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const id_token = provider.idToken({ name: 'Ada', nonce: 'of another sign-in' });
    const form = new URLSearchParams({ state, id_token });
    const page = await fetch(`${emulator.url}/authui/oidc/post`, { method: 'POST', body: form });
    expect(await page.text()).toContain('the ID token is for another sign-in');
  });

  it.each([
    ['another account', { domain_id: 'ffffffffffffffffffffffffffffffff' }, 'no such account'],
    ['another protocol', { protocol: 'saml' }, 'the protocol is not oidc'],
    ['an unknown identity provider', { idp: 'NONE' }, 'there is no such identity provider'],
    ['one without a configuration', { idp: 'ACME' }, 'the identity provider has no configuration'],
  ])('does not start for %s', async (_, changes, reason) => {
    const domain_id = note('account (domain) id');
    const query = new URLSearchParams({ domain_id, idp: 'ACME', protocol: 'oidc', ...changes });
    const response = await fetch(`${emulator.url}/authui/federation/websso?${query.toString()}`);
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(reason),
    ]);
  });
});

describe('programmatic access', () => {
  async function exchange(
    idp: string | undefined,
    auth: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown; readonly token: string | null }> {
    const response = await fetch(`${emulator.url}/v3.0/OS-AUTH/id-token/tokens`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(idp === undefined ? {} : { 'X-Idp-Id': idp }),
      },
      body: JSON.stringify({ auth }),
    });
    const token = response.headers.get('x-subject-token');
    return { status: response.status, body: await response.json(), token };
  }

  const NOT_ACCEPTED = {
    status: 401,
    body: {
      error_code: 'IAM.0001',
      error_msg: 'The request you have made requires authentication.',
    },
    token: null,
  };

  it.each([
    {},
    { scope: null },
    { scope: { domain: { name: 'IAMDomain' } } },
    { scope: { project: { name: 'any' } } },
  ])('gives a token for an ID token, with %o', async (scope) => {
    const rules = [
      {
        local: [{ user: { name: '{0}' } }, { groups: '{1}' }],
        remote: [{ type: 'sub' }, { type: 'groups' }],
      },
    ];
    const idp = await store({ rules });
    const id = provider.idToken({ groups: ['admin', 'manager', 'unknown'] });
    const { status, body, token } = await exchange(idp, { id_token: { id }, ...scope });
    expect([status, token]).toEqual([201, expect.stringMatching(/^MII/)]);
    expect(body).toEqual({
      token: {
        methods: ['mapped'],
        issued_at: expect.stringMatching(/^\d{4}-.*\d000Z$/) as unknown,
        expires_at: expect.stringMatching(/^\d{4}-.*\d000Z$/) as unknown,
        user: {
          id: expect.stringMatching(/^[\da-f]{32}$/) as unknown,
          name: 'ada',
          domain: { id: note('account (domain) id'), name: 'IAMDomain' },
          'OS-FEDERATION': {
            identity_provider: { id: idp },
            protocol: { id: 'oidc' },
            groups: [
              { id: expect.any(String) as unknown, name: 'admin' },
              { id: expect.any(String) as unknown, name: 'manager' },
            ],
          },
        },
      },
    });
  });

  const now = () => Math.floor(Date.now() / 1000);
  it.each<[string, () => Fields]>([
    ['of another issuer', () => ({ iss: 'http://127.0.0.1:1' })],
    ['for another client', () => ({ aud: 'another-client' })],
    ['for no client', () => ({ aud: [] })],
    ['that expired minutes ago', () => ({ exp: now() - 180 })],
    ['without an expiry', () => ({ exp: undefined })],
    ['that is valid in some minutes', () => ({ nbf: now() + 180 })],
    ['without the claim of the mapping', () => ({ name: undefined })],
  ])('refuses an ID token %s', async (_, claims) => {
    const id = provider.idToken({ name: 'Ada', ...claims() });
    expect(await exchange(await store(), { id_token: { id } })).toEqual(NOT_ACCEPTED);
  });

  it.each<[string, () => Fields]>([
    ['for several clients', () => ({ aud: ['another-client', 'right-client'] })],
    ['that expired seconds ago', () => ({ exp: now() - 5 })],
    ['that is valid in some seconds', () => ({ nbf: now() + 5 })],
  ])('takes an ID token %s', async (_, claims) => {
    const id = provider.idToken({ name: 'Ada', ...claims() });
    expect(await exchange(await store(), { id_token: { id } })).toMatchObject({ status: 201 });
  });

  it.each(['', 'a.b', 'a.b.c.d', 'bnVsbA.bnVsbA.'])(
    'refuses %o, which is not an ID token',
    async (id) => {
      expect(await exchange(await store(), { id_token: { id } })).toEqual(NOT_ACCEPTED);
    },
  );

  it('refuses another account, and a changed ID token', async () => {
    const idp = await store();
    const id = provider.idToken({ name: 'Ada' });
    const scope = { domain: { id: 'ffffffffffffffffffffffffffffffff' } };
    expect(await exchange(idp, { id_token: { id }, scope })).toEqual(NOT_ACCEPTED);
    const [head, , signature] = id.split('.');
    const claims = Buffer.from('{"name":"Eve"}').toString('base64url');
    const changed = [head, claims, signature].join('.');
    expect(await exchange(idp, { id_token: { id: changed } })).toEqual(NOT_ACCEPTED);
  });

  it('needs the header, a body, and an identity provider that exists', async () => {
    const id_token = { id: 'a.b.c' };
    expect(await exchange(undefined, { id_token })).toMatchObject({
      status: 400,
      body: { error_code: 'IAM.0007' },
    });
    expect(await exchange('NONE', { id_token })).toMatchObject({
      status: 404,
      body: { error_code: 'IAM.0004' },
    });
    expect(await exchange('ACME', { id_token: 'a.b.c' })).toMatchObject({
      status: 400,
      body: { error_code: 'IAM.0011' },
    });
  });
});
