import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { responseTypeCheck, scopeCheck } from '../../../domain/sign-in/metadata-checks.ts';
import { offers } from '../../../domain/sign-in/offers.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { visible } from '../../../domain/text/visible.ts';
import { RESPONSE_MODE } from '../oidc-config/fields.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import type { HuaweiCheckCode } from './codes.ts';

type MetadataCheck = Check<HuaweiCheckCode>;

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
  live: Issuer,
): Iterable<MetadataCheck> {
  yield responseTypeCheck(
    live,
    'id_token',
    ['responseType'],
    'Turn the implicit flow on at the issuer.',
  );
  const { responseModesSupported: modes } = live.metadata;
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
  yield scopeCheck(live, scopes, ['scope']);
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
