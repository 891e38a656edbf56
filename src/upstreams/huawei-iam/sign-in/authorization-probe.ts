import { randomBytes } from 'node:crypto';
import { isHttpUrl } from '../../../domain/sign-in/findings.ts';
import {
  authorizationProbe,
  readAuthorizationResponse,
} from '../../../domain/sign-in/probes/authorization.ts';
import type {
  AuthorizationRequest,
  AuthorizationResult,
} from '../../../domain/sign-in/probes/authorization.ts';
import type { Probing } from '../../../domain/sign-in/probes/probe.ts';
import { RESPONSE_MODE } from '../oidc-config/fields.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { redirectUris } from './sign-in-urls.ts';

/** What the stored authorization endpoint says of the client. `OFF`: the caller has asked for it, but it is turned off. */
export type ProbedAuthorization = AuthorizationResult | { readonly kind: 'NOT_REQUESTED' | 'OFF' };

/** The redirect URI of a console sign-in with this response mode. */
export function redirectUriOf({ responseMode }: OidcConfig, consoleUrl: string): string {
  const [fragment = '', formPost = ''] = redirectUris(consoleUrl);
  return responseMode === 'FRAGMENT' ? fragment : formPost;
}

/**
 * Sends a browser's first request of a console sign-in, without a person.
 * @throws RateLimitedError
 */
export async function probeAuthorization(
  config: OidcConfig,
  probing: Probing,
  consoleUrl: string,
): Promise<ProbedAuthorization> {
  if (probing.probe === null) return { kind: probing.isRequested ? 'OFF' : 'NOT_REQUESTED' };
  const unclear = (seen: string): ProbedAuthorization => ({ kind: 'UNCLEAR', issuer: null, seen });
  const { authorizationEndpoint: endpoint, responseMode, clientId } = config;
  if (endpoint === null || !isHttpUrl(endpoint) || responseMode === null)
    return unclear('What is stored is not enough for a request.');
  const request: AuthorizationRequest = {
    endpoint,
    redirectUri: redirectUriOf(config, consoleUrl),
    state: randomBytes(16).toString('base64url'),
    parameters: {
      response_type: 'id_token',
      response_mode: RESPONSE_MODE[responseMode],
      client_id: clientId,
      scope: config.scopes.join(' '),
      nonce: randomBytes(16).toString('base64url'),
    },
  };
  const sent = authorizationProbe(request);
  if (sent === null)
    return unclear('The stored endpoint has a parameter that Huawei Cloud IAM adds too.');
  const result = await probing.probe(sent);
  return result.response === null
    ? unclear(result.problem)
    : readAuthorizationResponse(result.response, request);
}
