import { describe, expect, it } from 'vitest';
import { inputIssues } from '../../../../test/setup/input-issues.ts';
import { parseInput } from '../../../domain/parse.ts';
import { identityProviderDraft, identityProviderPatch } from './input.ts';

const FINGERPRINT = 'a'.repeat(64);

describe('an identity provider', () => {
  it.each<[object, string[]]>([
    [{}, []],
    [{ description: 'People of ACME', enabled: false, ssoType: 'VIRTUAL_USER_SSO' }, []],
    [{ ssoType: 'IAM_USER_SSO' }, []],
    [{ description: '' }, ['description BLANK']],
    [{ description: ' \t' }, ['description BLANK']],
    [{ description: 'a\u0000b' }, ['description INVALID_CHARACTER']],
    [{ ssoType: 'virtual_user_sso' }, ['ssoType INVALID_FORMAT']],
    [
      { id: '..', description: ' ', ssoType: 'x' },
      ['id INVALID_FORMAT', 'description BLANK', 'ssoType INVALID_FORMAT'],
    ],
  ])('to create: %j: %j', (fields, issues) => {
    expect(inputIssues(identityProviderDraft, { id: 'ACME', ...fields })).toEqual(issues);
  });

  it.each<[object, object]>([
    [{ description: null }, { description: null }],
    // As shown if there is none.
    [{ description: '' }, { description: null }],
    [{ description: 'New' }, { description: 'New' }],
    [{ enabled: false }, { enabled: false }],
    // Fields that cannot be changed are not part of it.
    [{ enabled: true, ssoType: 'IAM_USER_SSO' }, { enabled: true }],
  ])('to update with %j: %j', (fields, patch) => {
    expect(parseInput(identityProviderPatch, { id: 'ACME', ...fields })).toEqual({
      id: 'ACME',
      ...patch,
    });
  });

  it.each<[object, string[]]>([
    [{}, [' REQUIRED']],
    [{ enabled: undefined, expectedFingerprint: FINGERPRINT }, [' REQUIRED']],
    [{ enabled: null }, ['enabled NOT_ALLOWED']],
    [{ description: ' ' }, ['description BLANK']],
    [
      { id: 'a.b', description: '\u200b ', enabled: null, expectedFingerprint: 'x' },
      [
        'id INVALID_FORMAT',
        'description INVALID_CHARACTER',
        'enabled NOT_ALLOWED',
        'expectedFingerprint INVALID_FORMAT',
      ],
    ],
  ])('to update with the issues of %j: %j', (fields, issues) => {
    expect(inputIssues(identityProviderPatch, { id: 'ACME', ...fields })).toEqual(issues);
  });
});
