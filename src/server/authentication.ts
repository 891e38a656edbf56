import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import type { JWTVerifyOptions, JWTVerifyResult, LocalJWKSet } from 'jose';
import { LRUCache } from 'lru-cache';
import { SCOPES } from '../domain/identity.ts';
import type { Identity, Scope } from '../domain/identity.ts';
import {
  fault,
  faultOf,
  INVALID_TOKEN,
  MAX_KEYS_TRIED,
  NO_TOKEN,
  shown,
  TooManyKeys,
} from './authentication-faults.ts';
import type { AuthenticationFault } from './authentication-faults.ts';
import type {
  ApiKeyEntry,
  AuthenticationSettings,
  JwtSettings,
} from './authentication-settings.ts';
import { fetchedKeys, givenKeys } from './issuer-keys.ts';
import type { FetchedKeysOptions } from './issuer-keys.ts';

/** Tells who calls. */
export interface Authentication {
  /**
   * @param authorization the header `Authorization`, null where it is absent; several of them joined with commas
   * @param apiKey the header `X-Api-Key`, likewise
   */
  readonly authenticate: (
    authorization: string | null,
    apiKey: string | null,
  ) => Identity | AuthenticationFault | Promise<Identity | AuthenticationFault>;
  /** Value of `WWW-Authenticate` for who is not let in (RFC 9110 section 11.6.1). */
  readonly challenge: string;
}

/** What an API key looks like: 256 random bits after a prefix by which scanners find keys that leaked. */
const API_KEY = /^oidcgw_[A-Za-z0-9_-]{43}$/;

/** Whether a text has the form of an API key. */
export function isApiKey(text: string): boolean {
  return API_KEY.test(text);
}

/** API keys, wherever they stand in a text. */
export const API_KEYS = /oidcgw_[A-Za-z0-9_-]{43}/g;

/** Largest token, in characters. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/** A JWS in its compact serialization (RFC 7515 section 7.1). */
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*$/;

/** Longest `sub`: what OpenID Connect Core section 2 allows. */
const MAX_SUBJECT_LENGTH = 255;

/** Verified tokens that are remembered. */
const MAX_REMEMBERED = 1_000;

const REALM = 'realm="oidc-config-gateway"';

/**
 * Builds what tells who calls.
 * @param options.now the clock, in milliseconds since the epoch
 * @param options.maxWaiting how many callers may wait for the keys of the issuer at the same time
 */
export function createAuthentication(
  { jwt, apiKeys }: AuthenticationSettings,
  { now = Date.now, maxWaiting = Infinity }: Partial<FetchedKeysOptions> = {},
): Authentication {
  const checkToken = jwt === null ? null : tokenCheck(jwt, { now, maxWaiting });
  const checkApiKey = apiKeys === null ? null : apiKeyCheck(apiKeys, now);
  const ways = [
    ...(checkToken === null ? [] : ['"Authorization: Bearer <token>"']),
    ...(checkApiKey === null ? [] : ['"X-Api-Key: <key>"']),
  ].join(' or ');

  return {
    challenge: [
      ...(checkToken === null ? [] : [`Bearer ${REALM}`]),
      ...(checkApiKey === null ? [] : [`ApiKey ${REALM}`]),
    ].join(', '),
    authenticate: (authorization, apiKey) => {
      const [bearer, key] = [authorization?.trim() ?? '', apiKey?.trim() ?? ''];
      if (bearer === '' && key === '')
        return fault('MISSING', `This needs authentication: send ${ways}.`, 'no credentials');
      if (bearer !== '' && key !== '')
        return fault(
          'MALFORMED',
          'Send either Authorization or X-Api-Key, not both.',
          'a token beside an API key',
        );
      if (key !== '')
        return (
          checkApiKey?.(key) ??
          fault(
            'INVALID',
            `API keys are not taken here: send ${ways}.`,
            'API keys are not configured',
          )
        );
      if (checkToken === null)
        return fault(
          'INVALID',
          `Bearer tokens are not taken here: send ${ways}.`,
          'bearer tokens are not configured',
        );
      const token = bearerToken(bearer);
      if (token === null)
        return fault(
          'MALFORMED',
          'The header Authorization must be "Bearer <token>", once.',
          'another scheme, or several headers',
        );
      return checkToken(token);
    },
  };
}

