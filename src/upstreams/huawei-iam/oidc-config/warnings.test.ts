import { describe, expect, it } from 'vitest';
import { asWords } from '../../../../test/setup/input-issues.ts';
import type { Jwk } from '../../../domain/keys/key-material.ts';
import type { WarningCode } from '../../../domain/warnings.ts';
import { oidcConfigWarnings } from './warnings.ts';
import type { OidcConfigFacts } from './warnings.ts';

const KEY = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };

describe('oidcConfigWarnings', () => {
  const strong: Jwk = { ...KEY, n: Buffer.alloc(256, 0xff).toString('base64url') };
  // RFC 7515 appendix A.3.
  const ec: Jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  };
  const warningsOf = (facts: Partial<OidcConfigFacts>, keys: readonly Jwk[] = [strong]) =>
    asWords(
      oidcConfigWarnings(
        {
          idpUrl: 'https://accounts.example.com',
          clientId: 'client_id_example',
          authorizationEndpoint: 'https://accounts.example.com',
          ...facts,
        },
        keys,
      ),
    );

  it.each<[string, Partial<OidcConfigFacts>, Jwk[]?]>([
    ['for the console', {}],
    ['for programmatic access', { authorizationEndpoint: undefined }],
    ['as it is stored', { authorizationEndpoint: null }],
    ['with an EC key beside the RSA key', {}, [ec, strong]],
    ['on this machine', { authorizationEndpoint: 'http://localhost:8080/auth' }],
  ])('has none for a good configuration %s', (_which, facts, keys) => {
    expect(warningsOf(facts, keys)).toEqual([]);
  });

  it.each<[string, Partial<OidcConfigFacts>, `${string} ${WarningCode}`]>([
    ['spaces around a client id', { clientId: ' client_id' }, 'clientId SURROUNDING_SPACE'],
    [
      'an issuer over plain http',
      { idpUrl: 'http://accounts.example.com' },
      'idpUrl ENDPOINT_CLEARTEXT',
    ],
    [
      'an issuer of many tenants',
      { idpUrl: 'https://login.microsoftonline.com/common/v2.0' },
      'idpUrl MULTI_TENANT_ISSUER',
    ],
    [
      'an issuer of many tenants after two slashes',
      { idpUrl: 'https://login.microsoftonline.com//common/v2.0' },
      'idpUrl MULTI_TENANT_ISSUER',
    ],
    [
      'an issuer of all organizations',
      { idpUrl: 'https://sts.windows.net/organizations/' },
      'idpUrl MULTI_TENANT_ISSUER',
    ],
    [
      'an issuer whose tenant was left out',
      { idpUrl: 'https://login.microsoftonline.com/{tenantid}/v2.0' },
      'idpUrl MULTI_TENANT_ISSUER',
    ],
    [
      'an authorization endpoint of many tenants',
      { authorizationEndpoint: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize' },
      'authorizationEndpoint MULTI_TENANT_ISSUER',
    ],
    [
      'an authorization endpoint over plain http',
      { authorizationEndpoint: 'http://accounts.example.com' },
      'authorizationEndpoint ENDPOINT_CLEARTEXT',
    ],
  ])('sees %s', (_what, facts, warning) => {
    expect(warningsOf(facts)).toEqual([warning]);
  });

  it.each<[string, Jwk[], `${string} ${WarningCode}`[]]>([
    ['EC keys alone', [ec], ['signingKey.keys NO_RSA_KEY']],
    [
      'an RSA key that is not for signatures',
      [{ ...strong, use: 'enc' }, ec],
      ['signingKey.keys NO_RSA_KEY', 'signingKey.keys.0 UNUSABLE_KEY'],
    ],
    ['no keys', [], ['signingKey.keys NO_RSA_KEY']],
    [
      'a weak RSA key',
      [strong, { ...KEY, kid: 'other', n: Buffer.alloc(255, 0xff).toString('base64url') }],
      ['signingKey.keys.1.n WEAK_RSA_KEY'],
    ],
    [
      'the key of the documentation',
      [KEY],
      ['signingKey.keys.0.n WEAK_RSA_KEY', 'signingKey.keys.0 UNUSABLE_KEY'],
    ],
    [
      'a key of another type',
      [strong, { kty: 'OKP', crv: 'Ed25519', x: 'example' }, {}],
      [
        'signingKey.keys.1.kty UNSUPPORTED_KEY_TYPE',
        'signingKey.keys.1 UNUSABLE_KEY',
        'signingKey.keys.2.kty UNSUPPORTED_KEY_TYPE',
      ],
    ],
  ])('sees %s', (_what, keys, warnings) => {
    expect(warningsOf({}, keys)).toEqual(warnings);
  });

  it('says how weak a key is', () => {
    const [warning] = oidcConfigWarnings(
      { idpUrl: 'https://accounts.example.com', clientId: 'client_id' },
      [{ ...KEY, n: Buffer.alloc(128, 0xff).toString('base64url') }],
    );
    expect(warning?.message).toBe(
      'The modulus has 1024 bits; RS256 needs at least 2048 (RFC 7518 section 3.3).',
    );
  });
});
