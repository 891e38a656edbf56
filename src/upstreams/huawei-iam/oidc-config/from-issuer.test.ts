import { describe, expect, it } from 'vitest';
import { AN_ISSUER_KEY, anIssuer } from '../../../../test/setup/an-issuer.ts';
import { RSA_KEY, RSA_THUMBPRINT } from '../../../../test/setup/issuer-server.ts';
import type { Issuer, IssuerMetadata } from '../../../domain/sign-in/issuer.ts';
import { SIGNING_KEY_LENGTH } from './fields.ts';
import { filling, findings, fromIssuer } from './from-issuer.ts';
import { oidcConfigDraft } from './input.ts';

const codesOf = (issuer: Issuer) =>
  [...findings(issuer)].map(({ code, path }) => `${code} ${path.join('.')}`);

describe('the values of an issuer', () => {
  it('are what a configuration for the console needs', () => {
    expect(fromIssuer(anIssuer({ scopesSupported: ['email', 'openid', 'groups'] }))).toEqual({
      idpUrl: 'https://idp.example',
      authorizationEndpoint: 'https://idp.example/authorize',
      scope: ['openid', 'email'],
      responseType: 'ID_TOKEN',
      responseMode: 'FORM_POST',
      signingKey: { keys: [RSA_KEY] },
    });
  });

  it.each([
    ['FORM_POST', null],
    ['FORM_POST', ['fragment', 'form_post']],
    ['FRAGMENT', ['query', 'fragment']],
    [null, ['query']],
  ])('the response mode is %s for %j', (mode, responseModesSupported) => {
    expect(fromIssuer(anIssuer({ responseModesSupported })).responseMode).toBe(mode);
  });

  it('have the keys that can be used and are documented', () => {
    const keys = [
      { ...AN_ISSUER_KEY, unusable: 'its use is not sig', jwk: null },
      { ...AN_ISSUER_KEY, jwk: { kty: 'OKP' } },
      AN_ISSUER_KEY,
    ];
    expect(fromIssuer(anIssuer({}, keys)).signingKey).toEqual({ keys: [RSA_KEY] });
    expect(fromIssuer(anIssuer({}, keys.slice(0, 2))).signingKey).toBeNull();
  });

  it('have as many keys as fit, and say how many do not', () => {
    const keys = Array.from({ length: 200 }, (_, index) => ({
      ...AN_ISSUER_KEY,
      jwk: { ...RSA_KEY, kid: `key-${index}` },
    }));
    const issuer = anIssuer({}, keys);
    const { signingKey } = fromIssuer(issuer);
    const length = JSON.stringify(signingKey).length;
    const fits = signingKey?.keys.length ?? 0;
    expect(length).toBeLessThanOrEqual(SIGNING_KEY_LENGTH.max);
    expect(length + JSON.stringify(keys[fits]?.jwk).length + 1).toBeGreaterThan(
      SIGNING_KEY_LENGTH.max,
    );
    expect([...findings(issuer)]).toEqual([
      {
        code: 'VALUE_TOO_LONG',
        path: ['oidcConfig', 'signingKey'],
        message: expect.stringContaining(`the last ${200 - fits} keys do not fit`) as unknown,
      },
    ]);
  });
});

describe('a configuration', () => {
  const SAME = {
    idpId: 'ACME',
    accessMode: 'PROGRAM_CONSOLE',
    clientId: 'idp-app',
    idpUrl: 'https://idp.example',
    authorizationEndpoint: 'https://idp.example/authorize',
    scope: ['openid', 'email'],
    responseType: 'ID_TOKEN',
    responseMode: 'FRAGMENT',
    signingKey: { keys: [RSA_KEY] },
  };
  const differing = (given: object, issuer: Issuer) => [
    ...filling.differences(oidcConfigDraft.parse({ ...SAME, ...given }), issuer),
  ];

  it('is filled in with what its access mode allows', () => {
    const console = filling.valuesOf(anIssuer(), { accessMode: 'PROGRAM_CONSOLE' });
    expect(Object.keys(console).sort()).toEqual([...filling.fields].sort());
    expect(filling.valuesOf(anIssuer(), { accessMode: 'PROGRAM' })).toEqual({
      idpUrl: 'https://idp.example',
      signingKey: { keys: [RSA_KEY] },
    });
  });

  it('agrees with the issuer in what it offers, and in keys by their thumbprints', () => {
    expect(differing({}, anIssuer())).toEqual([]);
    expect(differing({}, anIssuer({ authorizationEndpoint: null }))).toEqual([]);
    const renamed = { keys: [{ ...RSA_KEY, kid: 'renamed', x5t: 'x' }] };
    expect(differing({ signingKey: renamed }, anIssuer())).toEqual([]);
    const offered = { scopesSupported: ['email', 'openid'], responseModesSupported: ['fragment'] };
    expect(differing({}, anIssuer(offered))).toEqual([]);
  });

  it('differs in every value that the issuer has otherwise', () => {
    const issuer = anIssuer(
      {
        issuer: 'https://idp.example/',
        authorizationEndpoint: 'https://idp.example/a',
        scopesSupported: ['openid'],
        responseModesSupported: ['form_post'],
      },
      [],
    );
    expect(differing({}, issuer)).toEqual([
      { field: 'idpUrl', given: SAME.idpUrl, published: 'https://idp.example/' },
      {
        field: 'signingKey',
        given: `keys with the thumbprints ${RSA_THUMBPRINT}`,
        published: 'no usable key',
      },
      {
        field: 'authorizationEndpoint',
        given: SAME.authorizationEndpoint,
        published: 'https://idp.example/a',
      },
      { field: 'scope', given: 'openid email', published: 'scopes_supported openid' },
      { field: 'responseMode', given: 'fragment', published: 'response_modes_supported form_post' },
    ]);
  });

  it('differs if it lacks a key of the issuer', () => {
    const other = { ...AN_ISSUER_KEY, jwk: { ...RSA_KEY, n: `1${RSA_KEY.n.slice(1)}` } };
    const [difference] = differing({}, anIssuer({}, [AN_ISSUER_KEY, other]));
    expect(difference).toMatchObject({ field: 'signingKey' });
  });
});

describe('findings', () => {
  it('are none for an issuer with the implicit flow', () => {
    expect(codesOf(anIssuer())).toEqual([]);
  });

  it.each<[string, Partial<IssuerMetadata>]>([
    ['ENDPOINT_MISSING oidcConfig.authorizationEndpoint', { authorizationEndpoint: null }],
    ['VALUE_TOO_LONG oidcConfig.idpUrl', { issuer: `https://idp.example/${'a'.repeat(255)}` }],
    [
      'VALUE_TOO_LONG oidcConfig.authorizationEndpoint',
      { authorizationEndpoint: `https://idp.example/${'a'.repeat(255)}` },
    ],
    ['RESPONSE_TYPE_NOT_OFFERED oidcConfig.responseType', { responseTypesSupported: ['code'] }],
    ['RESPONSE_MODE_NOT_OFFERED oidcConfig.responseMode', { responseModesSupported: ['query'] }],
    ['RS256_NOT_OFFERED oidcConfig.signingKey', { idTokenSigningAlgValuesSupported: ['ES256'] }],
  ])('%s', (finding, metadata) => {
    expect(codesOf(anIssuer(metadata))).toEqual([finding]);
  });

  it('SIGNING_KEY_MISSING', () => {
    expect(codesOf(anIssuer({}, []))).toEqual(['SIGNING_KEY_MISSING oidcConfig.signingKey']);
  });
});
