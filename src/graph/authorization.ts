import { PermissionDeniedError } from '../domain/errors.ts';
import type { OidcError } from '../domain/errors.ts';
import { allows, SCOPES } from '../domain/identity.ts';
import type { Scope } from '../domain/identity.ts';
import type { GatewayContext } from './context.ts';

/** Declares the scope that callers of a root field need: for its `extensions`. */
export function requiresScope(scope: Scope): { readonly scope: Scope } {
  return { scope };
}

/** The scope that `requiresScope` declared. */
export function scopeOf({
  extensions,
}: {
  readonly extensions: Readonly<Record<string, unknown>>;
}): Scope | undefined {
  return SCOPES.find((scope) => scope === extensions['scope']);
}

/** What the description of a root field says of its scope. */
export function aboutScope(scope: Scope): string {
  return `Where the gateway authenticates its callers, they need the scope \`${scope}\`.`;
}

/** Why a caller may not have something that takes this scope; null where nothing speaks against it. */
export function refusalOf({ identity, refusal }: GatewayContext, scope: Scope): OidcError | null {
  if (refusal !== null) return refusal;
  if (identity === null || allows(identity, scope)) return null;
  return new PermissionDeniedError(
    `The caller's credentials for this gateway lack the scope ${scope}. Nothing was sent.`,
    [scope],
  );
}
