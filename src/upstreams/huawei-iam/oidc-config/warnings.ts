import { parseJson } from '../../../domain/json/json.ts';
import { storedKeys } from '../../../domain/keys/jwks.ts';
import { keySetWarnings } from '../../../domain/keys/jwks-warnings.ts';
import type { Jwk } from '../../../domain/keys/key-material.ts';
import {
  hasPrivateKey,
  privatePaths,
  withoutPrivateKey,
} from '../../../domain/keys/private-key.ts';
import { notWritable, withoutNulls } from '../../../domain/parse.ts';
import {
  isCleartext,
  isMultiTenantEndpoint,
  isMultiTenantIssuer,
} from '../../../domain/text/url.ts';
import type { HuaweiWarning } from '../warning-codes.ts';
import type { ConsoleField, FieldName } from './fields.ts';
import { oidcConfigDraft } from './input.ts';
import type { OidcConfig } from './translate.ts';

/** What warnings depend on besides the keys, in a draft and in a stored configuration. */
export interface OidcConfigFacts {
  readonly idpUrl: string;
  readonly clientId: string;
  readonly authorizationEndpoint?: string | null | undefined;
}

/** A configuration as it is stored, or will be. */
type StoredConfig = Pick<OidcConfig, Exclude<FieldName, ConsoleField>> & {
  readonly [Name in ConsoleField]?: OidcConfig[Name] | undefined;
};

/** Warnings about a configuration that is stored, or that a change is about to store. */
export function* storedWarnings(stored: StoredConfig): Iterable<HuaweiWarning> {
  const { signingKey } = stored;
  yield* oidcConfigWarnings(stored, storedKeys(stored));
  yield* privateKeyWarnings(signingKey);
  const shown = { ...stored, signingKey: withoutPrivateKey(signingKey) };
  yield* notWritable(oidcConfigDraft, withoutNulls(shown));
}

/** Warnings about private or symmetric keys in a stored signing key. */
export function* privateKeyWarnings(signingKey: string): Iterable<HuaweiWarning> {
  if (!hasPrivateKey(signingKey)) return;
  for (const path of privatePaths(parseJson(signingKey) ?? signingKey, ['signingKey'])) {
    yield {
      code: 'PRIVATE_KEY_STORED',
      path,
      message:
        'A private or symmetric key is stored here. It is not shown. Store only the public keys, and replace this key at the identity provider: everyone who could read the configuration has it.',
    };
  }
}

/** Warnings about settings that are accepted but likely to cause problems. */
export function* oidcConfigWarnings(
  { idpUrl, clientId, authorizationEndpoint }: OidcConfigFacts,
  keys: readonly Jwk[],
): Iterable<HuaweiWarning> {
  if (clientId !== clientId.trim()) {
    yield {
      code: 'SURROUNDING_SPACE',
      path: ['clientId'],
      message:
        'Begins or ends with white space, which is stored unchanged. Check whether it was pasted by mistake.',
    };
  }
  if (isCleartext(idpUrl))
    yield {
      code: 'ENDPOINT_CLEARTEXT',
      path: ['idpUrl'],
      message:
        'The issuer uses plain http, but OpenID Connect requires https: anyone on the network path can impersonate it.',
    };
  if (isMultiTenantIssuer(idpUrl)) {
    yield {
      code: 'MULTI_TENANT_ISSUER',
      path: ['idpUrl'],
      message:
        'Is shared by many tenants. ID tokens have the issuer of a single tenant in iss, so sign-in fails: give that issuer, with the id of the tenant.',
    };
  }
  const endpoint = authorizationEndpoint ?? '';
  if (isCleartext(endpoint))
    yield {
      code: 'ENDPOINT_CLEARTEXT',
      path: ['authorizationEndpoint'],
      message: 'People sign in there over plain http; use https.',
    };
  if (isMultiTenantEndpoint(endpoint)) {
    yield {
      code: 'MULTI_TENANT_ISSUER',
      path: ['authorizationEndpoint'],
      message:
        'People of any tenant can sign in there, and each tenant has its own issuer in ID tokens: give the endpoint of your own tenant.',
    };
  }
  for (const warning of keySetWarnings(keys))
    yield { ...warning, path: ['signingKey', ...warning.path] };
}
