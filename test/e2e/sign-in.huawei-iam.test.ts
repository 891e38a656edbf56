import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { loginUrl } from '../../src/upstreams/huawei-iam/sign-in-urls.ts';
import { browse } from '../setup/sign-in-browser.ts';
import type { Landing } from '../setup/sign-in-browser.ts';
import { startSignInProvider } from '../setup/sign-in-provider.ts';
import type { SignInProvider } from '../setup/sign-in-provider.ts';

/* Real sign-ins over sockets: a browser, the emulator as relying party, and a real OpenID Provider. */

let emulator: RunningEmulator;
let provider: SignInProvider;
let stored = 0;

beforeAll(async () => {
  emulator = await startEmulator();
  provider = await startSignInProvider(emulator.redirectUris);
});
afterAll(() => Promise.all([emulator.close(), provider.close()]));

type Fields = Readonly<Record<string, unknown>>;

function note(label: string): string {
  return emulator.notes.find((each) => each.label === label)?.value ?? '';
}

async function send(method: string, path: string, body?: Fields): Promise<void> {
  const response = await fetch(emulator.url + path, {
    method,
    headers: { 'X-Auth-Token': note('token (admin)'), 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  expect([response.status, await response.text()]).toEqual([
    expect.toSatisfy((status: number) => status < 300),
    expect.anything(),
  ]);
}

const NAME_RULE = { local: [{ user: { name: '{0}' } }], remote: [{ type: 'name' }] };

/** What is stored for one identity provider. */
interface Setup {
  readonly provider?: Fields;
  readonly config?: Fields;
  readonly rules?: readonly unknown[];
}

/** Stores an identity provider with its mapping, protocol and configuration. @returns its id */
async function store(setup: Setup = {}): Promise<string> {
  stored += 1;
  const idp = `IDP-${stored}`;
  const path = `/v3/OS-FEDERATION/identity_providers/${idp}`;
  await send('PUT', path, { identity_provider: { enabled: true, ...setup.provider } });
  await send('PUT', `/v3/OS-FEDERATION/mappings/mapping-${idp}`, {
    mapping: { rules: setup.rules ?? [NAME_RULE] },
  });
  await send('PUT', `${path}/protocols/oidc`, { protocol: { mapping_id: `mapping-${idp}` } });
  await send('POST', `/v3.0/OS-FEDERATION/identity-providers/${idp}/openid-connect-config`, {
    openid_connect_config: {
      access_mode: 'program_console',
      idp_url: provider.issuer,
      client_id: 'right-client',
      authorization_endpoint: provider.authorizationEndpoint,
      scope: 'openid profile email',
      response_type: 'id_token',
      response_mode: 'form_post',
      signing_key: provider.keySet,
      ...setup.config,
    },
  });
  return idp;
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
