import type { Client } from 'oidc-config-client';
import { isSuccess } from 'oidc-config-client';
import type { OidcConfigEntry, OpenIdConnectEntry } from '../file/schema.ts';
import { ask } from '../gateway/ask.ts';
import { errorOf } from '../gateway/failure.ts';
import { toJson } from '../plan/json.ts';
import { ReadFailure } from './read-object.ts';
import type { OnWarnings } from './read-object.ts';
import type { IssuerValues, StoredOidcConfig, StoredOpenIdConnect } from '../plan/stored.ts';

/** Reads what an issuer publishes, as far as entries take values from it. @throws ReadFailure, GatewayRequestError */
export async function readIssuer(
  client: Client,
  url: string,
  onWarnings: OnWarnings,
): Promise<IssuerValues> {
  const result = await ask(() => client.oidcIssuer({ issuer: url }));
  if (!isSuccess(result)) throw new ReadFailure(`The issuer ${url}`, errorOf(result));
  onWarnings(result.warnings);
  const { openIdConnect, oidcConfig } = result.oidcIssuer;
  return {
    openIdConnect,
    oidcConfig: { ...oidcConfig, signingKey: toJson(oidcConfig.signingKey) },
  };
}

/** Whether an issuer stands for something that the entry leaves out. */
export function takesFromIssuer(
  { issuer, authorizationEndpoint, tokenEndpoint, urlEncoded }: OpenIdConnectEntry,
  stored: StoredOpenIdConnect | null,
): boolean {
  if (issuer === undefined) return false;
  const isFilled = authorizationEndpoint === undefined || tokenEndpoint === undefined;
  return isFilled || (stored === null && urlEncoded === undefined);
}

/** Whether an issuer stands for something that the entry leaves out, besides its URL. */
export function configTakesFromIssuer(
  entry: OidcConfigEntry,
  stored: StoredOidcConfig | null,
): boolean {
  if (entry.issuer === undefined) return false;
  if (stored === null && entry.signingKey === undefined) return true;
  if (entry.accessMode === 'PROGRAM') return false;
  const isNew = (name: 'scope' | 'responseType' | 'responseMode') =>
    entry[name] === undefined && (stored?.[name] ?? null) === null;
  return (
    entry.authorizationEndpoint === undefined ||
    isNew('scope') ||
    isNew('responseType') ||
    isNew('responseMode')
  );
}
