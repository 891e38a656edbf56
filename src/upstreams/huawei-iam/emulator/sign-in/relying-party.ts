import { isObject } from '../../../../transport/emulator/emulator.ts';
import { SignInFailed } from '../../../../transport/emulator/sign-in/failed.ts';
import { parseIdToken, verifyIdToken } from '../../../../transport/emulator/sign-in/id-token.ts';
import type { Account, Provider } from '../account.ts';
import { GROUPS } from '../groups.ts';
import type { Group } from '../groups.ts';
import { mapClaims } from './mapping.ts';

/** A federated user who is signed in. */
export interface FederatedUser {
  readonly name: string;
  /** The groups of the account among those that the mapping names. */
  readonly groups: readonly Group[];
}

/** A provider with what a sign-in needs. */
export interface Usable {
  readonly config: NonNullable<Provider['config']>;
  readonly rules: readonly unknown[];
}

/**
 * What is stored for an identity provider, complete.
 * @throws SignInFailed if something is missing, or the provider is disabled
 */
export function usable({ mappings }: Account, provider: Provider | undefined): Usable {
  if (!provider) throw new SignInFailed('there is no such identity provider');
  const { enabled, sso_type, protocol, config } = provider;
  if (!enabled) throw new SignInFailed('the identity provider is disabled');
  if (sso_type !== 'virtual_user_sso')
    throw new SignInFailed('the identity provider is for IAM users, which OpenID Connect has not');
  if (!protocol) throw new SignInFailed('the identity provider has no protocol');
  if (!config) throw new SignInFailed('the identity provider has no configuration');
  const rules = mappings.get(protocol.mapping_id ?? '');
  if (!rules) throw new SignInFailed('the mapping of the protocol is gone');
  return { config, rules };
}

/**
 * Verifies an ID token by what is stored, and maps its claims.
 * @param nonce of the console's request; programmatic access has none
 * @throws SignInFailed
 */
export function accept({ config, rules }: Usable, token: unknown, nonce?: string): FederatedUser {
  const claims = verifyIdToken(parseIdToken(token), {
    keys: keysIn(config['signing_key']),
    issuer: config['idp_url'],
    clientId: config['client_id'],
    nonce,
  });
  const { name, groups } = mapClaims(rules, claims);
  return { name, groups: GROUPS.filter((group) => groups.includes(group.name)) };
}

function keysIn(signingKey: unknown): readonly unknown[] {
  const keySet: unknown = JSON.parse(String(signingKey)); // checked when it was stored
  const keys = isObject(keySet) ? keySet['keys'] : [];
  return Array.isArray(keys) ? keys : [];
}
