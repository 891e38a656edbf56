/**
 * What a caller may be allowed to do, each scope including those before it: `oidc:read` reads, `oidc:write` creates and
 * changes, `oidc:admin` deletes, and does everything else.
 */
export const SCOPES = ['oidc:read', 'oidc:write', 'oidc:admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** A caller with valid credentials. */
export interface Identity {
  /** The kind of its credentials. `WATCHER`: it is the gateway itself. */
  readonly kind: 'JWT' | 'API_KEY' | 'WATCHER';
  /** The token's subject, or the key's id: for the audit trail and for limits per caller, never a secret. */
  readonly id: string;
  /** As granted; use `allows`, because a scope includes others. */
  readonly scopes: ReadonlySet<Scope>;
}

/** The gateway itself, as the caller of what it checks at intervals. */
export const WATCHER: Identity = {
  kind: 'WATCHER',
  id: 'the watcher',
  scopes: new Set(['oidc:admin']),
};

/** Whether the caller has the scope, or one that includes it. */
export function allows({ scopes }: Identity, scope: Scope): boolean {
  return SCOPES.slice(SCOPES.indexOf(scope)).some((including) => scopes.has(including));
}
