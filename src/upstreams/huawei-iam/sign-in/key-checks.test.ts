import { describe, expect, it } from 'vitest';
import { AN_ISSUER_KEY, anIssuer } from '../../../../test/setup/an-issuer.ts';
import { RSA_KEY } from '../../../../test/setup/issuer-server.ts';
import type { Jwk } from '../../../domain/keys/key-material.ts';
import type { SignatureResult } from '../../../domain/sign-in/id-token.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { storedKeysCheck, storedSignatureCheck } from './key-checks.ts';
import type { ShownByToken } from './key-checks.ts';

const OTHER: Jwk = { ...RSA_KEY, kid: 'other', n: `1${RSA_KEY.n.slice(1)}` };
const { kid: _kid, ...WITHOUT_KID } = RSA_KEY;
const two = anIssuer({}, [AN_ISSUER_KEY, { ...AN_ISSUER_KEY, thumbprint: 'another', kid: 'two' }]);
const none = anIssuer({}, []);
const UNSEEN: ShownByToken = {
  signature: null,
  alg: null,
  isLooselyAccepted: false,
  isKidIgnored: false,
};
const unusable = anIssuer({}, [{ ...AN_ISSUER_KEY, unusable: 'its use is not sig', jwk: null }]);

describe('stored keys', () => {
  it.each<[string, string, readonly Jwk[] | null, Issuer | null]>([
    ['PASSED', 'the published one', [RSA_KEY], anIssuer()],
    ['PASSED', 'more than the published ones', [OTHER, RSA_KEY], anIssuer()],
    ['FAILED', 'no key set', null, null],
    ['FAILED', 'another one', [OTHER], anIssuer()],
    ['FAILED', 'none', [], anIssuer()],
    ['UNDECIDED', 'one of two', [RSA_KEY], two],
    ['UNDECIDED', 'one for encryption', [{ ...RSA_KEY, use: 'enc' }], anIssuer()],
    ['UNDECIDED', 'one with another kid', [{ ...RSA_KEY, kid: 'x' }], anIssuer()],
    ['UNDECIDED', 'one without its kid', [WITHOUT_KID], anIssuer()],
    ['UNDECIDED', 'one for another algorithm', [{ ...RSA_KEY, alg: 'PS256' }], anIssuer()],
    ['UNDECIDED', 'for an unknown issuer', [RSA_KEY], null],
    ['UNDECIDED', 'for an issuer without keys', [RSA_KEY], none],
    ['UNDECIDED', 'for an issuer without usable keys', [RSA_KEY], unusable],
  ])('are %s: %s', (status, _what, keys, live) => {
    expect(storedKeysCheck(keys, live, UNSEEN)).toMatchObject({ code: 'STORED_KEYS', status });
  });

  it('are not wrong if one verifies an ID token, because the published ones may be newer', () => {
    const verified = { ...UNSEEN, signature: 'VERIFIED' as const };
    const loosely = { ...UNSEEN, signature: 'LOOSELY' as const };
    expect(storedKeysCheck([OTHER], anIssuer(), verified)).toMatchObject({ status: 'UNDECIDED' });
    expect(storedKeysCheck([OTHER], anIssuer(), loosely)).toMatchObject({ status: 'FAILED' });
  });

  it('need not have keys for algorithms that the client does not use', () => {
    const elliptic = { kty: 'EC', alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256' } };
    const another = { ...AN_ISSUER_KEY, ...elliptic, thumbprint: 'another' };
    const live = anIssuer({}, [AN_ISSUER_KEY, another]);
    const withAlg = (alg: string | null) => storedKeysCheck([RSA_KEY], live, { ...UNSEEN, alg });
    expect(withAlg('RS256')).toMatchObject({ status: 'PASSED' });
    expect(withAlg('ES256')).toMatchObject({ status: 'UNDECIDED' });
    expect(withAlg(null)).toMatchObject({ status: 'UNDECIDED' });
  });

  it('may have another kid if IAM has accepted that', () => {
    const stored = [{ ...RSA_KEY, kid: 'x' }];
    const accepted = { ...UNSEEN, isLooselyAccepted: true };
    expect(storedKeysCheck(stored, anIssuer(), accepted)).toMatchObject({ status: 'PASSED' });
    const ignored = { ...UNSEEN, isKidIgnored: true };
    expect(storedKeysCheck([WITHOUT_KID], anIssuer(), ignored)).toMatchObject({ status: 'PASSED' });
    const forOthers = [{ ...WITHOUT_KID, use: 'enc' }];
    expect(storedKeysCheck(forOthers, anIssuer(), ignored)).toMatchObject({ status: 'UNDECIDED' });
  });
});

it('the advice is to ask the owner of the issuer first if a sync has to be forced', () => {
  const forced = expect.stringMatching(/^Ask the owner of the issuer .* force: true\.$/) as unknown;
  for (const keys of [null, []])
    expect(storedKeysCheck(keys, anIssuer(), UNSEEN)).toMatchObject({
      status: 'FAILED',
      advice: forced,
    });
  expect(storedKeysCheck([WITHOUT_KID], anIssuer(), UNSEEN)).toMatchObject({
    advice: 'Store the keys that the issuer publishes: send syncOidcConfigKeys.',
  });
});

describe('the signature by stored keys', () => {
  const token = { text: '', alg: 'RS256', kid: null, claims: {} };
  it.each<[string, SignatureResult, boolean]>([
    ['PASSED', 'VERIFIED', false],
    ['FAILED', 'NOT_VERIFIED', true],
    ['UNDECIDED', 'NOT_VERIFIED', false],
    ['UNDECIDED', 'LOOSELY', true],
    ['UNDECIDED', 'UNKNOWN', true],
  ])('is %s if it is %s, and the ID token is certainly one for the client: %s', (...row) => {
    const [status, result, isOwn] = row;
    expect(storedSignatureCheck(token, result, { isAuthentic: isOwn, isOwn })).toMatchObject({
      status,
    });
    expect(
      storedSignatureCheck({ ...token, alg: null }, result, { isAuthentic: isOwn, isOwn }),
    ).toMatchObject({ status });
  });
});
