import type { Evidence, IssuerReading } from '../../../domain/sign-in/evidence.ts';
import { verifySignature } from '../../../domain/sign-in/id-token.ts';
import type { IdToken } from '../../../domain/sign-in/id-token.ts';
import { usableKeySet } from '../../../domain/sign-in/issuer.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import {
  endpointCheck,
  responseTypeCheck,
  scopeCheck,
  shownOfEndpoint,
} from '../../../domain/sign-in/metadata-checks.ts';
import type { ProbedAuthorization } from '../../../domain/sign-in/probes/ask-authorization.ts';
import { registrationCheck } from '../../../domain/sign-in/probes/client-checks.ts';
import type { ClientNeeds } from '../../../domain/sign-in/probes/client-checks.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { algorithmCheck, proofOf, tokenChecks } from '../../../domain/sign-in/token-checks.ts';
import type { Proof } from '../../../domain/sign-in/token-checks.ts';
import { visible } from '../../../domain/text/visible.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';
import { clientIdCheck, RESPONSE_TYPE, scopesOf } from './client-needs.ts';
import type { OrderCloudCheckCode } from './codes.ts';
import { authenticationCheck, secretCheck } from './secret-checks.ts';
import type { ProbedSecret } from './client-probes.ts';

type IssuerCheck = Check<OrderCloudCheckCode>;

/** Every issuer must have this algorithm. Which ones OrderCloud accepts is not documented. */
const ALGORITHM = 'RS256';

/** What was asked of the issuer and its endpoints. */
export interface Asked {
  /** Null if no issuer is known. */
  readonly reading: IssuerReading | null;
  readonly probed: ProbedAuthorization;
  readonly secret: ProbedSecret;
  /** What shows that the stored token endpoint does not exist; null if that is not certain. */
  readonly absence: string | null;
  readonly needs: ClientNeeds;
}

/** The checks of a configuration against its issuer and an ID token. */
export async function issuerChecks(
  config: OpenIdConnect,
  { reading, probed, secret, absence, needs }: Asked,
  { idToken, now }: Evidence,
): Promise<IssuerCheck[]> {
  const read = reading?.issuer ?? null;
  const { authorizationEndpoint, tokenEndpoint } = config;
  const endpoints = [
    endpointCheck(
      'AUTHORIZATION_ENDPOINT',
      'authorizationEndpoint',
      authorizationEndpoint,
      read,
      shownOfEndpoint(probed),
    ),
    endpointCheck('TOKEN_ENDPOINT', 'tokenEndpoint', tokenEndpoint, read, {
      respondsAs: null,
      absence,
    }),
  ];
  // Only then does this issuer show what OrderCloud gets.
  const isConnected = endpoints.every(({ status }) => status === 'PASSED');
  const token = idToken && (await tokenFacts(config, read, idToken, isConnected, now));
  const checks: IssuerCheck[] = [readCheck(reading), ...endpoints];
  const live = isConnected ? read : null;
  const own = token?.proof.isOwn === true ? idToken : null;
  if (live !== null) checks.push(...offerChecks(config, live, own, secret));
  const known = { probed, live, own };
  checks.push(clientIdCheck(config, needs, known, secret), registrationCheck(needs, known));
  checks.push(secretCheck(config, secret));
  if (token !== null) checks.push(...token.checks);
  return checks;
}

/** What an ID token shows. */
interface TokenFacts {
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
        'Act on that reason. If people are to sign in elsewhere, give that issuer in issuer.',
      )
    : passed('ISSUER_READ', path, 'Its metadata and keys were read.');
}

/** The checks of what OrderCloud asks of an issuer at which people certainly sign in. */
function* offerChecks(
  config: OpenIdConnect,
  live: Issuer,
  own: IdToken | null,
  secret: ProbedSecret,
): Iterable<IssuerCheck> {
  yield responseTypeCheck(
    live,
    RESPONSE_TYPE,
    ['authorizationEndpoint'],
    'Turn the authorization code flow on at the issuer.',
  );
  yield scopeCheck(live, scopesOf(config), ['additionalIdpScopes'], own);
  yield authenticationCheck(config, live, secret);
  yield algorithmOffered(live, own);
}

/** Issuers that offer several algorithms choose one for each client, which only an ID token shows. */
function algorithmOffered({ metadata }: Issuer, own: IdToken | null): IssuerCheck {
  const code = 'SIGNING_ALGORITHM';
  const path = ['idToken', 'alg'];
  const offered = metadata.idTokenSigningAlgValuesSupported ?? [];
  const isKnown = own?.alg === ALGORITHM;
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
