import { describe, expect, it } from 'vitest';
import { allows, SCOPES } from './identity.ts';
import type { Scope } from './identity.ts';

describe('allows', () => {
  it.each<[Scope[], Scope[]]>([
    [[], []],
    [['oidc:read'], ['oidc:read']],
    [['oidc:write'], ['oidc:read', 'oidc:write']],
    [['oidc:admin'], ['oidc:read', 'oidc:write', 'oidc:admin']],
    [
      ['oidc:read', 'oidc:admin'],
      ['oidc:read', 'oidc:write', 'oidc:admin'],
    ],
    [
      ['oidc:write', 'oidc:read'],
      ['oidc:read', 'oidc:write'],
    ],
  ])('%j: %j', (held, allowed) => {
    const identity = { kind: 'JWT', id: 'app', scopes: new Set(held) } as const;
    expect(SCOPES.filter((scope) => allows(identity, scope))).toEqual(allowed);
  });
});
