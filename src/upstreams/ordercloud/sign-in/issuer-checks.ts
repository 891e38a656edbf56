import type { Evidence, IssuerReading } from '../../../domain/sign-in/evidence.ts';
import { verifySignature } from '../../../domain/sign-in/id-token.ts';
import type { IdToken } from '../../../domain/sign-in/id-token.ts';
import { usableKeySet } from '../../../domain/sign-in/issuer.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import {
  endpointCheck,
  responseTypeCheck,
  scopeCheck,
} from '../../../domain/sign-in/metadata-checks.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { algorithmCheck, proofOf, tokenChecks } from '../../../domain/sign-in/token-checks.ts';
import type { Proof } from '../../../domain/sign-in/token-checks.ts';
import { visible } from '../../../domain/text/visible.ts';
import { methodsOf } from '../open-id-connect/from-issuer.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';
import type { OrderCloudCheckCode } from './codes.ts';

type IssuerCheck = Check<OrderCloudCheckCode>;

/** The scopes that OrderCloud always requests. */
const OWN_SCOPES = ['openid', 'profile', 'email'];

/** Every issuer must have this algorithm. Which ones OrderCloud accepts is not documented. */
const ALGORITHM = 'RS256';

/**
 * The checks of a configuration against its issuer and an ID token.
 * @param reading null if no issuer is known
 */
export async function issuerChecks(
  config: OpenIdConnect,
  reading: IssuerReading | null,
  { idToken, now }: Evidence,
  redirectUri: string,
): Promise<IssuerCheck[]> {
  const read = reading?.issuer ?? null;
  const { authorizationEndpoint, tokenEndpoint } = config;
  const endpoints = [
    endpointCheck('AUTHORIZATION_ENDPOINT', 'authorizationEndpoint', authorizationEndpoint, read),
    endpointCheck('TOKEN_ENDPOINT', 'tokenEndpoint', tokenEndpoint, read),
  ];
  // Only then does this issuer show what OrderCloud gets.
  const isConnected = endpoints.every(({ status }) => status === 'PASSED');
  const token = idToken && (await tokenFacts(config, read, idToken, isConnected, now));
  const checks: IssuerCheck[] = [readCheck(reading), ...endpoints];
  if (read !== null && isConnected) checks.push(...offerChecks(config, read, token));
  checks.push(...registrationChecks(config, token, redirectUri));
  if (token !== null) checks.push(...token.checks);
  return checks;
}

/** What an ID token shows. */
interface TokenFacts {
  readonly alg: string | null;
  readonly proof: Proof;
  readonly checks: readonly IssuerCheck[];
}

async function tokenFacts(
  { connectClientId }: OpenIdConnect,
  live: Issuer | null,
  idToken: IdToken,
  isConnected: boolean,
  now: number,
): Promise<TokenFacts> {
  const signature = await verifySignature(idToken, live === null ? [] : usableKeySet(live).keys);
  const expected = { issuer: null, clientId: connectClientId, live, signature, isConnected, now };
  return {
    alg: idToken.alg,
    proof: proofOf(idToken, expected),
    checks: [
      ...(live === null ? [] : [tokenIssuerCheck(idToken, live)]),
      ...tokenChecks(idToken, expected),
      algorithmCheck(idToken, [ALGORITHM]),
    ],
  };
}

/** OrderCloud stores no issuer, so the one of the metadata is expected. */
function tokenIssuerCheck({ claims: { iss } }: IdToken, { metadata }: Issuer): IssuerCheck {
  const code = 'ID_TOKEN_ISSUER';
  const path = ['idToken', 'iss'];
  if (iss === metadata.issuer) return passed(code, path, 'It is the issuer of the metadata.');
  return notPassed(
    code,
    'UNDECIDED',
    path,
    `It is not "${visible(metadata.issuer)}", which the metadata names. They are compared exactly.`,
    'Give an ID token of this issuer, or in issuer the one that the ID token has in iss.',
  );
}

function readCheck(reading: IssuerReading | null): IssuerCheck {
  const path = ['issuer'];
  if (reading === null)
    return notPassed(
      'ISSUER_READ',
      'UNDECIDED',
      path,
      'OrderCloud stores no issuer, so it is not known.',
      'Give issuer, or an ID token of it.',
    );
  return reading.issuer === null
    ? notPassed(
        'ISSUER_READ',
        'UNDECIDED',
        path,
        reading.problem,
        'Correct the issuer, or give the right one in issuer.',
      )
    : passed('ISSUER_READ', path, 'Its metadata and keys were read.');
}

