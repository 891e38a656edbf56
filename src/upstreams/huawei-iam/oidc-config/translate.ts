import type { Snapshot } from '../../../domain/fingerprint.ts';
import { isObject } from '../../../domain/json/json.ts';
import type { Json } from '../../../domain/json/json.ts';
import { canonicalKeys, readJwks, sameKeySet } from '../../../domain/keys/jwks.ts';
import type { Jwk } from '../../../domain/keys/key-material.ts';
import type { OidcConfiguration } from '../../../domain/sign-in/oidc-configuration.ts';
import { withoutPrivateKey } from '../../../domain/keys/private-key.ts';
import { Secret } from '../../../domain/scrub/secret.ts';
import type { Jwks } from '../../../domain/keys/jwks-input.ts';
import { wordFor } from '../federation.ts';
import { ACCESS_MODE, RESPONSE_MODE, RESPONSE_TYPE } from './fields.ts';
import type { AccessMode, ConsoleField, FieldName, ResponseMode, ResponseType } from './fields.ts';
import type { OpenIdConnectConfigBody, WireOpenIdConnectConfig } from './wire.ts';

/** A stored configuration. */
export interface OidcConfig extends OidcConfiguration {
  /** Id of the identity provider that the configuration belongs to; it has none of its own. */
  readonly idpId: string;
  readonly clientId: string;
  readonly accessMode: AccessMode;
  /** The issuer, exactly as stored. */
  readonly idpUrl: string;
  /** Null if there is none, as for programmatic access. */
  readonly scope: readonly string[] | null;
  readonly responseType: ResponseType | null;
  readonly responseMode: ResponseMode | null;
  /** Exactly as stored; `readJwks` reads it if it is a key set. */
  readonly signingKey: string;
}

/** A whole configuration as sent; only the text of the key set matters. */
export type WholeOidcConfig = Readonly<
  Pick<OidcConfig, Exclude<FieldName, ConsoleField | 'signingKey'>>
> & { readonly [Name in ConsoleField]?: NonNullable<OidcConfig[Name]> | undefined } & {
  readonly signingKey: Pick<Jwks, 'text' | 'keys'>;
};

/** The body of a request that creates or changes a configuration. */
export function toWire(draft: WholeOidcConfig): OpenIdConnectConfigBody {
  const { responseType, responseMode } = draft;
  return {
    openid_connect_config: {
      access_mode: ACCESS_MODE[draft.accessMode],
      idp_url: draft.idpUrl,
      client_id: draft.clientId,
      authorization_endpoint: draft.authorizationEndpoint,
      scope: draft.scope?.join(' '),
      response_type: responseType === undefined ? undefined : RESPONSE_TYPE[responseType],
      response_mode: responseMode === undefined ? undefined : RESPONSE_MODE[responseMode],
      signing_key: draft.signingKey.text,
    },
  };
}

/** A stored configuration from a response. */
export function fromWire(
  { openid_connect_config: stored }: WireOpenIdConnectConfig,
  idpId: string,
): OidcConfig {
  // Left over from console access, they have no effect; the documentation says that they are null.
  const left = {
    authorization_endpoint: null,
    scope: null,
    response_type: null,
    response_mode: null,
  };
  const wire = stored.access_mode === 'program' ? { ...stored, ...left } : stored;
  const scope = [...new Set((wire.scope ?? '').split(/\s+/).filter((word) => word !== ''))];
  return {
    idpId,
    accessMode: wordFor(ACCESS_MODE, wire.access_mode),
    idpUrl: wire.idp_url,
    clientId: wire.client_id,
    authorizationEndpoint:
      wire.authorization_endpoint === '' ? null : (wire.authorization_endpoint ?? null),
    scope: scope.length === 0 ? null : scope,
    scopes: scope,
    responseType: wire.response_type ? wordFor(RESPONSE_TYPE, wire.response_type) : null,
    responseMode: wire.response_mode ? wordFor(RESPONSE_MODE, wire.response_mode) : null,
    signingKey: wire.signing_key,
  };
}

/** The keys of a stored configuration, as far as they are objects. */
export function jwkList({ signingKey }: OidcConfig): readonly Jwk[] {
  const keys = readJwks(signingKey)?.['keys'];
  return Array.isArray(keys) ? keys.filter(isObject) : [];
}

/** Fields of a draft whose stored value differs. Fields that were not sent do not count. */
export function differences(
  { signingKey, scope, ...plain }: WholeOidcConfig,
  stored: OidcConfig,
): string[] {
  const different = Object.entries(plain)
    .filter(([name, value]) => value !== undefined && value !== stored[name as keyof typeof plain])
    .map(([name]) => name);
  if (scope !== undefined && [...scope].sort().join(' ') !== [...stored.scopes].sort().join(' '))
    different.push('scope');
  // A stored text that is not a key set is sent back unchanged if something else changes.
  if (
    signingKey.text !== stored.signingKey &&
    !sameKeySet(readJwks(signingKey.text), readJwks(stored.signingKey))
  )
    different.push('signingKey');
  return different;
}

/** A configuration as stored, for a later comparison. */
export function snapshotOf(stored: OidcConfig): Snapshot {
  // Private key material is not part of the content.
  return {
    title: `The configuration of "${stored.idpId}"`,
    content: contentOf(stored),
    secret: new Secret(stored.signingKey),
  };
}

/** The content of a configuration's fingerprint: key sets with the same keys are equal, and private key material is left out. */
export function contentOf(stored: OidcConfig): Json {
  const shown = withoutPrivateKey(stored.signingKey);
  const jwks = readJwks(shown);
  return {
    idpId: stored.idpId,
    accessMode: stored.accessMode,
    idpUrl: stored.idpUrl,
    clientId: stored.clientId,
    console: {
      authorizationEndpoint: stored.authorizationEndpoint,
      scope: [...stored.scopes].sort(),
      responseType: stored.responseType,
      responseMode: stored.responseMode,
    },
    signingKey: jwks === null ? shown : { keys: canonicalKeys(jwks) },
  };
}
