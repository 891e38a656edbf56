import { errors, jwtVerify } from 'jose';
import type { JWTVerifyOptions, JWTVerifyResult, LocalJWKSet } from 'jose';
import { LRUCache } from 'lru-cache';
import type { JwtSettings } from '../../config/authentication-settings.ts';
import { SCOPES } from '../../domain/identity.ts';
import type { Identity, Scope } from '../../domain/identity.ts';
import { digestOf } from './api-keys.ts';
import {
  authenticationError,
  errorOf,
  INVALID_TOKEN,
  MAX_KEYS_TRIED,
  NO_TOKEN,
  shown,
  TooManyKeys,
} from './authentication-errors.ts';
import type { AuthenticationError } from './authentication-errors.ts';
import { fetchedKeys, givenKeys } from './issuer-keys.ts';
import type { FetchedKeysOptions } from './issuer-keys.ts';

/** Maximum length of a token, in characters. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/** A JWS in its compact serialization (RFC 7515 section 7.1). */
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*$/;

/** Maximum length of `sub` (OpenID Connect Core section 2). */
const MAX_SUBJECT_LENGTH = 255;

/** Maximum number of verified tokens in the cache. */
const MAX_REMEMBERED = 1_000;

/** A verified token in the cache. */
interface Remembered {
  readonly identity: Identity;
  /** The keys it was verified with. If they change, the signature is checked again. */
  readonly keys: LocalJWKSet;
  /** When it expires, tolerance included, in milliseconds since the epoch. */
  readonly until: number;
}

/** Checks bearer tokens of an issuer. */
export function createTokenCheck(
  settings: JwtSettings,
  { now, maxWaiting }: FetchedKeysOptions,
): (token: string) => Identity | AuthenticationError | Promise<Identity | AuthenticationError> {
  const { keys: source, issuer, audience, algorithms, clockToleranceS } = settings;
  const issuerKeys =
    source instanceof URL ? fetchedKeys(source, { now, maxWaiting }) : givenKeys(source);
  const remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED });

  const verify = (token: string, keys: LocalJWKSet) =>
    verifySigned(token, keys, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: clockToleranceS,
      currentDate: new Date(now()),
      requiredClaims: ['exp', 'sub'],
    });

  /** Callers send the same token with every request: a cached token is checked without creating a promise. */
  const recall = (digest: string, keys: LocalJWKSet): Identity | null => {
    const known = remembered.get(digest);
    if (known === undefined) return null;
    if (known.keys !== keys || now() >= known.until) {
      remembered.delete(digest);
      return null;
    }
    return known.identity;
  };

  const check = async (
    token: string,
    digest: string,
    current: LocalJWKSet | Promise<LocalJWKSet>,
  ): Promise<Identity | AuthenticationError> => {
    let keys: LocalJWKSet | null = null;
    try {
      keys = await current;
      const known = recall(digest, keys);
      if (known !== null) return known;
      const old = keys;
      const verified = await verify(token, old).catch(async (error: unknown) => {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        keys = await issuerKeys.newerThan(old);
        return verify(token, keys);
      });
      const identity = identityOf(verified);
      if ('reason' in identity) return identity;
      remembered.set(digest, {
        identity,
        keys,
        until: Math.ceil((verified.payload.exp ?? 0) + clockToleranceS) * 1_000,
      });
      return identity;
    } catch (error) {
      return errorOf(error, token, { settings, keys, now: now() });
    }
  };

  return (token) => {
    if (token.length > MAX_TOKEN_LENGTH)
      return authenticationError('MALFORMED', 'The token is too long.', 'too long');
    const digest = digestOf(token);
    // A token in the cache was checked before.
    if (!remembered.has(digest) && !COMPACT_JWS.test(token))
      return authenticationError('MALFORMED', NO_TOKEN, 'does not have three parts');
    const keys = issuerKeys.current();
    return (keys instanceof Promise ? null : recall(digest, keys)) ?? check(token, digest, keys);
  };
}

/** Verifies with the key that the token names. If it names none, tries each possible key, up to a few. */
async function verifySigned(
  token: string,
  keys: LocalJWKSet,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let tried = 0;
    for await (const key of error) {
      if (tried === MAX_KEYS_TRIED) throw new TooManyKeys();
      tried += 1;
      try {
        return await jwtVerify(token, key, options);
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function identityOf({
  payload,
  protectedHeader: { typ },
}: JWTVerifyResult): Identity | AuthenticationError {
  // RFC 9068 section 2.1. Tokens of other types, such as logout tokens, serve other purposes.
  if (typ !== undefined && !/^(application\/)?(at\+)?jwt$/i.test(typ))
    return authenticationError('INVALID', INVALID_TOKEN, 'typ is not at+jwt or JWT', () => ({
      expected: ['at+jwt', 'JWT'],
      given: shown(typ),
    }));
  const { sub } = payload;
  if (typeof sub !== 'string' || sub.trim() === '' || sub.length > MAX_SUBJECT_LENGTH)
    return authenticationError('INVALID', INVALID_TOKEN, 'sub is empty, too long or not a string');
  const words = new Set([...wordsOf(payload['scope']), ...wordsOf(payload['scp'])]);
  return {
    kind: 'JWT',
    id: sub,
    scopes: new Set(SCOPES.filter((scope): scope is Scope => words.has(scope))),
  };
}

/** The words of a claim `scope` (RFC 8693 section 4.2), or of `scp`, which some issuers use instead, as a string or as a list. */
function wordsOf(claim: unknown): unknown[] {
  if (Array.isArray(claim)) return claim;
  return typeof claim === 'string' ? claim.split(' ') : [];
}
