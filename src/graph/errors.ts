import { brandWithType } from '@pothos/core';
import {
  AlreadyExistsError,
  InvalidInputError,
  NotFoundError,
  OIDC_ERRORS,
  OUTCOME_UNKNOWN_REASONS,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitedError,
  StaleError,
  UnauthenticatedError,
  UpstreamContractError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import type {
  OidcError,
  OidcErrorCode,
  OutcomeUnknownReason,
  UpstreamErrorDetail,
  UpstreamFailure,
} from '../domain/errors.ts';
import { INPUT_ISSUE_CODES } from '../domain/parse.ts';
import type { InputIssue, InputIssueCode } from '../domain/parse.ts';
import type { Builder } from './builder.ts';

/** Errors that a read by id can give. */
export const READ_ERRORS = [
  InvalidInputError,
  UnauthenticatedError,
  PermissionDeniedError,
  NotFoundError,
  RateLimitedError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
  UpstreamContractError,
];

/** Errors that a create can give. */
export const CREATE_ERRORS = [
  InvalidInputError,
  UnauthenticatedError,
  PermissionDeniedError,
  NotFoundError,
  AlreadyExistsError,
  RateLimitedError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
  OutcomeUnknownError,
];

/** Errors that a change of something that exists can give; what is there is read first where the change asks for it. */
export const CHANGE_ERRORS = [
  InvalidInputError,
  UnauthenticatedError,
  PermissionDeniedError,
  NotFoundError,
  StaleError,
  RateLimitedError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
  UpstreamContractError,
  OutcomeUnknownError,
];

const CODE_DESCRIPTIONS: Readonly<Record<OidcErrorCode, string>> = {
  INVALID_INPUT: 'The input breaks rules; `issues` says which. Correct it.',
  UNAUTHENTICATED: 'No usable credentials. Get a new token.',
  PERMISSION_DENIED:
    'The credentials do not allow this. Ask for the scope, roles or actions in `missing`.',
  NOT_FOUND: 'The object, or what it needs first, does not exist.',
  ALREADY_EXISTS: 'An object with this id exists already. Nothing was changed.',
  STALE:
    'The object is not what `expectedFingerprint` stands for. Nothing was written over it; read it again.',
  RATE_LIMITED: 'Too many requests. Wait `retryAfterSeconds`.',
  UPSTREAM_REJECTED: 'The upstream refused for another reason; `upstream.details` has its words.',
  UPSTREAM_UNAVAILABLE:
    'The upstream cannot be reached or is offline. A write was definitely not applied: it is safe to send it again later.',
  UPSTREAM_CONTRACT:
    'The upstream answered a read with something that is not its contract. Report it.',
  OUTCOME_UNKNOWN:
    'A write was sent and may have been applied. Look with `verifyWith` before sending it again.',
};

const REASON_DESCRIPTIONS: Readonly<Record<OutcomeUnknownReason, string>> = {
  TIMEOUT: 'No answer before the deadline.',
  CONNECTION_LOST: 'The connection broke before the answer was complete.',
  PROTOCOL_ERROR: 'What came back is not valid HTTP.',
  UPSTREAM_ERROR:
    'The upstream answered with a status that does not say whether it acted: 3xx, 408 or 5xx.',
  UNREADABLE_ANSWER:
    'The upstream reported success with a body that cannot be read, is too large, or is about another object.',
};

/** Adds the closed set of errors, with `OidcUpstream` filled from the list of upstreams. @returns the interface of all errors */
export function addErrors(
  builder: Builder,
  upstreams: readonly { readonly id: string; readonly description: string }[],
) {
  const failure = addUpstreamFailure(builder, upstreams);

  const code = builder.enumType('OidcErrorCode', {
    description: 'The closed set of error codes; each belongs to one error type.',
    values: describedValues(CODE_DESCRIPTIONS),
  });

  const oidcError = builder.interfaceRef<OidcError>('OidcError').implement({
    description:
      'What all errors have in common. Select it to handle every error at once, also those that later versions add.',
    fields: (t) => ({
      code: t.field({
        type: code,
        description: 'Stable code to act on; one to one with the type.',
        resolve: (error) => error.code,
      }),
      message: t.exposeString('message', {
        description: 'What happened and what to do, for a person. May change: never parse it.',
      }),
      requestId: t.id({
        description:
          "The gateway's id of this request, also in the `X-Request-Id` header and in its log.",
        resolve: (_error, _args, context) => context.requestId,
      }),
      upstream: t.field({
        type: failure,
        nullable: true,
        description: 'What the upstream said; null where none was called.',
        resolve: (error) => error.upstream,
      }),
    }),
  });
  const interfaces = [oidcError];

  builder.objectType(InvalidInputError, {
    name: errorTypeName('INVALID_INPUT'),
    interfaces,
    description: 'The input breaks rules. All faults are reported at once. Nothing was applied.',
    fields: (t) => ({
      issues: t.field({
        type: [addInputIssue(builder)],
        description: 'At least one; of very many, the first 100.',
        resolve: (error) => [...error.issues],
      }),
    }),
  });
  builder.objectType(UnauthenticatedError, {
    name: errorTypeName('UNAUTHENTICATED'),
    interfaces,
    description:
      'There are no usable credentials for the upstream, or the upstream refuses them. Get a new token and send it again.',
  });
  builder.objectType(PermissionDeniedError, {
    name: errorTypeName('PERMISSION_DENIED'),
    interfaces,
    description:
      'The credentials are good but do not allow this, at the upstream or at this gateway.',
    fields: (t) => ({
      missing: t.stringList({
        description:
          'The scope of this gateway that the caller lacks, or else roles, of which one is enough, or actions that would allow it, in the words of the upstream; empty where it names none.',
        resolve: (error) => [...error.missing],
      }),
    }),
  });
  const object = {
    resource: 'Type of the object, in the word of the upstream, e.g. `OpenIdConnect`.',
    id: 'Id of the object; null if nobody says which one.',
  };
  builder.objectType(NotFoundError, {
    name: errorTypeName('NOT_FOUND'),
    interfaces,
    description: 'The object does not exist, or something that has to exist before it.',
    fields: (t) => ({
      resource: t.exposeString('resource', { description: object.resource }),
      id: t.exposeID('id', { nullable: true, description: object.id }),
    }),
  });
  builder.objectType(AlreadyExistsError, {
    name: errorTypeName('ALREADY_EXISTS'),
    interfaces,
    description: 'An object with this id exists already. Nothing was changed.',
    fields: (t) => ({
      resource: t.exposeString('resource', { description: object.resource }),
      id: t.exposeID('id', { nullable: true, description: object.id }),
    }),
  });
  builder.objectType(StaleError, {
    name: errorTypeName('STALE'),
    interfaces,
    description:
      'The object was changed since `expectedFingerprint` was read. Nothing was written over what is stored now. If the response to an earlier attempt was lost, `message` says so. Read it again, and decide anew.',
    fields: (t) => ({
      currentFingerprint: t.exposeString('currentFingerprint', {
        description: 'Fingerprint of what is stored now.',
      }),
    }),
  });
  const retryAfter =
    'Seconds to wait before sending it again; null where the upstream does not say. Never an HTTP header, so that no router repeats a write by itself.';
  builder.objectType(RateLimitedError, {
    name: errorTypeName('RATE_LIMITED'),
    interfaces,
    description: 'The upstream asks for fewer requests, or this gateway does. Nothing was applied.',
    fields: (t) => ({
      retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
        nullable: true,
        description: retryAfter,
      }),
    }),
  });
  builder.objectType(UpstreamRejectedError, {
    name: errorTypeName('UPSTREAM_REJECTED'),
    interfaces,
    description:
      'The upstream refused the request for a reason that no other error stands for. Nothing was applied.',
  });
  builder.objectType(UpstreamUnavailableError, {
    name: errorTypeName('UPSTREAM_UNAVAILABLE'),
    interfaces,
    description:
      'The upstream cannot be reached, is offline, or is not configured at this gateway. A mutation was surely not applied: it never left, or the upstream says that it is offline.',
    fields: (t) => ({
      retryAfterSeconds: t.exposeInt('retryAfterSeconds', {
        nullable: true,
        description: retryAfter,
      }),
    }),
  });
  builder.objectType(UpstreamContractError, {
    name: errorTypeName('UPSTREAM_CONTRACT'),
    interfaces,
    description:
      'The upstream answered a read with something that its contract does not have: not the fault of the caller. Report it with both request ids.',
  });
  builder.objectType(OutcomeUnknownError, {
    name: errorTypeName('OUTCOME_UNKNOWN'),
    interfaces,
    description:
      'A mutation was sent, and it is not known whether it was applied. Do not send it again before you have looked with `verifyWith`.',
    fields: (t) => ({
      reason: t.field({
        type: builder.enumType('OidcOutcomeUnknownReason', {
          description: 'Why nobody can say whether a write was applied.',
          values: Object.fromEntries(
            OUTCOME_UNKNOWN_REASONS.map((reason) => [
              reason,
              { description: REASON_DESCRIPTIONS[reason] },
            ]),
          ),
        }),
        description: 'Why it is not known.',
        resolve: (error) => error.reason,
      }),
      verifyWith: t.exposeString('verifyWith', {
        description:
          'A GraphQL query for this gateway, as text, that shows what happened. "Not found" proves nothing while the write may still be under way.',
      }),
    }),
  });
  return oidcError;
}

