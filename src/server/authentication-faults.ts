import { decodeProtectedHeader, errors } from 'jose';
import type { JWTPayload, LocalJWKSet } from 'jose';
import { oncePer } from '../domain/memo.ts';
import { visible } from '../domain/visible.ts';
import type { JwtSettings } from './authentication-settings.ts';
import { KeysUnavailable } from './issuer-keys.ts';

/** Why a caller is not let in. `UNAVAILABLE` says nothing about the credentials: they could not be checked. */
export type AuthenticationFaultReason =
  'MISSING' | 'MALFORMED' | 'INVALID' | 'EXPIRED' | 'UNAVAILABLE';

/** What a token has instead of what is needed, for the log alone. What callers sent is cut and escaped. */
export interface Mismatch {
  readonly expected: string | readonly string[];
  readonly given: string | readonly string[];
}

/** A caller who is not let in. */
export interface AuthenticationFault {
  readonly reason: AuthenticationFaultReason;
  /** For the caller: not which check failed, which would help nobody but an attacker. */
  readonly message: string;
  /** For the log: the check that failed, never a value of the credentials. */
  readonly detail: string;
  /** Described when it is logged: what a caller sent has no place in the rest. */
  readonly mismatch?: () => Mismatch | undefined;
}

export const NO_TOKEN = 'The token is not a signed JWT.';
export const INVALID_TOKEN = 'The token is not valid here.';

export function fault(
  reason: AuthenticationFaultReason,
  message: string,
  detail: string,
  mismatch?: () => Mismatch | undefined,
): AuthenticationFault {
  return { reason, message, detail, ...(mismatch !== undefined && { mismatch }) };
}

/** What a token was checked against. */
interface Checked {
  readonly settings: Omit<JwtSettings, 'keys'>;
  /** The keys of the issuer, null where there were none. */
  readonly keys: LocalJWKSet | null;
  /** When, in milliseconds since the epoch. */
  readonly now: number;
}

/** Keys that a token is verified with if it does not say which one is meant: each takes time, and anybody may send such tokens. */
export const MAX_KEYS_TRIED = 8;

/** A token that does not say which of too many keys it is signed with. */
export class TooManyKeys extends Error {}

/** What the log says of a token that is refused, by the library's stable codes. */
const DETAILS: ReadonlyMap<string, string> = new Map([
  ['ERR_JOSE_ALG_NOT_ALLOWED', 'algorithm is not one of AUTH_ALGORITHMS'],
  ['ERR_JOSE_NOT_SUPPORTED', 'a critical header parameter is not known'],
  ['ERR_JWKS_NO_MATCHING_KEY', 'no key with this kid for this algorithm'],
  ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'signature does not fit'],
  ['ERR_JWT_INVALID', 'claims are no JSON object'],
]);

/** The same for claims that are there and do not fit. */
const CLAIM_DETAILS: ReadonlyMap<string, string> = new Map([
  ['iss', 'issuer is another one'],
  ['aud', 'audience is another one'],
  ['nbf', 'not valid yet'],
]);

/** What is wrong with a token, by what the library threw about it. */
export function faultOf(error: unknown, token: string, checked: Checked): AuthenticationFault {
  if (error instanceof KeysUnavailable) {
    return fault(
      'UNAVAILABLE',
      'Tokens cannot be checked at the moment. Nothing was executed: it is safe to send it again.',
      `the keys of the issuer cannot be fetched: ${error.message}`,
    );
  }
  if (error instanceof errors.JWTExpired)
    return fault('EXPIRED', 'The token has expired: get a new one.', 'exp has passed', () =>
      timeMismatch('after', error.payload.exp, checked),
    );
  if (error instanceof TooManyKeys)
    return fault(
      'INVALID',
      INVALID_TOKEN,
      `names none of more than ${MAX_KEYS_TRIED} keys that may be meant`,
    );
  if (error instanceof errors.JWSInvalid)
    return fault('MALFORMED', NO_TOKEN, 'header or signature cannot be read');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { reason, claim, payload } = error;
    if (reason !== 'check_failed') return fault('INVALID', INVALID_TOKEN, `${claim} is ${reason}`);
    return fault('INVALID', INVALID_TOKEN, CLAIM_DETAILS.get(claim) ?? claim, () =>
      claimMismatch(claim, payload, checked),
    );
  }
  // What else may come is about the key: not public after all, too short, or damaged.
  if (!(error instanceof errors.JOSEError))
    return fault('INVALID', INVALID_TOKEN, 'the key cannot be used');
  return fault('INVALID', INVALID_TOKEN, DETAILS.get(error.code) ?? 'the key cannot be used', () =>
    headerMismatch(error, token, checked),
  );
}

/** Something that is shown of a token, whatever the caller has put there. */
export function shown(value: unknown): string {
  return typeof value === 'string'
    ? visible(value)
    : `(${value === undefined ? 'none' : typeof value})`;
}

/** Items of a list that are shown. */
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

/** A time of a token against this machine's. */
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

/** The library copies the whole set to give it out: once is enough, since made-up tokens may come by the thousand. */
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

/** The header of a token that the library has read, so that it can be read. */
function headerOf(token: string): { readonly alg?: unknown; readonly kid?: unknown } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return {};
  }
}