/** The checks of what OrderCloud asks of an issuer at which people certainly sign in. */
function* offerChecks(
  config: OpenIdConnect,
  live: Issuer,
  token: TokenFacts | null,
): Iterable<IssuerCheck> {
  yield responseTypeCheck(
    live,
    'code',
    ['authorizationEndpoint'],
    'Turn the authorization code flow on at the issuer.',
  );
  yield scopeCheck(live, [...OWN_SCOPES, ...config.additionalIdpScopes], ['additionalIdpScopes']);
  yield authenticationCheck(config, live);
  yield algorithmOffered(live, token);
}

/** What a token endpoint takes besides what it lists only shows if somebody tries. */
function authenticationCheck({ urlEncoded }: OpenIdConnect, { metadata }: Issuer): IssuerCheck {
  const code = 'CLIENT_AUTHENTICATION';
  const path = ['urlEncoded'];
  const listed = metadata.tokenEndpointAuthMethodsSupported;
  const offered = methodsOf(metadata);
  const method = urlEncoded ? 'client_secret_post' : 'client_secret_basic';
  if (!['client_secret_post', 'client_secret_basic', 'none'].some((one) => offered.includes(one)))
    return notPassed(
      code,
      'FAILED',
      path,
      'The issuer lists neither client_secret_post nor client_secret_basic in token_endpoint_auth_methods_supported, and OrderCloud has no other way.',
      'Allow one of them at the issuer.',
    );
  if (!offered.includes(method))
    return notPassed(
      code,
      'UNDECIDED',
      path,
      listed === null
        ? 'The issuer does not say that it takes client_secret_post. Many do so all the same.'
        : `The issuer does not list ${method} in token_endpoint_auth_methods_supported.`,
      urlEncoded
        ? 'If sign-in fails at the token endpoint, set urlEncoded to false.'
        : 'Set urlEncoded to true.',
    );
  return urlEncoded
    ? passed(code, path, 'The issuer lists client_secret_post.')
    : notPassed(
        code,
        'UNDECIDED',
        path,
        'OrderCloud sends a JSON body then. A token endpoint that strictly conforms to RFC 6749 refuses it; many take it.',
        offered.includes('client_secret_post')
          ? 'Set urlEncoded to true: the issuer lists client_secret_post.'
          : 'If sign-in fails at the token endpoint, set urlEncoded to true.',
      );
}

/** Issuers that offer several algorithms choose one for each client, which only an ID token shows. */
function algorithmOffered({ metadata }: Issuer, token: TokenFacts | null): IssuerCheck {
  const code = 'SIGNING_ALGORITHM';
  const path = ['idToken', 'alg'];
  const offered = metadata.idTokenSigningAlgValuesSupported ?? [];
  const isKnown = token?.proof.isOwn === true && token.alg === ALGORITHM;
  if (offered.includes(ALGORITHM) && (isKnown || offered.every((one) => one === ALGORITHM)))
    return passed(
      code,
      path,
      isKnown ? 'The issuer uses RS256 for this client.' : 'The issuer offers only RS256.',
    );
  return notPassed(
    code,
    'UNDECIDED',
    path,
    offered.includes(ALGORITHM)
      ? 'The issuer offers RS256 and others. Only an ID token shows which one it uses for this client.'
      : 'The issuer does not list RS256, which every issuer must have. Whether OrderCloud accepts others is not documented.',
    'Have the ID tokens of this client signed with RS256, and give one.',
  );
}

/** What the issuer knows of the client, as far as an ID token for it shows. */
function* registrationChecks(
  { connectClientId, connectClientSecret }: OpenIdConnect,
  token: TokenFacts | null,
  redirectUri: string,
): Iterable<IssuerCheck> {
  const path = ['connectClientId'];
  if (connectClientId === null)
    yield notPassed('CLIENT_ID', 'FAILED', path, 'None is stored.', 'Store the one of the issuer.');
  else if (token?.proof.isOwn === true)
    yield passed('CLIENT_ID', path, 'The issuer has issued an ID token for it.');
  else
    yield notPassed(
      'CLIENT_ID',
      'UNDECIDED',
      path,
      'Metadata does not show whether the issuer has a client with this id.',
      'Give an ID token that the issuer has issued for it.',
    );
  yield notPassed(
    'CLIENT_REGISTRATION',
    'UNDECIDED',
    ['redirectUri'],
    'Only a sign-in shows whether the issuer accepts the redirect URI, the response type code and the scopes for this client.',
    `Register the redirect URI ${redirectUri} and allow the authorization code flow without PKCE at the issuer, then open loginUrl.`,
  );
  yield notPassed(
    'CLIENT_SECRET',
    'UNDECIDED',
    ['connectClientSecret'],
    connectClientSecret === null
      ? 'OrderCloud does not show a client secret.'
      : 'Only a sign-in shows whether the issuer accepts the client secret, and that it has not expired.',
    'Open loginUrl. If sign-in ends with an error at the token endpoint, store the secret of the issuer again.',
  );
}
