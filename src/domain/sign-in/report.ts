/** What a report says about sign-in as a whole. */
export const SIGN_IN_VERDICTS = {
  READY: 'Sign-in works: every check passed.',
  BROKEN: 'Sign-in fails: at least one check failed.',
  UNDECIDED: 'No check failed, but at least one could not decide.',
} as const;
export type SignInVerdict = keyof typeof SIGN_IN_VERDICTS;

export const CHECK_STATUSES = {
  PASSED: 'This keeps nobody from signing in.',
  FAILED: 'Sign-in fails because of this.',
  UNDECIDED: 'The gateway cannot tell; the message says why.',
  SKIPPED: 'The check could not be made; the message says why.',
} as const;
export type CheckStatus = keyof typeof CHECK_STATUSES;

/** The stable codes of checks that do not depend on a platform, each with its meaning. Each upstream adds its own. */
export const CHECK_CODES = {
  ISSUER_READ: 'The metadata and keys of the issuer can be read.',
  ISSUER: 'The stored issuer is the one that the OpenID Provider has in its ID tokens.',
  AUTHORIZATION_ENDPOINT: 'The stored authorization endpoint is the one of the issuer.',
  RESPONSE_TYPE: 'The issuer offers the response type that the platform uses.',
  SCOPE: 'The issuer offers the scopes that the platform requests.',
  SIGNING_ALGORITHM: 'The issuer signs the ID tokens of the client with RS256.',
  CLIENT_ID: 'The stored client id exists at the issuer.',
  CLIENT_REGISTRATION:
    'The client may use the redirect URI, response type and scopes of the platform.',
  ID_TOKEN_ISSUER:
    'The ID token has the stored issuer in `iss`, or that of the metadata if the platform stores none.',
  ID_TOKEN_AUDIENCE: 'The ID token has the stored client id in `aud`.',
  ID_TOKEN_AUTHORIZED_PARTY: 'The ID token has no other client in `azp`.',
  ID_TOKEN_ALGORITHM: 'The ID token is signed with an algorithm that the platform accepts.',
  ID_TOKEN_EXPIRY: 'The ID token has not expired, and is valid already.',
  ID_TOKEN_ISSUED_AT: 'The ID token was not issued in the future.',
  ID_TOKEN_SIGNATURE_LIVE: 'A key that the issuer publishes verifies the signature.',
  ID_TOKEN_NONCE: 'The ID token has the nonce of its sign-in. Only the platform knows it.',
} as const;
export type CheckCode = keyof typeof CHECK_CODES;

/** One check of a report. */
export interface Check<Code extends string = string> {
  readonly code: Code;
  readonly status: CheckStatus;
  /** Path of the field that it is about, with list indexes as decimal text. */
  readonly path: readonly string[];
  /** What was found, without secrets. */
  readonly message: string;
  /** What to do; null if there is nothing to do. */
  readonly advice: string | null;
  /** False for a check that only a sign-in can make, so that its absence says nothing. Left out otherwise. */
  readonly counts?: false;
}

export interface SignInReport {
  readonly verdict: SignInVerdict;
  /** The worst first. */
  readonly checks: readonly Check[];
}

/** What somebody has to act on comes first. */
const WORST_FIRST: readonly CheckStatus[] = ['FAILED', 'UNDECIDED', 'SKIPPED', 'PASSED'];

/** A report of these checks: ready only if nothing is left open. */
export function reportOf(checks: readonly Check[]): SignInReport {
  const decisive = checks.filter(({ counts }) => counts !== false);
  const sorted = [
    ...WORST_FIRST.flatMap((status) => decisive.filter((check) => check.status === status)),
    ...checks.filter(({ counts }) => counts === false),
  ];
  const has = (status: CheckStatus) => decisive.some((check) => check.status === status);
  if (has('FAILED')) return { verdict: 'BROKEN', checks: sorted };
  return { verdict: has('UNDECIDED') || has('SKIPPED') ? 'UNDECIDED' : 'READY', checks: sorted };
}

/** Makes a check that passed. @param advice about what keeps nobody from signing in, but is likely to cause problems */
export function passed<Code extends string>(
  code: Code,
  path: readonly string[],
  message: string,
  advice: string | null = null,
): Check<Code> {
  return { code, status: 'PASSED', path, message, advice };
}

/** Makes a check that only a sign-in can make. It does not count for the verdict. */
export function neverMade<Code extends string>(
  code: Code,
  path: readonly string[],
  message: string,
): Check<Code> {
  return { code, status: 'SKIPPED', path, message, advice: null, counts: false };
}

/** Makes a check that did not pass. */
export function notPassed<Code extends string>(
  code: Code,
  status: Exclude<CheckStatus, 'PASSED'>,
  path: readonly string[],
  message: string,
  advice: string | null,
): Check<Code> {
  return { code, status, path, message, advice };
}
