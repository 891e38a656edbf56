import type { InputIssue } from './input-issue.ts';

/** One error entry of an upstream's response, without the request's secrets. */
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
  /** HTTP status, null if there was no response. */
  readonly status: number | null;
  readonly requestId: string | null;
  readonly details: readonly UpstreamErrorDetail[];
}

/** Why the outcome of a write is unknown. */
export const OUTCOME_UNKNOWN_REASONS = {
  TIMEOUT: 'No response before the deadline.',
  CONNECTION_LOST: 'The connection broke before the response was complete.',
  PROTOCOL_ERROR: 'The response is not valid HTTP.',
  UPSTREAM_ERROR:
    'The upstream returned a status that does not show whether it acted: 3xx, 408 or 5xx.',
  UNREADABLE_ANSWER:
    'The upstream reported success with a body that cannot be read, is too large, or is about another object.',
  EARLIER_REQUEST:
    'An earlier request with the same Idempotency-Key may have applied it. This request only read the object back.',
} as const;

export type OutcomeUnknownReason = keyof typeof OUTCOME_UNKNOWN_REASONS;

/** Why an issuer cannot be used. */
export const ISSUER_REASONS = {
  NOT_ALLOWED:
    'The gateway does not call this address: it is turned off, not https on port 443, not public, or does not resolve.',
  UNREACHABLE: 'The connection failed, or no complete response came in time.',
  TLS: 'TLS failed, for example because the certificate is not valid for the host.',
  HTTP_STATUS: 'The status of the response is not 200. Redirects are not followed.',
  NOT_JSON: 'The response is not a JSON object in UTF-8, or it is compressed.',
  TOO_LARGE:
    'The document is larger than 64 KiB (metadata) or 256 KiB (key set), or has more than 200 keys.',
  INVALID_METADATA: 'The metadata or the key set does not have the required form.',
  ISSUER_MISMATCH: 'The metadata is about another issuer. Issuers are compared exactly.',
  NO_USABLE_KEY:
    'The key set has no RSA or EC key that can verify ID tokens and that the platform has room for.',
} as const;

export type IssuerReason = keyof typeof ISSUER_REASONS;

interface OidcErrorOptions {
  /** What the upstream said, if one was called. */
  readonly upstream?: UpstreamFailure;
  /** For the log only, never for the caller. */
  readonly cause?: unknown;
  /** Whether the upstream itself says so; false if left out. */
  readonly attested?: boolean;
}

/**
 * An error that a caller can act on. The classes below are the closed set: each has one code and becomes one GraphQL
 * type (`OIDC_ERRORS`). `message` is for the caller; `cause` goes to the log.
 */
export abstract class OidcError extends Error {
  abstract readonly code: OidcErrorCode;
  readonly upstream: UpstreamFailure | null;
  /** Whether the upstream itself says so. A status alone may come from a proxy in between and proves nothing. */
  readonly attested: boolean;

