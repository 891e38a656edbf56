import type { Client, OidcError, TypedDocumentString } from 'oidc-config-client';
import { GatewayRequestError } from 'oidc-config-client';
import type { Secret } from '../file/secrets.ts';
import { ask } from '../gateway/ask.ts';
import type { SecretComparison } from '../plan/stored.ts';
import { ReadFailure } from './read-object.ts';

type Result =
  | {
      readonly __typename: 'OpenIdConnectSuccess';
      readonly openIdConnect: {
        readonly connectClientSecret: string | null;
        readonly hasConnectClientSecret: boolean;
      };
    }
  | (OidcError & {
      readonly __typename: `Oidc${string}Error`;
      readonly retryAfterSeconds?: number | null;
    });

interface Data {
  readonly openIdConnect: Result;
}

/** The client's own documents select no secret. */
const DOCUMENT: TypedDocumentString<Data, { readonly id: string }> =
  `query OpenIdConnectSecret($id: ID!) {
  openIdConnect(id: $id) {
    __typename
    ... on OpenIdConnectSuccess {
      openIdConnect {
        id
        connectClientSecret
        hasConnectClientSecret
      }
    }
    ... on OidcError {
      code
      message
      requestId
    }
    ... on OidcRateLimitedError {
      retryAfterSeconds
    }
  }
}`;

/**
 * Compares the stored secret of a configuration that exists. The gateway shows it only to callers with a token of
 * OrderCloud, and perhaps to nobody.
 * @param secret of the file; null if its source has none here
 * @throws ReadFailure, GatewayRequestError: a secret that cannot be read now is not one that is never shown
 */
export async function compareSecret(
  client: Client,
  id: string,
  secret: Secret | null,
): Promise<SecretComparison> {
  if (secret === null) return 'not available';
  let result: Result;
  try {
    result = await ask(async () => (await client.request(DOCUMENT, { id })).openIdConnect);
  } catch (error) {
    if (isRefusedForItself(error)) return 'not shown';
    throw error;
  }
  if (result.__typename !== 'OpenIdConnectSuccess') {
    if (result.__typename === 'OidcNotFoundError') return 'not stored';
    throw new ReadFailure(`The secret of the OpenIdConnect "${id}"`, result);
  }
  const { connectClientSecret: value, hasConnectClientSecret } = result.openIdConnect;
  if (!hasConnectClientSecret) return 'not stored';
  if (value === null) return 'not shown';
  return secret.equals(value) ? 'same' : 'different';
}

/** Whether the gateway takes no such document, as with only persisted ones. Too many requests, for example, are something else. */
function isRefusedForItself(error: unknown): boolean {
  if (!(error instanceof GatewayRequestError) || error.code !== 'REFUSED') return false;
  return error.status !== 401 && error.status !== 429 && error.status !== 503;
}
