import type { IssuerReading } from '../../../domain/sign-in/evidence.ts';
import { askAuthorization, unguessable } from '../../../domain/sign-in/probes/ask-authorization.ts';
import type { ProbedAuthorization } from '../../../domain/sign-in/probes/ask-authorization.ts';
import type { ClientNeeds } from '../../../domain/sign-in/probes/client-checks.ts';
import type { Probing } from '../../../domain/sign-in/probes/probe.ts';
import { RESPONSE_MODE } from '../oidc-config/fields.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { redirectUris } from './sign-in-urls.ts';

/** The response type of a console sign-in. */
const RESPONSE_TYPE = 'id_token';

/** What a console sign-in needs of the client. */
export function needsOf({ responseMode, scopes }: OidcConfig, consoleUrl: string): ClientNeeds {
  const [fragment = '', formPost = ''] = redirectUris(consoleUrl);
  return {
    redirectUri: responseMode === 'FRAGMENT' ? fragment : formPost,
    responseType: RESPONSE_TYPE,
    flow: 'the implicit flow with ID tokens',
    scopes,
    channels: responseMode && [RESPONSE_MODE[responseMode]],
    paths: {
      clientId: ['clientId'],
      redirectUri: ['redirectUris'],
      responseType: ['responseType'],
      scopes: ['scope'],
    },
  };
}

/**
 * Sends a browser's first request of a console sign-in, without a person.
 * @throws RateLimitedError
 */
export function probeAuthorization(
  config: OidcConfig,
  probing: Probing,
  consoleUrl: string,
  reading: Promise<IssuerReading>,
): Promise<ProbedAuthorization> {
  const { authorizationEndpoint: endpoint, responseMode, clientId, scopes } = config;
  return askAuthorization(
    probing,
    endpoint !== null && responseMode !== null
      ? {
          endpoint,
          redirectUri: needsOf(config, consoleUrl).redirectUri,
          parameters: {
            response_type: RESPONSE_TYPE,
            response_mode: RESPONSE_MODE[responseMode],
            client_id: clientId,
            scope: scopes.join(' '),
            nonce: unguessable(),
          },
        }
      : null,
    reading,
  );
}
