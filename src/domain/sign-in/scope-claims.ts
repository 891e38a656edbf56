import type { Claims } from './claims.ts';

/** The claims that each scope asks for (OpenID Connect Core 1.0 section 5.4). */
const CLAIMS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'profile',
    [
      ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username'],
      ...['profile', 'picture', 'website', 'gender', 'birthdate', 'zoneinfo', 'locale'],
      'updated_at',
    ],
  ],
  ['email', ['email', 'email_verified']],
  ['address', ['address']],
  ['phone', ['phone_number', 'phone_number_verified']],
]);

/** Scopes without claims of their own. */
const WITHOUT_CLAIMS: ReadonlySet<string> = new Set(['openid', 'offline_access']);

/** The standard claims that none of these scopes asks for. An ID token that has one may have been issued with more scopes. */
export function unrequestedClaims(scopes: readonly string[]): ReadonlySet<string> {
  return new Set([...CLAIMS_OF].flatMap(([scope, names]) => (scopes.includes(scope) ? [] : names)));
}

/**
 * Whether the claims of an ID token show that it has all claims which these scopes give to the person: it has claims of
 * each scope. Without such scopes, it must come from the authorization endpoint alone, as an ID token that comes with an
 * access token may have fewer claims (section 5.4), and then has a hash of it.
 */
export function showsScopes(claims: Claims, scopes: readonly string[]): boolean {
  const named = scopes.filter((scope) => !WITHOUT_CLAIMS.has(scope));
  if (named.length === 0) return claims['at_hash'] === undefined && claims['c_hash'] === undefined;
  return named.every((scope) => showsScope(claims, scope));
}

/** Whether the claims of an ID token show that the issuer has a scope: one of them is of this scope. Every ID token shows `openid`. */
export function showsScope(claims: Claims, scope: string): boolean {
  return (
    scope === 'openid' || CLAIMS_OF.get(scope)?.some((name) => claims[name] !== undefined) === true
  );
}
