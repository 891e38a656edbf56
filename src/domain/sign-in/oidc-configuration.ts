/** The fields that the configurations of all upstreams share, with their names in the OpenID Connect standards. */
export interface OidcConfiguration {
  /** OAuth 2 `client_id` at the OpenID Provider. Null only if the upstream leaves it out. */
  readonly clientId: string | null;
  /** `authorization_endpoint` (OpenID Connect Discovery 1.0 section 3). */
  readonly authorizationEndpoint: string | null;
  /** Stored scopes of the authorization request. */
  readonly scopes: readonly string[];
}
