import { visible } from '../text/visible.ts';
import type { Json } from '../json/json.ts';
import { isAsymmetric } from './id-token.ts';
import type { IdToken, SignatureResult } from './id-token.ts';
import type { Issuer } from './issuer.ts';
import { neverMade, notPassed, passed } from './report.ts';
import type { Check, CheckCode } from './report.ts';

/** How far the clocks of an issuer and of a platform may differ, in seconds. */
const LEEWAY_SECONDS = 60;

/** What an ID token is compared with. */
export interface Expected {
  /** The stored issuer; null if the platform stores none. */
  readonly issuer: string | null;
  /** Null if the platform leaves it out. */
  readonly clientId: string | null;
  /** The issuer as it was read; null if it could not be. */
  readonly live: Issuer | null;
  /** What the keys of that issuer say about the signature. */
  readonly signature: SignatureResult;
  /** Whether people sign in at that issuer, so that its ID tokens are what the platform gets. */
  readonly isConnected: boolean;
  /** In seconds since 1970. */
  readonly now: number;
}

/** What an ID token proves. */
export interface Proof {
  /** It is from the issuer at which people sign in: its keys have signed it. */
  readonly isAuthentic: boolean;
  /** It is also for the stored client. */
  readonly isOwn: boolean;
}

/** An ID token that nobody can have forged, and that is from where the platform sends people, shows what the platform gets. */
export function proofOf(token: IdToken, expected: Expected): Proof {
  const { live, signature, isConnected, clientId } = expected;
  const isAuthentic =
    isConnected && signature === 'VERIFIED' && token.claims['iss'] === live?.metadata.issuer;
  return { isAuthentic, isOwn: isAuthentic && audienceOf(token).includes(clientId ?? '') };
}

/** The checks of an ID token that are the same for all platforms (OpenID Connect Core 1.0 section 3.1.3.7). */
export function* tokenChecks(token: IdToken, expected: Expected): Iterable<Check<CheckCode>> {
  const proof = proofOf(token, expected);
  if (expected.issuer !== null) yield issuerCheck(token, expected.issuer, proof);
  yield audienceCheck(token, expected.clientId ?? '');
  yield* partyCheck(token, expected.clientId ?? '');
  yield liveCheck(expected);
  yield expiryCheck(token, expected.now);
  yield issuedCheck(token, expected.now);
  yield neverMade(
    'ID_TOKEN_NONCE',
    ['idToken', 'nonce'],
    'Only the platform knows the nonce that it has sent.',
  );
}

function issuerCheck({ claims }: IdToken, issuer: string, { isAuthentic }: Proof) {
  const path = ['idToken', 'iss'];
  if (claims['iss'] === issuer)
    return passed('ID_TOKEN_ISSUER', path, 'It is the stored issuer, exactly.');
  return notPassed(
    'ID_TOKEN_ISSUER',
    isAuthentic ? 'FAILED' : 'UNDECIDED',
    path,
    `It is ${shown(claims['iss'])}, but "${visible(issuer)}" is stored. They are compared exactly.`,
    isAuthentic
      ? 'Store the issuer that ID tokens have in iss.'
      : 'Store the issuer that ID tokens have in iss, if this one is from where people sign in.',
  );
}

/** A token for another client may have been given by mistake, so it never shows that the stored one is wrong. */
function audienceCheck(token: IdToken, clientId: string) {
  const path = ['idToken', 'aud'];
  if (audienceOf(token).includes(clientId))
    return passed('ID_TOKEN_AUDIENCE', path, 'It contains the stored client id.');
  return notPassed(
    'ID_TOKEN_AUDIENCE',
    'UNDECIDED',
    path,
    `It is ${shown(token.claims['aud'])}, which does not contain the stored client id. A platform refuses such an ID token.`,
    'Give an ID token that was issued for the stored client, or correct the client id.',
  );
}

/** `azp` was to be checked until errata set 2 of OpenID Connect Core 1.0; some still do. */
function* partyCheck({ claims }: IdToken, clientId: string) {
  const { azp } = claims;
  if (azp === undefined) return;
  const path = ['idToken', 'azp'];
  if (azp === clientId)
    yield passed('ID_TOKEN_AUTHORIZED_PARTY', path, 'It is the stored client id.');
  else
    yield notPassed(
      'ID_TOKEN_AUTHORIZED_PARTY',
      'UNDECIDED',
      path,
      `It is ${shown(azp)}, another client. Some verifiers refuse such an ID token.`,
      'Give an ID token that was issued to the stored client itself.',
    );
}

