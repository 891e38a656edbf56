import { thumbprint } from '../../../domain/keys/id-token-keys.ts';
import { keysOf, readJwks } from '../../../domain/keys/jwks.ts';
import type { Jwk } from '../../../domain/keys/key-material.ts';
import { lacksKeyOf, readIssuerOf } from '../../../domain/sign-in/evidence.ts';
import type { Evidence, IssuerReading } from '../../../domain/sign-in/evidence.ts';
import { verifySignature } from '../../../domain/sign-in/id-token.ts';
import type { IdToken } from '../../../domain/sign-in/id-token.ts';
import { usableKeySet } from '../../../domain/sign-in/issuer.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { endpointCheck, shownOfEndpoint } from '../../../domain/sign-in/metadata-checks.ts';
import type { ProbedAuthorization } from '../../../domain/sign-in/probes/ask-authorization.ts';
import { clientCheck, registrationCheck } from '../../../domain/sign-in/probes/client-checks.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { algorithmCheck, proofOf, tokenChecks } from '../../../domain/sign-in/token-checks.ts';
import type { Proof } from '../../../domain/sign-in/token-checks.ts';
import { showsScopes, unrequestedClaims } from '../../../domain/sign-in/scope-claims.ts';
import type { Call } from '../../../transport/connection.ts';
import type { Session, SignInCheck } from '../../../transport/upstream.ts';
import { federationId, needs } from '../federation.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import type { HuaweiIamSettings } from '../settings.ts';
import { needsOf, probeAuthorization } from './authorization-probe.ts';
import { CHECK_CODES } from './codes.ts';
import type { HuaweiCheckCode } from './codes.ts';
import { exchangeCheck, settledBy } from './exchange-check.ts';
import { storedKeysCheck, storedSignatureCheck } from './key-checks.ts';
import { mappingChecks, personWith } from './mapping-checks.ts';
import type { Person } from './mapping-checks.ts';
import { algorithmOffered, consoleChecks, issuerCheck } from './metadata-checks.ts';
import { objectChecks } from './object-checks.ts';
import { readStored } from './read-stored.ts';
import { tryExchange } from './token-exchange.ts';
import type { Exchange } from './token-exchange.ts';

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
  probes:
    'a request without a person to the stored authorization endpoint, and the ID token, if it is given, to Huawei Cloud IAM, which makes a token of it that is dropped.',
  description: `Checks whether people can sign in to Huawei Cloud with the OpenID Connect configuration of an identity provider: what is stored for the identity provider, its protocol, its mapping and its configuration is compared with what the issuer publishes, and with an ID token or claims if they are given. If the access mode is PROGRAM, it is about sign-in by API. ${needs('getOpenIDConnectConfig')} Checks that need getIdentityProvider, getProtocol and getMapping are skipped without them.`,
  run: async ({ call, settings }, idpId, evidence) => {
    const stored = await readStored(call, idpId);
    const { config } = stored;
    const jwks = readJwks(config.signingKey);
    const keys = jwks && keysOf(jwks);
    const consoleUrl = settings.HUAWEI_CONSOLE_URL;
    const underWay = readIssuerOf(evidence, evidence.issuer ?? config.idpUrl, (remembered) =>
      mayHaveChanged(remembered, keys ?? [], evidence),
    );
    const [reading, probed, exchange] = await Promise.all([
      underWay,
      config.accessMode === 'PROGRAM'
        ? ({ kind: 'NOT_REQUESTED' } as const)
        : probeAuthorization(config, evidence.probing, consoleUrl, underWay),
      exchangeOf(call, idpId, evidence),
    ]);
    const known = { reading, probed, exchange, keys, consoleUrl };
    const { checks, live, person, proof } = await configChecks(config, known, evidence);
    const all = [
      ...objectChecks(stored),
      ...checks,
      ...(await mappingChecks(stored, live, person)),
    ];
    const { idToken, now } = evidence;
    if (exchange === null || idToken === null || person === null) return all;
    const hasTypicalClaims = config.accessMode === 'PROGRAM' || isTypical(person);
    return [
      ...settledBy(exchange, all, hasTypicalClaims),
      exchangeCheck(exchange, idToken, proof.isOwn && hasTypicalClaims, now),
    ];
  },
};

/** Whether the keys of an issuer seem to be others by now: the gateway remembers them for up to an hour. */
function mayHaveChanged(remembered: Issuer, stored: readonly Jwk[], evidence: Evidence): boolean {
  if (lacksKeyOf(evidence)(remembered)) return true;
  const { keys: published } = remembered;
  const prints = new Set(stored.map((key) => thumbprint(key)));
  return !published.some((key) => key.thumbprint !== null && prints.has(key.thumbprint));
}

