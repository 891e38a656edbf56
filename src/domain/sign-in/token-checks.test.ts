import { describe, expect, it } from 'vitest';
import { anIssuer } from '../../../test/setup/an-issuer.ts';
import type { Claims } from './claims.ts';
import { algorithmCheck, proofOf, tokenChecks } from './token-checks.ts';
import type { Expected } from './token-checks.ts';

const NOW = 1_700_000_000;
const CLAIMS = { iss: 'https://idp.example', aud: 'app', sub: 'a', iat: NOW, exp: NOW + 300 };
const EXPECTED: Expected = {
  issuer: 'https://idp.example',
  clientId: 'app',
  live: anIssuer(),
  signature: 'VERIFIED',
  isConnected: true,
  now: NOW,
};

const token = (claims: { readonly [name: string]: unknown } = {}, alg = 'RS256') => ({
  text: 'not read here',
  alg,
  kid: null,
  claims: JSON.parse(JSON.stringify({ ...CLAIMS, ...claims })) as Claims,
});
const openOf = (claims: { readonly [name: string]: unknown }, expected: Partial<Expected> = {}) =>
  [...tokenChecks(token(claims), { ...EXPECTED, ...expected })]
    .filter(({ status, code }) => status !== 'PASSED' && code !== 'ID_TOKEN_NONCE')
    .map(({ code, status }) => `${code} ${status}`);

describe('an ID token', () => {
  it('that is in order passes all checks but the nonce, which nobody can check', () => {
    expect(openOf({})).toEqual([]);
    expect(openOf({ aud: ['other', 'app'], azp: 'app' })).toEqual([]);
    expect([...tokenChecks(token(), EXPECTED)].map(({ code, status }) => [code, status])).toEqual([
      ['ID_TOKEN_ISSUER', 'PASSED'],
      ['ID_TOKEN_AUDIENCE', 'PASSED'],
      ['ID_TOKEN_SIGNATURE_LIVE', 'PASSED'],
      ['ID_TOKEN_EXPIRY', 'PASSED'],
      ['ID_TOKEN_ISSUED_AT', 'PASSED'],
      ['ID_TOKEN_NONCE', 'SKIPPED'],
    ]);
  });

  it.each<[string, { readonly [name: string]: unknown }]>([
    ['ID_TOKEN_AUDIENCE UNDECIDED', { aud: 'other' }],
    ['ID_TOKEN_AUDIENCE UNDECIDED', { aud: [] }],
    ['ID_TOKEN_AUDIENCE UNDECIDED', { aud: undefined }],
    ['ID_TOKEN_AUTHORIZED_PARTY UNDECIDED', { azp: 'other' }],
    ['ID_TOKEN_EXPIRY UNDECIDED', { exp: NOW - 300 }],
    ['ID_TOKEN_EXPIRY UNDECIDED', { exp: NOW - 5 }],
    ['ID_TOKEN_EXPIRY UNDECIDED', { exp: undefined }],
    ['ID_TOKEN_EXPIRY UNDECIDED', { nbf: NOW + 300 }],
    ['ID_TOKEN_EXPIRY UNDECIDED', { nbf: 'later' }],
    ['ID_TOKEN_ISSUED_AT UNDECIDED', { iat: NOW + 300 }],
    ['ID_TOKEN_ISSUED_AT UNDECIDED', { iat: undefined }],
  ])('has %s for %j', (open, claims) => {
    expect(openOf(claims)).toEqual([open]);
  });

  it('of another issuer fails only if it is certain that it is from where people sign in', () => {
    const stored = { issuer: 'https://idp.example/' };
    expect(openOf({}, stored)).toEqual(['ID_TOKEN_ISSUER FAILED']);
    expect(openOf({}, { ...stored, isConnected: false })).toEqual(['ID_TOKEN_ISSUER UNDECIDED']);
    expect(openOf({}, { ...stored, signature: 'NOT_VERIFIED' })).toEqual([
      'ID_TOKEN_ISSUER UNDECIDED',
      'ID_TOKEN_SIGNATURE_LIVE UNDECIDED',
    ]);
    expect(openOf({ iss: 'https://else.example' })).toEqual(['ID_TOKEN_ISSUER UNDECIDED']);
  });

  it('has no check of the issuer if the platform stores none', () => {
    expect(openOf({ iss: 'https://else.example' }, { issuer: null })).toEqual([]);
  });

  it.each(['NOT_VERIFIED', 'LOOSELY', 'UNKNOWN'] as const)(
    'whose signature is %s by the published keys proves nothing',
    (signature) => {
      expect(openOf({}, { signature })).toEqual(['ID_TOKEN_SIGNATURE_LIVE UNDECIDED']);
      expect(proofOf(token(), { ...EXPECTED, signature })).toEqual({
        isAuthentic: false,
        isOwn: false,
      });
    },
  );

  it('proves nothing of the issuer if that cannot be read', () => {
    expect(openOf({}, { live: null, signature: 'NOT_VERIFIED' })).toEqual([
      'ID_TOKEN_SIGNATURE_LIVE UNDECIDED',
    ]);
  });

  it('is one for the client only with its audience', () => {
    expect(proofOf(token(), EXPECTED)).toEqual({ isAuthentic: true, isOwn: true });
    expect(proofOf(token({ aud: 'other' }), EXPECTED)).toEqual({
      isAuthentic: true,
      isOwn: false,
    });
  });

  it('never shows more than a part of what others wrote', () => {
    const long = 'x'.repeat(10_000);
    const checks = [...tokenChecks(token({ iss: long, aud: [long], azp: long }), EXPECTED)];
    expect(Math.max(...checks.map(({ message }) => message.length))).toBeLessThan(600);
  });
});

it.each([
  ['PASSED', 'RS256'],
  ['UNDECIDED', 'ES256'],
  ['UNDECIDED', 'HS256'],
  ['UNDECIDED', 'none'],
])('the algorithm is %s: %s', (status, alg) => {
  expect(algorithmCheck(token({}, alg), ['RS256'])).toMatchObject({ status });
});
