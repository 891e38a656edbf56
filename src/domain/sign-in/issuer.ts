import type { Jwk } from '../keys/key-material.ts';

/** A member of an issuer's metadata that the gateway reads, by its name in the schema. */
export interface MetadataMember {
  /** Its name in the document. */
  readonly wire: string;
  readonly kind: 'text' | 'list';
  readonly about: string;
}

const text = (wire: string, about: string) => ({ wire, kind: 'text', about }) as const;
const list = (wire: string, about: string) => ({ wire, kind: 'list', about }) as const;

/** The optional members that the gateway reads (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2). All others are ignored. */
export const METADATA_MEMBERS = {
  authorizationEndpoint: text('authorization_endpoint', 'Where users sign in.'),
  tokenEndpoint: text('token_endpoint', 'Where an authorization code is exchanged for tokens.'),
  userinfoEndpoint: text('userinfo_endpoint', 'Where an access token gives claims about the user.'),
  endSessionEndpoint: text(
    'end_session_endpoint',
    'Where users sign out (OpenID Connect RP-Initiated Logout 1.0).',
  ),
  scopesSupported: list('scopes_supported', 'Scopes that may be requested.'),
  responseTypesSupported: list(
    'response_types_supported',
    'Values of `response_type` that it accepts.',
  ),
  responseModesSupported: list(
    'response_modes_supported',
    'Values of `response_mode` that it accepts.',
  ),
  grantTypesSupported: list('grant_types_supported', 'Grant types that it accepts.'),
  idTokenSigningAlgValuesSupported: list(
    'id_token_signing_alg_values_supported',
    'Algorithms that it signs ID tokens with.',
  ),
  tokenEndpointAuthMethodsSupported: list(
    'token_endpoint_auth_methods_supported',
    'How clients may authenticate at the token endpoint. If omitted, only `client_secret_basic`.',
  ),
  codeChallengeMethodsSupported: list(
    'code_challenge_methods_supported',
    'Methods of PKCE (RFC 7636) that it accepts.',
  ),
  claimsSupported: list('claims_supported', 'Claims that it may have values for.'),
} as const satisfies Readonly<Record<string, MetadataMember>>;

export type MetadataName = keyof typeof METADATA_MEMBERS;

/** What an issuer says about itself. Null: it does not say. */
export type IssuerMetadata = {
  /** Exactly as the issuer writes it, which is what ID tokens have in `iss`. */
  readonly issuer: string;
  /** Where the metadata was read. */
  readonly metadataUrl: string;
  readonly jwksUri: string;
  /** Whether its authorization responses name it in `iss` (RFC 9207 section 3). Not in the schema: only checks need it. */
  readonly authorizationResponseIssParameterSupported: boolean;
} & {
  readonly [Name in MetadataName]:
    ((typeof METADATA_MEMBERS)[Name]['kind'] extends 'text' ? string : readonly string[]) | null;
};

/** A key that an issuer publishes. */
export interface IssuerKey {
  readonly kid: string | null;
  readonly kty: string | null;
  readonly alg: string | null;
  readonly use: string | null;
  /** RFC 7638 thumbprint with SHA-256; null if the key has no public part of a known type. */
  readonly thumbprint: string | null;
  /** Why it cannot verify the signatures of ID tokens; null if it can. */
  readonly unusable: string | null;
  /** Whether it holds private or symmetric key material. */
  readonly isPrivate: boolean;
  /** Its public part, without certificates and other extras; null if it is not usable. */
  readonly jwk: Jwk | null;
}

/** An OpenID Provider as it was read. */
export interface Issuer {
  readonly metadata: IssuerMetadata;
  readonly keys: readonly IssuerKey[];
}

/** The keys of an issuer that can verify ID tokens, as a key set. */
export function usableKeySet({ keys }: Issuer): { readonly keys: readonly Jwk[] } {
  return { keys: keys.flatMap(({ jwk }) => (jwk === null ? [] : [jwk])) };
}

/**
 * Whether an issuer offers a value of a list in its metadata. A response type may consist of several words, in any order.
 * @param offered null if the issuer does not say
 */
export function offers(offered: readonly string[] | null, value: string): boolean {
  return offered === null || offered.some((one) => words(one) === words(value));
}

function words(value: string): string {
  return value.split(' ').sort().join(' ');
}
