import type { Client, TypedDocumentString } from 'oidc-config-client';
import { GatewayRequestError } from 'oidc-config-client';
import type { Secret } from '../file/secrets.ts';
import type { SecretComparison } from '../plan/stored.ts';

interface Data {
  readonly openIdConnect?: {
    readonly openIdConnect?: {
      readonly connectClientSecret?: string | null;
      readonly hasConnectClientSecret?: boolean;
    };
  } | null;
}

/** The client's own documents select no secret. */
const DOCUMENT: TypedDocumentString<Data, { readonly id: string }> =
  `query OpenIdConnectSecret($id: ID!) {
  openIdConnect(id: $id) {
    ... on OpenIdConnectSuccess {
      openIdConnect {
        id
        connectClientSecret
        hasConnectClientSecret
      }
    }
  }
}`;

/**
 * Compares the stored secret of a configuration that exists. The gateway shows it only to callers with a token of
 * OrderCloud, and perhaps to nobody.
 * @param secret of the file; null if its source has none here
 */
export async function compareSecret(
  client: Client,
  id: string,
  secret: Secret | null,
): Promise<SecretComparison> {
  if (secret === null) return 'not available';
  let data: Data;
  try {
    data = await client.request(DOCUMENT, { id });
  } catch (error) {
    // Such as a gateway that takes only persisted documents.
    if (error instanceof GatewayRequestError && error.code === 'REFUSED') return 'not shown';
    throw error;
  }
  const stored = data.openIdConnect?.openIdConnect;
  if (stored?.hasConnectClientSecret === false) return 'not stored';
  const value = stored?.connectClientSecret ?? null;
  if (value === null) return 'not shown';
  return secret.equals(value) ? 'same' : 'different';
}
