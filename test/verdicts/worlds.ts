import type { ClientMetadata, Configuration } from 'oidc-provider';
import { newKey } from '../../src/commands/dev-provider/example.ts';
import type { ProviderKey } from '../../src/commands/dev-provider/example.ts';
import { startWith } from '../setup/clocks.ts';
import type { Clock } from '../setup/clocks.ts';
import { client, clientsFor, SECRET, startSignInProvider } from '../setup/sign-in-provider.ts';
import type { SignInProvider } from '../setup/sign-in-provider.ts';

/* Real OpenID Providers with different keys and offers, each with a clock of its own. */

export interface World extends SignInProvider {
  readonly clock: Clock;
  /** Private keys that it had before, and publishes no longer. */
  readonly retired: readonly ProviderKey[];
  /** How its client is registered; undefined if it has no such client. */
  readonly client: (id: string) => ClientMetadata | undefined;
  /** Whether its clients send token requests as JSON, with the secret in a header. */
  readonly usesJson: boolean;
  /** The secret of most clients. */
  readonly secret: string;
}

/** A secret that is the same in every encoding. */
const PLAIN_SECRET = 'plain-secret.1';

/** The client whose secret is always one with other characters. */
const SPECIAL_CLIENT = 'special-client';

type Alg = 'RS256' | 'ES256';
const key = (kid: string, alg: string, kind: Alg = 'RS256'): ProviderKey => ({
  ...newKey(kid, kind),
  alg,
});

const withParts = (url: URL, parts: Partial<URL>): URL => Object.assign(url, parts);

/** Clients whose redirect URIs are registered with a mistake. */
const CHANGED_URIS: Readonly<Record<string, (uri: URL) => URL>> = {
  'slash-client': (uri) => withParts(uri, { pathname: `${uri.pathname}/` }),
  'version-client': (uri) => withParts(uri, { pathname: `/v1${uri.pathname}` }),
  'root-client': (uri) => withParts(uri, { pathname: '/' }),
  'upper-client': (uri) => withParts(uri, { pathname: uri.pathname.toUpperCase() }),
  'query-client': (uri) => withParts(uri, { search: '?from=idp' }),
  'name-client': (uri) => withParts(uri, { hostname: 'localhost' }),
  'port-client': (uri) => withParts(uri, { port: '8443' }),
};

/** The usual clients, and some with registrations that are wrong in a small thing. */
function manyClients(redirectUris: readonly string[]): ClientMetadata[] {
  const ending = (end: string) => redirectUris.filter((uri) => uri.endsWith(end));
  return [
    ...clientsFor(redirectUris),
    ...[SPECIAL_CLIENT, 'post-client', 'short-client'].map((id) => client(id, redirectUris)),
    client('expired-client', redirectUris, { client_secret_expires_at: 1 }),
    client('more-uris-client', ['http://127.0.0.1/elsewhere', ...redirectUris]),
    ...Object.entries(CHANGED_URIS).map(([id, change]) =>
      client(
        id,
        redirectUris.map((uri) => change(new URL(uri)).href),
      ),
    ),
    ...registered('post-only-client', ending('/post')),
    ...registered('fragment-only-client', ending('/redirect')),
  ];
}

/** A client, if the platform has such a redirect URI. */
function registered(id: string, redirectUris: readonly string[]): ClientMetadata[] {
  return redirectUris.length === 0 ? [] : [client(id, redirectUris)];
}

/** The client of right configurations with another algorithm for its ID tokens. */
const signedWith = (alg: 'ES256' | 'RS256') => (redirectUris: readonly string[]) =>
  clientsFor(redirectUris)
    .filter(({ client_id }) => client_id === 'right-client')
    .map((own) => ({ ...own, id_token_signed_response_alg: alg }));

/** A client as it is where token requests are JSON: its secret goes in a header. */
function usingJson(own: ClientMetadata): ClientMetadata {
  const isUsual =
    own.token_endpoint_auth_method === 'client_secret_post' && own.client_id !== 'post-client';
  return {
    ...own,
    client_secret: own.client_id === SPECIAL_CLIENT ? SECRET : PLAIN_SECRET,
    ...(isUsual && { token_endpoint_auth_method: 'client_secret_basic' }),
  };
}

const SHORT_SECONDS = 180;
const HOUR = 3600;
/** Of all tokens that a sign-in makes; ID tokens of one client live shorter. */
const ttl: Configuration['ttl'] = {
  AccessToken: HOUR,
  AuthorizationCode: 60,
  Grant: HOUR,
  IdToken: (_context, _token, { clientId }) => (clientId === 'short-client' ? SHORT_SECONDS : HOUR),
  Interaction: HOUR,
  RefreshToken: HOUR,
  Session: HOUR,
};

