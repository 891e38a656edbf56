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

/** What a root field takes. */
export interface Takes {
  /** Whether it has arguments that can be invalid; true if left out. */
  readonly input?: boolean;
  /** Whether one of them is an issuer that is read; false if left out. */
  readonly issuer?: boolean;
  /** Whether stored keys are replaced by those that an issuer publishes; false if left out. */
  readonly keys?: boolean;
}

/**
 * Options of a root field that follow from its operation.
 * @param key the field that identifies the object, in the input and in the object
 */
export function optionsOf(name: string, operation: FieldFacts, key: string, takes: Takes = {}) {
  return {
    nullable: true,
    extensions: { ...requiresScope(scopeFor(operation)), ...keyedBy(key) },
    errors: {
      types: errorsOf(operation, takes),
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
function errorsOf(
  { effect, claims, current }: FieldFacts,
  { input = true, issuer = false, keys = false }: Takes,
): ErrorType[] {
  const can: Readonly<Record<OidcErrorCode, boolean>> = {
    INVALID_INPUT: input,
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
    ISSUER_UNUSABLE: issuer,
    KEYS_REPLACED: keys,
    IDEMPOTENCY_MISMATCH: effect === 'write',
    IDEMPOTENCY_IN_FLIGHT: effect === 'write',
  };
  const codes = Object.keys(OIDC_ERRORS) as OidcErrorCode[];
  return codes.filter((code) => can[code]).map((code) => OIDC_ERRORS[code]);
}