/** A class of errors that is a GraphQL type as well. */
export type ErrorType = new (...args: never[]) => Error;

/**
 * An error as the value of a field: graphql-js takes whatever is an `Error` for a failure of that field, so this is a
 * copy that is none, with its type as a brand.
 */
export function errorValue<Thrown extends Error>(error: Thrown, type: ErrorType): Thrown {
  const value = Object.assign({}, error, { message: error.message });
  brandWithType(value, type);
  return value;
}

/** The GraphQL type of an error class: `Oidc` and the class's name. */
export function errorTypeName(code: OidcErrorCode): string {
  return `Oidc${OIDC_ERRORS[code].name}`;
}

/** Values of an enum, each with its description, typed by their names. */
export function describedValues<Value extends string>(
  descriptions: Readonly<Record<Value, string>>,
): Record<Value, { description: string }> {
  const entries = Object.entries<string>(descriptions).map(([value, description]) => [
    value,
    { description },
  ]);
  return Object.fromEntries(entries) as Record<Value, { description: string }>;
}

function addUpstreamFailure(
  builder: Builder,
  upstreams: readonly { readonly id: string; readonly description: string }[],
) {
  const upstream = builder.enumType('OidcUpstream', {
    description: 'The REST APIs behind this gateway.',
    values: Object.fromEntries(upstreams.map(({ id, description }) => [id, { description }])),
  });
  const detail = builder.objectRef<UpstreamErrorDetail>('OidcUpstreamErrorDetail').implement({
    description: "One entry of an upstream's error answer, free of the request's secrets.",
    fields: (t) => ({
      code: t.exposeString('code', {
        nullable: true,
        description: "The upstream's own code, e.g. `IdExists` or `IAM.0011`; an open set.",
      }),
      message: t.exposeString('message', {
        nullable: true,
        description: "The upstream's own words.",
      }),
      data: t.exposeString('data', {
        nullable: true,
        description: 'Whatever else the entry holds, as JSON text.',
      }),
    }),
  });
  return builder.objectRef<UpstreamFailure>('OidcUpstreamFailure').implement({
    description: 'What an upstream said when a call to it failed.',
    fields: (t) => ({
      upstream: t.field({
        type: upstream,
        description: 'Which upstream.',
        resolve: (failure) => failure.upstream,
      }),
      status: t.exposeInt('status', {
        nullable: true,
        description: 'HTTP status of its answer; null when there was none.',
      }),
      requestId: t.exposeString('requestId', {
        nullable: true,
        description:
          "The upstream's own id of the request, for its support desk; null where it gives none.",
      }),
      details: t.field({
        type: [detail],
        description:
          'The error entries of its answer, the deciding one first. Of very many, only the first 100.',
        resolve: (failure) => [...failure.details],
      }),
    }),
  });
}

function addInputIssue(builder: Builder) {
  const code = builder.enumType('OidcInputIssueCode', {
    description: 'Stable codes of input faults.',
    values: describedValues<InputIssueCode>(INPUT_ISSUE_CODES),
  });
  const source = builder.enumType('OidcInputIssueSource', {
    description: 'Who found a fault.',
    values: {
      GATEWAY: { description: 'This gateway, before anything was sent.' },
      UPSTREAM: { description: 'The upstream, which refused the request.' },
    } as const,
  });
  return builder.objectRef<InputIssue>('OidcInputIssue').implement({
    description: 'One fault of the input.',
    fields: (t) => ({
      path: t.stringList({
        description:
          'Where, from below `input`, list indexes as decimal text, e.g. `["signingKey", "keys", "0", "n"]`.',
        resolve: (issue) => [...issue.path],
      }),
      code: t.field({
        type: code,
        description: 'Stable code to act on.',
        resolve: (issue) => issue.code,
      }),
      message: t.exposeString('message', {
        description:
          'What is allowed, for a person. Never repeats a value that the gateway refused.',
      }),
      source: t.field({
        type: source,
        description: 'Who found it.',
        resolve: (issue) => issue.source,
      }),
    }),
  });
}