interface Choice {
  readonly keys: () => [ProviderKey, ...ProviderKey[]];
  readonly clients?: (redirectUris: readonly string[]) => readonly ClientMetadata[];
  readonly more?: Configuration;
  readonly takesJson?: boolean;
}

const algorithms = (...values: ('RS256' | 'ES256')[]): Configuration => ({
  enabledJWA: { idTokenSigningAlgValues: values },
});

const KINDS = {
  usual: {
    keys: () => [newKey('current'), newKey('elliptic', 'ES256')],
    clients: manyClients,
    more: { ttl },
  },
  JSON: {
    keys: () => [newKey('current'), newKey('elliptic', 'ES256')],
    clients: (redirectUris) => manyClients(redirectUris).map(usingJson),
    more: { ttl },
    takesJson: true,
  },
  'several keys': {
    keys: () => [
      newKey('current'),
      newKey('next'),
      key('pss', 'PS256'),
      newKey('elliptic', 'ES256'),
      newKey('elliptic-next', 'ES256'),
    ],
  },
  'only EC keys': {
    keys: () => [newKey('elliptic', 'ES256'), newKey('elliptic-next', 'ES256')],
    clients: signedWith('ES256'),
    more: algorithms('ES256'),
  },
  'only RS256': {
    keys: () => [newKey('current')],
    clients: signedWith('RS256'),
    more: algorithms('RS256'),
  },
  'no implicit flow': {
    keys: () => [newKey('current')],
    clients: (redirectUris) =>
      signedWith('RS256')(redirectUris).map((own) => ({
        ...own,
        grant_types: ['authorization_code'],
        response_types: ['code'],
      })),
    more: { ...algorithms('RS256'), responseTypes: ['code'] },
  },
  'no code flow': {
    keys: () => [newKey('current')],
    clients: (redirectUris) =>
      signedWith('RS256')(redirectUris).map((own) => ({
        ...own,
        grant_types: ['implicit'],
        response_types: ['id_token'],
      })),
    more: { ...algorithms('RS256'), responseTypes: ['id_token'] },
  },
  'only JWT authentication': {
    keys: () => [newKey('current')],
    clients: (redirectUris) =>
      signedWith('RS256')(redirectUris).map((own) => ({
        ...own,
        token_endpoint_auth_method: 'client_secret_jwt',
      })),
    more: { ...algorithms('RS256'), clientAuthMethods: ['client_secret_jwt'] },
  },
} satisfies Record<string, Choice>;
export type Kind = keyof typeof KINDS;
/** Those at which everything is tried: what differs is how token requests are sent. */
export const MAIN_KINDS = ['usual', 'JSON'] as const satisfies readonly Kind[];
/** All others, with other keys or offers. */
export const OTHER_KINDS = (Object.keys(KINDS) as Kind[]).filter(
  (kind) => kind !== 'usual' && kind !== 'JSON',
);

/** Starts a provider of a kind. */
async function startWorld(kind: Kind, redirectUris: readonly string[]): Promise<World> {
  const clock: Clock = { aheadMs: 0 };
  const { keys, ...choice }: Choice = KINDS[kind];
  const usesJson = choice.takesJson === true;
  const clients = (choice.clients ?? clientsFor)(redirectUris);
  const provider = await startWith(clock, () =>
    startSignInProvider(redirectUris, { keys: keys(), ...choice }),
  );
  return {
    ...provider,
    clock,
    retired: [newKey('retired')],
    client: (id) => clients.find(({ client_id }) => client_id === id),
    usesJson,
    secret: usesJson ? PLAIN_SECRET : SECRET,
  };
}

/** One provider of each kind. */
export interface Worlds {
  readonly of: (kind: Kind) => World;
  /** What the gateway has to be allowed to call, by both names of this machine. */
  readonly origins: readonly string[];
  readonly close: () => Promise<void>;
}

export async function startWorlds(redirectUris: readonly string[]): Promise<Worlds> {
  const worlds = new Map<Kind, World>();
  for (const kind of [...MAIN_KINDS, ...OTHER_KINDS] as const)
    worlds.set(kind, await startWorld(kind, redirectUris));
  const all = [...worlds.values()];
  const urls = all.flatMap(({ strictTokenEndpoint, lenientTokenEndpoint }) => [
    strictTokenEndpoint,
    lenientTokenEndpoint,
  ]);
  const origins = [...new Set(urls.map((url) => new URL(url).origin))];
  return {
    of: (kind) => {
      const world = worlds.get(kind);
      if (!world) throw new Error(`no provider: ${kind}`);
      return world;
    },
    origins: origins.flatMap((origin) => [origin, origin.replace('127.0.0.1', 'localhost')]),
    async close() {
      await Promise.all(all.map((world) => world.close()));
    },
  };
}
