import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as OidcProvider from 'oidc-provider';
import type { AccountClaims, ClientMetadata, Configuration } from 'oidc-provider';
import { namesThisMachine, NOT_LOCAL } from '../../transport/http/local-host.ts';
import type { ProviderKey, ProviderUser } from './example.ts';
import { escaped, examplePage, htmlPage, loginPages } from './pages.ts';
import { memory } from './storage.ts';

/** Seconds. */
const HOUR = 3600;

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
  /** Where it listens. */
  readonly origin: string;
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** A page that shows its own query, for apps that do not exist. */
  readonly appUrl: string;
  /** Starts to serve these clients and users. */
  readonly serve: (options: ProviderOptions) => void;
  readonly close: () => Promise<void>;
}

/**
 * Listens, so that the issuer is known before its clients are.
 * @param inFront the URL of a server in front of it, which is the issuer then
 * @returns null if the package `oidc-provider` is not installed: only a checkout has it
 */
export async function openProvider(
  port = 0,
  inFront: string | null = null,
): Promise<RunningProvider | null> {
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
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a listening TCP server has one
  const issuer = inFront ?? origin;
  return {
    origin,
    issuer,
    authorizationEndpoint: `${issuer}/auth`,
    tokenEndpoint: `${issuer}/token`,
    appUrl: `${issuer}/example-app`,
    serve(options) {
      const provider = new Package.Provider(issuer, configurationOf(options, Package));
      provider.use(loginPages(provider, options.users));
      provider.use(examplePage);
      const callback = provider.callback();
      handle = (request, response) => void callback(request, response);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type OidcProviderPackage = typeof OidcProvider;

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
    renderError(context, { error, error_description = '' }) {
      context.type = 'html';
      context.body = htmlPage(`Error: ${error}`, `<p>${escaped(error_description)}</p>`);
    },
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