async function exchangeOf(
  call: Call,
  idpId: string,
  { idToken, probing }: Evidence,
): Promise<Exchange | null> {
  if (idToken === null) return null;
  if (probing.probe === null) return probing.isRequested ? { kind: 'OFF' } : null;
  return tryExchange(call, { idpId, idToken });
}

/** Whether the platform certainly gets claims like these. */
function isTypical({ claims, mayLack, mayHaveMore }: Person): boolean {
  return !mayHaveMore && !Object.keys(claims).some((name) => mayLack.has(name));
}

interface Known {
  readonly reading: IssuerReading;
  readonly probed: ProbedAuthorization;
  readonly exchange: Exchange | null;
  /** The stored keys; null if the stored text is not a key set. */
  readonly keys: readonly Jwk[] | null;
  readonly consoleUrl: string;
}

interface ConfigChecks {
  readonly checks: readonly HuaweiCheck[];
  /** The issuer at which people certainly sign in; null if it is not known. */
  readonly live: Issuer | null;
  readonly person: Person | null;
  readonly proof: Proof;
}

const NOTHING_PROVEN: Proof = { isAuthentic: false, isOwn: false };

async function configChecks(
  config: OidcConfig,
  { reading, probed, exchange, keys, consoleUrl }: Known,
  { idToken, claims, now }: Evidence,
): Promise<ConfigChecks> {
  const read = reading.issuer;
  const isConsole = config.accessMode === 'PROGRAM_CONSOLE';
  const endpoint = isConsole
    ? endpointCheck(
        'AUTHORIZATION_ENDPOINT',
        'authorizationEndpoint',
        config.authorizationEndpoint,
        read,
        shownOfEndpoint(probed),
      )
    : null;
  const isConnected = read !== null && (endpoint === null || endpoint.status === 'PASSED');
  // Without the console, only the stored issuer tells where ID tokens come from.
  const live = isConnected && (isConsole || read.metadata.issuer === config.idpUrl) ? read : null;
  const expected = idToken && {
    issuer: config.idpUrl,
    clientId: config.clientId,
    live: read,
    signature: await signatureBy(idToken, read),
    isConnected,
    now,
  };
  const proof = idToken && expected ? proofOf(idToken, expected) : NOTHING_PROVEN;
  const own = proof.isOwn ? idToken : null;

  const checks: HuaweiCheck[] = [accessCheck(config), readCheck(reading)];
  if (read !== null) checks.push(issuerCheck(config, read, isConsole && isConnected));
  if (endpoint !== null) checks.push(endpoint);
  if (isConsole && live !== null) checks.push(...consoleChecks(config, live, own));
  if (live !== null) checks.push(algorithmOffered(live, own));
  const storedSignature = idToken && (await verifySignature(idToken, keys ?? []));
  const isAccepted = exchange?.kind === 'ACCEPTED';
  const shown = {
    signature: storedSignature,
    alg: own?.alg ?? null,
    isLooselyAccepted: isAccepted && storedSignature === 'LOOSELY',
    isKidIgnored: isAccepted && keys?.some((key) => key['kid'] === idToken?.kid) === false,
  };
  checks.push(storedKeysCheck(keys, live, shown));
  const needs = needsOf(config, consoleUrl);
  checks.push(clientCheck(needs, { probed, own, live }));
  if (isConsole) checks.push(registrationCheck(needs, { probed, own, live }));
  if (idToken === null || expected === null || storedSignature === null)
    return { checks, live, proof, person: claims && personWith(claims) };
  checks.push(...tokenChecks(idToken, expected), algorithmCheck(idToken, ACCEPTED_ALGORITHMS));
  checks.push(storedSignatureCheck(idToken, storedSignature, proof));
  return { checks, live, proof, person: personOf(config, idToken, proof) };
}

/** By API, the platform gets this very token; the console gets one of its own, with the stored scopes. */
function personOf(
  { accessMode, scopes }: OidcConfig,
  { claims }: IdToken,
  { isOwn }: Proof,
): Person {
  const known = { ...personWith(claims), isCertain: isOwn };
  return accessMode === 'PROGRAM'
    ? known
    : { ...known, mayLack: unrequestedClaims(scopes), mayHaveMore: !showsScopes(claims, scopes) };
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
        'Act on that reason. If people are to sign in elsewhere, give that issuer in issuer. Huawei Cloud IAM itself does not read it.',
      )
    : passed('ISSUER_READ', path, 'Its metadata and keys were read.');
}
