import { generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { ClientMetadata } from 'oidc-provider';

/** Somebody who can sign in, without a password. */
export interface ProviderUser {
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A private key, as a JWK. */
export type ProviderKey = JsonWebKey & { readonly kid: string };

/** The example of `npm run dev`: made up, and of no use elsewhere. */
export const EXAMPLE_CLIENT = { clientId: 'example-app', clientSecret: 'example-app-secret' };
export const EXAMPLE_USERS: readonly ProviderUser[] = [
  user('ada', 'Ada', 'Lovelace', ['admin']),
  user('ben', 'Ben', 'Example', []),
];

function user(
  sub: string,
  given_name: string,
  family_name: string,
  groups: string[],
): ProviderUser {
  const email = `${sub}@example.com`;
  const name = `${given_name} ${family_name}`;
  return { sub, claims: { name, given_name, family_name, email, email_verified: true, groups } };
}

/** The one client of the example, for the sign-ins of all emulators. */
export function exampleClient(redirectUris: readonly string[]): ClientMetadata {
  return {
    client_id: EXAMPLE_CLIENT.clientId,
    client_secret: EXAMPLE_CLIENT.clientSecret,
    // Loopback without TLS is for native applications only.
    application_type: 'native',
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
    response_types: ['code', 'id_token'],
    redirect_uris: [...redirectUris],
    token_endpoint_auth_method: 'client_secret_post',
  };
}

/** A new private key of the provider. */
export function newKey(kid: string, alg: 'RS256' | 'ES256' = 'RS256'): ProviderKey {
  const { privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg };
}

/** The public key set of private keys, as JSON. */
export function publicKeySet(keys: readonly ProviderKey[]): string {
  const members = ['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y'];
  return JSON.stringify({ keys }, ['keys', ...members]);
}
