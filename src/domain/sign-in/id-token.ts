import { compactVerify, errors } from 'jose';
import * as z from 'zod';
import type { RuleIssue } from '../input-issue.ts';
import { isObject, parseJson } from '../json/json.ts';
import { bareKey } from '../keys/id-token-keys.ts';
import { modulusBits, unusableReason } from '../keys/key-material.ts';
import type { Jwk } from '../keys/key-material.ts';
import { rule } from '../parse.ts';
import { claimsIssues } from './claims.ts';
import type { Claims } from './claims.ts';

/** Longest ID token, in characters: twice as much as fits into a header of 16 KB. */
const MAX_ID_TOKEN = 32_768;

/**
 * How many keys of a set are tried, the one with the `kid` of the token first, and how long their moduli may be: a
 * signature takes about 1 ms then, importing the key included.
 */
const MAX_TRIED = 4;
const MAX_MODULUS_BITS = 4_096;

/** The keys that an algorithm needs. */
interface KeyKind {
  readonly kty: string;
  readonly crv?: string;
}

/** The asymmetric algorithms of JWS (RFC 7518 section 3.1, RFC 8037, RFC 9864), with the keys that they need. */
const ALGORITHMS: ReadonlyMap<string, KeyKind> = new Map<string, KeyKind>([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg): [string, KeyKind] => [
    alg,
    { kty: 'RSA' },
  ]),
  ['ES256', { kty: 'EC', crv: 'P-256' }],
  ['ES384', { kty: 'EC', crv: 'P-384' }],
  ['ES512', { kty: 'EC', crv: 'P-521' }],
  ['EdDSA', { kty: 'OKP', crv: 'Ed25519' }],
  ['Ed25519', { kty: 'OKP', crv: 'Ed25519' }],
]);

/** An ID token as it was given. Nothing in it is verified. */
export interface IdToken {
  readonly text: string;
  readonly alg: string | null;
  readonly kid: string | null;
  readonly claims: Claims;
}

/** An ID token in an input: a signed JWT (RFC 7519) in compact form. */
export const idToken = z
  .string()
  .check(rule(tokenIssues))
  // The rule has found the parts; without them, parsing fails because of its issue.
  .transform((text) => parseIdToken(text) ?? { text, alg: null, kid: null, claims: {} });

function* tokenIssues(text: string): Iterable<RuleIssue> {
  if (text.length > MAX_ID_TOKEN) {
    yield { code: 'TOO_LONG', message: `Must have at most ${MAX_ID_TOKEN} characters.` };
    return;
  }
  const token = parseIdToken(text);
  if (token === null) {
    yield {
      code: 'INVALID_FORMAT',
      message:
        'Must be a signed JWT: three parts in base64url with dots between them, of which the first two are JSON objects.',
    };
    return;
  }
  yield* claimsIssues(token.claims);
}

function parseIdToken(text: string): IdToken | null {
  const parts = text.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) return null;
  const [header, claims] = parts.map((part) =>
    parseJson(Buffer.from(part, 'base64url').toString()),
  );
  if (!isObject(header) || !isObject(claims)) return null;
  const { alg, kid } = header;
  return {
    text,
    alg: typeof alg === 'string' ? alg : null,
    kid: typeof kid === 'string' ? kid : null,
    claims,
  };
}

/** Whether a signature algorithm is one with public keys. */
export function isAsymmetric(alg: string | null): boolean {
  return alg !== null && ALGORITHMS.has(alg);
}

/** Whether a key is of the kind that an algorithm needs. */
export function fits(
  alg: string | null,
  { kty, crv }: { readonly kty?: unknown; readonly crv?: unknown },
): boolean {
  const needed = ALGORITHMS.get(alg ?? '');
  return needed !== undefined && kty === needed.kty && (needed.crv ?? crv) === crv;
}

/**
 * What a key set says about a signature.
 * `LOOSELY`: a key verifies it, but its `kid`, `use`, `key_ops` or `alg` says that it is for something else.
 * `UNKNOWN`: not all keys could be tried.
 */
export type SignatureResult = 'VERIFIED' | 'LOOSELY' | 'NOT_VERIFIED' | 'UNKNOWN';

/** Verifies the signature of an ID token by each key of a set. It never throws, and takes bounded work. */
export async function verifySignature(
  token: IdToken,
  keys: readonly Jwk[],
): Promise<SignatureResult> {
  if (!isAsymmetric(token.alg)) return 'UNKNOWN';
  const fitting = keys
    .filter((key) => fits(token.alg, key))
    .sort((a, b) => Number(b['kid'] === token.kid) - Number(a['kid'] === token.kid));
  let result: SignatureResult = fitting.length > MAX_TRIED ? 'UNKNOWN' : 'NOT_VERIFIED';
  for (const key of fitting.slice(0, MAX_TRIED)) {
    const verified = await verifiedBy(token, key);
    if (verified === true && isFor(token, key)) return 'VERIFIED';
    if (verified === true) result = 'LOOSELY';
    else if (verified === null && result !== 'LOOSELY') result = 'UNKNOWN';
  }
  return result;
}

/** Null if it cannot be told. */
async function verifiedBy({ text, alg }: IdToken, key: Jwk): Promise<boolean | null> {
  const { kid: _kid, use: _use, alg: _alg, key_ops: _operations, ...material } = bareKey(key);
  if (unusableReason(material) !== null) return false;
  if (modulusBits(material) > MAX_MODULUS_BITS) return null;
  try {
    await compactVerify(text, material, { algorithms: [alg ?? ''] });
    return true;
  } catch (error) {
    return error instanceof errors.JWSSignatureVerificationFailed ? false : null;
  }
}

/** Whether the other members of a key, if it has them, fit the token. */
function isFor(token: IdToken, { kid, use, alg, key_ops: operations }: Jwk): boolean {
  return (
    (kid === undefined || token.kid === null || kid === token.kid) &&
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === token.alg) &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  );
}
