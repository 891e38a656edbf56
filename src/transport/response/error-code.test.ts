import { describe, expect, it } from 'vitest';
import type { OidcErrorCode } from '../../domain/errors.ts';
import { codeForStatus, isLeftToCode } from './error-code.ts';

describe('codeForStatus', () => {
  it.each<[number, OidcErrorCode | null, OidcErrorCode | null]>([
    [200, null, null],
    [299, null, null],
    // Not part of the contract: invalid for a read, no proof either way for a write.
    [0, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    [199, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    [300, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    [399, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    [400, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [401, 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    [402, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [403, 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND', 'NOT_FOUND'],
    [405, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [408, 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    [409, 'UPSTREAM_REJECTED', 'ALREADY_EXISTS'],
    [422, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [429, 'RATE_LIMITED', 'RATE_LIMITED'],
    [499, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [500, 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    [599, 'UPSTREAM_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
    [600, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
    [999, 'UPSTREAM_CONTRACT', 'OUTCOME_UNKNOWN'],
  ])('%i: %s for a read, %s for a write', (status, read, write) => {
    expect(codeForStatus(status, 'read')).toBe(read);
    expect(codeForStatus(status, 'write')).toBe(write);
  });
});

describe('isLeftToCode', () => {
  it.each([
    [400, true],
    [410, true],
    [418, true],
    [422, true],
    [401, false],
    [403, false],
    [404, false],
    [408, false],
    [409, false],
    [429, false],
    [200, false],
    [302, false],
    [500, false],
    [503, false],
  ])('of %i is %j', (status, left) => {
    expect(isLeftToCode(status)).toBe(left);
  });
});
