import { describe, expect, it } from 'vitest';
import { anIssuer } from '../../../../test/setup/an-issuer.ts';
import type { IssuerMetadata } from '../../../domain/sign-in/issuer.ts';
import { findings, fromIssuer } from './from-issuer.ts';

const codesOf = (metadata: Partial<IssuerMetadata>) =>
  [...findings(anIssuer(metadata))].map(({ code, path }) => `${code} ${path.join('.')}`);

describe('the values of an issuer', () => {
  it.each<[boolean, string[] | null]>([
    [true, ['client_secret_basic', 'client_secret_post']],
    [false, ['client_secret_basic']],
    // The default of the specification.
    [false, null],
    [false, ['private_key_jwt']],
  ])('urlEncoded is %s for %j', (urlEncoded, methods) => {
    expect(fromIssuer(anIssuer({ tokenEndpointAuthMethodsSupported: methods }))).toEqual({
      authorizationEndpoint: 'https://idp.example/authorize',
      tokenEndpoint: 'https://idp.example/token',
      urlEncoded,
    });
  });

  it('have no endpoint that cannot be used', () => {
    expect(
      fromIssuer(anIssuer({ authorizationEndpoint: 'urn:none', tokenEndpoint: null })),
    ).toEqual({
      authorizationEndpoint: null,
      tokenEndpoint: null,
      urlEncoded: false,
    });
  });
});

describe('findings', () => {
  it('are none for an issuer with the code flow', () => {
    expect(codesOf({})).toEqual([]);
    expect(codesOf({ responseTypesSupported: null })).toEqual([]);
  });

  it.each<[string, Partial<IssuerMetadata>]>([
    ['ENDPOINT_MISSING openIdConnect.authorizationEndpoint', { authorizationEndpoint: null }],
    ['ENDPOINT_MISSING openIdConnect.tokenEndpoint', { tokenEndpoint: 'urn:none' }],
    ['RESPONSE_TYPE_NOT_OFFERED openIdConnect', { responseTypesSupported: ['id_token'] }],
    [
      'CLIENT_AUTHENTICATION_NOT_OFFERED openIdConnect.urlEncoded',
      { tokenEndpointAuthMethodsSupported: ['private_key_jwt', 'none'] },
    ],
  ])('%s', (finding, metadata) => {
    expect(codesOf(metadata)).toEqual([finding]);
  });
});
