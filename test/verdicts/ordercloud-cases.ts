import type { Fields } from '../setup/ordercloud-sign-ins.ts';
import { combined } from './generate.ts';
import type { Axis, Variant } from './generate.ts';
import type { World } from './worlds.ts';

/* Configurations of OrderCloud: each field right and wrong in every plausible way, and combinations of these. */

type Stored = (world: World) => Fields;

const fields = (what: string, changes: Fields): Variant<Stored> => ({ what, setup: () => changes });

const CLIENTS = [
  ...['es256', 'implicit-only', 'basic', 'jwt', 'pkce', 'code-only', 'hs256', 'openid-only'].map(
    (kind) => fields(`the ${kind} client`, { ConnectClientID: `${kind}-client` }),
  ),
  fields('a client of another app', { ConnectClientID: 'client-of-another-app' }),
  fields('a client with a slash at its redirect URI', { ConnectClientID: 'slash-client' }),
  fields('an unknown client', { ConnectClientID: 'nobody' }),
  fields('a client in upper case', { ConnectClientID: 'RIGHT-CLIENT' }),
] satisfies Axis<Stored>;

const SECRETS = [
  fields('a wrong secret', { ConnectClientSecret: 'wrong' }),
  fields('a secret with a space at its end', { ConnectClientSecret: 'example secret+1/=& ' }),
  fields('an encoded secret', { ConnectClientSecret: 'example%20secret%2B1%2F%3D%26' }),
  fields('a secret with a plus for its space', { ConnectClientSecret: 'example+secret+1/=&' }),
  fields('the id as secret', { ConnectClientSecret: 'right-client' }),
] satisfies Axis<Stored>;

const AUTHENTICATION = [
  fields('JSON', { UrlEncoded: false }),
  fields('JSON with a basic client', { UrlEncoded: false, ConnectClientID: 'basic-client' }),
  {
    what: 'JSON with a basic client, at a token endpoint that takes it',
    setup: (world) => ({
      UrlEncoded: false,
      ConnectClientID: 'basic-client',
      TokenEndpoint: world.lenientTokenEndpoint,
    }),
  },
  {
    what: 'JSON, at a token endpoint that takes it',
    setup: (world) => ({ UrlEncoded: false, TokenEndpoint: world.lenientTokenEndpoint }),
  },
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
  ['a slash', (own) => `${own}/`],
  ['another path', (_, { issuer }) => `${issuer}/authorize`],
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
  ['another path', (_, { issuer }) => `${issuer}/oauth/token`],
  ['the path of the authorization endpoint', (_, { authorizationEndpoint: own }) => own],
  ['failures', (_, { brokenEndpoint }) => brokenEndpoint],
  ['something in front', (_, { lenientTokenEndpoint }) => lenientTokenEndpoint],
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
const PAIRS = combined(
  'ordercloud',
  60,
  [CLIENTS, SCOPES, APPS, API_CLIENTS, AUTHENTICATION, SECRETS, [SYNCED, NO_EVENT]],
  both,
);

/** The configurations at the usual provider. */
export const USUAL: readonly Variant<Stored>[] = [
  RIGHT,
  ...[CLIENTS, SECRETS, AUTHENTICATION, AUTHORIZATION, TOKEN, SCOPES, EVENTS].flat(),
  ...[NO_EVENT, SYNCED],
  ...[API_CLIENTS, APPS, PAIRS].flat(),
];
/** Those at providers with other keys, or that offer other things. */
export const ELSEWHERE: readonly Variant<Stored>[] = [RIGHT, ...SECRETS.slice(0, 1), ...SCOPES];
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
