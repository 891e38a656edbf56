import { brandWithType } from '@pothos/core';
import {
  AlreadyExistsError,
  IdempotencyInFlightError,
  InvalidInputError,
  ISSUER_REASONS,
  IssuerError,
  KeysReplacedError,
  NotFoundError,
  OidcError,
  OIDC_ERRORS,
  OUTCOME_UNKNOWN_REASONS,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitedError,
  StaleError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import type { OidcErrorCode } from '../domain/errors.ts';
import { describedValues } from './builder.ts';
import type { Builder } from './builder.ts';
import type { Progress } from './context.ts';
import { addInputIssue, addUpstreamFailure } from './error-details.ts';
import type { addUpstreams } from './error-details.ts';

/** What the schema says about each error. */
const ERRORS: Readonly<
  Record<OidcErrorCode, { readonly aboutCode: string; readonly aboutType: string }>
> = {
  INVALID_INPUT: {
    aboutCode: 'The input is invalid. Correct what `issues` lists.',
    aboutType: 'The input is invalid. All issues are reported at once. Nothing was applied.',
  },
  UNAUTHENTICATED: {
    aboutCode: 'No usable credentials. Get a new token.',
    aboutType:
      'There are no usable credentials for the upstream, or the upstream refuses them. Get a new token and send the request again.',
  },
  PERMISSION_DENIED: {
    aboutCode:
      'The credentials do not allow this. Ask for the scope, roles or actions in `missing`.',
    aboutType:
      'The credentials are valid but do not allow this, at the upstream or at this gateway.',
  },
  NOT_FOUND: {
    aboutCode: 'The object, or something that it depends on, does not exist.',
    aboutType: 'The object, or something that it depends on, does not exist.',
  },
  ALREADY_EXISTS: {
    aboutCode: 'An object with this id already exists. Nothing was changed.',
    aboutType: 'An object with this id already exists. Nothing was changed.',
  },
  STALE: {
    aboutCode:
      'The object does not match `expectedFingerprint`. It was not overwritten. Read it again.',
    aboutType:
      'The object has changed since `expectedFingerprint` was read. The stored object was not overwritten. Read the object again, then decide whether to retry.',
  },
  RATE_LIMITED: {
    aboutCode: 'Too many requests. Wait `retryAfterSeconds`.',
    aboutType:
      'Too many requests were sent to the upstream or to this gateway. Nothing was applied.',
  },
  UPSTREAM_REJECTED: {
    aboutCode: 'The upstream refused the request for another reason; see `upstream.details`.',
    aboutType:
      'The upstream refused the request for a reason that no other error covers. Nothing was applied.',
  },
  UPSTREAM_UNAVAILABLE: {
    aboutCode:
      'The upstream cannot be reached or is offline. A write was definitely not applied: it is safe to send the write again later.',
    aboutType:
      'The upstream cannot be reached, is offline, or is not configured in this gateway. A mutation was definitely not applied: it was never sent, or the upstream reports that it is offline.',
  },
  UPSTREAM_CONTRACT: {
    aboutCode:
      "The upstream's response to a read does not match its contract. Report it to the operator of the gateway.",
    aboutType:
      "The upstream's response to a read does not match its contract. The caller did not cause this. Report it to the operator of the gateway, with both request ids.",
  },
  OUTCOME_UNKNOWN: {
    aboutCode:
      'A write was sent and may have been applied. Check with `verifyWith` before you send the write again.',
    aboutType:
      'A mutation was sent, and it is unknown whether it was applied. Do not send the mutation again before you have checked with `verifyWith`.',
  },
  ISSUER_UNUSABLE: {
    aboutCode:
      "The OpenID Provider's metadata or keys cannot be used; see `issuerReason`. Check the issuer, or ask its owner.",
    aboutType:
      'The metadata or the keys of an OpenID Provider cannot be read or used. No upstream was called. A failure is remembered for 30 seconds.',
  },
  KEYS_REPLACED: {
    aboutCode: 'The issuer publishes none of the stored keys. Find out why before you set `force`.',
    aboutType:
      'The issuer publishes none of the stored keys: it has replaced all of them at once, or somebody else answers in its place. Nothing was written. Ask the owner of the issuer, then compare `publishedThumbprints` and send the mutation with `force`.',
  },
  IDEMPOTENCY_MISMATCH: {
    aboutCode:
      'The `Idempotency-Key` was used before with another input. Use a new key for each new write.',
    aboutType:
      'The `Idempotency-Key` of this request was used before with another input. Nothing was sent. Use a new key for each new write.',
  },
  IDEMPOTENCY_IN_FLIGHT: {
    aboutCode:
      'Another request with this `Idempotency-Key` has not ended. Send the same request again.',
    aboutType:
      'Another request with this `Idempotency-Key` has not ended. Nothing was sent. Send the same request again to get its result.',
  },
};

const CODES = Object.keys(OIDC_ERRORS) as OidcErrorCode[];

/** Adds the closed set of errors. @returns the interface of all errors */
export function addErrors(builder: Builder, upstream: ReturnType<typeof addUpstreams>) {
  const failure = addUpstreamFailure(builder, upstream);

  const code = builder.enumType('OidcErrorCode', {
    description: 'The closed set of error codes; each belongs to one error type.',
    values: Object.fromEntries(
      CODES.map((code) => [code, { description: ERRORS[code].aboutCode }]),
    ),
  });

  const oidcError = builder.interfaceRef<OidcError>('OidcError').implement({
    description:
      'The fields that all errors have. Select it to handle every error at once, including those that later versions add.',
    fields: (t) => ({
      code: t.field({
        type: code,
        description: 'Stable code to act on. Each error type has its own.',
        resolve: (error) => error.code,
      }),
      message: t.exposeString('message', {
        description:
          'What happened and what to do, in human-readable form. May change: never parse it.',
      }),
      requestId: t.id({
        description:
          "The gateway's id for this request. It is also in the `X-Request-Id` header and in the gateway's log.",
        resolve: (_error, _args, context) => context.requestId,
      }),
      upstream: t.field({
        type: failure,
        nullable: true,
        description: 'What the upstream returned; null if no upstream was called.',
        resolve: (error) => error.upstream,
      }),
    }),
  });

  for (const code of CODES)
    builder.objectType(OIDC_ERRORS[code], {
      name: errorTypeName(code),
      interfaces: [oidcError],
      description: ERRORS[code].aboutType,
    });
  builder.objectFields(InvalidInputError, (t) => ({
    issues: t.field({
      type: [addInputIssue(builder)],
      description: 'At least one, and at most the first 100.',
      resolve: (error) => [...error.issues],
    }),
  }));
  builder.objectFields(PermissionDeniedError, (t) => ({
    missing: t.stringList({
      description:
        'If this gateway refused: the scope that the caller lacks. If the upstream refused: the roles (any one is enough) or actions that would allow the operation, as the upstream names them; empty if it names none.',
      resolve: (error) => [...error.missing],
    }),
  }));
  for (const type of [NotFoundError, AlreadyExistsError])
    builder.objectFields(type, (t) => ({
      resource: t.exposeString('resource', {
        description: 'Type of the object, as the upstream names it, e.g. `OpenIdConnect`.',
      }),
      id: t.exposeID('id', {
        nullable: true,
        description: 'Id of the object; null if it is unknown.',
      }),
    }));
  builder.objectFields(StaleError, (t) => ({
    currentFingerprint: t.exposeString('currentFingerprint', {
      description: 'Fingerprint of the object as it is stored now.',
    }),
    mayHaveBeenApplied: t.exposeBoolean('mayHaveBeenApplied', {
      description:
        'False: nothing was written. True: the response to an earlier attempt was lost. That attempt may have been applied before the object changed, or may still be applied.',
    }),
  }));
  for (const type of [RateLimitedError, UpstreamUnavailableError, IdempotencyInFlightError])
    builder.objectFields(type, (t) => ({
      retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
        nullable: true,
        description:
          'Seconds to wait before sending the request again; null if the upstream does not say. Never sent as an HTTP header, because a router could then repeat a write automatically.',
      }),
    }));
  builder.objectFields(OutcomeUnknownError, (t) => ({
    reason: t.field({
      type: builder.enumType('OidcOutcomeUnknownReason', {
        description: 'Why it is unknown whether a write was applied.',
        values: describedValues(OUTCOME_UNKNOWN_REASONS),
      }),
      description: 'Why the outcome is unknown.',
      resolve: (error) => error.reason,
    }),
    verifyWith: t.exposeString('verifyWith', {
      description:
        'A GraphQL query, as a string. Send it to this gateway to find out what happened. "Not found" proves nothing while the write may still be in progress.',
    }),
  }));
  builder.objectFields(IssuerError, (t) => ({
    issuerReason: t.field({
      type: builder.enumType('OidcIssuerReason', {
        description: 'Why an issuer cannot be used.',
        values: describedValues(ISSUER_REASONS),
      }),
      description: 'Why the issuer cannot be used.',
      resolve: (error) => error.issuerReason,
    }),
    url: t.exposeString('url', { description: 'The URL that was tried.' }),
    metadataIssuer: t.exposeString('metadataIssuer', {
      nullable: true,
      description:
        'With `ISSUER_MISMATCH`: the issuer that the metadata names, which is probably the one to use. Otherwise null.',
    }),
  }));
  builder.objectFields(KeysReplacedError, (t) => ({
    issuer: t.exposeString('issuer', { description: 'The issuer whose keys were compared.' }),
    publishedThumbprints: t.stringList({
      description:
        'RFC 7638 thumbprints with SHA-256 of the keys that the issuer publishes for ID tokens, in base64url.',
      resolve: (error) => [...error.publishedThumbprints],
    }),
  }));
  return oidcError;
}

