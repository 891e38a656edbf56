import { clientCheck } from '../../../domain/sign-in/probes/client-checks.ts';
import type { ClientNeeds, KnownClient } from '../../../domain/sign-in/probes/client-checks.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';
import { isAccepted } from './client-probes.ts';
import type { ProbedSecret } from './client-probes.ts';

/** The scopes that OrderCloud always requests. */
const OWN_SCOPES = ['openid', 'profile', 'email'];

export const RESPONSE_TYPE = 'code';

/** All scopes that OrderCloud requests. */
export function scopesOf({ additionalIdpScopes }: OpenIdConnect): readonly string[] {
  return [...new Set([...OWN_SCOPES, ...additionalIdpScopes])];
}

/** What a sign-in needs of the client. OrderCloud also takes a response in a form; whether it uses PKCE is not documented. */
export function needsOf(config: OpenIdConnect, redirectUri: string): ClientNeeds {
  return {
    redirectUri,
    responseType: RESPONSE_TYPE,
    flow: 'the authorization code flow without PKCE',
    scopes: scopesOf(config),
    channels: ['query', 'form_post'],
    paths: {
      clientId: ['connectClientId'],
      redirectUri: ['redirectUri'],
      responseType: ['connectClientId'],
      scopes: ['additionalIdpScopes'],
    },
  };
}

/** The check that the issuer has the client. */
export function clientIdCheck(
  { connectClientId }: OpenIdConnect,
  needs: ClientNeeds,
  known: KnownClient,
  secret: ProbedSecret,
): Check<'CLIENT_ID'> {
  const path = needs.paths.clientId;
  if (connectClientId === null)
    return notPassed(
      'CLIENT_ID',
      'FAILED',
      path,
      'None is stored.',
      'Store the one of the issuer.',
    );
  return isAccepted(secret) && known.probed.kind !== 'CLIENT'
    ? passed('CLIENT_ID', path, 'The token endpoint knows the client.')
    : clientCheck(needs, known);
}
