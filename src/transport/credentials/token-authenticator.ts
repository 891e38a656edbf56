import type { HttpResponse } from '../http/http.ts';
import type { Authenticator, RequestCredentials } from './authenticator.ts';
import type { CallerCredentials } from './caller-credentials.ts';
import type { HeldToken, TokenSource } from './token-source.ts';

/** Authenticates with the token of a token source. `isStale` decides whether a 401 is about the token itself. */
export function tokenAuthenticator(
  source: TokenSource,
  { toUpstream }: Pick<CallerCredentials, 'toUpstream'>,
  isStale: (response: HttpResponse) => boolean,
): Authenticator {
  const byToken = new WeakMap<HeldToken, RequestCredentials>();
  const tokens = new WeakMap<RequestCredentials, HeldToken>();
  const credentialsWith = (token: HeldToken): RequestCredentials => {
    const credentials = byToken.get(token) ?? {
      headers: toUpstream(token.value),
      secrets: [token.value],
      isShared: true,
    };
    byToken.set(token, credentials);
    tokens.set(credentials, token);
    return credentials;
  };
  return {
    owner: 'gateway',
    credentialsFor: (_request, wait) => {
      const token = source.token(wait);
      return token instanceof Promise ? token.then(credentialsWith) : credentialsWith(token);
    },
    refused: async (credentials, response, _request, wait) => {
      const token = tokens.get(credentials);
      if (token === undefined || !isStale(response)) return null;
      const next = await source.replacement(token, wait);
      return next === null ? null : credentialsWith(next);
    },
  };
}
