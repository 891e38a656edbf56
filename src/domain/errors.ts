import type { InputIssue } from './parse.ts';

/** One error entry of an upstream's answer, already free of the request's secrets. */
export interface UpstreamErrorDetail {
  readonly code: string | null;
  readonly message: string | null;
  /** The entry's data as JSON text. */
  readonly data: string | null;
}

/** What an upstream said when a call to it failed. */
export interface UpstreamFailure {
  /** Id of the upstream, as in the enum `OidcUpstream`. */
  readonly upstream: string;
  /** HTTP status, null when there was no answer. */
  readonly status: number | null;
  readonly requestId: string | null;
  readonly details: readonly UpstreamErrorDetail[];
}

/** Why nobody can say whether a write was applied. */
export const OUTCOME_UNKNOWN_REASONS = [
  'TIMEOUT',
  'CONNECTION_LOST',
  'PROTOCOL_ERROR',
  'UPSTREAM_ERROR',
  'UNREADABLE_ANSWER',
] as const;
export type OutcomeUnknownReason = (typeof OUTCOME_UNKNOWN_REASONS)[number];

interface OidcErrorOptions {
  /** What the upstream said, where one was called. */
  readonly upstream?: UpstreamFailure;
  /** For the log only, never for the caller. */
  readonly cause?: unknown;
  /** Whether the upstream says so in its own words; false if it is left out. */
  readonly attested?: boolean;
}

/**
 * A failure that a caller can act on. The classes below are the closed set: each has one code and becomes one GraphQL
 * type (`OIDC_ERRORS`). `message` is written for the person who reads it; `cause` goes to the log.
 */
export abstract class OidcError extends Error {
  abstract readonly code: OidcErrorCode;
  readonly upstream: UpstreamFailure | null;
  /** Whether the upstream says so in its own words. A mere status may come from something in between, and proves nothing. */
  readonly attested: boolean;

  constructor(message: string, { upstream, cause, attested = false }: OidcErrorOptions = {}) {
    // Made for callers, not for a stack trace: capturing one takes 2 µs, a quarter of reading the upstream's answer.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, cause === undefined ? undefined : { cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = new.target.name;
    this.upstream = upstream ?? null;
    this.attested = attested;
  }
}

/** The input breaks a rule. Nothing was sent, or the upstream refused it by naming fields. */
export class InvalidInputError extends OidcError {
  readonly code = 'INVALID_INPUT';
  /** At least one. */
  readonly issues: readonly [InputIssue, ...InputIssue[]];

  constructor(
    message: string,
    issues: readonly [InputIssue, ...InputIssue[]],
    options?: OidcErrorOptions,
  ) {
    super(message, options);
    this.issues = issues;
  }
}

/** No credentials came with the request, or the upstream does not accept them. */
export class UnauthenticatedError extends OidcError {
  readonly code = 'UNAUTHENTICATED';
}

/** The credentials are good but do not allow this. */
export class PermissionDeniedError extends OidcError {
  readonly code = 'PERMISSION_DENIED';
  /** Roles or actions that would allow it, where the upstream names them. */
  readonly missing: readonly string[];

  constructor(message: string, missing: readonly string[], options?: OidcErrorOptions) {
    super(message, options);
    this.missing = missing;
  }
}

/** An error about one object of an upstream. */
abstract class ObjectError extends OidcError {
  /** Type of the object, in the word of the upstream. */
  readonly resource: string;
  /** Null where nobody says which one. */
  readonly id: string | null;

  constructor(message: string, resource: string, id: string | null, options?: OidcErrorOptions) {
    super(message, options);
    this.resource = resource;
    this.id = id;
  }
}

/** The object, or something that has to exist before it, does not exist. `attested`: the upstream says of something that it does not exist. */
export class NotFoundError extends ObjectError {
  readonly code = 'NOT_FOUND';
}

/** An object with this id exists already. */
export class AlreadyExistsError extends ObjectError {
  readonly code = 'ALREADY_EXISTS';
}

/** The object is not what the caller last saw. Nothing was written, unless the cause is an `OutcomeUnknownError`: then an attempt may have been applied before. */
export class StaleError extends OidcError {
  readonly code = 'STALE';
  /** Fingerprint of what is stored now. */
  readonly currentFingerprint: string;

  constructor(message: string, currentFingerprint: string, options?: OidcErrorOptions) {
    super(message, options);
    this.currentFingerprint = currentFingerprint;
  }
}

/** An error after which the same request may succeed. */
abstract class RetryLaterError extends OidcError {
  /** Seconds to wait, null where nobody says. */
  readonly retryAfterSeconds: number | null;

  constructor(
    message: string,
    retryAfterSeconds: number | null = null,
    options?: OidcErrorOptions,
  ) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The upstream asks for fewer requests. Nothing was applied. */
export class RateLimitedError extends RetryLaterError {
  readonly code = 'RATE_LIMITED';
}

/** The upstream refused the request for a reason that no other member stands for. Nothing was applied. */
export class UpstreamRejectedError extends OidcError {
  readonly code = 'UPSTREAM_REJECTED';
}

/** The request never left, or the upstream says that it is offline. Nothing was applied. */
export class UpstreamUnavailableError extends RetryLaterError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
}

/** The answer to a read is not what the upstream's contract says. */
export class UpstreamContractError extends OidcError {
  readonly code = 'UPSTREAM_CONTRACT';
}

/** A write was sent, and no answer says whether it was applied. */
export class OutcomeUnknownError extends OidcError {
  readonly code = 'OUTCOME_UNKNOWN';
  readonly reason: OutcomeUnknownReason;
  /** The GraphQL query that shows what happened. */
  readonly verifyWith: string;

  constructor(
    message: string,
    reason: OutcomeUnknownReason,
    verifyWith: string,
    options?: OidcErrorOptions,
  ) {
    super(message, options);
    this.reason = reason;
    this.verifyWith = verifyWith;
  }
}

/** The closed set, code by code. The GraphQL type of a class is `Oidc` and the class's name. */
export const OIDC_ERRORS = {
  INVALID_INPUT: InvalidInputError,
  UNAUTHENTICATED: UnauthenticatedError,
  PERMISSION_DENIED: PermissionDeniedError,
  NOT_FOUND: NotFoundError,
  ALREADY_EXISTS: AlreadyExistsError,
  STALE: StaleError,
  RATE_LIMITED: RateLimitedError,
  UPSTREAM_REJECTED: UpstreamRejectedError,
  UPSTREAM_UNAVAILABLE: UpstreamUnavailableError,
  UPSTREAM_CONTRACT: UpstreamContractError,
  OUTCOME_UNKNOWN: OutcomeUnknownError,
} as const;

export type OidcErrorCode = keyof typeof OIDC_ERRORS;
