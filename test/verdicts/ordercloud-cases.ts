import { SHOP } from '../setup/ordercloud-sign-ins.ts';
import type { Fields } from '../setup/ordercloud-sign-ins.ts';
import { SECRET } from '../setup/sign-in-provider.ts';
import { combined } from './generate.ts';
import type { Axis, Variant } from './generate.ts';
import type { Kind, World } from './worlds.ts';

/* Configurations of OrderCloud: each field right and wrong in every plausible way, and combinations of these. */

type Stored = (world: World) => Fields;

const fields = (what: string, changes: Fields): Variant<Stored> => ({ what, setup: () => changes });

const ofClient = (what: string, id: string) => fields(what, { ConnectClientID: id });
const CLIENTS = [
  ...['es256', 'implicit-only', 'basic', 'jwt', 'pkce', 'code-only', 'hs256', 'openid-only'].map(
    (kind) => ofClient(`the ${kind} client`, `${kind}-client`),
  ),
  ofClient('a client of another app', 'client-of-another-app'),
  ofClient('a client with more redirect URIs', 'more-uris-client'),
  ofClient('a client with a slash at its redirect URI', 'slash-client'),
  ofClient('a client with the version in its redirect URI', 'version-client'),
  ofClient('a client with the root as redirect URI', 'root-client'),
  ofClient('a client with a redirect URI in upper case', 'upper-client'),
  ofClient('a client with a query at its redirect URI', 'query-client'),
  ofClient('a client with another name in its redirect URI', 'name-client'),
  ofClient('a client with another port in its redirect URI', 'port-client'),
  ofClient('an unknown client', 'nobody'),
  ofClient('a client in upper case', 'RIGHT-CLIENT'),
  ofClient('a client with a space', 'right-client '),
  ofClient('half of a client', 'right'),
  ofClient('the ID of the API client', SHOP),
] satisfies Axis<Stored>;

const secret = (what: string, change: (own: string) => string): Variant<Stored> => ({
  what,
  setup: (world) => ({ ConnectClientSecret: change(world.secret) }),
});
const special = (what: string, ConnectClientSecret: string) =>
  fields(what, { ConnectClientID: 'special-client', ConnectClientSecret });
const WRONG_SECRETS = [
  secret('a wrong secret', () => 'wrong'),
  secret('a secret with a space at its end', (own) => `${own} `),
  secret('a secret with a space before it', (own) => ` ${own}`),
  secret('a secret with a line break', (own) => `${own}\n`),
  secret('a secret in quotes', (own) => `"${own}"`),
  secret('a secret in upper case', (own) => own.toUpperCase()),
  secret('half of a secret', (own) => own.slice(0, own.length / 2)),
  secret('a secret in base64', (own) => btoa(own)),
  secret('the id as secret', () => 'right-client'),
  secret('a masked secret', () => '********'),
] satisfies Axis<Stored>;
const SECRETS = [
  ...WRONG_SECRETS,
  ofClient('a secret that has expired', 'expired-client'),
  special('a secret with special characters', SECRET),
  special('an encoded secret', encodeURIComponent(SECRET)),
  special('a secret with a plus for its space', SECRET.replace(' ', '+')),
] satisfies Axis<Stored>;

/** By the other of the two ways to send a token request. */
const otherForm = (what: string, more: (world: World) => Fields = () => ({})): Variant<Stored> => ({
  what: `the other form ${what}`,
  setup: (world) => ({ UrlEncoded: world.usesJson, ...more(world) }),
});
/** A token endpoint of the provider that its metadata does not have, which takes the other form. */
const otherTokenEndpoint = (world: World) =>
  world.usesJson ? world.strictTokenEndpoint : world.lenientTokenEndpoint;
const AUTHENTICATION = [
  otherForm('of token requests'),
  otherForm('with a basic client', () => ({ ConnectClientID: 'basic-client' })),
  otherForm('with a post client', () => ({ ConnectClientID: 'post-client' })),
  ofClient('the post client', 'post-client'),
] satisfies Axis<Stored>;
const ELSEWHERE_AUTHENTICATED = [
  otherForm('with a basic client, at a token endpoint that takes it', (world) => ({
    ConnectClientID: 'basic-client',
    TokenEndpoint: otherTokenEndpoint(world),
  })),
  otherForm('at a token endpoint that takes it', (world) => ({
    TokenEndpoint: otherTokenEndpoint(world),
  })),
] satisfies Axis<Stored>;

