import type { Snapshot } from '../../domain/fingerprint.ts';
import { isObject } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';
import { canonicalKeys, readJwks, sameKeySet } from '../../domain/jwks.ts';
import type { Jwk } from '../../domain/key-material.ts';
import type { OidcConfiguration } from '../../domain/oidc-configuration.ts';
import { withoutPrivateKey } from '../../domain/private-key.ts';
import { Secret } from '../../domain/secret.ts';
import type {
  AccessMode,
  OidcConfigDraft,
  ResponseMode,
  ResponseType,
  WholeOidcConfig,
} from './input.ts';
import type { OpenIdConnectConfigBody, WireOpenIdConnectConfig } from './wire.ts';

/** A stored configuration. */
export interface OidcConfig extends OidcConfiguration {
  /** Id of the identity provider that the configuration belongs to; it has none of its own. */
  readonly idpId: string;
  readonly clientId: string;
  readonly accessMode: AccessMode;
  /** The issuer, exactly as stored. */
  readonly idpUrl: string;
  /** Null where there is none, as for programmatic access. */
  readonly scope: readonly string[] | null;
  readonly responseType: ResponseType | null;
  readonly responseMode: ResponseMode | null;
  /** Exactly as stored; a key set as `readJwks` reads it, where it is one. */
  readonly signingKey: string;
}

type WireConfig = OpenIdConnectConfigBody['openid_connect_config'];

/** Wire names of the fields, with the path's `idp_id`, and the input's words for them. */
export const FIELD_NAMES = {
  idp_id: 'idpId',
  access_mode: 'accessMode',
  idp_url: 'idpUrl',
  client_id: 'clientId',
  authorization_endpoint: 'authorizationEndpoint',
  scope: 'scope',
  response_type: 'responseType',
  response_mode: 'responseMode',
  signing_key: 'signingKey',
} as const satisfies Record<keyof WireConfig | 'idp_id', keyof OidcConfigDraft>;

const ACCESS_MODE = {
  PROGRAM: 'program',
  PROGRAM_CONSOLE: 'program_console',
} as const satisfies Record<AccessMode, WireConfig['access_mode']>;
const RESPONSE_TYPE = { ID_TOKEN: 'id_token' } as const satisfies Record<
  ResponseType,
  WireConfig['response_type']
>;
const RESPONSE_MODE = { FRAGMENT: 'fragment', FORM_POST: 'form_post' } as const satisfies Record<
  ResponseMode,
  WireConfig['response_mode']
>;

/** The body of a create or change. */
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

/** A stored configuration from an answer. */
export function fromWire(
  { openid_connect_config: answered }: WireOpenIdConnectConfig,
  idpId: string,
): OidcConfig {
  // What is left of console access has no effect and is documented to be null.
  const left = {
    authorization_endpoint: null,
    scope: null,
    response_type: null,
    response_mode: null,
  };
  const wire = answered.access_mode === 'program' ? { ...answered, ...left } : answered;
  const scope = [...new Set((wire.scope ?? '').split(/\s+/).filter((word) => word !== ''))];
  return {
    idpId,
    accessMode: keyOf(ACCESS_MODE, wire.access_mode),
    idpUrl: wire.idp_url,
    clientId: wire.client_id,
    authorizationEndpoint:
      wire.authorization_endpoint === '' ? null : (wire.authorization_endpoint ?? null),
    scope: scope.length === 0 ? null : scope,
    scopes: scope,
    responseType: wire.response_type ? keyOf(RESPONSE_TYPE, wire.response_type) : null,
    responseMode: wire.response_mode ? keyOf(RESPONSE_MODE, wire.response_mode) : null,
    signingKey: wire.signing_key,
  };
}

/** The domain's word for a wire value. The tables are one-to-one and complete, which their types make sure of. */
function keyOf<Word extends string, Value extends string>(
  table: Readonly<Record<Word, Value>>,
  value: Value,
): Word {
  return (Object.keys(table) as Word[]).find((word) => table[word] === value) as Word;
}

/** The keys of a stored configuration, as far as they are objects. */
export function jwkList({ signingKey }: OidcConfig): readonly Jwk[] {
  const keys = readJwks(signingKey)?.['keys'];
  return Array.isArray(keys) ? keys.filter(isObject) : [];
}

/** Fields of a draft that a stored configuration has otherwise. What was not sent does not count. */
export function differences(
  { signingKey, scope, ...plain }: WholeOidcConfig,
  stored: OidcConfig,
): string[] {
  const different = Object.entries(plain)
    .filter(([name, value]) => value !== undefined && value !== stored[name as keyof typeof plain])
    .map(([name]) => name);
  if (scope !== undefined && [...scope].sort().join(' ') !== [...stored.scopes].sort().join(' '))
    different.push('scope');
  // A stored text that is no key set is sent back as it is when something else changes.
  if (
    signingKey.text !== stored.signingKey &&
    !sameKeySet(readJwks(signingKey.text), readJwks(stored.signingKey))
  )
    different.push('signingKey');
  return different;
}

/** A configuration as it is stored, to compare it with later. */
export function snapshotOf(stored: OidcConfig): Snapshot {
  // What is private in its keys is not in its content.
  return {
    title: `The configuration of "${stored.idpId}"`,
    content: contentOf(stored),
    secret: new Secret(stored.signingKey),
  };
}

/** What a configuration's fingerprint is made of: key sets that hold the same keys are the same, and what is private in them is left out. */
export function contentOf({
  idpId,
  accessMode,
  idpUrl,
  clientId,
  authorizationEndpoint,
  scopes,
  responseType,
  responseMode,
  signingKey,
}: OidcConfig): Json {
  const shown = withoutPrivateKey(signingKey);
  const jwks = readJwks(shown);
  const console = { authorizationEndpoint, scope: [...scopes].sort(), responseType, responseMode };
  return {
    idpId,
    accessMode,
    idpUrl,
    clientId,
    console,
    signingKey: jwks === null ? shown : { keys: canonicalKeys(jwks) },
  };
}
