import { OIDC_ERRORS } from '../../domain/errors.ts';
import type { OidcErrorCode } from '../../domain/errors.ts';
import type { Scope } from '../../domain/identity.ts';
import type { Operation } from '../../transport/operation.ts';
import { requiresScope } from '../authorization.ts';
import type { ErrorType } from '../errors.ts';
import { keyedBy } from '../keys.ts';

/** The facts about an operation that define its root field. */
export type FieldFacts = Pick<Operation<never, never, unknown>, 'effect' | 'secretFields'> & {
  readonly [Part in 'claims' | 'current' | 'whenGone']?: unknown;
};

/**
 * Options of a root field that follow from its operation.
 * @param key the field that identifies the object, in the input and in the object
 * @param takesInput whether it has arguments that can be invalid
 */
export function optionsOf(name: string, operation: FieldFacts, key: string, takesInput = true) {
  return {
    nullable: true,
    extensions: { ...requiresScope(scopeFor(operation)), ...keyedBy(key) },
    errors: {
      types: errorsOf(operation, takesInput),
      union: { description: `The result of \`${name}\`.` },
    },
  } as const;
}

/** Only a deletion defines its result for an object that is already gone. */
function scopeFor({ effect, whenGone }: FieldFacts): Scope {
  if (effect === 'read') return 'oidc:read';
  return whenGone === undefined ? 'oidc:write' : 'oidc:admin';
}

/** The errors that a root field can return. */
function errorsOf({ effect, claims, current }: FieldFacts, takesInput: boolean): ErrorType[] {
  const can: Readonly<Record<OidcErrorCode, boolean>> = {
    INVALID_INPUT: takesInput,
    UNAUTHENTICATED: true,
    PERMISSION_DENIED: true,
    NOT_FOUND: true,
    ALREADY_EXISTS: claims !== undefined,
    STALE: current !== undefined,
    RATE_LIMITED: true,
    UPSTREAM_REJECTED: true,
    UPSTREAM_UNAVAILABLE: true,
    // A change reads the stored object first.
    UPSTREAM_CONTRACT: effect === 'read' || current !== undefined,
    OUTCOME_UNKNOWN: effect === 'write',
    // Only fields that take an issuer.
    ISSUER_UNUSABLE: false,
  };
  const codes = Object.keys(OIDC_ERRORS) as OidcErrorCode[];
  return codes.filter((code) => can[code]).map((code) => OIDC_ERRORS[code]);
}
