import { publicKeySet } from '../../src/commands/dev-provider/example.ts';
import type { ProviderKey } from '../../src/commands/dev-provider/example.ts';
import { RIGHT_MAPPINGS, WRONG_SETUPS } from '../setup/huawei-sign-ins.ts';
import type { Fields, Setup } from '../setup/huawei-sign-ins.ts';
import { combined } from './generate.ts';
import type { Axis, Variant } from './generate.ts';
import type { World } from './worlds.ts';

/* Configurations of Huawei Cloud IAM: each field right and wrong in every plausible way, and combinations of these. */

type Stored = (world: World) => Setup;

const config = (what: string, fields: Fields): Variant<Stored> => ({
  what,
  setup: () => ({ config: fields }),
});
const ofWorld = (what: string, fields: (world: World) => Fields): Variant<Stored> => ({
  what,
  setup: (world) => ({ config: fields(world) }),
});
const keys = (what: string, of: (world: World) => unknown): Variant<Stored> =>
  ofWorld(what, (world) => {
    const stored = of(world);
    return { signing_key: typeof stored === 'string' ? stored : JSON.stringify({ keys: stored }) };
  });

const CLIENTS = [
  ...['es256', 'implicit-only', 'basic', 'jwt', 'pkce', 'code-only', 'hs256', 'openid-only'].map(
    (kind) => config(`the ${kind} client`, { client_id: `${kind}-client` }),
  ),
  config('a client of another app', { client_id: 'client-of-another-app' }),
  config('a client with more redirect URIs', { client_id: 'more-uris-client' }),
  config('a client with a slash at its redirect URIs', { client_id: 'slash-client' }),
  config('a client with a version in its redirect URIs', { client_id: 'version-client' }),
  config('a client with the root as redirect URI', { client_id: 'root-client' }),
  config('a client with redirect URIs in upper case', { client_id: 'upper-client' }),
  config('a client with a query at its redirect URIs', { client_id: 'query-client' }),
  config('a client with another name in its redirect URIs', { client_id: 'name-client' }),
  config('a client with another port in its redirect URIs', { client_id: 'port-client' }),
  config('a client with the redirect URI of form_post only', { client_id: 'post-only-client' }),
  config('a client with the redirect URI of fragment only', { client_id: 'fragment-only-client' }),
  config('a client with ID tokens for three minutes', { client_id: 'short-client' }),
  config('an unknown client', { client_id: 'nobody' }),
  config('a client in upper case', { client_id: 'RIGHT-CLIENT' }),
  config('a client with a space', { client_id: 'right-client ' }),
] satisfies Axis<Stored>;

const ISSUERS = [
  ofWorld('an issuer with a slash', ({ issuer }) => ({ idp_url: `${issuer}/` })),
  ofWorld('another name of the issuer', ({ issuer }) => ({ idp_url: named(issuer) })),
  ofWorld('an issuer in upper case', ({ issuer }) => ({ idp_url: issuer.replace('http', 'HTTP') })),
  ofWorld('an issuer with https', ({ issuer }) => ({ idp_url: issuer.replace('http', 'https') })),
  ofWorld('an issuer with a path', ({ issuer }) => ({ idp_url: `${issuer}/realms/acme` })),
  ofWorld('the URL of the metadata', ({ issuer }) => ({
    idp_url: `${issuer}/.well-known/openid-configuration`,
  })),
  config('an issuer that nobody is', { idp_url: 'http://127.0.0.1:1' }),
] satisfies Axis<Stored>;

const endpoint = (what: string, change: (own: string, world: World) => unknown) =>
  ofWorld(what, (world) => ({
    authorization_endpoint: change(world.authorizationEndpoint, world),
  }));
