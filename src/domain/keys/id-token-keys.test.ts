import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { RSA_KEY, RSA_THUMBPRINT } from '../../../test/setup/issuer-server.ts';
import { bareKey, idTokenKeyReason, thumbprint } from './id-token-keys.ts';
import type { Jwk } from './key-material.ts';

const publicKey = (type: 'ec' | 'ed25519', namedCurve = 'P-256'): Jwk =>
  (type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve })
    : generateKeyPairSync('ed25519')
  ).publicKey.export({ format: 'jwk' }) as Jwk;
const EC = publicKey('ec');
const ED = publicKey('ed25519');

describe('a thumbprint', () => {
  it('is that of RFC 7638 section 3.1', () => {
    expect(thumbprint(RSA_KEY)).toBe(RSA_THUMBPRINT);
  });

  it.each([EC, publicKey('ec', 'P-521'), ED, RSA_KEY])(
    'is what another library computes',
    async (key) => {
      expect(thumbprint({ ...key, kid: 'a', x5c: ['MIIB'] })).toBe(
        await calculateJwkThumbprint(key),
      );
    },
  );

  it.each<[string, Jwk]>([
    ['without a member', { kty: 'RSA', e: 'AQAB' }],
    ['with a member that is not text', { ...EC, x: 7 }],
    ['of an unknown type', { kty: 'AKP', pub: 'x' }],
    ['of a type that is not text', { kty: ['RSA'] }],
    ['that is symmetric', { kty: 'oct', k: 'x' }],
  ])('is none for a key %s', (_which, key) => {
    expect(thumbprint(key)).toBeNull();
  });
});

describe('a key that can verify ID tokens', () => {
  it.each<[string, Jwk, string[] | null]>([
    ['RSA', RSA_KEY, ['RS256']],
    ['RSA without use and alg', { ...bareKey(RSA_KEY), use: null, alg: null }, ['RS256']],
    ['EC', EC, null],
    ['EC by its algorithm', { ...EC, alg: 'ES256' }, ['RS256', 'ES256']],
    ['an Edwards curve', { ...ED, alg: 'EdDSA' }, ['Ed25519']],
    ['an Edwards curve by its other name', { ...ED, alg: 'Ed25519' }, ['EdDSA']],
    ['for verifying among others', { ...RSA_KEY, key_ops: ['verify', 'encrypt'] }, null],
  ])('%s', (_what, key, algorithms) => {
    const given = Object.fromEntries(Object.entries(key).filter(([, value]) => value !== null));
    expect(idTokenKeyReason(given, algorithms)).toBeNull();
  });

  it.each<[string, Jwk, string[] | null, RegExp]>([
    ['symmetric', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }, null, /symmetric/],
    ['private', { ...RSA_KEY, d: 'AQAB' }, null, /private key material/],
    ['of an unknown type', { kty: 'AKP', pub: 'x' }, null, /kty/],
    ['for encryption', { ...RSA_KEY, use: 'enc' }, null, /use is not sig/],
    ['for other operations', { ...RSA_KEY, key_ops: ['wrapKey'] }, null, /key_ops/],
    ['with an algorithm of encryption', { ...RSA_KEY, alg: 'RSA-OAEP' }, null, /alg is not a sig/],
    ['with a symmetric algorithm', { ...RSA_KEY, alg: 'HS256' }, null, /alg is not a sig/],
    ['with an algorithm of another type', { ...EC, alg: 'RS256' }, null, /alg is not a sig/],
    ['with an algorithm that the issuer does not use', RSA_KEY, ['ES256'], /alg is not one that/],
    ['of a curve for key agreement', { kty: 'OKP', crv: 'X25519', x: ED['x'] ?? '' }, null, /crv/],
    ['incomplete', { kty: 'EC', crv: 'P-256', x: 'AA' }, null, /missing/],
  ])('is not one that is %s', (_what, key, algorithms, reason) => {
    expect(idTokenKeyReason(key, algorithms)).toMatch(reason);
  });
});

it('a bare key has no certificates and members of vendors', () => {
  expect(bareKey({ ...RSA_KEY, x5c: ['MIIB'], x5t: 'a', issuer: 'https://a' })).toEqual(RSA_KEY);
  expect(bareKey({ kty: 'AKP', pub: 'x', kid: 'a' })).toEqual({ kid: 'a' });
});
