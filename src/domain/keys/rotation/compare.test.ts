import { describe, expect, it } from 'vitest';
import { published, rsaKey } from '../../../../test/setup/rotating-keys.ts';
import { thumbprint } from '../id-token-keys.ts';
import { compareKeys, DIFFERENCES, namesOf } from './compare.ts';

const A = rsaKey('a');
const B = rsaKey('b');
const C = rsaKey('c');

const statuses = (...args: Parameters<typeof compareKeys>) =>
  compareKeys(...args).map(({ kid, status }) => `${kid ?? '-'} ${status}`);
describe('the stored keys beside the published ones', () => {
  it('are the same by thumbprint, missing, or retired', () => {
    expect(statuses([A, C], published(A, B))).toEqual(['a SAME', 'b MISSING', 'c RETIRED']);
    expect(compareKeys([A], published(B))).toMatchObject([
      { kid: 'b', thumbprint: thumbprint(B), isPublished: true, isStored: false, unusable: null },
      { kid: 'a', thumbprint: thumbprint(A), isPublished: false, isStored: true, unusable: null },
    ]);
  });

  it.each([
    ['a use of its own', { ...B, use: 'enc' }, 'its use is not sig'],
    ['operations of its own', { ...B, key_ops: ['encrypt'] }, 'its key_ops do not include verify'],
    ['another algorithm', { ...B, alg: 'PS256' }, 'its alg is not one that the issuer signs'],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }, 'it is symmetric'],
    ['a private key', { ...B, d: 'AAAA' }, 'it contains private key material'],
    ['a type that is not known', { kty: 'AKP', pub: 'AAAA' }, 'its kty is not RSA, EC or OKP'],
  ])('are unusable if an issuer publishes %s', (_what, key, reason) => {
    const keys = compareKeys([A], published(A, key));
    expect(keys[1]).toMatchObject({
      status: 'UNUSABLE',
      unusable: expect.stringContaining(reason) as unknown,
      isStored: false,
    });
  });

  it('are unusable if nothing can be verified with them', () => {
    const keys = compareKeys([{ kty: 'oct', k: 'AAAA' }, { kty: 'RSA' }, {}], published(A));
    expect(keys.slice(1)).toMatchObject([
      { status: 'UNUSABLE', unusable: 'it is symmetric' },
      { status: 'UNUSABLE', unusable: 'n or e is missing' },
      { status: 'UNUSABLE', unusable: 'its kty is not RSA, EC or OKP' },
    ]);
  });

  it('never show a private key that stands in a kid', () => {
    const pem = '-----BEGIN PRIVATE KEY----- MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA';
    expect(compareKeys([{ ...A, kid: pem }], [])[0]).toMatchObject({ kid: null });
  });
});

describe('a difference', () => {
  const differences = (...args: Parameters<typeof compareKeys>) =>
    compareKeys(...args).map(({ status, difference }) => [status, difference]);
  const other = rsaKey('other', { kid: 'a' });

  it.each([
    ['another kid', { ...A, kid: 'z' }],
    ['no kid', { kty: 'RSA', n: A['n'] ?? '', e: 'AQAB' }],
    ['another alg', { ...A, alg: 'RS512' }],
    ['use enc', { ...A, use: 'enc' }],
  ])('is how a key is stored: with %s', (_what, stored) => {
    expect(differences([stored], published(A))).toEqual([['SAME', DIFFERENCES.STORED_OTHERWISE]]);
  });

  it.each([
    ['is not published', published(A)],
    ['is published with another kid', published(A, { ...other, kid: 'other' })],
    ['is published for something else', published(A, { ...other, use: 'enc' })],
  ])('is another stored key with the same kid that %s', (_what, live) => {
    expect(differences([other, A], live)[0]).toEqual(['SAME', DIFFERENCES.KID_STORED_TWICE]);
  });

  it('is another published key with the same kid, if both are stored', () => {
    const odd = ['SAME', DIFFERENCES.KID_PUBLISHED_TWICE];
    expect(differences([A, other], published(A, other))).toEqual([odd, odd]);
    expect(differences([A], published(A, other))).toEqual([
      ['SAME', null],
      ['MISSING', null],
    ]);
  });
});

it('keys are named as far as people can read them', () => {
  expect(namesOf(published(B, rsaKey('c', { kid: '\u202Ec' })))).toBe('"b", "\\u{202e}c"');
  const many = Array.from({ length: 8 }, (_, index) => ({ kid: null, thumbprint: `t${index}` }));
  expect(namesOf(many)).toBe(
    'without kid (t0), without kid (t1), without kid (t2), without kid (t3), without kid (t4) and 3 more',
  );
});