const ENDPOINTS = [
  endpoint('an endpoint with another name', (own) => named(own)),
  endpoint('an endpoint with a query', (own) => `${own}?ui=en`),
  endpoint('an endpoint with prompt=login', (own) => `${own}?prompt=login`),
  endpoint('an endpoint with another client', (own) => `${own}?client_id=nobody`),
  endpoint('an endpoint with another response mode', (own) => `${own}?response_mode=query`),
  endpoint('an endpoint with a slash', (own) => `${own}/`),
  endpoint('an endpoint with the path of Okta', (_, { issuer }) => `${issuer}/oauth2/v1/authorize`),
  endpoint(
    'an endpoint with the path of Keycloak',
    (_, { issuer }) => `${issuer}/protocol/openid-connect/auth`,
  ),
  endpoint(
    'the URL of the metadata as endpoint',
    (_, { issuer }) => `${issuer}/.well-known/openid-configuration`,
  ),
  endpoint('an endpoint with another path', (_, { issuer }) => `${issuer}/authorize`),
  endpoint('an endpoint in upper case', (own) => own.replace('/auth', '/AUTH')),
  endpoint('the token endpoint', (_, { tokenEndpoint }) => tokenEndpoint),
  endpoint('an endpoint that fails', (_, { brokenEndpoint }) => brokenEndpoint),
  endpoint('the issuer as endpoint', (_, { issuer }) => issuer),
  endpoint('an endpoint that nobody listens at', () => 'http://127.0.0.1:1/auth'),
  endpoint('an endpoint that is not a URL', () => 'idp.example.com/authorize'),
] satisfies Axis<Stored>;

const SCOPES = [
  'openid',
  'openid profile',
  'openid email',
  'openid profile email offline_access',
  'openid profile email groups',
  'profile openid email',
  'openid profile email address phone',
].map((scope) => config(`the scope ${scope}`, { scope }));

const MODES = [config('a fragment', { response_mode: 'fragment' })] satisfies Axis<Stored>;

/** Public keys as they are stored. */
function published(world: World): ProviderKey[] {
  return (JSON.parse(world.keySet) as { keys: ProviderKey[] }).keys;
}
const changed = (world: World, change: Fields): Fields[] =>
  published(world).map((key) => ({ ...key, ...change }));
const foreign = (world: World) => (JSON.parse(world.otherKeySet) as { keys: ProviderKey[] }).keys;

const KEYS = [
  keys('only the first key', (world) => published(world).slice(0, 1)),
  keys('only the last key', (world) => published(world).slice(-1)),
  keys('the keys in another order', (world) => published(world).reverse()),
  keys('keys with another kid', (world) => changed(world, { kid: 'x' })),
  keys('keys without a kid', (world) => changed(world, { kid: undefined })),
  keys('keys without use', (world) => changed(world, { use: undefined })),
  keys('keys without alg', (world) => changed(world, { alg: undefined })),
  keys('keys with nothing but their material', (world) =>
    changed(world, { kid: undefined, use: undefined, alg: undefined }),
  ),
  keys('keys for encryption', (world) => changed(world, { use: 'enc' })),
  keys('keys for RS512', (world) => changed(world, { alg: 'RS512' })),
  keys('keys for PS256', (world) => changed(world, { alg: 'PS256' })),
  keys('keys that may verify', (world) => changed(world, { key_ops: ['verify'] })),
  keys('keys that may only encrypt', (world) => changed(world, { key_ops: ['encrypt'] })),
  keys('keys with a certificate', (world) => changed(world, { x5t: 'AAAA', x5c: ['MIIB'] })),
  keys('keys without a modulus', (world) => changed(world, { n: undefined })),
  keys('keys with a wrong modulus', (world) => changed(world, { n: 'example', x: 'example' })),
  keys('the keys of somebody else', foreign),
  keys('foreign keys with our kid', (world) =>
    foreign(world).map((key) => ({ ...key, kid: published(world)[0]?.kid })),
  ),
  keys('foreign keys before ours', (world) => [...foreign(world), ...published(world)]),
  keys('foreign keys with our kid before ours', (world) => [
    ...foreign(world).map((key) => ({ ...key, kid: published(world)[0]?.kid })),
    ...published(world),
  ]),
  keys('a key for encryption beside ours', (world) => [
    ...foreign(world).map((key) => ({ ...key, use: 'enc' })),
    ...published(world),
  ]),
  keys('the same keys twice', (world) => [...published(world), ...published(world)]),
  keys('retired keys', ({ retired }) => publicKeySet(retired)),
  keys('retired keys before ours', (world) => [
    ...(JSON.parse(publicKeySet(world.retired)) as { keys: ProviderKey[] }).keys,
    ...published(world),
  ]),
] satisfies Axis<Stored>;

