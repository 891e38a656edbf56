import type { Issuer, IssuerKey, IssuerMetadata } from '../../src/domain/sign-in/issuer.ts';
import { RSA_KEY, RSA_THUMBPRINT } from './issuer-server.ts';

/** A usable key as it is read. */
export const AN_ISSUER_KEY: IssuerKey = {
  kid: RSA_KEY.kid,
  kty: RSA_KEY.kty,
  alg: RSA_KEY.alg,
  use: RSA_KEY.use,
  thumbprint: RSA_THUMBPRINT,
  unusable: null,
  isPrivate: false,
  jwk: RSA_KEY,
};

/** An issuer in which nothing hinders sign-in, but for these members. */
export function anIssuer(
  metadata: Partial<IssuerMetadata> = {},
  keys: readonly IssuerKey[] = [AN_ISSUER_KEY],
): Issuer {
  return {
    metadata: {
      issuer: 'https://idp.example',
      metadataUrl: 'https://idp.example/.well-known/openid-configuration',
      jwksUri: 'https://idp.example/keys',
      authorizationResponseIssParameterSupported: false,
      authorizationEndpoint: 'https://idp.example/authorize',
      tokenEndpoint: 'https://idp.example/token',
      userinfoEndpoint: null,
      endSessionEndpoint: null,
      scopesSupported: null,
      responseTypesSupported: ['code', 'id_token'],
      responseModesSupported: null,
      grantTypesSupported: null,
      idTokenSigningAlgValuesSupported: ['RS256'],
      tokenEndpointAuthMethodsSupported: null,
      codeChallengeMethodsSupported: null,
      claimsSupported: null,
      ...metadata,
    },
    keys,
  };
}
