import { Agent, createServer, request as requestTo } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createPrivateKey, sign } from 'node:crypto';
import type { ClientMetadata, Configuration } from 'oidc-provider';
import {
  EXAMPLE_USERS,
  exampleClient,
  newKey,
  publicKeySet,
} from '../../src/commands/dev-provider/example.ts';
import type { ProviderKey } from '../../src/commands/dev-provider/example.ts';
import { openProvider } from '../../src/commands/dev-provider/provider.ts';
import type { RunningProvider } from '../../src/commands/dev-provider/provider.ts';

/** A real OpenID Provider on loopback, with clients whose settings are right or wrong in different ways. */
export interface SignInProvider extends RunningProvider {
  /** Takes JSON too. The metadata has it if the provider was started so. */
  readonly lenientTokenEndpoint: string;
  /** Takes only forms. The metadata has it otherwise. */
  readonly strictTokenEndpoint: string;
  /** Responds with 500 to everything. */
  readonly brokenEndpoint: string;
  /** The public keys, as JSON, and those of somebody else. */
  readonly keySet: string;
  readonly otherKeySet: string;
  /** The current key as another key would be: for encryption, or for another algorithm. */
  readonly keySetWith: (members: Readonly<Record<string, unknown>>) => string;
  /** Replaces the keys: ID tokens are signed with the first one of an algorithm. All sign-ins that have begun are forgotten. */
  readonly useKeys: (keys: readonly ProviderKey[]) => void;
  /** Signs an ID token as the provider would; `claims` replace the usual ones. */
  readonly idToken: (claims: Readonly<Record<string, unknown>>) => string;
}

export const SECRET = 'example secret+1/=&';

/** A client with everything that sign-ins need, and changes. */
export function client(
  client_id: string,
  redirectUris: readonly string[],
  settings: Partial<ClientMetadata> = {},
): ClientMetadata {
  return { ...exampleClient(redirectUris), client_id, client_secret: SECRET, ...settings };
}

/** The usual clients. Each name says what is wrong with the settings. */
export function clientsFor(redirectUris: readonly string[]): ClientMetadata[] {
  return [
    client('right-client', redirectUris),
    client('basic-client', redirectUris, { token_endpoint_auth_method: 'client_secret_basic' }),
    client('jwt-client', redirectUris, { token_endpoint_auth_method: 'client_secret_jwt' }),
    client('client-of-another-app', ['http://127.0.0.1/elsewhere']),
    client('code-only-client', redirectUris, {
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }),
    client('implicit-only-client', redirectUris, {
      grant_types: ['implicit'],
      response_types: ['id_token'],
    }),
    client('hs256-client', redirectUris, { id_token_signed_response_alg: 'HS256' }),
    client('es256-client', redirectUris, { id_token_signed_response_alg: 'ES256' }),
    client('pkce-client', redirectUris),
    client('openid-only-client', redirectUris, { scope: 'openid' }),
  ];
}

/** What a provider has that the usual one has not. */
export interface ProviderChoices {
  /** The first is the current one. */
  readonly keys?: readonly [ProviderKey, ...ProviderKey[]];
  readonly clients?: (redirectUris: readonly string[]) => readonly ClientMetadata[];
  readonly more?: Configuration;
  /** Whether its token endpoint takes JSON too, as many do. */
  readonly takesJson?: boolean;
}

/** Starts the provider. `redirectUris` are those of the emulators. */
export async function startSignInProvider(
  redirectUris: readonly string[],
  choices: ProviderChoices = {},
): Promise<SignInProvider> {
  const front = await startFront();
  const provider = await openProvider(0, choices.takesJson === true ? front.url : null);
  if (provider === null) throw new Error('oidc-provider is not installed');
  const other = newKey('other');
  const { keys = [newKey('current'), newKey('elliptic', 'ES256')] } = choices;
  const [key] = keys;
  const useKeys = (own: readonly ProviderKey[]) => {
    provider.serve({
      // The last one has a subject and nothing else.
      users: [...EXAMPLE_USERS, { sub: 'cleo', claims: {} }],
      keys: own,
      clients: (choices.clients ?? clientsFor)(redirectUris),
      more: {
        pkce: { required: (_, { clientId }) => clientId === 'pkce-client' },
        enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'HS256'] },
        ...choices.more,
      },
    });
  };
  useKeys(keys);
  front.forwardTo(provider.origin);
  return {
    ...provider,
    lenientTokenEndpoint: `${front.url}/token`,
    strictTokenEndpoint: `${provider.origin}/token`,
    brokenEndpoint: `${front.url}/broken`,
    keySet: publicKeySet(keys),
    otherKeySet: publicKeySet([other]),
    keySetWith: (members) => publicKeySet([{ ...key, ...members }]),
    useKeys,
    idToken: (claims) => idToken(key, provider.issuer, claims),
    async close() {
      await Promise.all([provider.close(), front.close()]);
    },
  };
}

function idToken(key: ProviderKey, iss: string, claims: Readonly<Record<string, unknown>>): string {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss, aud: 'right-client', sub: 'ada', iat: now, exp: now + 300, ...claims };
  const signed = [{ alg: 'RS256', kid: key.kid }, all]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const privateKey = createPrivateKey({ key: key, format: 'jwk' });
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

/** A server in front of the provider. */
interface Front {
  readonly url: string;
  readonly forwardTo: (origin: string) => void;
  readonly close: () => Promise<void>;
}

/** Forwards everything; a JSON body, as many providers take it at their token endpoints, as a form. One of its paths fails. */
async function startFront(): Promise<Front> {
  const agent = new Agent({ keepAlive: true });
  let target = '';
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    if (request.url === '/broken') {
      response.writeHead(500).end('<h1>Oops</h1>');
      return;
    }
    const isJson = request.headers['content-type'] === 'application/json';
    const sent = isJson
      ? new URLSearchParams(JSON.parse(body) as Record<string, string>).toString()
      : body;
    const headers = {
      ...request.headers,
      ...(isJson && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(sent !== '' && { 'content-length': String(Buffer.byteLength(sent)) }),
    };
    const forwarded = requestTo(
      new URL(request.url ?? '/', target),
      { method: request.method, headers, agent },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.on('error', () => response.destroy());
    forwarded.end(sent);
  };
  const server = createServer((request, response) => void handle(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwardTo: (origin) => {
      target = origin;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
