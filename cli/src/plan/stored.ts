import type { Json } from './json.ts';

/* The objects of the platforms as the gateway shows them: what a plan compares. */

/** Whether the stored secret is that of the file. Not shown: the gateway shows it only with a token of OrderCloud. Not available: the file names a source that has none here. */
export type SecretComparison = 'same' | 'different' | 'not stored' | 'not shown' | 'not available';

export interface StoredOpenIdConnect {
  readonly id: string;
  readonly orderCloudApiClientId: string | null;
  readonly connectClientId: string | null;
  readonly appStartUrl: string | null;
  readonly authorizationEndpoint: string | null;
  readonly tokenEndpoint: string | null;
  readonly urlEncoded: boolean;
  readonly integrationEventId: string | null;
  readonly callSyncUserIntegrationEvent: boolean;
  readonly additionalIdpScopes: readonly string[];
  readonly customErrorUrl: string | null;
  readonly fingerprint: string;
}

export interface StoredIdentityProvider {
  readonly id: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly ssoType: string | null;
  readonly fingerprint: string;
}

export interface StoredMapping {
  readonly id: string;
  readonly rules: readonly unknown[];
  readonly fingerprint: string;
}

export interface StoredProtocol {
  readonly mappingId: string | null;
  readonly fingerprint: string;
}

export interface StoredOidcConfig {
  readonly idpId: string;
  readonly accessMode: string;
  readonly idpUrl: string;
  readonly clientId: string | null;
  readonly authorizationEndpoint: string | null;
  readonly scope: readonly string[] | null;
  readonly responseType: string | null;
  readonly responseMode: string | null;
  /** Exactly as stored: usually a key set. */
  readonly signingKey: string;
  readonly fingerprint: string;
}

/** What an issuer gives to the entries that name it. Null: it has no usable value. */
export interface IssuerValues {
  readonly openIdConnect: {
    readonly authorizationEndpoint: string | null;
    readonly tokenEndpoint: string | null;
    readonly urlEncoded: boolean;
  };
  readonly oidcConfig: {
    readonly idpUrl: string;
    readonly authorizationEndpoint: string | null;
    readonly scope: readonly string[];
    readonly responseType: string;
    readonly responseMode: string | null;
    readonly signingKey: Json;
  };
}

/** An entry of the file with what is stored for it. */
export interface OpenIdConnectState {
  readonly stored: StoredOpenIdConnect | null;
  readonly secret: SecretComparison;
  readonly issuer: IssuerValues | null;
}

export interface OidcConfigState {
  readonly provider: StoredIdentityProvider | null;
  readonly protocol: StoredProtocol | null;
  /** Id of the mapping of the file, of the protocol, or the default, in this order. */
  readonly mappingId: string;
  readonly mapping: StoredMapping | null;
  readonly config: StoredOidcConfig | null;
  readonly issuer: IssuerValues | null;
}

/** What is stored besides the entries of the file. */
export interface OtherObjects {
  readonly openIdConnects: readonly { readonly id: string; readonly fingerprint: string }[];
  /** Identity providers that have an OpenID Connect configuration. */
  readonly identityProviders: readonly {
    readonly id: string;
    readonly fingerprint: string;
    /** Of its protocol; null if it has none. */
    readonly mapping: { readonly id: string; readonly fingerprint: string } | null;
    /** Why the mapping must stay; null if nothing else uses it. */
    readonly keepMapping: string | null;
  }[];
  /** Mappings that a run was to delete and did not, after it had deleted what used them. */
  readonly leftMappings: readonly { readonly id: string; readonly fingerprint: string }[];
}

export interface State {
  /** One for each entry, in the order of the file. */
  readonly openIdConnects: readonly OpenIdConnectState[];
  readonly oidcConfigs: readonly OidcConfigState[];
  readonly others: OtherObjects;
}
