import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBase64url, modulusBits, unusableReason } from './key-material.ts';
import type { Jwk } from './key-material.ts';

const CURVES = { 'P-256': 32, 'P-384': 48, 'P-521': 66, secp256k1: 32 } as const;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
  format: 'jwk',
}) as Jwk & { readonly n: string };
const ofCurve = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }) as Jwk & {
    readonly x: string;
    readonly y: string;
  };
const p256 = ofCurve('P-256');
const p384 = ofCurve('P-384');
const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) as Jwk;

const base64url = (...bytes: number[]) => Buffer.from(bytes).toString('base64url');
const bytesOf = (text: string) => [...Buffer.from(text, 'base64url')];
/** The same number with its last byte changed. */
const withLast = (text: string, change: (byte: number) => number) =>
  base64url(
    ...bytesOf(text).map((byte, index, all) => (index === all.length - 1 ? change(byte) : byte)),
  );

function isImported(key: Jwk): boolean {
  try {
    createPublicKey({ key: key as never, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}

describe('a key that can be used', () => {
  it.each<[string, Jwk]>([
    ['RSA', rsa],
    ['RSA for signatures', { ...rsa, use: 'sig', alg: 'RS256', key_ops: ['verify'], kid: 'a' }],
    ['RSA with PSS', { ...rsa, alg: 'PS512' }],
    ['RSA with the exponent 3', { ...rsa, e: 'Aw' }],
    [
      'RSA with a zero before its modulus, as Java writes it',
      { ...rsa, n: base64url(0, ...bytesOf(rsa.n)) },
    ],
    ['EC', p256],
    ['EC with its algorithm', { ...p384, alg: 'ES384', key_ops: ['sign', 'verify'] }],
    ['Ed25519', { ...ed, alg: 'EdDSA' }],
    ['a type that nobody knows, which has a warning of its own', { kty: 'future' }],
  ])('%s', (_what, key) => {
    expect(unusableReason(key)).toBeNull();
  });

  it.each(Object.keys(CURVES))('on the curve %s, as Node.js finds it', (curve) => {
    for (let count = 0; count < 20; count += 1) {
      const key = ofCurve(curve);
      expect([unusableReason(key), isImported(key)]).toEqual([null, true]);
    }
  });
});

describe('an unusable key', () => {
  it.each<[string, Jwk, string]>([
    ['a small modulus', { ...rsa, n: 'example' }, 'its modulus has only 39 bits'],
    ['a modulus of zeros', { ...rsa, n: 'AAAA' }, 'its modulus has only 0 bits'],
    ['a huge modulus', { ...rsa, n: 'B'.repeat(3_000) }, 'more than verifiers accept'],
    [
      'an even modulus',
      { ...rsa, n: withLast(rsa.n, (byte) => byte & 0xfe) },
      'its modulus is even',
    ],
    ['the exponent 0', { ...rsa, e: 'AA' }, 'its exponent e is 0 or 1'],
    ['the exponent 1', { ...rsa, e: 'AQ' }, 'its exponent e is 0 or 1'],
    ['an even exponent', { ...rsa, e: 'AQAC' }, 'its exponent e is even'],
    [
      'a huge exponent',
      { ...rsa, e: rsa.n },
      'its exponent e has 2048 bits, more than verifiers accept',
    ],
    ['a decimal exponent', { ...rsa, e: '17' }, 'looks like a decimal number'],
    ['no exponent', { kty: 'RSA', n: rsa.n }, 'n or e is missing'],
    [
      'what is not base64url',
      { ...rsa, n: `${rsa.n.slice(0, 64)}\n${rsa.n.slice(64)}` },
      'n or e is not base64url',
    ],
    [
      'a point off its curve',
      { ...p256, y: withLast(p256.y, (byte) => byte ^ 1) },
      'its point is not on its curve',
    ],
    [
      'the point 0, 0',
      {
        ...p256,
        x: base64url(...Array<number>(32).fill(0)),
        y: base64url(...Array<number>(32).fill(0)),
      },
      'its point is not on its curve',
    ],
    [
      'a coordinate beyond the field',
      { ...p256, x: base64url(...Array<number>(32).fill(255)) },
      'its point is not on its curve',
    ],
    [
      'a coordinate of 31 bytes',
      { ...p256, x: base64url(...bytesOf(p256.x).slice(1)) },
      'the 32 bytes of its curve',
    ],
    [
      'a coordinate of 33 bytes',
      { ...p256, y: base64url(0, ...bytesOf(p256.y)) },
      'the 32 bytes of its curve',
    ],
    ['another curve', { ...p256, crv: 'P-384' }, 'the 48 bytes of its curve'],
    ['a curve that nobody knows', { ...p256, crv: 'P-257' }, 'its crv is not a known curve'],
    ['a curve in lower case', { ...p256, crv: 'p-256' }, 'its crv is not a known curve'],
    ['the use of encryption', { ...rsa, use: 'enc' }, 'its use is not sig'],
    [
      'the algorithm of encryption',
      { ...rsa, alg: 'RSA-OAEP' },
      'not a signature algorithm for RSA keys',
    ],
    [
      'the algorithm of key agreement',
      { ...p256, alg: 'ECDH-ES+A256KW' },
      'not a signature algorithm for keys of this type and curve',
    ],
    ['a symmetric algorithm', { ...rsa, alg: 'HS256' }, 'not a signature algorithm for RSA keys'],
    ['the algorithm of another type', { ...p256, alg: 'RS256' }, 'not a signature algorithm'],
    ['the algorithm of another curve', { ...p384, alg: 'ES256' }, 'not a signature algorithm'],
    ['an algorithm in lower case', { ...rsa, alg: 'rs256' }, 'not a signature algorithm'],
    [
      'operations of encryption',
      { ...rsa, key_ops: ['encrypt', 'wrapKey'] },
      'its key_ops do not include verify',
    ],
    [
      'the operation of the private key',
      { ...rsa, key_ops: ['sign'] },
      'its key_ops do not include verify',
    ],
    [
      'operations that are no list',
      { ...rsa, key_ops: 'verify' },
      'its key_ops do not include verify',
    ],
    ['Ed25519 of another length', { ...ed, x: 'example' }, 'x does not have the 32 bytes'],
    ['X25519', { ...ed, crv: 'X25519' }, 'its crv is not a curve for signatures'],
  ])('has %s', (_what, key, reason) => {
    expect(unusableReason(key)).toContain(reason);
  });

  it('is found wherever Node.js refuses to import a key', () => {
    const number = fc.oneof(
      fc.constantFrom('AQAB', 'example', 'AA', rsa.n, p256.x, p256.y, p384.x, p384.y),
      fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    const key = fc.oneof(
      fc.record({ kty: fc.constant('RSA'), n: number, e: number }),
      fc.record({
        kty: fc.constant('EC'),
        crv: fc.constantFrom('P-256', 'P-384', 'P-521', 'secp256k1', 'P-1'),
        x: number,
        y: number,
      }),
      fc.record({ kty: fc.constant('OKP'), crv: fc.constantFrom('Ed25519', 'Ed448'), x: number }),
    );
    fc.assert(
      fc.property(key, (jwk) => {
        if (!isImported(jwk)) expect(unusableReason(jwk)).not.toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});

describe('isBase64url', () => {
  it.each([
    ['AQAB', true],
    ['AA', true],
    ['AAA', true],
    ['A', false],
    ['AAAAA', false],
    ['', false],
    ['AQ==', false],
    ['A+AB', false],
    ['A AB', false],
  ])('%j: %s', (text, expected) => {
    expect(isBase64url(text)).toBe(expected);
  });
});

describe('modulusBits', () => {
  it.each<[string, Jwk, number]>([
    [
      'a generated key',
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
        format: 'jwk',
      }) as Jwk,
      2048,
    ],
    [
      'a shorter one',
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
        format: 'jwk',
      }) as Jwk,
      1024,
    ],
    ['65537', { kty: 'RSA', n: 'AQAB' }, 17],
    ['255', { kty: 'RSA', n: '_w' }, 8],
    ['leading zeros', { kty: 'RSA', n: 'AAAAAQ' }, 1],
    ['zero', { kty: 'RSA', n: 'AAAA' }, 0],
    ['nothing', { kty: 'RSA', n: '' }, 0],
    ['a modulus that is not text', { kty: 'RSA', n: 65537 }, 0],
    ['no modulus', { kty: 'RSA' }, 0],
    ['an EC key', { kty: 'EC', n: 'AQAB' }, 0],
  ])('%s', (_what, key, bits) => {
    expect(modulusBits(key)).toBe(bits);
  });
});
