import { isHttpUrl } from '../../../domain/sign-in/findings.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { offers } from '../../../domain/sign-in/offers.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { visible } from '../../../domain/text/visible.ts';
import { RESPONSE_MODE } from '../oidc-config/fields.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import type { HuaweiCheckCode } from './codes.ts';

type MetadataCheck = Check<HuaweiCheckCode>;

/** The check of the stored authorization endpoint against an issuer, which may be unknown. */
export function endpointCheck(
  { authorizationEndpoint: stored }: OidcConfig,
  live: Issuer | null,
): MetadataCheck {
  const code = 'AUTHORIZATION_ENDPOINT';
  const path = ['authorizationEndpoint'];
  if (stored === null || !isHttpUrl(stored))
    return notPassed(
      code,
      'FAILED',
      path,
      stored === null ? 'It is missing.' : 'It is not an absolute http(s) URL.',
      'Store the authorization_endpoint of the issuer.',
    );
  const published = live?.metadata.authorizationEndpoint ?? null;
  if (published === stored) return passed(code, path, 'It is the one of the issuer.');
  return notPassed(
    code,
    'UNDECIDED',
    path,
    published === null
      ? 'The one of the issuer is not known.'
      : 'It is not the one of the issuer. It may still lead there, for example by another name of the host.',
    published === null
      ? 'Correct what the check ISSUER_READ names.'
      : 'Store the authorization_endpoint of the issuer, exactly.',
  );
}

/** The check of the stored issuer. @param isConnected whether people certainly sign in at this issuer */
export function issuerCheck(
  { idpUrl }: OidcConfig,
  live: Issuer,
  isConnected: boolean,
): MetadataCheck {
  const { issuer } = live.metadata;
  const path = ['idpUrl'];
  if (issuer === idpUrl)
    return passed('ISSUER', path, 'It is the issuer of the metadata, exactly.');
  return notPassed(
    'ISSUER',
    isConnected ? 'FAILED' : 'UNDECIDED',
    path,
    `The metadata is about the issuer "${visible(issuer)}", which ID tokens have in iss. It differs from what is stored, and they are compared exactly.`,
    'Store the issuer of the metadata, if people are to sign in there. A slash at its end matters.',
  );
}

/** The checks of what a console sign-in asks of an issuer. */
export function* consoleChecks(
  { responseMode, scopes }: OidcConfig,
  { metadata }: Issuer,
): Iterable<MetadataCheck> {
  const {
    responseTypesSupported: types,
    responseModesSupported: modes,
    scopesSupported,
  } = metadata;
  if (types === null || !offers(types, 'id_token'))
    yield notPassed(
      'RESPONSE_TYPE',
      types === null ? 'UNDECIDED' : 'FAILED',
      ['responseType'],
      types === null
        ? 'The issuer does not say which response types it has.'
        : 'The issuer does not list id_token in response_types_supported.',
      'Turn the implicit flow on at the issuer.',
    );
  else yield passed('RESPONSE_TYPE', ['responseType'], 'The issuer lists id_token.');

  if (responseMode === null || !offers(modes, RESPONSE_MODE[responseMode]))
    yield notPassed(
      'RESPONSE_MODE',
      responseMode === null ? 'UNDECIDED' : 'FAILED',
      ['responseMode'],
      responseMode === null
        ? 'None is stored.'
        : `The issuer does not list ${RESPONSE_MODE[responseMode]} in response_modes_supported.`,
      'Store a response mode that the issuer lists.',
    );
  else
    yield passed(
      'RESPONSE_MODE',
      ['responseMode'],
      modes === null ? 'The issuer excludes none.' : 'The issuer lists it.',
    );

  const missing = ['openid', ...scopes].filter(
    (scope) => !scopes.includes(scope) || scopesSupported?.includes(scope) === false,
  );
  yield missing.length === 0
    ? passed(
        'SCOPE',
        ['scope'],
        scopesSupported === null ? 'The issuer excludes none.' : 'The issuer lists all of them.',
      )
    : notPassed(
        'SCOPE',
        'UNDECIDED',
        ['scope'],
        `Not stored, or not listed by the issuer in scopes_supported: ${visible(missing.join(' '))}. It may refuse the sign-in.`,
        'Store openid, and only scopes that the issuer has.',
      );
}

/** Issuers that offer several algorithms choose one for each client. */
export function algorithmOffered({ metadata }: Issuer): MetadataCheck {
  const offered = metadata.idTokenSigningAlgValuesSupported;
  const path = ['signingKey'];
  if (offered?.includes('RS256') === true)
    return passed('SIGNING_ALGORITHM', path, 'The issuer offers RS256.');
  return notPassed(
    'SIGNING_ALGORITHM',
    'UNDECIDED',
    path,
    offered === null
      ? 'The issuer does not say which algorithms it signs ID tokens with.'
      : 'The issuer does not list RS256, and Huawei Cloud IAM is not documented to accept others.',
    'Have the ID tokens of this client signed with RS256.',
  );
}
