import { describe, expect, it } from 'vitest';
import { published, rsaKey } from '../../../../test/setup/rotating-keys.ts';
import { thumbprint } from '../id-token-keys.ts';
import { compareKeys, namesOf } from './compare.ts';

const A = rsaKey('a');
const B = rsaKey('b');
const C = rsaKey('c');

const statuses = (...args: Parameters<typeof compareKeys>) =>
  compareKeys(...args).keys.map(({ kid, status }) => `${kid ?? '-'} ${status}`);
const verdicts = (...args: Parameters<typeof compareKeys>) => {
  const { now, afterRotation } = compareKeys(...args);
  return [now.verdict, afterRotation.verdict];
};

describe('the stored keys beside the published ones', () => {
  it('are the same by thumbprint, missing, or retired', () => {
    expect(statuses([A, C], published(A, B))).toEqual(['a SAME', 'b MISSING', 'c RETIRED']);
    expect(compareKeys([A], published(B)).keys).toMatchObject([
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
    const { keys } = compareKeys([A], published(A, key));
    expect(keys[1]).toMatchObject({
      status: 'UNUSABLE',
      unusable: expect.stringContaining(reason) as unknown,
      isStored: false,
    });
  });

  it('are unusable if nothing can be verified with them', () => {
    const { keys } = compareKeys([{ kty: 'oct', k: 'AAAA' }, { kty: 'RSA' }, {}], published(A));
    expect(keys.slice(1)).toMatchObject([
      { status: 'UNUSABLE', unusable: 'it is symmetric' },
      { status: 'UNUSABLE', unusable: 'n or e is missing' },
      { status: 'UNUSABLE', unusable: 'its kty is not RSA, EC or OKP' },
    ]);
  });

  it('never show a private key that stands in a kid', () => {
    const pem = '-----BEGIN PRIVATE KEY----- MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA';
    expect(compareKeys([{ ...A, kid: pem }], []).keys[0]).toMatchObject({ kid: null });
  });
});

describe('sign-in now and after the next rotation', () => {
  it.each([
    ['every key is stored', [A, B], published(A, B), ['WORKS', 'WORKS']],
    ['the only key is stored', [A, C], published(A), ['WORKS', 'UNDECIDED']],
    ['one key is not stored', [A], published(A, B), ['UNDECIDED', 'FAILS']],
    ['no key is stored', [C], published(A), ['FAILS', 'FAILS']],
    ['nothing is stored', [], published(A), ['FAILS', 'FAILS']],
    ['nothing is published', [A], [], ['UNDECIDED', 'UNDECIDED']],
    [
      'a key is published for something else',
      [A],
      published(A, { ...B, use: 'enc' }),
      ['WORKS', 'UNDECIDED'],
    ],
    [
      'what is stored is published in vain, and may still sign',
      [B],
      published({ ...B, alg: 'PS512' }, C),
      ['UNDECIDED', 'FAILS'],
    ],
  ])('depend on the keys: %s', (_what, stored, live, expected) => {
    expect(verdicts(stored, live)).toEqual(expected);
  });

  it.each([
    ['another kid', { ...A, kid: 'z' }],
    ['no kid', { kty: 'RSA', n: A['n'] ?? '', e: 'AQAB' }],
    ['another alg', { ...A, alg: 'RS512' }],
    ['use enc', { ...A, use: 'enc' }],
  ])('depend on how a key is stored: with %s', (_what, stored) => {
    const { keys, now, afterRotation } = compareKeys([stored], published(A));
    expect(keys).toMatchObject([
      { status: 'SAME', difference: 'it is stored with another kid, use, key_ops or alg' },
    ]);
    expect([now.verdict, afterRotation.verdict]).toEqual(['UNDECIDED', 'FAILS']);
  });

  it('are undecided if two stored keys have the same kid', () => {
    const other = rsaKey('other', { kid: 'a' });
    const { keys, now } = compareKeys([other, A], published(A));
    expect(keys[0]).toMatchObject({
      status: 'SAME',
      difference: 'another stored key has the same kid',
    });
    expect(now.verdict).toBe('UNDECIDED');
  });

  it('name the keys that are not stored, as far as people can read them', () => {
    const { now } = compareKeys([A], published(A, B, rsaKey('c', { kid: '\u202Ec' })));
    expect(now.message).toContain('"b", "\\u{202e}c"');
    const many = Array.from({ length: 8 }, (_, index) => ({ kid: null, thumbprint: `t${index}` }));
    expect(namesOf(many)).toBe(
      'without kid (t0), without kid (t1), without kid (t2), without kid (t3), without kid (t4) and 3 more',
    );
  });
});
