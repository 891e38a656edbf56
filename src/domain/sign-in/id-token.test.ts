import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Jwk } from '../keys/key-material.ts';
import { idToken, isAsymmetric, verifySignature } from './id-token.ts';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function keyPair(members: Jwk = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { privateKey, jwk: { ...(publicKey.export({ format: 'jwk' }) as Jwk), ...members } };
}
const own = keyPair({ kid: 'own', use: 'sig', alg: 'RS256' });
const other = keyPair({ kid: 'other' });

function signed(header: object, key: KeyObject = own.privateKey) {
  const text = `${part(header)}.${part({ iss: 'https://idp.example', aud: 'app' })}`;
  return idToken.parse(`${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`);
}
const token = signed({ alg: 'RS256', kid: 'own' });

const issuesOf = (text: string) =>
  idToken.safeParse(text).error?.issues.map((issue) => issue as { params?: { code?: string } }) ??
  [];

describe('an ID token', () => {
  it('is read, and not verified', () => {
    expect(token).toMatchObject({
      alg: 'RS256',
      kid: 'own',
      claims: { iss: 'https://idp.example', aud: 'app' },
    });
    expect(idToken.parse(`${part({})}.${part({})}.x`)).toMatchObject({ alg: null, kid: null });
  });

  it.each([
    ['INVALID_FORMAT', ''],
    ['INVALID_FORMAT', 'a.b'],
    ['INVALID_FORMAT', 'a.b.c'],
    ['INVALID_FORMAT', `${part({})}.${part([])}.x`],
    ['INVALID_FORMAT', `${part({})}.${part({})}.`],
    ['INVALID_FORMAT', `${part({})}.${part({})}.x=`],
    ['INVALID_FORMAT', `${part({})}.${part({})}.x.y.z`],
    ['TOO_LONG', 'a'.repeat(32_769)],
    ['TOO_LONG', `${part({})}.${part(Object.fromEntries(range(1_001)))}.x`],
  ])('is refused with %s (case %#)', (code, text) => {
    const [issue] = issuesOf(text);
    expect(issue?.params?.code).toBe(code);
  });

  it('knows algorithms with public keys', () => {
    expect(['RS256', 'PS512', 'ES256', 'EdDSA'].every(isAsymmetric)).toBe(true);
    expect(['HS256', 'none', '', null].some(isAsymmetric)).toBe(false);
  });
});

function range(length: number): [string, number][] {
  return Array.from({ length }, (_, index) => [`c${index}`, index]);
}

describe('a signature', () => {
  const { kid: _kid, use: _use, alg: _alg, ...bare } = own.jwk;
  it.each<[string, string, readonly Jwk[]]>([
    ['VERIFIED', 'the key', [other.jwk, own.jwk]],
    ['VERIFIED', 'the key without other members', [bare]],
    ['VERIFIED', 'the key, also with another kid', [{ ...own.jwk, kid: 'x' }, own.jwk]],
    ['LOOSELY', 'the key with another kid', [{ ...own.jwk, kid: 'x' }]],
    ['LOOSELY', 'the key for encryption', [{ ...own.jwk, use: 'enc' }]],
    ['LOOSELY', 'the key for another algorithm', [{ ...own.jwk, alg: 'RS512' }]],
    ['LOOSELY', 'the key for other operations', [{ ...own.jwk, key_ops: ['sign'] }]],
    ['NOT_VERIFIED', 'another key', [other.jwk]],
    ['NOT_VERIFIED', 'no key', []],
    ['NOT_VERIFIED', 'a key of another type', [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }]],
    ['NOT_VERIFIED', 'a key that is not one', [{ ...own.jwk, n: 'example' }]],
    ['UNKNOWN', 'a key that is too long to try', [{ ...own.jwk, n: 'x'.repeat(704) }]],
    ['UNKNOWN', 'too many keys', Array.from({ length: 7 }, () => other.jwk)],
    ['VERIFIED', 'the key among too many', [...Array.from({ length: 30 }, () => bare), own.jwk]],
  ])('is %s by %s', async (result, _what, keys) => {
    expect(await verifySignature(token, keys)).toBe(result);
  });

  it('without a known algorithm is unknown', async () => {
    for (const alg of ['HS256', 'none', 'RS1'])
      expect(await verifySignature(signed({ alg }), [own.jwk])).toBe('UNKNOWN');
  });

  it('that was changed is not verified', async () => {
    const [head = '', , signature = ''] = token.text.split('.');
    const changed = idToken.parse(`${head}.${part({ iss: 'x' })}.${signature}`);
    expect(await verifySignature(changed, [own.jwk])).toBe('NOT_VERIFIED');
  });

  it('of an ID token without a kid fits any key', async () => {
    expect(await verifySignature(signed({ alg: 'RS256' }), [own.jwk])).toBe('VERIFIED');
  });
});
