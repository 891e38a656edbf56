import { PermissionDeniedError } from '../domain/errors.ts';
import type { OidcError } from '../domain/errors.ts';
import { allows, SCOPES } from '../domain/identity.ts';
import type { Scope } from '../domain/identity.ts';
import type { GatewayContext } from './context.ts';

/** Declares, in a root field's `extensions`, the scope that its callers need. */
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

/** The sentence about the scope in the description of a root field. */
export function aboutScope(scope: Scope): string {
  return `If the gateway authenticates its callers, they need the scope \`${scope}\`.`;
}

/** Why a caller may not use a field that needs this scope; null if the caller may use it. */
export function refusalOf({ identity, refusal }: GatewayContext, scope: Scope): OidcError | null {
  if (refusal !== null) return refusal;
  if (identity === null || allows(identity, scope)) return null;
  return new PermissionDeniedError(
    `The caller's credentials for this gateway lack the scope ${scope}. Nothing was sent.`,
    [scope],
  );
}