/** A class of errors that is a GraphQL type as well. */
export type ErrorType = new (...args: never[]) => Error;

/**
 * An error as the value of a field. graphql-js treats every `Error` as a failure of the field, so this is a copy that is
 * not an `Error`, branded with its type.
 */
export function errorValue<Thrown extends Error>(error: Thrown, type: ErrorType): Thrown {
  const value = Object.assign({}, error, { message: error.message });
  brandWithType(value, type);
  return value;
}

/** A declared error as the value of a field. Its codes go to the log. @throws any other error */
export function declaredError(
  error: unknown,
  declared: readonly ErrorType[],
  progress: Progress,
): unknown {
  const type = declared.find((one) => error instanceof one);
  if (type === undefined) throw error;
  for (const code of codesIn(error))
    if (progress.codes?.includes(code) !== true) (progress.codes ??= []).push(code);
  return errorValue(error as Error, type);
}

/** The codes of an error, and of the errors in it. */
function codesIn(error: unknown): readonly OidcErrorCode[] {
  if (error instanceof OidcError) return [error.code];
  return error instanceof PartialFailure ? error.errors.map(({ code }) => code) : [];
}

/** Some steps of a mutation failed. Its type says which; it has no code of its own. */
export abstract class PartialFailure extends Error {
  /** Why they failed. */
  abstract readonly errors: readonly OidcError[];
}

/** The GraphQL type of an error class: `Oidc` and the class's name. */
export function errorTypeName(code: OidcErrorCode): string {
  return `Oidc${OIDC_ERRORS[code].name}`;
}