  constructor(message: string, { upstream, cause, attested = false }: OidcErrorOptions = {}) {
    // Nobody reads the stack trace; capturing one takes 2 µs, a quarter of the time to read the upstream's response.
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

/** The request has no credentials, or the upstream does not accept them. */
export class UnauthenticatedError extends OidcError {
  readonly code = 'UNAUTHENTICATED';
}

/** The credentials are valid but do not allow this. */
export class PermissionDeniedError extends OidcError {
  readonly code = 'PERMISSION_DENIED';
  /** Roles or actions that would allow it, if the upstream names them. */
  readonly missing: readonly string[];

  constructor(message: string, missing: readonly string[], options?: OidcErrorOptions) {
    super(message, options);
    this.missing = missing;
  }
}

/** An error about one object of an upstream. */
abstract class ObjectError extends OidcError {
  /** Type of the object, as the upstream calls it. */
  readonly resource: string;
  /** Null if it is unknown which one. */
  readonly id: string | null;

  constructor(message: string, resource: string, id: string | null, options?: OidcErrorOptions) {
    super(message, options);
    this.resource = resource;
    this.id = id;
  }
}

/** The object, or something that has to exist before it, does not exist. `attested`: the upstream itself says that something does not exist. */
export class NotFoundError extends ObjectError {
  readonly code = 'NOT_FOUND';
}

/** An object with this id exists already. */
export class AlreadyExistsError extends ObjectError {
  readonly code = 'ALREADY_EXISTS';
}

/** The object has changed since the caller last saw it. The change was not overwritten. */
export class StaleError extends OidcError {
  readonly code = 'STALE';
  /** Fingerprint of what is stored now. */
  readonly currentFingerprint: string;
  /** Whether an earlier attempt of the same write may have been applied before the change, or may still be. */
  readonly mayHaveBeenApplied: boolean;

  constructor(message: string, currentFingerprint: string, options?: OidcErrorOptions) {
    super(message, options);
    this.currentFingerprint = currentFingerprint;
    this.mayHaveBeenApplied = this.cause instanceof OutcomeUnknownError;
  }
}

/** An error after which the same request may succeed. */
abstract class RetryLaterError extends OidcError {
  /** Seconds to wait, null if unknown. */
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

/** Too many requests were sent to the upstream. Nothing was applied. */
export class RateLimitedError extends RetryLaterError {
  readonly code = 'RATE_LIMITED';
}

/** The upstream refused the request for a reason that no other class covers. Nothing was applied. */
export class UpstreamRejectedError extends OidcError {
  readonly code = 'UPSTREAM_REJECTED';
}

/** The request never left, or the upstream says that it is offline. Nothing was applied. */
export class UpstreamUnavailableError extends RetryLaterError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
}

/** The response to a read breaks the upstream's contract. */
export class UpstreamContractError extends OidcError {
  readonly code = 'UPSTREAM_CONTRACT';
}

/** A write was sent, and no response says whether it was applied. */
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

/** An OpenID Provider cannot be used: its metadata or its keys cannot be read, or are not what they must be. */
export class IssuerError extends OidcError {
  readonly code = 'ISSUER_UNUSABLE';
  readonly issuerReason: IssuerReason;
  /** The URL that was tried, without user name and password. */
  readonly url: string;
  /** The issuer that the metadata names, if that is another one. */
  readonly metadataIssuer: string | null;

  constructor(
    message: string,
    issuerReason: IssuerReason,
    url: string,
    metadataIssuer: string | null = null,
    options?: OidcErrorOptions,
  ) {
    super(message, options);
    this.issuerReason = issuerReason;
    this.url = url;
    this.metadataIssuer = metadataIssuer;
  }
}

/** An issuer publishes none of the stored keys. Nothing was written: only a person can tell why. */
export class KeysReplacedError extends OidcError {
  readonly code = 'KEYS_REPLACED';
  /** The issuer whose keys were compared. */
  readonly issuer: string;
  /** Thumbprints of the keys that it publishes for ID tokens. */
  readonly publishedThumbprints: readonly string[];

  constructor(
    message: string,
    issuer: string,
    publishedThumbprints: readonly string[],
    options?: OidcErrorOptions,
  ) {
    super(message, options);
    this.issuer = issuer;
    this.publishedThumbprints = publishedThumbprints;
  }
}

/** The idempotency key was used before with another input. Nothing was sent. */
export class IdempotencyMismatchError extends OidcError {
  readonly code = 'IDEMPOTENCY_MISMATCH';
}

/** Another request with the idempotency key has not ended. Nothing was sent. */
export class IdempotencyInFlightError extends RetryLaterError {
  readonly code = 'IDEMPOTENCY_IN_FLIGHT';
}

/** The closed set by code. The GraphQL type of a class is `Oidc` plus the name of the class. */
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
  ISSUER_UNUSABLE: IssuerError,
  KEYS_REPLACED: KeysReplacedError,
  IDEMPOTENCY_MISMATCH: IdempotencyMismatchError,
  IDEMPOTENCY_IN_FLIGHT: IdempotencyInFlightError,
} as const;

export type OidcErrorCode = keyof typeof OIDC_ERRORS;
