import { expect, it } from 'vitest';
import { OIDC_ERRORS } from '../../domain/errors.ts';
import { optionsOf } from './options.ts';
import type { FieldFacts } from './options.ts';

const OF_ALL = [
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'NOT_FOUND',
  'RATE_LIMITED',
  'UPSTREAM_REJECTED',
  'UPSTREAM_UNAVAILABLE',
] as const;
const OF_A_WRITE = [
  'INVALID_INPUT',
  'OUTCOME_UNKNOWN',
  'IDEMPOTENCY_MISMATCH',
  'IDEMPOTENCY_IN_FLIGHT',
  ...OF_ALL,
] as const;
const OF_A_CHANGE = ['STALE', 'UPSTREAM_CONTRACT', ...OF_A_WRITE] as const;
const part = () => null;

it.each<[string, FieldFacts, string, readonly (keyof typeof OIDC_ERRORS)[]]>([
  ['a read', { effect: 'read' }, 'oidc:read', ['INVALID_INPUT', 'UPSTREAM_CONTRACT', ...OF_ALL]],
  ['a create', { effect: 'write', claims: part }, 'oidc:write', ['ALREADY_EXISTS', ...OF_A_WRITE]],
  ['a change', { effect: 'write', current: part }, 'oidc:write', OF_A_CHANGE],
  [
    'a change that can rename',
    { effect: 'write', current: part, claims: part },
    'oidc:write',
    ['ALREADY_EXISTS', ...OF_A_CHANGE],
  ],
  ['a deletion', { effect: 'write', current: part, whenGone: part }, 'oidc:admin', OF_A_CHANGE],
])(
  '%s has the scope and the errors that follow from its operation',
  (_what, facts, scope, codes) => {
    const { extensions, errors } = optionsOf('aField', facts, 'id');
    expect(extensions).toEqual({ scope, key: 'id' });
    expect(new Set(errors.types)).toEqual(new Set(codes.map((code) => OIDC_ERRORS[code])));
  },
);

it('a field that takes no input refuses none', () => {
  const { errors } = optionsOf('aField', { effect: 'read' }, 'id', { input: false });
  expect(errors.types).not.toContain(OIDC_ERRORS.INVALID_INPUT);
});

it('a field that takes an issuer can find it unusable', () => {
  const { errors } = optionsOf('aField', { effect: 'write' }, 'id', { issuer: true });
  expect(errors.types).toContain(OIDC_ERRORS.ISSUER_UNUSABLE);
});
