import { EXAMPLE_USERS, publicKeySet } from '../../../src/commands/dev-provider/example.ts';
import { openProvider } from '../../../src/commands/dev-provider/provider.ts';
import { memory } from '../../../src/commands/dev-provider/storage.ts';
import { client } from '../../setup/sign-in-provider.ts';
import { algOf } from './styles.ts';
import type { Published } from './styles.ts';

const CLIENT_ID = 'right-client';

/** A real OpenID Provider whose keys change while people stay signed in there. */
export interface SigningProvider {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly clientId: string;
  /** The keys that it publishes first, as JSON. */
  readonly keySet: string;
  /** Publishes keys, and signs with the first one. */
  readonly publish: (keys: Published) => void;
  /** Issues an ID token to somebody with a browser. */
  readonly issue: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** @param uris the redirect URIs of the client; ID tokens are issued to the first one */
export async function startSigningProvider(
  uris: readonly string[],
  first: Published,
): Promise<SigningProvider> {
  const provider = await openProvider();
  if (provider === null) throw new Error('oidc-provider is not installed');
  const adapter = memory();
  const publish = (keys: Published) => {
    provider.serve({
      users: EXAMPLE_USERS,
      keys,
      clients: [client(CLIENT_ID, uris, { id_token_signed_response_alg: algOf(keys[0]) })],
      more: {
        adapter,
        cookies: { keys: ['the same for all'] },
        enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
      },
    });
  };
  publish(first);
  const [redirectUri = ''] = uris;
  const query = new URLSearchParams({
    response_type: 'id_token',
    client_id: CLIENT_ID,
    redirect_uri: redirectUri,
    scope: 'openid profile',
    nonce: 'of-the-test',
  });
  const follow = browserWithCookies();
  return {
    issuer: provider.issuer,
    authorizationEndpoint: provider.authorizationEndpoint,
    clientId: CLIENT_ID,
    keySet: publicKeySet(first),
    publish,
    issue: async () => {
      const landing = await follow(
        `${provider.authorizationEndpoint}?${query.toString()}`,
        redirectUri,
      );
      const token = new URLSearchParams(new URL(landing).hash.slice(1)).get('id_token');
      if (token === null) throw new Error(`no ID token: ${landing}`);
      return token;
    },
    close: provider.close,
  };
}

/** Makes what follows redirects to an app, and signs in on the way where it has to. The session stays. */
function browserWithCookies(): (link: string, app: string) => Promise<string> {
  const cookies = new Map<string, string>();
  return async (link, app) => {
    let url = link;
    while (!url.startsWith(app)) {
      const isLogin = url.includes('/interaction/');
      const response = await fetch(isLogin ? `${url}?user=ada` : url, {
        method: isLogin ? 'POST' : 'GET',
        redirect: 'manual',
        headers: { Cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      });
      const text = await response.text();
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`${response.status} at ${url}: ${text}`);
      url = new URL(location, url).href;
    }
    return url;
  };
}
