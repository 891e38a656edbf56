import { describe, expect, it } from 'vitest';
import type { Claims } from './claims.ts';
import { showsScope, showsScopes, unrequestedClaims } from './scope-claims.ts';

describe('an ID token', () => {
  it.each<[boolean, Claims, string[]]>([
    [true, { sub: 'ada' }, ['openid']],
    [true, { sub: 'ada' }, ['openid', 'offline_access']],
    [false, { sub: 'ada', at_hash: 'x' }, ['openid']],
    [false, { sub: 'ada', c_hash: 'x' }, ['openid']],
    [true, { name: 'Ada', email_verified: false }, ['openid', 'profile', 'email']],
    [true, { name: 'Ada', at_hash: 'x' }, ['openid', 'profile']],
    [false, { name: 'Ada' }, ['openid', 'profile', 'email']],
    [false, { name: 'Ada' }, ['openid', 'profile', 'groups']],
    [false, { groups: ['a'] }, ['openid', 'groups']],
  ])('shows (%s) by %j that it has everything of %j', (shown, claims, scopes) => {
    expect(showsScopes(claims, scopes)).toBe(shown);
  });

  it.each<[boolean, Claims, string]>([
    [true, { sub: 'ada' }, 'openid'],
    [true, { phone_number_verified: false }, 'phone'],
    [false, { email: 'a@b.example' }, 'phone'],
    // Without claims of its own, or with unknown ones.
    [false, { sub: 'ada' }, 'offline_access'],
    [false, { groups: ['a'] }, 'groups'],
  ])('shows (%s) by %j that the issuer has %s', (shown, claims, scope) => {
    expect(showsScope(claims, scope)).toBe(shown);
  });

  it('may have been issued with more scopes if it has claims of others', () => {
    expect([...unrequestedClaims(['openid', 'profile', 'address', 'phone'])]).toEqual([
      'email',
      'email_verified',
    ]);
    expect(unrequestedClaims(['openid']).has('name')).toBe(true);
    expect(unrequestedClaims(['openid']).has('groups')).toBe(false);
  });
});
