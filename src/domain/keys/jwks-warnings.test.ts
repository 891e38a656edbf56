import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keySetWarnings } from './jwks-warnings.ts';
import type { Jwk } from './key-material.ts';

describe('keySetWarnings', () => {
  const warningsOf = (...keys: Jwk[]) =>
    [...keySetWarnings(keys)]
      .map(({ code, path }) => `${path.join('.')} ${code}`)
      .filter((warning) => !/RSA_KEY/.test(warning));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    format: 'jwk',
  }) as Jwk & { readonly n: string };
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    format: 'jwk',
  }) as Jwk;

  it.each<[string, Jwk[], string[]]>([
    ['one key', [{ ...rsa, kid: 'a' }], []],
    [
      'keys with a kid each',
      [
        { ...rsa, kid: 'a' },
        { ...ec, kid: 'A' },
      ],
      [],
    ],
    ['keys without one', [rsa, ec], []],
    [
      'the same key twice',
      [
        { ...rsa, kid: 'a' },
        { ...rsa, kid: 'a' },
      ],
      [],
    ],
    [
      'the same key for two algorithms',
      [
        { ...rsa, kid: 'a', alg: 'RS256' },
        { ...rsa, kid: 'a', alg: 'RS512' },
      ],
      [],
    ],
    [
      'two keys under one kid',
      [
        { ...rsa, kid: 'a' },
        { ...ec, kid: 'a' },
      ],
      ['keys.1.kid DUPLICATE_KEY_ID'],
    ],
    [
      'three keys under one kid',
      [
        { ...rsa, kid: 'a' },
        { ...ec, kid: 'a' },
        { ...rsa, n: `${rsa.n.slice(0, -2)}ER`, kid: 'a' },
      ],
      ['keys.1.kid DUPLICATE_KEY_ID', 'keys.2.kid DUPLICATE_KEY_ID'],
    ],
    ['a key that nobody can use', [rsa, { ...ec, x: ec['y'] ?? null }], ['keys.1 UNUSABLE_KEY']],
  ])('of %s', (_what, keys, warnings) => {
    expect(warningsOf(...keys)).toEqual(warnings);
  });
});