type Change = (own: string, world: World) => string;
const endpoint = (
  field: 'AuthorizationEndpoint' | 'TokenEndpoint',
  what: string,
  change: Change,
): Variant<Stored> => ({
  what,
  setup: (world) => {
    const { authorizationEndpoint, tokenEndpoint } = world;
    const own = field === 'TokenEndpoint' ? tokenEndpoint : authorizationEndpoint;
    return { [field]: change(own, world) };
  },
});
const AUTHORIZATION_ENDPOINTS: readonly (readonly [string, Change])[] = [
  ['another name', (own) => named(own)],
  ['a query', (own) => `${own}?ui=en`],
  ['prompt=login', (own) => `${own}?prompt=login`],
  ['response_mode=query', (own) => `${own}?response_mode=query`],
  ['response_mode=form_post', (own) => `${own}?response_mode=form_post`],
  ['response_mode=fragment', (own) => `${own}?response_mode=fragment`],
  ['a slash', (own) => `${own}/`],
  ['upper case', (own) => own.replace('/auth', '/AUTH')],
  ['another path', (_, { issuer }) => `${issuer}/authorize`],
  ['the path of Okta', (_, { issuer }) => `${issuer}/oauth2/v1/authorize`],
  ['the path of Keycloak', (_, { issuer }) => `${issuer}/protocol/openid-connect/auth`],
  ['the URL of the metadata', (_, { issuer }) => `${issuer}/.well-known/openid-configuration`],
  ['the issuer', (_, { issuer }) => issuer],
  ['the path of the token endpoint', (_, { tokenEndpoint }) => tokenEndpoint],
  ['failures', (_, { brokenEndpoint }) => brokenEndpoint],
  ['nobody', () => 'http://127.0.0.1:1/auth'],
  ['no URL', () => 'idp.example.com/authorize'],
];
const AUTHORIZATION = AUTHORIZATION_ENDPOINTS.map(([what, change]) =>
  endpoint('AuthorizationEndpoint', `an authorization endpoint with ${what}`, change),
);
const TOKEN_ENDPOINTS: readonly (readonly [string, Change])[] = [
  ['another name', (own) => named(own)],
  ['a query', (own) => `${own}?api=1`],
  ['a slash', (own) => `${own}/`],
  ['upper case', (own) => own.replace('/token', '/TOKEN')],
  ['another path', (_, { issuer }) => `${issuer}/oauth/token`],
  ['the path of Okta', (_, { issuer }) => `${issuer}/oauth2/v1/token`],
  ['the path of Keycloak', (_, { issuer }) => `${issuer}/protocol/openid-connect/token`],
  ['the path of userinfo', (_, { issuer }) => `${issuer}/me`],
  ['the URL of the metadata', (_, { issuer }) => `${issuer}/.well-known/openid-configuration`],
  ['the issuer', (_, { issuer }) => issuer],
  ['the path of the authorization endpoint', (_, { authorizationEndpoint: own }) => own],
  ['failures', (_, { brokenEndpoint }) => brokenEndpoint],
  ['something in front or behind', (_, world) => otherTokenEndpoint(world)],
  ['nobody', () => 'http://127.0.0.1:1/token'],
];
const TOKEN = TOKEN_ENDPOINTS.map(([what, change]) =>
  endpoint('TokenEndpoint', `a token endpoint with ${what}`, change),
);

const SCOPES = [['offline_access'], ['groups'], ['address', 'phone'], ['openid']].map((scopes) =>
  fields(`the scopes ${scopes.join(' ')}`, { AdditionalIdpScopes: scopes }),
);

const EVENTS = ['no-roles', 'restored', 'no-key', 'other-key', 'refusing', 'failing'].flatMap(
  (event) =>
    [false, true].map((isSynced) =>
      fields(`the event oidc-${event}${isSynced ? ', called each time' : ''}`, {
        IntegrationEventID: `oidc-${event}`,
        CallSyncUserIntegrationEvent: isSynced,
      }),
    ),
);
const NO_EVENT = fields('no event', { IntegrationEventID: null });
const SYNCED = fields('the event, called each time', { CallSyncUserIntegrationEvent: true });

const API_CLIENTS = [1, 2, 3, 4, 5, 6].map((number) =>
  fields(`the API client ${number}`, {
    OrderCloudApiClientID: `aaaaaaaa-0000-4000-8000-00000000000${number}`,
  }),
);

const APPS = [
  fields('an app without a refresh token', { AppStartUrl: 'https://shop.example.com/?token={0}' }),
  fields('an app with http', { AppStartUrl: 'http://shop.example.com/?token={0}' }),
  fields('an app on a device', { AppStartUrl: 'shop-app://shop.example.com/?token={0}' }),
  fields('an app without a scheme', { AppStartUrl: 'shop.example.com/?token={0}' }),
  fields('an app with a fragment', { AppStartUrl: 'https://shop.example.com/#?token={0}' }),
  fields('no page for errors', { CustomErrorUrl: null }),
] satisfies Axis<Stored>;

const both =
  (one: Stored, other: Stored): Stored =>
  (world) => ({ ...one(world), ...other(world) });

const RIGHT: Variant<Stored> = { what: 'right', setup: () => ({}) };
// Variants that may be right come more often: two wrong ones are not more telling than one.
const pairs = (key: string, authentication: Axis<Stored>) =>
  combined(
    key,
    60,
    [CLIENTS, SCOPES, APPS, API_CLIENTS, authentication, SECRETS, [SYNCED, NO_EVENT]],
    both,
  );
const SINGLE = [
  RIGHT,
  ...[CLIENTS, SECRETS, AUTHENTICATION, ELSEWHERE_AUTHENTICATED].flat(),
  ...[AUTHORIZATION, TOKEN, SCOPES, EVENTS, API_CLIENTS, APPS].flat(),
  ...[NO_EVENT, SYNCED],
];

/** The configurations at the providers at which everything is tried. JSON is taken at the endpoint of the metadata, or at another one. */
export const MAIN = {
  usual: [...SINGLE, ...pairs('ordercloud', [...AUTHENTICATION, ...ELSEWHERE_AUTHENTICATED])],
  JSON: [...SINGLE, ...pairs('ordercloud, JSON', AUTHENTICATION)],
} satisfies Partial<Record<Kind, readonly Variant<Stored>[]>>;
/** Those at providers with other keys, or that offer other things. */
export const ELSEWHERE: readonly Variant<Stored>[] = [RIGHT, ...WRONG_SECRETS, ...SCOPES];
/** Those for which the clocks differ. */
export const ON_CLOCKS: readonly Variant<Stored>[] = [
  RIGHT,
  fields('ID tokens for three minutes', { ConnectClientID: 'short-client' }),
];

/** Whether the middleware lets nobody in: only a sign-in shows that. */
export function refusesEverybody({ IntegrationEventID: event }: Fields): boolean {
  return ['oidc-other-key', 'oidc-refusing', 'oidc-failing'].includes(String(event));
}

/** The same place, by another name of this machine. */
function named(url: string): string {
  return url.replace('127.0.0.1', 'localhost');
}
