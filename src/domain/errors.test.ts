import { describe, expect, it } from 'vitest';
import * as module from './errors.ts';
import {
  AlreadyExistsError,
  IdempotencyInFlightError,
  IdempotencyMismatchError,
  InvalidInputError,
  IssuerError,
  KeysReplacedError,
  NotFoundError,
  OIDC_ERRORS,
  OidcError,
  OutcomeUnknownError,
  PermissionDeniedError,
  RateLimitedError,
  StaleError,
  UnauthenticatedError,
  UpstreamContractError,
  UpstreamRejectedError,
  UpstreamUnavailableError,
} from './errors.ts';
import type { OidcErrorCode } from './errors.ts';

const ISSUE = {
  path: ['id'],
  code: 'BLANK',
  message: 'Must not be blank.',
  source: 'GATEWAY',
} as const;
const OPTIONS = {
  upstream: { upstream: 'NOTEBOOK', status: 500, requestId: 'r-1', details: [] },
  cause: new Error('socket'),
};

const members: Readonly<
  Record<OidcErrorCode, { readonly name: string; readonly error: OidcError; readonly own: object }>
> = {
  INVALID_INPUT: {
    name: 'InvalidInputError',
    error: new InvalidInputError('m', [ISSUE], OPTIONS),
    own: { issues: [ISSUE] },
  },
  UNAUTHENTICATED: {
    name: 'UnauthenticatedError',
    error: new UnauthenticatedError('m', OPTIONS),
    own: {},
  },
  PERMISSION_DENIED: {
    name: 'PermissionDeniedError',
    error: new PermissionDeniedError('m', ['Admin'], OPTIONS),
    own: { missing: ['Admin'] },
  },
  NOT_FOUND: {
    name: 'NotFoundError',
    error: new NotFoundError('m', 'Note', null, OPTIONS),
    own: { resource: 'Note', id: null },
  },
  ALREADY_EXISTS: {
    name: 'AlreadyExistsError',
    error: new AlreadyExistsError('m', 'Note', 'n1', OPTIONS),
    own: { resource: 'Note', id: 'n1' },
  },
  STALE: {
    name: 'StaleError',
    error: new StaleError('m', 'f1', OPTIONS),
    own: { currentFingerprint: 'f1' },
  },
  RATE_LIMITED: {
    name: 'RateLimitedError',
    error: new RateLimitedError('m', 3, OPTIONS),
    own: { retryAfterSeconds: 3 },
  },
  UPSTREAM_REJECTED: {
    name: 'UpstreamRejectedError',
    error: new UpstreamRejectedError('m', OPTIONS),
    own: {},
  },
  UPSTREAM_UNAVAILABLE: {
    name: 'UpstreamUnavailableError',
    error: new UpstreamUnavailableError('m', null, OPTIONS),
    own: { retryAfterSeconds: null },
  },
  UPSTREAM_CONTRACT: {
    name: 'UpstreamContractError',
    error: new UpstreamContractError('m', OPTIONS),
    own: {},
  },
  OUTCOME_UNKNOWN: {
    name: 'OutcomeUnknownError',
    error: new OutcomeUnknownError('m', 'TIMEOUT', '{ a }', OPTIONS),
    own: { reason: 'TIMEOUT', verifyWith: '{ a }' },
  },
  ISSUER_UNUSABLE: {
    name: 'IssuerError',
    error: new IssuerError('m', 'TLS', 'https://a.example/', null, OPTIONS),
    own: { issuerReason: 'TLS', url: 'https://a.example/', metadataIssuer: null },
  },
  KEYS_REPLACED: {
    name: 'KeysReplacedError',
    error: new KeysReplacedError('m', 'https://a.example', ['t1'], OPTIONS),
    own: { issuer: 'https://a.example', publishedThumbprints: ['t1'] },
  },
  IDEMPOTENCY_MISMATCH: {
    name: 'IdempotencyMismatchError',
    error: new IdempotencyMismatchError('m', OPTIONS),
    own: {},
  },
  IDEMPOTENCY_IN_FLIGHT: {
    name: 'IdempotencyInFlightError',
    error: new IdempotencyInFlightError('m', 1, OPTIONS),
    own: { retryAfterSeconds: 1 },
  },
};

describe('the closed set', () => {
  it.each(Object.entries(members))(
    '%s belongs to one class, which has that code',
    (code, { name, error, own }) => {
      expect(OIDC_ERRORS).toHaveProperty(code, error.constructor);
      expect(error).toBeInstanceOf(OidcError);
      expect(error).toMatchObject({ code, name, message: 'm', upstream: OPTIONS.upstream, ...own });
      expect(error.cause).toBe(OPTIONS.cause);
      expect(String(error)).toBe(`${name}: m`);
    },
  );

  it('has every class once, and no class beside it', () => {
    const classes = Object.values(module).filter(
      (value) => typeof value === 'function' && value.prototype instanceof OidcError,
    );
    expect(new Set(Object.values(OIDC_ERRORS))).toEqual(new Set(classes));
    expect(Object.values(OIDC_ERRORS)).toHaveLength(classes.length);
  });

  it('has neither upstream nor cause if none was given', () => {
    const error = new UnauthenticatedError('m');
    expect(error.upstream).toBeNull();
    expect(error).not.toHaveProperty('cause');
  });
});
