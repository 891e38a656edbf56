import { constants, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject, SignKeyObjectInput } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseIdToken, verifyIdToken } from './id-token.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const ed25519 = generateKeyPairSync('ed25519');

const ISSUER = 'https://idp.example.com';

interface Signer {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function token(
  alg: string,
  { privateKey }: Signer,
  hash: string | null,
  options: Partial<SignKeyObjectInput> = {},
): string {
  const claims = { iss: ISSUER, aud: 'client', exp: Math.floor(Date.now() / 1000) + 300 };
  const signed = [{ alg }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign(hash, Buffer.from(signed), { key: privateKey, ...options });
  return `${signed}.${signature.toString('base64url')}`;
}

const jwk = ({ publicKey }: Signer) => publicKey.export({ format: 'jwk' });

function verified(idToken: string, ...keys: readonly unknown[]): unknown {
  return verifyIdToken(parseIdToken(idToken), { keys, issuer: ISSUER, clientId: 'client' });
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING };
const JOINED = { dsaEncoding: 'ieee-p1363' } as const;

describe('a signature', () => {
  it.each<[string, Signer, string | null, Partial<SignKeyObjectInput>]>([
    ['RS256', rsa, 'sha256', {}],
    ['RS384', rsa, 'sha384', {}],
    ['RS512', rsa, 'sha512', {}],
    ['PS256', rsa, 'sha256', { ...PSS, saltLength: 32 }],
    ['PS384', rsa, 'sha384', { ...PSS, saltLength: 48 }],
    ['PS512', rsa, 'sha512', { ...PSS, saltLength: 64 }],
    ['ES256', p256, 'sha256', JOINED],
    ['ES384', p384, 'sha384', JOINED],
    ['ES512', p521, 'sha512', JOINED],
    ['EdDSA', ed25519, null, {}],
    ['Ed25519', ed25519, null, {}],
  ])('by %s is verified', (alg, signer, hash, options) => {
    const idToken = token(alg, signer, hash, options);
    const keys = [jwk(rsa), jwk(p256), jwk(p384), jwk(p521), jwk(ed25519)];
    expect(verified(idToken, null, { kty: 'RSA', n: 'x' }, ...keys)).toMatchObject({ iss: ISSUER });
    expect(() => verified(idToken.replace('.', '.x'), ...keys)).toThrow();
    expect(() => verified(idToken)).toThrow('no known key');
  });

  it.each(['none', 'HS256', 'toString', 'RS1'])('by %s is refused', (alg) => {
    const idToken = token(alg, rsa, 'sha256');
    expect(() => verified(idToken, jwk(rsa))).toThrow('in a way that is not accepted');
  });

  it.each([{ use: 'enc' }, { alg: 'PS256' }])('is not verified by a key with %o', (members) => {
    const idToken = token('RS256', rsa, 'sha256');
    expect(verified(idToken, { ...jwk(rsa), use: 'sig', alg: 'RS256', kid: 'any' })).toBeTruthy();
    expect(() => verified(idToken, { ...jwk(rsa), ...members })).toThrow('no known key');
  });

  it('is compared with a hundred keys', () => {
    const idToken = token('RS256', rsa, 'sha256');
    const fill = (count: number) => Array.from({ length: count }, () => ({ kty: 'oct' }));
    expect(verified(idToken, ...fill(99), jwk(rsa))).toBeTruthy();
    expect(() => verified(idToken, ...fill(100), jwk(rsa))).toThrow('no known key');
  });
});

it.each([
  undefined,
  '',
  'a.b.c',
  'e30.e30',
  'e30.e30.x.x',
  `e30.e30.${'x'.repeat(65_536)}`,
  'MQ.MQ.',
])('does not parse what is not an ID token: %#', (text) => {
  expect(() => parseIdToken(text)).toThrow('not an ID token');
});
