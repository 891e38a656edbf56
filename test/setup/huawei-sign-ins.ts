import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import type { SignInProvider } from './sign-in-provider.ts';

/* Configurations of Huawei Cloud IAM that are right, or wrong in one thing each, for an emulator and a real OpenID Provider. */

export type Fields = Readonly<Record<string, unknown>>;

/** What is stored for one identity provider. */
export interface Setup {
  readonly provider?: Fields;
  readonly config?: Fields;
  readonly rules?: readonly unknown[];
}

/** How a sign-in fails. */
export interface Failure {
  /** Whether the console shows it, or the provider. */
  readonly own: boolean;
  readonly status: number;
  readonly reason: string;
}

/** Sends a request to the API of the emulator, as its administrator. */
export async function send(
  emulator: RunningEmulator,
  method: string,
  path: string,
  body?: Fields,
): Promise<void> {
  const response = await fetch(emulator.url + path, {
    method,
    headers: { ...emulator.exampleHeaders, 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

const NAME_RULE = { local: [{ user: { name: '{0}' } }], remote: [{ type: 'name' }] };

/** What a configuration has of its provider. */
type StoredProvider = Pick<SignInProvider, 'issuer' | 'authorizationEndpoint' | 'keySet'>;

/** The configuration that signs in, with these changes, as it is on the wire. */
export function configOf(provider: StoredProvider, changes: Fields = {}): Fields {
  return {
    access_mode: 'program_console',
    idp_url: provider.issuer,
    client_id: 'right-client',
    authorization_endpoint: provider.authorizationEndpoint,
    scope: 'openid profile email',
    response_type: 'id_token',
    response_mode: 'form_post',
    signing_key: provider.keySet,
    ...changes,
  };
}

/** Makes what stores an identity provider with its mapping, protocol and configuration, and gives its id. */
export function storing(
  emulator: RunningEmulator,
  provider: StoredProvider,
  prefix = 'IDP',
): (setup?: Setup) => Promise<string> {
  let stored = 0;
  return async (setup = {}) => {
    stored += 1;
    const idp = `${prefix}-${stored}`;
    const path = `/v3/OS-FEDERATION/identity_providers/${idp}`;
    await send(emulator, 'PUT', path, {
      identity_provider: { enabled: true, ...setup.provider },
    });
    await send(emulator, 'PUT', `/v3/OS-FEDERATION/mappings/mapping-${idp}`, {
      mapping: { rules: setup.rules ?? [NAME_RULE] },
    });
    await send(emulator, 'PUT', `${path}/protocols/oidc`, {
      protocol: { mapping_id: `mapping-${idp}` },
    });
    await send(
      emulator,
      'POST',
      `/v3.0/OS-FEDERATION/identity-providers/${idp}/openid-connect-config`,
      { openid_connect_config: configOf(provider, setup.config) },
    );
    return idp;
  };
}

const claimRule = (type: string, more: Fields = {}) => ({
  local: [{ user: { name: 'Somebody' } }],
  remote: [{ type, ...more }],
});
const group = (name: string, remote: readonly unknown[]) => ({
  local: [{ group: { name } }],
  remote,
});

/** Mappings that sign in, with the user and the groups that the console shows. */
export const RIGHT_MAPPINGS: readonly (readonly [
  what: string,
  rules: readonly unknown[],
  user: string,
  groups: readonly string[],
])[] = [
  [
    'of the console',
    [{ local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] }],
    'FederationUser',
    [],
  ],
  [
    'with a name from two claims',
    [
      {
        local: [{ user: { name: '{0} of {1}' } }],
        remote: [{ type: 'given_name' }, { type: 'email' }],
      },
    ],
    'Ada of ada@example.com',
    [],
  ],
  [
    'with groups of the account from a claim',
    [
      {
        local: [{ user: { name: '{0}' } }, { groups: '{1}' }],
        remote: [{ type: 'sub' }, { type: 'groups' }],
      },
    ],
    'ada',
    ['admin'],
  ],
  [
    'with rules for groups, of which one does not hold',
    [
      NAME_RULE,
      group('admin', [{ type: 'groups', any_one_of: ['admin'] }]),
      group('manager', [{ type: 'groups', any_one_of: ['boss'] }]),
    ],
    'Ada Lovelace',
    ['admin'],
  ],
  [
    'with a group that the account has not',
    [NAME_RULE, group('unknown', [{ type: 'groups' }])],
    'Ada Lovelace',
    [],
  ],
  [
    'with a pattern',
    [claimRule('email', { any_one_of: ['@example[.]com$'], regex: true })],
    'Somebody',
    [],
  ],
];

/** The console says why it does not sign in. */
const consoleSays = (reason: string): Failure => ({ own: true, status: 400, reason });
/** The person stays at the provider, which shows an error. */
const staysAtProvider = (status: number): Failure => ({ own: false, status, reason: '' });

export const WRONG_SETUPS: readonly (readonly [
  what: string,
  setup: (own: SignInProvider) => Setup,
  failure: Failure,
])[] = [
  ['an unknown client', () => ({ config: { client_id: 'nobody' } }), staysAtProvider(400)],
  [
    'a client without our redirect URI',
    () => ({ config: { client_id: 'client-of-another-app' } }),
    staysAtProvider(400),
  ],
  [
    'a client without the implicit flow',
    () => ({ config: { client_id: 'code-only-client' } }),
    consoleSays('invalid_request: requested response_type is not allowed'),
  ],
  [
    'a client without the implicit flow, with a fragment',
    () => ({ config: { client_id: 'code-only-client', response_mode: 'fragment' } }),
    consoleSays('invalid_request: requested response_type is not allowed'),
  ],
  [
    'a client that may not ask for the profile',
    () => ({ config: { client_id: 'openid-only-client' } }),
    consoleSays('invalid_scope'),
  ],
  [
    'an authorization endpoint with another path',
    (own) => ({ config: { authorization_endpoint: `${own.issuer}/authorize` } }),
    staysAtProvider(404),
  ],
  [
    'an authorization endpoint that is not a URL',
    () => ({ config: { authorization_endpoint: 'idp.example.com/authorize' } }),
    consoleSays('the authorization endpoint is not a URL'),
  ],
  [
    'an issuer with a slash at its end',
    (own) => ({ config: { idp_url: `${own.issuer}/` } }),
    consoleSays('the ID token is of another issuer'),
  ],
  [
    'another name of the issuer',
    (own) => ({ config: { idp_url: own.issuer.replace('127.0.0.1', 'localhost') } }),
    consoleSays('the ID token is of another issuer'),
  ],
  [
    'the keys of another provider',
    (own) => ({ config: { signing_key: own.otherKeySet } }),
    consoleSays('no known key has signed the ID token'),
  ],
  [
    'a key for encryption',
    (own) => ({ config: { signing_key: own.keySetWith({ use: 'enc' }) } }),
    consoleSays('no known key has signed the ID token'),
  ],
  [
    'a key for another algorithm',
    (own) => ({ config: { signing_key: own.keySetWith({ alg: 'RS512' }) } }),
    consoleSays('no known key has signed the ID token'),
  ],
  [
    'a key that no verifier can use',
    (own) => ({ config: { signing_key: own.keySetWith({ n: 'example' }) } }),
    consoleSays('no known key has signed the ID token'),
  ],
  [
    'ID tokens that are signed with the secret',
    () => ({ config: { client_id: 'hs256-client' } }),
    consoleSays('the ID token is signed in a way that is not accepted'),
  ],
  [
    'programmatic access',
    () => ({
      config: {
        access_mode: 'program',
        authorization_endpoint: null,
        scope: null,
        response_type: null,
        response_mode: null,
      },
    }),
    consoleSays('the configuration is for programmatic access only'),
  ],
  [
    'a disabled identity provider',
    () => ({ provider: { enabled: false } }),
    consoleSays('the identity provider is disabled'),
  ],
  [
    'an identity provider for IAM users',
    () => ({ provider: { sso_type: 'iam_user_sso' } }),
    consoleSays('the identity provider is for IAM users'),
  ],
  [
    'a claim that the scope does not give',
    () => ({ config: { scope: 'openid' } }),
    consoleSays('no rule of the mapping holds'),
  ],
  [
    'a claim that no provider has',
    () => ({ rules: [claimRule('UserName')] }),
    consoleSays('no rule of the mapping holds'),
  ],
  [
    'a claim that is not text',
    () => ({ rules: [claimRule('email_verified')] }),
    consoleSays('no rule of the mapping holds'),
  ],
  [
    'a condition on another group',
    () => ({ rules: [claimRule('groups', { any_one_of: ['boss'] })] }),
    consoleSays('no rule of the mapping holds'),
  ],
  [
    'a condition against the group of the user',
    () => ({ rules: [claimRule('groups', { not_any_of: ['admin'] })] }),
    consoleSays('no rule of the mapping holds'),
  ],
  [
    'a pattern that is compared as a text',
    () => ({ rules: [claimRule('email', { any_one_of: ['.*@example.com$'] })] }),
    consoleSays('no rule of the mapping holds'),
  ],
  [
    'a pattern with an error',
    () => ({ rules: [claimRule('email', { any_one_of: ['('], regex: true })] }),
    consoleSays('a pattern of the mapping cannot be evaluated'),
  ],
  [
    'a placeholder without a value',
    () => ({ rules: [{ local: [{ user: { name: '{1}' } }], remote: [{ type: 'sub' }] }] }),
    consoleSays('the mapping has no value for {1}'),
  ],
  [
    'rules for groups only',
    () => ({ rules: [group('admin', [{ type: 'groups' }])] }),
    consoleSays('the mapping gives no user name'),
  ],
];
