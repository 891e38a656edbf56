import type { ClientMetadata, Configuration } from 'oidc-provider';
import { newKey } from '../../src/commands/dev-provider/example.ts';
import type { ProviderKey } from '../../src/commands/dev-provider/example.ts';
import { startWith } from '../setup/clocks.ts';
import type { Clock } from '../setup/clocks.ts';
import { client, clientsFor, startSignInProvider } from '../setup/sign-in-provider.ts';
import type { SignInProvider } from '../setup/sign-in-provider.ts';

/* Real OpenID Providers with different keys and offers, each with a clock of its own. */

export interface World extends SignInProvider {
  readonly clock: Clock;
  /** Private keys that it had before, and publishes no longer. */
  readonly retired: readonly ProviderKey[];
}

type Alg = 'RS256' | 'ES256';
const key = (kid: string, alg: string, kind: Alg = 'RS256'): ProviderKey => ({
  ...newKey(kid, kind),
  alg,
});

/** The usual clients, and some with registrations that are wrong in a small thing. */
function manyClients(redirectUris: readonly string[]): ClientMetadata[] {
  const ending = (end: string) => redirectUris.filter((uri) => uri.endsWith(end));
  const slashes = redirectUris.map((uri) => `${uri}/`);
  return [
    ...clientsFor(redirectUris),
    client('short-client', redirectUris),
    client('slash-client', slashes),
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
/** All but the usual one. */
export const OTHER_KINDS = (Object.keys(KINDS) as Kind[]).filter((kind) => kind !== 'usual');

/** Starts a provider of a kind. */
async function startWorld(kind: Kind, redirectUris: readonly string[]): Promise<World> {
  const clock: Clock = { aheadMs: 0 };
  const { keys, ...choice }: Choice = KINDS[kind];
  const provider = await startWith(clock, () =>
    startSignInProvider(redirectUris, { keys: keys(), ...choice }),
  );
  return { ...provider, clock, retired: [newKey('retired')] };
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
  for (const kind of ['usual', ...OTHER_KINDS] as const)
    worlds.set(kind, await startWorld(kind, redirectUris));
  const all = [...worlds.values()];
  const urls = all.flatMap(({ issuer, lenientTokenEndpoint }) => [issuer, lenientTokenEndpoint]);
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
