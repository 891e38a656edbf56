import { visible } from '../text/visible.ts';
import { isHttpUrl } from './findings.ts';
import type { Issuer } from './issuer.ts';
import { offers } from './offers.ts';
import { notPassed, passed } from './report.ts';
import type { Check } from './report.ts';

/** The members of the metadata that are endpoints of a sign-in, with their names in the document. */
const ENDPOINTS = {
  authorizationEndpoint: 'authorization_endpoint',
  tokenEndpoint: 'token_endpoint',
} as const;

/**
 * The check of a stored endpoint against an issuer.
 * @param stored null if the platform leaves it out
 * @param live null if the issuer is not known
 * @param respondsAs the issuer that a response of the stored endpoint names (RFC 9207); null if there is none
 */
export function endpointCheck<Code extends string>(
  code: Code,
  field: keyof typeof ENDPOINTS,
  stored: string | null,
  live: Issuer | null,
  respondsAs: string | null = null,
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
  if (published === stored) return passed(code, path, 'It is the one of the issuer.');
  if (live !== null && respondsAs === live.metadata.issuer)
    return passed(code, path, 'It is not the one of the issuer, but responds as the issuer.');
  return notPassed(
    code,
    'UNDECIDED',
    path,
    published === null
      ? 'The one of the issuer is not known.'
      : 'It is not the one of the issuer. It may still lead there, for example by another name of the host.',
    published === null
      ? 'Correct what the check ISSUER_READ names.'
      : `Store the ${ENDPOINTS[field]} of the issuer, exactly.`,
  );
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

/** The check of the scopes that a platform requests. Issuers need not list all that they have. */
export function scopeCheck(
  { metadata: { scopesSupported: listed } }: Issuer,
  requested: readonly string[],
  path: readonly string[],
): Check<'SCOPE'> {
  const [known, offered] = [new Set(requested), listed && new Set(listed)];
  const missing = [...new Set(['openid', ...requested])].filter(
    (scope) => !known.has(scope) || offered?.has(scope) === false,
  );
  return missing.length === 0
    ? passed(
        'SCOPE',
        path,
        listed === null ? 'The issuer excludes none.' : 'The issuer lists all of them.',
      )
    : notPassed(
        'SCOPE',
        'UNDECIDED',
        path,
        `Not requested, or not listed by the issuer in scopes_supported: ${visible(missing.join(' '))}. It may refuse the sign-in.`,
        'Request openid, and only scopes that the issuer has.',
      );
}
