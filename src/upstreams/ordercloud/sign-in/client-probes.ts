import type { IssuerReading } from '../../../domain/sign-in/evidence.ts';
import { otherEndpointAt } from '../../../domain/sign-in/metadata-checks.ts';
import { askAuthorization } from '../../../domain/sign-in/probes/ask-authorization.ts';
import type { ProbedAuthorization } from '../../../domain/sign-in/probes/ask-authorization.ts';
import { askForAbsence, askToken } from '../../../domain/sign-in/probes/ask-token.ts';
import type { ClientNeeds } from '../../../domain/sign-in/probes/client-checks.ts';
import type { NotProbed, Probing } from '../../../domain/sign-in/probes/probe.ts';
import { formEncoded } from '../../../domain/sign-in/probes/token.ts';
import type { TokenResult } from '../../../domain/sign-in/probes/token.ts';
import type { Session } from '../../../transport/upstream.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';

/**
 * Sends a browser's first request of a sign-in, without a person.
 * @throws RateLimitedError
 */
export function probeAuthorization(
  { authorizationEndpoint: endpoint, connectClientId }: OpenIdConnect,
  { redirectUri, responseType, scopes }: ClientNeeds,
  probing: Probing,
  reading: Promise<IssuerReading | null>,
): Promise<ProbedAuthorization> {
  const parameters = {
    response_type: responseType,
    client_id: connectClientId ?? '',
    scope: scopes.join(' '),
  };
  return askAuthorization(
    probing,
    endpoint === null || connectClientId === null ? null : { endpoint, redirectUri, parameters },
    reading,
  );
}

/**
 * Whether a stored token endpoint that the metadata does not have certainly does not exist. The client secret is not sent.
 * @returns what shows it, as a sentence; null if that is not certain
 * @throws RateLimitedError
 */
export async function probeTokenEndpoint(
  { tokenEndpoint: endpoint, connectClientId: clientId, urlEncoded }: OpenIdConnect,
  reading: IssuerReading | null,
  redirectUri: string,
  { probe }: Probing,
): Promise<string | null> {
  const issuer = reading?.issuer ?? null;
  if (probe === null || endpoint === null || clientId === null || issuer === null) return null;
  if (otherEndpointAt(endpoint, issuer) !== null) return null;
  const form = urlEncoded ? 'FORM' : 'JSON';
  const published = issuer.metadata.tokenEndpoint;
  return askForAbsence(probe, { endpoint, redirectUri, clientId, form }, published);
}

/** What the token endpoint says to the stored client secret. */
export type ProbedSecret =
  | NotProbed
  /** Why the gateway does not send the secret. */
  | { readonly kind: 'WITHHELD'; readonly message: string; readonly advice: string }
  /** @param isSame whether OrderCloud certainly sends the same bytes */
  | { readonly kind: 'SENT'; readonly result: TokenResult; readonly isSame: boolean }
  /** The token endpoint does not take what `urlEncoded` stands for. */
  | { readonly kind: 'OTHER_FORM'; readonly said: string; readonly inForm: TokenResult };

/** Whether the token endpoint has accepted the stored client secret. */
export function isAccepted(secret: ProbedSecret): boolean {
  return (
    (secret.kind === 'SENT' && secret.result.kind === 'CODE') ||
    (secret.kind === 'OTHER_FORM' && secret.inForm.kind === 'CODE')
  );
}

/**
 * Sends the stored client secret to the stored token endpoint, with a made-up code. Only there, and only if the issuer
 * itself says that it belongs to the stored authorization endpoint: where people do not sign in, nobody gets the secret.
 * @param owner whose credentials have read the secret
 * @throws RateLimitedError
 */
export async function probeSecret(
  config: OpenIdConnect,
  reading: IssuerReading | null,
  redirectUri: string,
  owner: Session<unknown>['owner'],
  probing: Probing,
): Promise<ProbedSecret> {
  if (probing.probe === null) return { kind: probing.isRequested ? 'OFF' : 'NOT_REQUESTED' };
  const {
    connectClientId: clientId,
    connectClientSecret: secret,
    tokenEndpoint,
    urlEncoded,
  } = config;
  if (clientId === null || secret === null || tokenEndpoint === null)
    return { kind: 'NOT_REQUESTED' };
  if (owner === 'gateway' && !probing.isAdmin)
    return {
      kind: 'WITHHELD',
      message:
        'The gateway has read the client secret with its own credentials, and sends it only for callers with the scope oidc:admin.',
      advice: 'Use credentials with the scope oidc:admin.',
    };
  const metadata = reading?.issuer?.metadata;
  if (
    metadata?.tokenEndpoint !== tokenEndpoint ||
    metadata.authorizationEndpoint !== config.authorizationEndpoint
  )
    return {
      kind: 'WITHHELD',
      message:
        'The gateway sends the client secret only if the metadata of the issuer has both stored endpoints, exactly.',
      advice: 'Store authorization_endpoint and token_endpoint of the issuer, and give issuer.',
    };
  const { probe, hide } = probing;
  const clientSecret = secret.reveal();
  const request = { endpoint: tokenEndpoint, redirectUri, clientId, clientSecret } as const;
  const result = await askToken(probe, hide, { ...request, form: urlEncoded ? 'FORM' : 'JSON' });
  if (result.kind === 'CONTENT_TYPE')
    return {
      kind: 'OTHER_FORM',
      said: result.said,
      inForm: await askToken(probe, hide, { ...request, form: 'FORM' }),
    };
  // Whether OrderCloud encodes what it puts into the header is not documented.
  const isSame = urlEncoded || [clientId, clientSecret].every((text) => formEncoded(text) === text);
  return { kind: 'SENT', result, isSame };
}