/** The token of a header `Bearer <token>` (RFC 6750 section 2.1), null of any other one. A pattern would take 0.8 µs for a long one. */
function bearerToken(header: string): string | null {
  const [scheme, token] = [header.slice(0, 7), header.slice(7).trimStart()];
  return scheme.toLowerCase() === 'bearer ' &&
    token !== '' &&
    !token.includes(' ') &&
    !token.includes('\t')
    ? token
    : null;
}

/**
 * Finds a key by its digest. A plain hash is enough, since nobody can guess or list 256 random bits; slow hashes are
 * for passwords. Nor does the look-up tell anything by the time it takes: what is compared is a digest, and whoever
 * tries keys cannot choose the digests that they have.
 */
function apiKeyCheck(
  entries: readonly ApiKeyEntry[],
  now: () => number,
): (key: string) => Identity | AuthenticationFault {
  const byDigest = new Map(
    entries.map(({ sha256, id, scopes, expires }) => [
      sha256,
      {
        identity: { kind: 'API_KEY', id, scopes: new Set(scopes) } as const,
        expires: expires === undefined ? Infinity : Date.parse(expires),
      },
    ]),
  );
  return (key) => {
    if (!API_KEY.test(key))
      return fault(
        'MALFORMED',
        'The header X-Api-Key does not hold an API key of this gateway.',
        'not the form of an API key',
      );
    const found = byDigest.get(digestOf(key));
    if (found === undefined)
      return fault('INVALID', 'The API key is not valid here.', 'no key with this digest');
    if (now() >= found.expires)
      return fault(
        'EXPIRED',
        'The API key has expired: get a new one.',
        `expires of ${found.identity.id} has passed`,
      );
    return found.identity;
  };
}

/** SHA-256 of a token or key, in hexadecimal: what stands for it wherever it is kept. */
export function digestOf(credential: string): string {
  return hash('sha256', credential);
}

/** A token that was verified, as long as it need not be again. */
interface Remembered {
  readonly identity: Identity;
  /** The keys as they were: with others, the signature is checked anew. */
  readonly keys: LocalJWKSet;
  /** When it expires, tolerance included, in milliseconds since the epoch. */
  readonly until: number;
}

function tokenCheck(
  settings: JwtSettings,
  { now, maxWaiting }: FetchedKeysOptions,
): (token: string) => Identity | AuthenticationFault | Promise<Identity | AuthenticationFault> {
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

  /** Tokens come back with every request of their callers: one that is remembered costs no promise. */
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
  ): Promise<Identity | AuthenticationFault> => {
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
      return faultOf(error, token, { settings, keys, now: now() });
    }
  };

  return (token) => {
    if (token.length > MAX_TOKEN_LENGTH)
      return fault('MALFORMED', 'The token is too long.', 'too long');
    const digest = digestOf(token);
    // What is remembered has been looked at.
    if (!remembered.has(digest) && !COMPACT_JWS.test(token))
      return fault('MALFORMED', NO_TOKEN, 'not three parts');
    const keys = issuerKeys.current();
    return (keys instanceof Promise ? null : recall(digest, keys)) ?? check(token, digest, keys);
  };
}

/** Verifies with the key that the token names, or, if it names none, with each that may be meant, up to a few. */
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
}: JWTVerifyResult): Identity | AuthenticationFault {
  // RFC 9068 section 2.1. Others are made for something else, such as logout tokens.
  if (typ !== undefined && !/^(application\/)?(at\+)?jwt$/i.test(typ))
    return fault('INVALID', INVALID_TOKEN, 'a token of another typ', () => ({
      expected: ['at+jwt', 'JWT'],
      given: shown(typ),
    }));
  const { sub } = payload;
  if (typeof sub !== 'string' || sub.trim() === '' || sub.length > MAX_SUBJECT_LENGTH)
    return fault('INVALID', INVALID_TOKEN, 'sub is empty, too long or not text');
  const words = new Set([...wordsOf(payload['scope']), ...wordsOf(payload['scp'])]);
  return {
    kind: 'JWT',
    id: sub,
    scopes: new Set(SCOPES.filter((scope): scope is Scope => words.has(scope))),
  };
}

/** The words of a claim `scope` (RFC 8693 section 4.2) or `scp`, which some issuers have instead, as text or as a list. */
function wordsOf(claim: unknown): unknown[] {
  if (Array.isArray(claim)) return claim;
  return typeof claim === 'string' ? claim.split(' ') : [];
}
