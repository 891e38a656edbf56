import type { IdToken } from '../../../domain/sign-in/id-token.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { responseTypeCheck, scopeCheck } from '../../../domain/sign-in/metadata-checks.ts';
import { offers } from '../../../domain/sign-in/issuer.ts';
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

/**
 * The checks of what a console sign-in asks of an issuer.
 * @param own an ID token for the stored client; null if there is none
 */
export function* consoleChecks(
  { responseMode, scopes }: OidcConfig,
  live: Issuer,
  own: IdToken | null,
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
  yield scopeCheck(live, scopes, ['scope'], own);
}

/**
 * The check of the algorithm of ID tokens. Issuers that offer several choose one for each client.
 * @param own an ID token for the stored client; null if there is none
 */
export function algorithmOffered({ metadata }: Issuer, own: IdToken | null): MetadataCheck {
  const offered = metadata.idTokenSigningAlgValuesSupported;
  const code = 'SIGNING_ALGORITHM';
  const path = ['signingKey'];
  if (own !== null)
    return passed(code, path, 'The ID token shows it: see the check ID_TOKEN_ALGORITHM.');
  if (offered?.every((algorithm) => algorithm === 'RS256') === true && offered.length > 0)
    return passed(code, path, 'The issuer offers only RS256.');
  const advice = 'Have the ID tokens of this client signed with RS256, and give one.';
  if (offered === null)
    return notPassed(
      code,
      'UNDECIDED',
      path,
      'The issuer does not say which algorithms it signs ID tokens with.',
      advice,
    );
  return notPassed(
    code,
    'UNDECIDED',
    path,
    offered.includes('RS256')
      ? `The issuer also offers ${visible(offered.filter((algorithm) => algorithm !== 'RS256').join(', '))}, and each client may have its own.`
      : 'The issuer does not list RS256, and Huawei Cloud IAM is not documented to accept others.',
    advice,
  );
}
