import { visible } from '../text/visible.ts';
import { isHttpUrl } from './findings.ts';
import type { IdToken } from './id-token.ts';
import type { Issuer } from './issuer.ts';
import { offers } from './issuer.ts';
import type { ProbedAuthorization } from './probes/ask-authorization.ts';
import { notPassed, passed } from './report.ts';
import type { Check } from './report.ts';
import { showsScope } from './scope-claims.ts';

/** The members of the metadata that are endpoints of a sign-in, with their names in the document. */
const ENDPOINTS = {
  authorizationEndpoint: 'authorization_endpoint',
  tokenEndpoint: 'token_endpoint',
} as const;

/** All of its members that are endpoints. Each is for something else (OpenID Connect Discovery 1.0 section 3). */
const ALL_ENDPOINTS = {
  ...ENDPOINTS,
  userinfoEndpoint: 'userinfo_endpoint',
  endSessionEndpoint: 'end_session_endpoint',
  jwksUri: 'jwks_uri',
} as const;

/** What probes show of a stored endpoint. */
export interface ProbedEndpoint {
  /** The issuer that a response of it names (RFC 9207); null if there is none. */
  readonly respondsAs: string | null;
  /** What shows that it does not exist, as a sentence; null if that is not certain. */
  readonly absence: string | null;
}

/** What the probe of an authorization endpoint shows of the endpoint itself. */
export function shownOfEndpoint(probed: ProbedAuthorization): ProbedEndpoint {
  return {
    respondsAs: 'issuer' in probed ? probed.issuer : null,
    absence: probed.kind === 'ABSENT' && probed.isCertain ? probed.seen : null,
  };
}

/**
 * The check of a stored endpoint against an issuer.
 * @param stored null if the platform leaves it out
 * @param live null if the issuer is not known
 */
export function endpointCheck<Code extends string>(
  code: Code,
  field: keyof typeof ENDPOINTS,
  stored: string | null,
  live: Issuer | null,
  { respondsAs, absence }: ProbedEndpoint,
): Check<Code> {
  const path = [field];
  if (stored === null || !isHttpUrl(stored))
    return notPassed(
      code,
      'FAILED',
      path,
      stored === null ? 'It is missing.' : 'It is not an absolute http(s) URL.',
      `Store the ${ENDPOINTS[field]} of the issuer.`,
    );
  const published = live?.metadata[field] ?? null;
  if (live === null || published === null)
    return notPassed(
      code,
      'UNDECIDED',
      path,
      'The one of the issuer is not known.',
      'Correct what the check ISSUER_READ names.',
    );
  if (published === stored) return passed(code, path, 'It is the one of the issuer.');
  // Without that promise, a provider may give `iss` another meaning.
  if (
    live.metadata.authorizationResponseIssParameterSupported &&
    respondsAs === live.metadata.issuer
  )
    return passed(code, path, 'It is not the one of the issuer, but responds as the issuer.');
  const advice = `Store the ${ENDPOINTS[field]} of the issuer, exactly: ${visible(published)}`;
  const other = otherEndpointAt(stored, live);
  if (other !== null)
    return notPassed(code, 'FAILED', path, `It is the ${other} of the issuer.`, advice);
  if (absence !== null)
    return notPassed(
      code,
      'FAILED',
      path,
      `It does not exist. ${absence} The one of the issuer, on the same server, responds to the same request.`,
      advice,
    );
  return notPassed(
    code,
    'UNDECIDED',
    path,
    'It is not the one of the issuer. It may still lead there, for example by another name of the host.',
    advice,
  );
}

/** What a stored endpoint is by the metadata, if it is not what it is stored as; null if the metadata does not have it. */
export function otherEndpointAt(stored: string, { metadata }: Issuer): string | null {
  const names = Object.keys(ALL_ENDPOINTS) as (keyof typeof ALL_ENDPOINTS)[];
  const found = names.find((name) => metadata[name] === stored);
  return found === undefined ? null : ALL_ENDPOINTS[found];
}

/** The check of the response type that a platform uses. @param advice if the issuer does not offer it */
export function responseTypeCheck(
  { metadata: { responseTypesSupported: types } }: Issuer,
  type: string,
  path: readonly string[],
  advice: string,
): Check<'RESPONSE_TYPE'> {
  if (types !== null && offers(types, type))
    return passed('RESPONSE_TYPE', path, `The issuer lists ${type}.`);
  return notPassed(
    'RESPONSE_TYPE',
    types === null ? 'UNDECIDED' : 'FAILED',
    path,
    types === null
      ? 'The issuer does not say which response types it has.'
      : `The issuer does not list ${type} in response_types_supported.`,
    advice,
  );
}

/**
 * The check of the scopes that a platform requests. Issuers need not list all that they have.
 * @param own an ID token that the issuer has certainly issued for the stored client; null if there is none
 */
export function scopeCheck(
  { metadata: { scopesSupported: listed } }: Issuer,
  requested: readonly string[],
  path: readonly string[],
  own: IdToken | null,
): Check<'SCOPE'> {
  const [known, offered] = [new Set(requested), listed && new Set(listed)];
  const missing = [...new Set(['openid', ...requested])].filter(
    (scope) =>
      !known.has(scope) ||
      (offered?.has(scope) === false && (own === null || !showsScope(own.claims, scope))),
  );
  return missing.length === 0
    ? passed(
        'SCOPE',
        path,
        listed === null
          ? 'The issuer excludes none.'
          : 'The issuer lists all of them, or the ID token has their claims.',
      )
    : notPassed(
        'SCOPE',
        'UNDECIDED',
        path,
        `Not requested, or not listed by the issuer in scopes_supported: ${visible(missing.join(' '))}. It may refuse the sign-in.`,
        'Request openid, and only scopes that the issuer has.',
      );
}
