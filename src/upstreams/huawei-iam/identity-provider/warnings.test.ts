import { describe, expect, it } from 'vitest';
import { asWords } from '../../../../test/setup/input-issues.ts';
import type { Warning } from '../../../domain/warnings.ts';
import { identityProviderWarnings, storedWarnings } from './warnings.ts';

describe('an identity provider', () => {
  it.each([
    [{ enabled: true, ssoType: 'VIRTUAL_USER_SSO' }, []],
    [{ enabled: true, ssoType: null }, []],
    [{ enabled: false, ssoType: 'VIRTUAL_USER_SSO' }, ['enabled IDENTITY_PROVIDER_DISABLED']],
    [
      { enabled: false, ssoType: 'IAM_USER_SSO' },
      ['enabled IDENTITY_PROVIDER_DISABLED', 'ssoType SSO_TYPE_WITHOUT_OIDC'],
    ],
  ] as const)('%j has the warnings %j', (stored, warnings) => {
    expect(asWords(identityProviderWarnings(stored))).toEqual(warnings);
  });
});

describe('what is stored and could not be written back', () => {
  const provider = {
    id: 'ACME',
    description: '',
    enabled: true,
    ssoType: 'VIRTUAL_USER_SSO',
    remoteIds: [],
  } as const;

  it.each<[string, Iterable<Warning>, string[]]>([
    ['a provider without a description', storedWarnings(provider), []],
    [
      'a description with a control character',
      storedWarnings({ ...provider, description: 'a\u0007b' }),
      ['description NOT_WRITABLE'],
    ],
    [
      'a blank description',
      storedWarnings({ ...provider, description: ' ' }),
      ['description NOT_WRITABLE'],
    ],
    [
      'a private key',
      storedWarnings({ ...provider, description: '-----BEGIN PRIVATE KEY-----MIIB' }),
      ['description PRIVATE_KEY_STORED'],
    ],
    [
      'a type that is not known',
      storedWarnings({ ...provider, ssoType: null }),
      ['ssoType NOT_WRITABLE'],
    ],
    ['an id in another form', storedWarnings({ ...provider, id: 'a.b' }), ['id NOT_WRITABLE']],
  ])('%s', (_what, warnings, expected) => {
    expect(asWords(warnings)).toEqual(expected);
  });
});
