/**
 * What a caller may be allowed to do, each scope including those before it: `oidc:read` reads, `oidc:write` creates and
 * changes, `oidc:admin` deletes, and does everything else.
 */
export const SCOPES = ['oidc:read', 'oidc:write', 'oidc:admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** A caller whose credentials were found good. */
export interface Identity {
  /** What it came with. */
  readonly kind: 'JWT' | 'API_KEY';
  /** The token's subject, or the key's id: for the audit trail and for limits per caller, never a secret. */
  readonly id: string;
  /** As granted: what they include is for `allows` to say. */
  readonly scopes: ReadonlySet<Scope>;
}

/** Whether the caller holds the scope, or one that includes it. */
export function allows({ scopes }: Identity, scope: Scope): boolean {
  return SCOPES.slice(SCOPES.indexOf(scope)).some((including) => scopes.has(including));
}
