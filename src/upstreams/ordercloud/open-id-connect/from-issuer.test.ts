import { describe, expect, it } from 'vitest';
import { anIssuer } from '../../../../test/setup/an-issuer.ts';
import type { IssuerMetadata } from '../../../domain/sign-in/issuer.ts';
import { filling, findings, fromIssuer } from './from-issuer.ts';
import { openIdConnectDraft } from './input.ts';

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

describe('a configuration', () => {
  const ENDPOINTS = {
    authorizationEndpoint: 'https://idp.example/authorize',
    tokenEndpoint: 'https://idp.example/token',
  };
  const differing = (given: object, metadata: Partial<IssuerMetadata> = {}) => {
    const draft = openIdConnectDraft.parse({
      orderCloudApiClientId: 'CID',
      connectClientId: 'idp-app',
      connectClientSecret: 'a-client-secret',
      appStartUrl: 'https://shop.example/',
      ...ENDPOINTS,
      ...given,
    });
    return [...filling.differences(draft, anIssuer(metadata))];
  };

  it('agrees with the issuer in what it offers or does not have', () => {
    expect(differing({ urlEncoded: false })).toEqual([]);
    const both = ['client_secret_basic', 'client_secret_post'];
    for (const urlEncoded of [true, false])
      expect(differing({ urlEncoded }, { tokenEndpointAuthMethodsSupported: both })).toEqual([]);
    expect(differing({}, { authorizationEndpoint: null, tokenEndpoint: 'urn:none' })).toEqual([]);
  });

  it('differs in every value that the issuer has otherwise', () => {
    expect(
      differing({
        authorizationEndpoint: 'https://else.example/a',
        tokenEndpoint: 'https://else.example/t',
        urlEncoded: true,
      }),
    ).toEqual([
      {
        field: 'authorizationEndpoint',
        given: 'https://else.example/a',
        published: ENDPOINTS.authorizationEndpoint,
      },
      {
        field: 'tokenEndpoint',
        given: 'https://else.example/t',
        published: ENDPOINTS.tokenEndpoint,
      },
      {
        field: 'urlEncoded',
        given: 'true (client_secret_post)',
        published: 'token_endpoint_auth_methods_supported client_secret_basic',
      },
    ]);
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
