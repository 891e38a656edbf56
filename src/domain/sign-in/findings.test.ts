import { describe, expect, it } from 'vitest';
import { AN_ISSUER_KEY, anIssuer } from '../../../test/setup/an-issuer.ts';
import { issuerFindings } from './findings.ts';
import type { Issuer, IssuerMetadata } from './issuer.ts';
import { offers, usableKeySet } from './issuer.ts';

const KEY = AN_ISSUER_KEY;

const codesOf = (metadata: Partial<IssuerMetadata>, keys: Issuer['keys'] = [KEY]) =>
  [...issuerFindings(anIssuer(metadata, keys))].map(
    ({ code, path }) => `${code} ${path.join('.')}`,
  );

describe('findings', () => {
  it('are none for an issuer that is in order', () => {
    expect(codesOf({})).toEqual([]);
    expect(
      codesOf({}, [KEY, { ...KEY, kid: 'b' }, { ...KEY, kid: null, thumbprint: 'two' }]),
    ).toEqual([]);
  });

  it.each<[string, Partial<IssuerMetadata>]>([
    ['ENDPOINT_UNUSABLE authorizationEndpoint', { authorizationEndpoint: 'urn:none' }],
    ['ENDPOINT_UNUSABLE userinfoEndpoint', { userinfoEndpoint: '/userinfo' }],
    ['ENDPOINT_CLEARTEXT tokenEndpoint', { tokenEndpoint: 'http://idp.example/token' }],
    ['ENDPOINT_CLEARTEXT jwksUri', { jwksUri: 'http://idp.example/keys' }],
    ['METADATA_INCOMPLETE responseTypesSupported', { responseTypesSupported: null }],
    [
      'METADATA_INCOMPLETE idTokenSigningAlgValuesSupported',
      { idTokenSigningAlgValuesSupported: null },
    ],
  ])('%s', (finding, metadata) => {
    expect(codesOf(metadata)).toEqual([finding]);
  });

  it.each<[string[], Issuer['keys']]>([
    [['NO_USABLE_KEY keys'], []],
    [['NO_USABLE_KEY keys'], [{ ...KEY, unusable: 'its use is not sig', jwk: null }]],
    [['DUPLICATE_KEY_ID keys.1.kid'], [KEY, { ...KEY, thumbprint: 'two' }]],
    [['PRIVATE_KEY_PUBLISHED keys.1'], [KEY, { ...KEY, kid: 'b', isPrivate: true }]],
  ])('%j', (findings, keys) => {
    expect(codesOf({}, keys)).toEqual(findings);
  });
});

it('the usable keys are a key set', () => {
  const keys = [KEY, { ...KEY, unusable: 'its use is not sig', jwk: null }];
  expect(usableKeySet(anIssuer({}, keys))).toEqual({ keys: [KEY.jwk] });
});

describe('what is offered', () => {
  it.each<[boolean, string[] | null, string]>([
    [true, null, 'code'],
    [true, ['code', 'id_token'], 'id_token'],
    [true, ['code id_token'], 'id_token code'],
    [false, ['code id_token'], 'id_token'],
    [false, [], 'code'],
  ])('%s: %j has %s', (offered, list, value) => {
    expect(offers(list, value)).toBe(offered);
  });
});
