import { keysOf, readJwks } from '../../../domain/keys/jwks.ts';
import { readIssuerOf } from '../../../domain/sign-in/evidence.ts';
import type { Evidence, IssuerReading } from '../../../domain/sign-in/evidence.ts';
import { verifySignature } from '../../../domain/sign-in/id-token.ts';
import type { IdToken } from '../../../domain/sign-in/id-token.ts';
import { usableKeySet } from '../../../domain/sign-in/issuer.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { endpointCheck } from '../../../domain/sign-in/metadata-checks.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { algorithmCheck, proofOf, tokenChecks } from '../../../domain/sign-in/token-checks.ts';
import type { Proof } from '../../../domain/sign-in/token-checks.ts';
import type { Session, SignInCheck } from '../../../transport/upstream.ts';
import { federationId, needs } from '../federation.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import type { HuaweiIamSettings } from '../settings.ts';
import { CHECK_CODES } from './codes.ts';
import type { HuaweiCheckCode } from './codes.ts';
import { storedKeysCheck, storedSignatureCheck } from './key-checks.ts';
import { mappingChecks } from './mapping-checks.ts';
import type { Person } from './mapping-checks.ts';
import { algorithmOffered, consoleChecks, issuerCheck } from './metadata-checks.ts';
import { objectChecks } from './object-checks.ts';
import { readStored } from './read-stored.ts';
import { redirectUris } from './sign-in-urls.ts';

type HuaweiCheck = Check<HuaweiCheckCode>;

/** The algorithm of the vendor's examples, and the only one that every issuer must have. */
const ACCEPTED_ALGORITHMS = ['RS256'];

/** The check of sign-in to Huawei Cloud, which reads and never writes. */
export const signInCheck: SignInCheck<Session<HuaweiIamSettings>> = {
  field: 'checkOidcConfig',
  key: 'idpId',
  aboutKey: 'Id of the identity provider: 1 to 64 letters, digits, hyphens and underscores.',
  id: federationId,
  codes: CHECK_CODES,
  defaultIssuer: 'the stored one.',
  takesClaims: true,
  description: `Checks whether people can sign in to Huawei Cloud with the OpenID Connect configuration of an identity provider: what is stored for the identity provider, its protocol, its mapping and its configuration is compared with what the issuer publishes, and with an ID token or claims if they are given. If the access mode is PROGRAM, it is about sign-in by API. ${needs('getOpenIDConnectConfig')} Checks that need getIdentityProvider, getProtocol and getMapping are skipped without them.`,
  run: async ({ call, settings }, idpId, evidence) => {
    const stored = await readStored(call, idpId);
    const { config } = stored;
    const reading = await readIssuerOf(evidence, evidence.issuer ?? config.idpUrl);
    const { checks, live, person } = await configChecks(
      config,
      reading,
      evidence,
      settings.HUAWEI_CONSOLE_URL,
    );
    return [...objectChecks(stored), ...checks, ...(await mappingChecks(stored, live, person))];
  },
};

interface ConfigChecks {
  readonly checks: readonly HuaweiCheck[];
  /** The issuer at which people certainly sign in; null if it is not known. */
  readonly live: Issuer | null;
  readonly person: Person | null;
}

async function configChecks(
  config: OidcConfig,
  reading: IssuerReading,
  { idToken, claims, now }: Evidence,
  consoleUrl: string,
): Promise<ConfigChecks> {
  const read = reading.issuer;
  const isConsole = config.accessMode === 'PROGRAM_CONSOLE';
  const endpoint = isConsole
    ? endpointCheck(
        'AUTHORIZATION_ENDPOINT',
        'authorizationEndpoint',
        config.authorizationEndpoint,
        read,
      )
    : null;
  const isConnected = read !== null && (endpoint === null || endpoint.status === 'PASSED');
  // Without the console, only the stored issuer tells where ID tokens come from.
  const live = isConnected && (isConsole || read.metadata.issuer === config.idpUrl) ? read : null;

  const checks: HuaweiCheck[] = [accessCheck(config), readCheck(reading)];
  if (read !== null) checks.push(issuerCheck(config, read, isConsole && isConnected));
  if (endpoint !== null) checks.push(endpoint);
  if (isConsole && live !== null) checks.push(...consoleChecks(config, live));
  if (live !== null) checks.push(algorithmOffered(live));
  const jwks = readJwks(config.signingKey);
  const keys = jwks && keysOf(jwks);
  const storedSignature = idToken && (await verifySignature(idToken, keys ?? []));
  checks.push(storedKeysCheck(keys, live, storedSignature));

  if (idToken === null || storedSignature === null) {
    checks.push(...clientChecks(config, null, consoleUrl));
    return { checks, live, person: claims && { claims, isCertain: true } };
  }
  const expected = {
    issuer: config.idpUrl,
    clientId: config.clientId,
    live: read,
    signature: await signatureBy(idToken, read),
    isConnected,
    now,
  };
  const proof = proofOf(idToken, expected);
  checks.push(...clientChecks(config, proof, consoleUrl));
  checks.push(...tokenChecks(idToken, expected), algorithmCheck(idToken, ACCEPTED_ALGORITHMS));
  checks.push(storedSignatureCheck(idToken, storedSignature, proof));
  return { checks, live, person: { claims: idToken.claims, isCertain: proof.isOwn } };
}

function signatureBy(idToken: IdToken, live: Issuer | null) {
  return verifySignature(idToken, live === null ? [] : usableKeySet(live).keys);
}

function accessCheck({ accessMode }: OidcConfig): HuaweiCheck {
  return passed(
    'ACCESS_MODE',
    ['accessMode'],
    accessMode === 'PROGRAM'
      ? 'Only sign-in by API: people cannot sign in to the console. This report is about sign-in by API.'
      : 'Sign-in to the console and by API. This report is about the console.',
  );
}

function readCheck(reading: IssuerReading): HuaweiCheck {
  const path = ['idpUrl'];
  return reading.issuer === null
    ? notPassed(
        'ISSUER_READ',
        'UNDECIDED',
        path,
        reading.problem,
        'Correct the issuer, or give the right one in issuer. Huawei Cloud IAM itself does not read it.',
      )
    : passed('ISSUER_READ', path, 'Its metadata and keys were read.');
}

/** What the issuer knows of the client, as far as an ID token for it shows. */
function* clientChecks(
  { accessMode, responseMode }: OidcConfig,
  proof: Proof | null,
  consoleUrl: string,
): Iterable<HuaweiCheck> {
  yield proof?.isOwn === true
    ? passed('CLIENT_ID', ['clientId'], 'The issuer has issued an ID token for it.')
    : notPassed(
        'CLIENT_ID',
        'UNDECIDED',
        ['clientId'],
        'Metadata does not show whether the issuer has a client with this id.',
        'Give an ID token that the issuer has issued for it.',
      );
  if (accessMode === 'PROGRAM') return;
  const [fragment, formPost] = redirectUris(consoleUrl);
  yield notPassed(
    'CLIENT_REGISTRATION',
    'UNDECIDED',
    ['redirectUris'],
    'Only a sign-in shows whether the issuer accepts the redirect URI, the response type id_token and the scopes for this client.',
    `Register the redirect URI ${String(responseMode === 'FRAGMENT' ? fragment : formPost)} and allow the implicit flow at the issuer, then open loginUrl.`,
  );
}