/** What the platform refuses to store. */
export const IMPOSSIBLE: readonly Variant<Stored>[] = [
  keys('no key', () => []),
  keys('an object without keys', () => '{}'),
  keys('an empty text', () => ''),
  keys('a text that is not JSON', () => 'keys'),
  config('scopes without openid', { scope: 'profile email' }),
];

const PROVIDERS = [
  { what: 'a disabled identity provider', setup: () => ({ provider: { enabled: false } }) },
  {
    what: 'an identity provider for IAM users',
    setup: () => ({ provider: { sso_type: 'iam_user_sso' } }),
  },
] satisfies Axis<Stored>;

const mappings = (wrong: boolean): Axis<Stored> => [
  ...RIGHT_MAPPINGS.map(([what, rules]) => ({
    what: `a mapping ${what}`,
    setup: () => ({ rules }),
  })),
  ...(wrong
    ? WRONG_SETUPS.filter(([, setup]) => setup(NO_PROVIDER).rules !== undefined).map(
        ([what, setup]) => ({ what, setup }),
      )
    : []),
];
/** Those that are looked at do not depend on it. */
const NO_PROVIDER = {
  issuer: '',
  authorizationEndpoint: '',
  keySetWith: () => '',
} as unknown as World;

/** With what people sign in by API only. */
const BY_API: Fields = {
  access_mode: 'program',
  authorization_endpoint: null,
  scope: null,
  response_type: null,
  response_mode: null,
};

function merge(one: Setup, other: Setup): Setup {
  return {
    provider: { ...one.provider, ...other.provider },
    config: { ...one.config, ...other.config },
    ...((other.rules ?? one.rules) !== undefined && { rules: other.rules ?? one.rules ?? [] }),
  };
}
const both =
  (one: Stored, other: Stored): Stored =>
  (world) =>
    merge(one(world), other(world));

const RIGHT: Variant<Stored> = { what: 'right', setup: () => ({}) };
const MAPPINGS = mappings(true);
const SINGLE = [
  RIGHT,
  ...[CLIENTS, ISSUERS, ENDPOINTS, SCOPES, MODES, KEYS, PROVIDERS, MAPPINGS].flat(),
];
// Most variants are wrong, and two of them are not more telling than one: those that may be right come more often.
const PAIRS = combined(
  'huawei',
  60,
  [CLIENTS, SCOPES, MODES, KEYS, mappings(false), ISSUERS],
  both,
);
const byApi = ({ what, setup }: Variant<Stored>): Variant<Stored> => ({
  what: `by API, ${what}`,
  setup: both(setup, () => ({ config: BY_API })),
});
// By API, it does not matter which redirect URIs a client has.
const API_CLIENTS = CLIENTS.filter(({ what }) => !/another app|redirect URI/.test(what));
const API = [RIGHT, ...[API_CLIENTS, ISSUERS, KEYS, PROVIDERS, MAPPINGS].flat()].map(byApi);

/** The configurations at the usual provider. */
export const USUAL: readonly Variant<Stored>[] = [...SINGLE, ...PAIRS, ...API];
/** Those at providers with other keys, or that offer less. */
export const ELSEWHERE: readonly Variant<Stored>[] = [
  RIGHT,
  ...MODES,
  ...KEYS,
  ...[RIGHT, ...KEYS.slice(0, 4)].map(byApi),
];
/** Those at providers that offer other flows. */
export const OFFERS: readonly Variant<Stored>[] = [RIGHT, ...MODES, byApi(RIGHT)];
/** Those for which the clocks differ. */
export const ON_CLOCKS: readonly Variant<Stored>[] = [
  RIGHT,
  config('ID tokens for three minutes', { client_id: 'short-client' }),
  byApi(RIGHT),
  byApi(config('ID tokens for three minutes', { client_id: 'short-client' })),
];

/** The same place, by another name of this machine. */
function named(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}
