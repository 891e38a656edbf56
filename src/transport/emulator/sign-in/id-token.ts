import { constants, createPublicKey, verify } from 'node:crypto';
import type { VerifyKeyObjectInput } from 'node:crypto';
import { isObject } from '../emulator.ts';
import { SignInFailed } from './failed.ts';

/** Longest ID token that is read, in characters. */
const MAX_TOKEN = 64 * 1024;
/** Keys of a set that are tried. */
const MAX_KEYS = 100;
/** How far the clocks of a provider and of a platform may differ (OpenID Connect Core 1.0 section 3.1.3.7). */
const LEEWAY_SECONDS = 60;

/** How the signature of a JWS is verified (RFC 7518 section 3.1, RFC 8037). HMAC and `none` are not among them. */
interface Algorithm {
  readonly kty: string;
  readonly crv?: string;
  readonly hash: string | null;
  readonly options?: Partial<VerifyKeyObjectInput>;
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING };
const JOINED = { dsaEncoding: 'ieee-p1363' } as const;
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ...['256', '384', '512'].flatMap((size): [string, Algorithm][] => [
    [`RS${size}`, { kty: 'RSA', hash: `sha${size}` }],
    [
      `PS${size}`,
      { kty: 'RSA', hash: `sha${size}`, options: { ...PSS, saltLength: Number(size) / 8 } },
    ],
  ]),
  ['ES256', { kty: 'EC', crv: 'P-256', hash: 'sha256', options: JOINED }],
  ['ES384', { kty: 'EC', crv: 'P-384', hash: 'sha384', options: JOINED }],
  ['ES512', { kty: 'EC', crv: 'P-521', hash: 'sha512', options: JOINED }],
  ['EdDSA', { kty: 'OKP', hash: null }],
  ['Ed25519', { kty: 'OKP', crv: 'Ed25519', hash: null }],
]);

/** The claims of an ID token. */
export type Claims = Readonly<Record<string, unknown>>;

/** An ID token in parts. Nothing in it is verified. */
export interface ParsedIdToken {
  readonly algorithm: string;
  readonly claims: Claims;
  readonly signed: string;
  readonly signature: string;
}

/** @throws SignInFailed if it is not a JWT */
export function parseIdToken(token: unknown): ParsedIdToken {
  const [head, body, signature, ...more] =
    typeof token === 'string' && token.length <= MAX_TOKEN ? token.split('.') : [];
  const [header, claims] = [objectOf(head), objectOf(body)];
  if (!header || !claims || signature === undefined || more.length > 0)
    throw new SignInFailed('what the provider sent is not an ID token');
  return {
    algorithm: String(header['alg']),
    claims,
    signed: `${head ?? ''}.${body ?? ''}`,
    signature,
  };
}

function objectOf(part = ''): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What an ID token is compared with. */
export interface Expected {
  /** The `keys` of a JWKS. */
  readonly keys: readonly unknown[];
  /** Compared byte for byte. */
  readonly issuer: unknown;
  readonly clientId: unknown;
  /** Undefined if none was sent. */
  readonly nonce?: string | undefined;
}

/**
 * Verifies an ID token (OpenID Connect Core 1.0 section 3.1.3.7). `kid` is only a hint: every key that fits is tried.
 * @throws SignInFailed
 */
export function verifyIdToken(
  { algorithm, claims, signed, signature }: ParsedIdToken,
  { keys, issuer, clientId, nonce }: Expected,
): Claims {
  const known = ALGORITHMS.get(algorithm);
  if (!known) throw new SignInFailed('the ID token is signed in a way that is not accepted');
  const bytes = Buffer.from(signature, 'base64url');
  const isSigned = keys
    .slice(0, MAX_KEYS)
    .some((key) => isSignedBy(key, algorithm, known, Buffer.from(signed), bytes));
  if (!isSigned) throw new SignInFailed('no known key has signed the ID token');
  if (claims['iss'] !== issuer) throw new SignInFailed('the ID token is of another issuer');
  if (![claims['aud']].flat().includes(clientId))
    throw new SignInFailed('the ID token is for another client');
  const now = Date.now() / 1000;
  const { exp, nbf = 0 } = claims;
  if (typeof exp !== 'number' || exp + LEEWAY_SECONDS <= now)
    throw new SignInFailed('the ID token has expired');
  if (typeof nbf !== 'number' || nbf - LEEWAY_SECONDS > now)
    throw new SignInFailed('the ID token is not valid yet');
  if (nonce !== undefined && claims['nonce'] !== nonce)
    throw new SignInFailed('the ID token is for another sign-in');
  return claims;
}

function isSignedBy(
  jwk: unknown,
  name: string,
  { kty, crv, hash, options }: Algorithm,
  signed: Buffer,
  signature: Buffer,
): boolean {
  if (!isObject(jwk) || jwk['kty'] !== kty || (crv !== undefined && jwk['crv'] !== crv))
    return false;
  const { use = 'sig', alg = name } = jwk;
  if (use !== 'sig' || alg !== name) return false;
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return verify(hash, signed, { key, ...options }, signature);
  } catch {
    return false; // no verifier can use this key
  }
}
