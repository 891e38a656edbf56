import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { SECRET } from './sign-in-provider.ts';
import type { SignInProvider } from './sign-in-provider.ts';

/* Configurations of OrderCloud that are right, or wrong in one thing each, for an emulator and a real OpenID Provider. */

export type Fields = Readonly<Record<string, unknown>>;

export const SHOP = '11111111-2222-3333-4444-555555555555';

/** Sends a request to the API of the emulator, as its administrator. */
export async function send(
  emulator: RunningEmulator,
  method: string,
  path: string,
  body: Fields,
): Promise<Readonly<Record<string, string>>> {
  const token = emulator.notes.find(({ label }) => label === 'token (admin)')?.value ?? '';
  const response = await fetch(emulator.url + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

/** What identifies a stored configuration, for its login link. */
export interface Stored {
  readonly id: string;
  readonly cid: string;
}

/** Makes what stores the configuration that signs in, with changes. */
export function storing(
  emulator: RunningEmulator,
  provider: SignInProvider,
): (changes: Fields) => Promise<Stored> {
  return async (changes) => {
    const { ID: id = '', OrderCloudApiClientID: cid = '' } = await send(
      emulator,
      'POST',
      '/v1/openidconnects',
      { ...rightConfiguration(provider), ...changes },
    );
    return { id, cid };
  };
}

function rightConfiguration(provider: SignInProvider): Fields {
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

/** A configuration as changes of the one that signs in. */
type Setup = (own: SignInProvider) => Fields;

export const RIGHT_SETUPS: readonly (readonly [what: string, setup: Setup])[] = [
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
];

/** The error that the app's page gets. */
const appIsTold = (message: RegExp) => ({ beyond: true, message }) as const;
/** The person stays at the provider, which shows an error. */
const staysAtProvider = (status: number) => ({ beyond: false, status }) as const;
const AUTHORITY = 'error validating token with authority: ';

export const WRONG_SETUPS: readonly (readonly [
  what: string,
  setup: Setup,
  failure: ReturnType<typeof appIsTold> | ReturnType<typeof staysAtProvider>,
])[] = [
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
  [
    'an API client for nobody',
    () => ({ OrderCloudApiClientID: 'aaaaaaaa-0000-4000-8000-000000000006' }),
    appIsTold(/^the API client does not allow this user$/),
  ],
];
