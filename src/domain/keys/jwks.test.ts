import { describe, expect, it } from 'vitest';
import { isSigningKeyType, readJwks, sameKeySet } from './jwks.ts';

const RSA = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };

describe('readJwks', () => {
  it.each([
    ['a key set', '{"keys":[{"kty":"RSA"}],"a":1}', { keys: [{ kty: 'RSA' }], a: 1 }],
    ['one with a byte order mark', '\uFEFF{"keys":[]}', { keys: [] }],
    ['one with keys that are none', '{"keys":[1,null]}', { keys: [1, null] }],
  ])('reads %s', (_what, stored, expected) => {
    expect(readJwks(stored)).toEqual(expected);
  });

  it.each([
    '',
    'example',
    '{}',
    '[]',
    'null',
    '1',
    '"{\\"keys\\":[]}"',
    '{"keys":{}}',
    '{"keys":[',
  ])('finds none in %j', (stored) => {
    expect(readJwks(stored)).toBeNull();
  });
});

describe('sameKeySet', () => {
  const empty = { key_ops: [], x5c: [], kid: '', d: null, p: '', oth: [], priv: '' };

  it('ignores members that say nothing', () => {
    const bare = { keys: [RSA] };
    expect(sameKeySet({ keys: [{ ...RSA, ...empty, kid: RSA.kid }] }, bare)).toBe(true);
    expect(sameKeySet({ keys: [{ ...RSA, use: null }] }, bare)).toBe(false);
  });
});

describe('isSigningKeyType', () => {
  it.each([
    ['RSA', true],
    ['EC', true],
    ['OKP', false],
    ['oct', false],
    ['rsa', false],
    [undefined, false],
    [null, false],
  ])('%s: %s', (kty, expected) => {
    expect(isSigningKeyType(kty)).toBe(expected);
  });
});
