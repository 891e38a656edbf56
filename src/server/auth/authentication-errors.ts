import { decodeProtectedHeader, errors } from 'jose';
import type { JWTPayload, LocalJWKSet } from 'jose';
import { oncePer } from '../../domain/memo.ts';
import { visible } from '../../domain/text/visible.ts';
import type { JwtSettings } from '../../config/authentication-settings.ts';
import { KeysUnavailable } from './issuer-keys.ts';

/** Why a caller is not let in. `UNAVAILABLE`: the credentials could not be checked. */
export type AuthenticationErrorReason =
  'MISSING' | 'MALFORMED' | 'INVALID' | 'EXPIRED' | 'UNAVAILABLE';

/** What a token has and what it should have, for the log alone. Values from callers are cut and escaped. */
export interface Mismatch {
  readonly expected: string | readonly string[];
  readonly given: string | readonly string[];
}

/** A caller who is not let in. */
export interface AuthenticationError {
  readonly reason: AuthenticationErrorReason;
  /** For the caller. It does not say which check failed, which would only help attackers. */
  readonly message: string;
  /** For the log: the check that failed, never a value of the credentials. */
  readonly detail: string;
  /** Made when it is logged. All other members contain nothing that the caller sent. */
  readonly mismatch?: () => Mismatch | undefined;
}

export const NO_TOKEN = 'The token is not a signed JWT.';
export const INVALID_TOKEN = 'The token is not valid here.';

export function authenticationError(
  reason: AuthenticationErrorReason,
  message: string,
  detail: string,
  mismatch?: () => Mismatch | undefined,
): AuthenticationError {
  return { reason, message, detail, ...(mismatch !== undefined && { mismatch }) };
}

/** What a token was checked against. */
interface Checked {
  readonly settings: Omit<JwtSettings, 'keys'>;
  /** The keys of the issuer; null if there were none. */
  readonly keys: LocalJWKSet | null;
  /** When, in milliseconds since the epoch. */
  readonly now: number;
}

/** Maximum number of keys to try with a token that names none: each takes time, and anybody may send such tokens. */
export const MAX_KEYS_TRIED = 8;

/** The token does not name its key, and there are too many keys to try. */
export class TooManyKeys extends Error {}

/** What the log says about a refused token, by the library's stable codes. */
const DETAILS: ReadonlyMap<string, string> = new Map([
  ['ERR_JOSE_ALG_NOT_ALLOWED', 'algorithm is not one of AUTH_ALGORITHMS'],
  ['ERR_JOSE_NOT_SUPPORTED', 'a critical header parameter is not known'],
  ['ERR_JWKS_NO_MATCHING_KEY', 'no key with this kid for this algorithm'],
  ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'signature does not match'],
  ['ERR_JWT_INVALID', 'claims are not a JSON object'],
]);

/** The same for claims with a wrong value. */
const CLAIM_DETAILS: ReadonlyMap<string, string> = new Map([
  ['iss', 'wrong issuer'],
  ['aud', 'wrong audience'],
  ['nbf', 'not valid yet'],
]);

/** What is wrong with a token, derived from the library's error. */
export function errorOf(error: unknown, token: string, checked: Checked): AuthenticationError {
  if (error instanceof KeysUnavailable) {
    return authenticationError(
      'UNAVAILABLE',
      'Tokens cannot be checked at the moment. Nothing was executed: it is safe to send the request again.',
      `the keys of the issuer cannot be fetched: ${error.message}`,
    );
  }
  if (error instanceof errors.JWTExpired)
    return authenticationError(
      'EXPIRED',
      'The token has expired: get a new one.',
      'exp has passed',
      () => timeMismatch('after', error.payload.exp, checked),
    );
  if (error instanceof TooManyKeys)
    return authenticationError(
      'INVALID',
      INVALID_TOKEN,
      `has no kid, and more than ${MAX_KEYS_TRIED} keys may be meant`,
    );
  if (error instanceof errors.JWSInvalid)
    return authenticationError('MALFORMED', NO_TOKEN, 'header or signature cannot be read');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { reason, claim, payload } = error;
    if (reason !== 'check_failed')
      return authenticationError('INVALID', INVALID_TOKEN, `${claim} is ${reason}`);
    return authenticationError('INVALID', INVALID_TOKEN, CLAIM_DETAILS.get(claim) ?? claim, () =>
      claimMismatch(claim, payload, checked),
    );
  }
  // All other errors are about the key: not a public one, too short, or damaged.
  if (!(error instanceof errors.JOSEError))
    return authenticationError('INVALID', INVALID_TOKEN, 'the key cannot be used');
  return authenticationError(
    'INVALID',
    INVALID_TOKEN,
    DETAILS.get(error.code) ?? 'the key cannot be used',
    () => headerMismatch(error, token, checked),
  );
}

/** A value of a token, made safe to log. */
export function shown(value: unknown): string {
  return typeof value === 'string'
    ? visible(value)
    : `(${value === undefined ? 'none' : typeof value})`;
}

/** Maximum number of items of a list that are shown. */
const MAX_ITEMS = 10;

function shownList<Item>(
  items: readonly Item[],
  describe: (item: Item) => string,
): readonly string[] {
  const first = items.slice(0, MAX_ITEMS).map(describe);
  return items.length > MAX_ITEMS ? [...first, `… ${items.length - MAX_ITEMS} more`] : first;
}

function claimMismatch(
  claim: string,
  { iss, aud, nbf }: JWTPayload,
  checked: Checked,
): Mismatch | undefined {
  const { issuer, audience } = checked.settings;
  switch (claim) {
    case 'iss':
      return { expected: shown(issuer), given: shown(iss) };
    case 'aud':
      return {
        expected: shown(audience),
        given: Array.isArray(aud) ? shownList(aud, shown) : shown(aud),
      };
    case 'nbf':
      return timeMismatch('before', nbf, checked);
    default:
      return undefined;
  }
}

/** A time in a token, compared with this machine's. */
function timeMismatch(
  side: 'before' | 'after',
  seconds: unknown,
  { now }: Checked,
): Mismatch | undefined {
  const time = typeof seconds === 'number' ? new Date(seconds * 1000) : undefined;
  return time === undefined || Number.isNaN(time.getTime())
    ? undefined
    : { expected: `${side} ${new Date(now).toISOString()}`, given: time.toISOString() };
}

/** The library copies the whole key set each time. Once is enough: made-up tokens may come by the thousand. */
const shownKeys = oncePer((keys: LocalJWKSet) =>
  shownList(
    keys.jwks().keys,
    ({ kid, kty, crv }) =>
      `${shown(kid)} (${[kty, crv]
        .filter((part) => part !== undefined)
        .map(shown)
        .join(' ')})`,
  ),
);

function headerMismatch(
  error: errors.JOSEError,
  token: string,
  { settings: { algorithms }, keys }: Checked,
): Mismatch | undefined {
  const isAboutKid = error instanceof errors.JWKSNoMatchingKey;
  if (!isAboutKid && !(error instanceof errors.JOSEAlgNotAllowed)) return undefined;
  const { alg, kid } = headerOf(token);
  if (!isAboutKid) return { expected: algorithms, given: shown(alg) };
  return { expected: keys === null ? [] : shownKeys(keys), given: `${shown(kid)} (${shown(alg)})` };
}

/** The header of a token. The library has read it before, so it can be read. */
function headerOf(token: string): { readonly alg?: unknown; readonly kid?: unknown } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return {};
  }
}