function liveCheck({ live, signature }: Expected) {
  const path = ['idToken'];
  if (live === null)
    return notPassed(
      'ID_TOKEN_SIGNATURE_LIVE',
      'UNDECIDED',
      path,
      'The keys of the issuer could not be read.',
      'Correct what the check ISSUER_READ names.',
    );
  if (signature === 'VERIFIED')
    return passed('ID_TOKEN_SIGNATURE_LIVE', path, 'A published key verifies it.');
  return notPassed(
    'ID_TOKEN_SIGNATURE_LIVE',
    'UNDECIDED',
    path,
    signature === 'NOT_VERIFIED'
      ? 'No key that the issuer publishes verifies it. It may be from another issuer, somebody may have changed it, or the issuer has since removed the key that signed it.'
      : 'No key that the issuer publishes for such ID tokens verifies it.',
    'Give a new ID token of this issuer. What this one has proves nothing.',
  );
}

/** An expired token would be refused, but says nothing about the next one. */
function expiryCheck({ claims: { exp, nbf = 0 } }: IdToken, now: number) {
  const path = ['idToken', 'exp'];
  const advice = 'Give a new ID token, and compare the clocks.';
  if (typeof exp !== 'number' || typeof nbf !== 'number')
    return notPassed(
      'ID_TOKEN_EXPIRY',
      'UNDECIDED',
      path,
      'The time until which, or from which, it is valid is not a number.',
      'Every ID token must have exp: ask the owner of the issuer.',
    );
  if (exp + LEEWAY_SECONDS <= now)
    return notPassed('ID_TOKEN_EXPIRY', 'UNDECIDED', path, 'It has expired.', advice);
  if (exp <= now || nbf > now)
    return notPassed(
      'ID_TOKEN_EXPIRY',
      'UNDECIDED',
      path,
      'Whether it is valid now depends on the clock of the platform.',
      advice,
    );
  return passed('ID_TOKEN_EXPIRY', path, 'It is valid now.');
}

/** What is left of a token's life by our clock says nothing if that is less: ours or the one of the platform may be wrong. */
const WRONG_CLOCK_SECONDS = 600;

/** Whether a token is valid by every clock, so that a platform which refuses it has another reason. */
export function isValidOnAnyClock(
  { claims: { exp, iat, nbf = iat } }: IdToken,
  now: number,
): boolean {
  const hasBegun = [iat, nbf].every(
    (from) => typeof from === 'number' && from + LEEWAY_SECONDS <= now,
  );
  return hasBegun && typeof exp === 'number' && now + WRONG_CLOCK_SECONDS < exp;
}

function issuedCheck({ claims: { iat } }: IdToken, now: number) {
  const path = ['idToken', 'iat'];
  if (typeof iat === 'number' && iat <= now + LEEWAY_SECONDS)
    return passed('ID_TOKEN_ISSUED_AT', path, 'It is not in the future.');
  return notPassed(
    'ID_TOKEN_ISSUED_AT',
    'UNDECIDED',
    path,
    typeof iat === 'number' ? 'It is in the future.' : 'It is missing, or not a number.',
    'Compare the clock of the issuer with others.',
  );
}

/** Whether the signature is of a kind that public keys can verify; a platform may accept only some of these. */
export function algorithmCheck(
  { alg }: IdToken,
  accepted: readonly string[],
): Check<'ID_TOKEN_ALGORITHM'> {
  const path = ['idToken', 'alg'];
  if (alg !== null && accepted.includes(alg))
    return passed('ID_TOKEN_ALGORITHM', path, `It is ${alg}.`);
  return notPassed(
    'ID_TOKEN_ALGORITHM',
    'UNDECIDED',
    path,
    isAsymmetric(alg)
      ? `It is ${shown(alg)}; the platform is not documented to accept others than ${accepted.join(', ')}.`
      : `It is ${shown(alg)}, which public keys cannot verify. A platform refuses such an ID token.`,
    `Have the ID tokens of this client signed with ${accepted.join(' or ')}.`,
  );
}

function audienceOf({ claims: { aud } }: IdToken): readonly unknown[] {
  return Array.isArray(aud) ? aud : [aud];
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return visible(text.length > 300 ? `${text.slice(0, 300)}…` : text);
}
