import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  AccountClaims,
  AdapterFactory,
  AdapterPayload,
  ClientMetadata,
  Configuration,
  JWKS,
  Provider,
} from 'oidc-provider';
import { namesThisMachine, NOT_LOCAL } from '../transport/http/local-host.ts';

/** Seconds. */
const HOUR = 3600;
/** Most tokens, sessions and the like; the oldest are forgotten first. */
const MAX_STORED = 1000;

/** Somebody who can sign in, without a password. */
export interface ProviderUser {
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A private key, as a JWK. */
export type ProviderKey = JWKS['keys'][number];

export interface ProviderOptions {
  readonly clients: readonly ClientMetadata[];
  readonly users: readonly ProviderUser[];
  /** Private keys. */
  readonly keys: readonly ProviderKey[];
  /** More of the package's own options. */
  readonly more?: Configuration;
}

/** An OpenID Provider on loopback. It responds with 503 until it has clients. */
export interface RunningProvider {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Starts to serve these clients and users. */
  readonly serve: (options: ProviderOptions) => Provider;
  readonly close: () => Promise<void>;
}

/** The example of `npm run dev`: made up, and of no use elsewhere. */
export const EXAMPLE_CLIENT = { clientId: 'example-app', clientSecret: 'example-app-secret' };
export const EXAMPLE_USERS: readonly ProviderUser[] = [
  user('ada', 'Ada', 'Lovelace', ['admin']),
  user('ben', 'Ben', 'Example', []),
];

function user(
  sub: string,
  given_name: string,
  family_name: string,
  groups: string[],
): ProviderUser {
  const email = `${sub}@example.com`;
  const name = `${given_name} ${family_name}`;
  return { sub, claims: { name, given_name, family_name, email, email_verified: true, groups } };
}

/** A new private key of the provider. */
export function newKey(kid: string, alg: 'RS256' | 'ES256' = 'RS256'): ProviderKey {
  const { privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg } as ProviderKey; // has what its type needs
}

/** The public key set of private keys, as JSON. */
export function publicKeySet(keys: readonly ProviderKey[]): string {
  const members = ['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y'];
  return JSON.stringify({ keys }, ['keys', ...members]);
}

/**
 * Listens, so that the issuer is known before its clients are.
 * @returns null if the package `oidc-provider` is not installed: only a checkout has it
 */
export async function openProvider(port = 0): Promise<RunningProvider | null> {
  const Package = await loadPackage();
  if (Package === null) return null;
  let handle: (request: IncomingMessage, response: ServerResponse) => void = unavailable;
  const server = createServer((request, response) => {
    if (namesThisMachine(request, '127.0.0.1')) {
      handle(request, response);
      return;
    }
    response.writeHead(403, { 'Content-Type': 'text/plain' }).end(NOT_LOCAL);
    request.resume();
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a listening TCP server has one
  return {
    issuer,
    authorizationEndpoint: `${issuer}/auth`,
    tokenEndpoint: `${issuer}/token`,
    serve(options) {
      const provider = new Package.Provider(issuer, configurationOf(options, Package));
      provider.use(loginPages(provider, options.users));
      const callback = provider.callback();
      handle = (request, response) => void callback(request, response);
      return provider;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type OidcProviderPackage = typeof import('oidc-provider');

async function loadPackage(): Promise<OidcProviderPackage | null> {
  try {
    return await import('oidc-provider');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

function unavailable(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(503).end();
}

function configurationOf(
  { clients, users, keys, more }: ProviderOptions,
  { interactionPolicy }: OidcProviderPackage,
): Configuration {
  const policy = interactionPolicy.base();
  policy.remove('consent'); // each client is the developer's own
  return {
    clients: [...clients],
    jwks: { keys: [...keys] },
    adapter: memory(),
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: 60,
      Grant: HOUR,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: HOUR,
      Session: HOUR,
    },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: false } },
    interactions: { policy, url: (_, { uid }) => `/interaction/${uid}` },
    // Neither platform's documentation has PKCE, and Huawei Cloud reads nothing but the ID token.
    pkce: { required: () => false },
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', 'groups'],
      profile: ['name', 'given_name', 'family_name'],
      email: ['email', 'email_verified'],
    },
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    findAccount(_, sub) {
      const found = users.find((each) => each.sub === sub);
      if (!found) return undefined;
      return {
        accountId: sub,
        claims: (): AccountClaims => ({ sub, ...found.claims }),
      };
    },
    async loadExistingGrant({ oidc }) {
      const { client, session, params, provider } = oidc;
      const grant = new provider.Grant({
        clientId: client?.clientId,
        accountId: session?.accountId,
      });
      grant.addOIDCScope(String(params?.['scope']));
      await grant.save();
      return grant;
    },
    ...more,
  };
}

/** What the provider has to remember, in memory. The package has such a storage too, and warns of it at each start. */
function memory(): AdapterFactory {
  const stored = new Map<string, { readonly kind: string; readonly payload: AdapterPayload }>();
  return (kind) => {
    const key = (id: string) => `${kind}:${id}`;
    const find = (id: string) => Promise.resolve(stored.get(key(id))?.payload);
    const remove = (matches: (payload: AdapterPayload) => boolean) => {
      for (const [id, each] of stored) if (matches(each.payload)) stored.delete(id);
      return Promise.resolve();
    };
    return {
      find,
      upsert(id, payload) {
        const [oldest] = stored.keys();
        if (oldest !== undefined && stored.size >= MAX_STORED) stored.delete(oldest);
        stored.set(key(id), { kind, payload });
        return Promise.resolve();
      },
      consume(id) {
        const found = stored.get(key(id));
        if (found) found.payload.consumed = Math.floor(Date.now() / 1000);
        return Promise.resolve();
      },
      destroy(id) {
        stored.delete(key(id));
        return Promise.resolve();
      },
      revokeByGrantId: (grantId) => remove((payload) => payload.grantId === grantId),
      findByUid: (uid) =>
        Promise.resolve(
          [...stored.values()].find((each) => each.kind === kind && each.payload.uid === uid)
            ?.payload,
        ),
      findByUserCode: () => Promise.resolve(undefined),
    };
  };
}

type Middleware = Parameters<Provider['use']>[0];

/** A page with a button for each user, and one to decline. */
function loginPages(provider: Provider, users: readonly ProviderUser[]): Middleware {
  return async (context, next) => {
    const [, uid] = /^\/interaction\/([\w-]+)$/.exec(context.path) ?? [];
    if (uid === undefined) {
      await next();
      return;
    }
    await provider.interactionDetails(context.req, context.res);
    if (context.method === 'GET') {
      context.type = 'html';
      context.set('Cache-Control', 'no-store');
      context.body = loginPage(uid, users);
      return;
    }
    const chosen = new URLSearchParams(context.querystring).get('user') ?? '';
    const result = users.some(({ sub }) => sub === chosen)
      ? { login: { accountId: chosen } }
      : { error: 'access_denied', error_description: 'The sign-in was declined.' };
    context.respond = false;
    await provider.interactionFinished(context.req, context.res, result);
  };
}

function loginPage(uid: string, users: readonly ProviderUser[]): string {
  const form = (user: string, label: string) =>
    `<form method="post" action="/interaction/${uid}?user=${encodeURIComponent(user)}"><button>${label}</button></form>`;
  const forms = [...users.map(({ sub }) => form(sub, `Sign in as ${sub}`)), form('', 'Decline')];
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Example OpenID Provider</title></head><body><h1>Example OpenID Provider</h1><p>For development on this machine. There are no passwords.</p>${forms.join('')}</body></html>`;
}
