import { canonicalJson } from '../json/json.ts';
import type { Json } from '../json/json.ts';

/** A JSON Web Key (RFC 7517 section 4), typed as far as its structure was checked. */
export type Jwk = Readonly<Record<string, Json>>;

/** A curve (FIPS 186-5, SEC 2): its field, its coefficients, the bytes of a coordinate, and its signature algorithm. */
interface Curve {
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly bytes: number;
  readonly alg: string;
}

const CURVES: ReadonlyMap<string, Curve> = new Map([
  [
    'P-256',
    {
      p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
      a: -3n,
      b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
      bytes: 32,
      alg: 'ES256',
    },
  ],
  [
    'P-384',
    {
      p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
      a: -3n,
      b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
      bytes: 48,
      alg: 'ES384',
    },
  ],
  [
    'P-521',
    {
      p: 2n ** 521n - 1n,
      a: -3n,
      b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
      bytes: 66,
      alg: 'ES512',
    },
  ],
  ['secp256k1', { p: 2n ** 256n - 2n ** 32n - 977n, a: 0n, b: 7n, bytes: 32, alg: 'ES256K' }],
]);

const RSA_ALGORITHMS: ReadonlySet<string> = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
]);

/** Length of the public signing keys of RFC 8037, in bytes. */
const OKP_BYTES: ReadonlyMap<string, number> = new Map([
  ['Ed25519', 32],
  ['Ed448', 57],
]);

/** Bounds of a modulus in bits: a shorter one can be factored, and OpenSSL refuses a longer one, and a longer exponent. */
const MIN_MODULUS_BITS = 512;
const MAX_MODULUS_BITS = 16_384;
const MAX_EXPONENT_BITS = 64;

/** Whether a text can be base64url (RFC 7515 section 2). Unused bits at its end are allowed: they are never read, and a vendor's example has some. */
export function isBase64url(text: string): boolean {
  return /^[\w-]+$/.test(text) && text.length % 4 !== 1;
}

/** Size of an RSA key's modulus in bits, 0 if it has none. */
export function modulusBits(key: Jwk): number {
  return key['kty'] === 'RSA' && typeof key['n'] === 'string'
    ? bitLength(Buffer.from(key['n'], 'base64url'))
    : 0;
}

/**
 * Why no verifier can check a signature with a key, null if no reason was found. Only computes: importing a key takes
 * 50 µs and differs between versions of Node.js, this takes 1 to 10.
 */
export function unusableReason(key: Jwk): string | null {
  return purposeReason(key) ?? materialReason(key);
}

/** The same text for keys with the same public key, whatever else is said about them. */
export function keyIdentity(key: Jwk): string {
  const { kty, crv, n, e, x, y } = key;
  if (kty === 'RSA') return canonicalJson([kty, n ?? null, e ?? null]);
  if (kty === 'EC' || kty === 'OKP') return canonicalJson([kty, crv ?? null, x ?? null, y ?? null]);
  return canonicalJson({ ...key, use: null, alg: null, key_ops: null });
}

/** The declared use of a key (RFC 7517 sections 4.2 to 4.4). */
function purposeReason({ kty, crv, use, key_ops: operations, alg }: Jwk): string | null {
  if (use !== undefined && use !== 'sig') return 'its use is not sig';
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return 'its key_ops do not include verify';
  if (alg === undefined) return null;
  const algorithms = algorithmsOf(kty, crv);
  return algorithms === null || (typeof alg === 'string' && algorithms.has(alg))
    ? null
    : `its alg is not a signature algorithm for ${kty === 'RSA' ? 'RSA keys' : 'keys of this type and curve'}`;
}

/** Signature algorithms of a key type and curve, null if none is known. */
function algorithmsOf(kty: Json | undefined, crv: Json | undefined): ReadonlySet<string> | null {
  if (kty === 'RSA') return RSA_ALGORITHMS;
  if (typeof crv !== 'string') return null;
  if (kty === 'OKP') return new Set(OKP_BYTES.has(crv) ? ['EdDSA', crv] : []);
  const curve = kty === 'EC' ? CURVES.get(crv) : undefined;
  return curve === undefined ? null : new Set([curve.alg]);
}

function materialReason({ kty, crv, n, e, x, y }: Jwk): string | null {
  if (kty === 'RSA')
    return typeof n === 'string' && typeof e === 'string' ? rsaReason(n, e) : 'n or e is missing';
  if (kty === 'EC')
    return typeof crv === 'string' && typeof x === 'string' && typeof y === 'string'
      ? ecReason(crv, x, y)
      : 'crv, x or y is missing';
  if (kty === 'OKP') {
    const bytes = typeof crv === 'string' ? OKP_BYTES.get(crv) : undefined;
    if (bytes === undefined) return 'its crv is not a curve for signatures';
    return typeof x === 'string' && isBase64url(x) && Buffer.from(x, 'base64url').length === bytes
      ? null
      : `x does not have the ${bytes} bytes of its curve`;
  }
  // A key of an unknown type has a warning of its own.
  return null;
}

function rsaReason(n: string, e: string): string | null {
  if (!isBase64url(n) || !isBase64url(e)) return 'n or e is not base64url';
  const modulus = Buffer.from(n, 'base64url');
  const bits = bitLength(modulus);
  if (bits < MIN_MODULUS_BITS) return `its modulus has only ${bits} bits`;
  if (bits > MAX_MODULUS_BITS) return `its modulus has ${bits} bits, more than verifiers accept`;
  if (isEven(modulus)) return 'its modulus is even';
  const exponent = Buffer.from(e, 'base64url');
  const exponentBits = bitLength(exponent);
  if (exponentBits < 2) return 'its exponent e is 0 or 1';
  if (/^\d+$/.test(e))
    return 'its exponent e looks like a decimal number; 65537 is AQAB in base64url';
  if (isEven(exponent)) return 'its exponent e is even';
  if (exponentBits > MAX_EXPONENT_BITS)
    return `its exponent e has ${exponentBits} bits, more than verifiers accept`;
  return null;
}

function ecReason(crv: string, x: string, y: string): string | null {
  const curve = CURVES.get(crv);
  if (curve === undefined) return 'its crv is not a known curve: P-256, P-384, P-521 or secp256k1';
  if (!isBase64url(x) || !isBase64url(y)) return 'x or y is not base64url';
  const [xBytes, yBytes] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  if (xBytes.length !== curve.bytes || yBytes.length !== curve.bytes)
    return `x and y do not both have the ${curve.bytes} bytes of its curve (RFC 7518 section 6.2.1.2)`;
  return isOnCurve(curve, numberOf(xBytes), numberOf(yBytes))
    ? null
    : 'its point is not on its curve';
}

function isOnCurve({ p, a, b }: Curve, x: bigint, y: bigint): boolean {
  return x < p && y < p && (y * y - (x * x + a) * x - b) % p === 0n;
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

function isEven(bytes: Buffer): boolean {
  return ((bytes.at(-1) ?? 0) & 1) === 0;
}

function bitLength(bytes: Buffer): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first] ?? 0) - 24);
}
