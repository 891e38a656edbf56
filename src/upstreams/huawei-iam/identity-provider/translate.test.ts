import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { contentOf, differences, fromWire, toWire } from './translate.ts';
import type { IdentityProviderFields } from './translate.ts';
import type { WireIdentityProvider } from './wire.ts';

const PROVIDER = {
  id: 'ACME',
  description: 'People',
  enabled: true,
  sso_type: 'virtual_user_sso',
  remote_ids: [],
};

const providerPrint = (changes: object) =>
  fingerprintOf(contentOf(fromWire({ ...PROVIDER, ...changes })));

describe('toWire', () => {
  it.each<[IdentityProviderFields, object]>([
    [{}, {}],
    [{ description: undefined, enabled: undefined, ssoType: undefined }, {}],
    [{ description: 'x' }, { description: 'x' }],
    [{ description: null }, { description: '' }],
    [{ enabled: false }, { enabled: false }],
    [
      { enabled: true, ssoType: 'IAM_USER_SSO' },
      { enabled: true, sso_type: 'iam_user_sso' },
    ],
    [{ ssoType: 'VIRTUAL_USER_SSO' }, { sso_type: 'virtual_user_sso' }],
  ])('sends what is given of %j: %j', (fields, body) => {
    expect(JSON.stringify(Object.entries(toWire(fields).identity_provider).toSorted())).toBe(
      JSON.stringify(Object.entries(body).toSorted()),
    );
  });

  it('ignores the rest of its input, such as the id', () => {
    const draft = { id: 'ACME', description: 'x', expectedFingerprint: 'y' };
    expect(toWire(draft)).toEqual({ identity_provider: { description: 'x' } });
  });
});

describe('fromWire', () => {
  it.each<[string, WireIdentityProvider, object]>([
    [
      'with everything',
      { ...PROVIDER, remote_ids: ['r'] },
      {
        id: 'ACME',
        description: 'People',
        enabled: true,
        ssoType: 'VIRTUAL_USER_SSO',
        remoteIds: ['r'],
      },
    ],
    [
      'with its id alone',
      { id: 'ACME' },
      { id: 'ACME', description: '', enabled: false, ssoType: 'VIRTUAL_USER_SSO', remoteIds: [] },
    ],
    [
      'with nulls',
      { id: 'ACME', description: null, enabled: null, sso_type: null, remote_ids: null },
      { id: 'ACME', description: '', enabled: false, ssoType: 'VIRTUAL_USER_SSO', remoteIds: [] },
    ],
  ])('reads one %s', (_which, wire, provider) => {
    expect(fromWire(wire)).toEqual(provider);
  });

  it.each([
    ['virtual_user_sso', 'VIRTUAL_USER_SSO'],
    ['iam_user_sso', 'IAM_USER_SSO'],
    ['', 'VIRTUAL_USER_SSO'],
    [null, 'VIRTUAL_USER_SSO'],
    [undefined, 'VIRTUAL_USER_SSO'],
    ['VIRTUAL_USER_SSO', null],
    ['other', null],
    ['constructor', null],
  ])('takes the type %j for %j', (sso_type, ssoType) => {
    expect(fromWire({ ...PROVIDER, sso_type }).ssoType).toBe(ssoType);
  });
});

describe('differences', () => {
  const stored = fromWire(PROVIDER);

  it.each<[IdentityProviderFields, string[]]>([
    [{}, []],
    [{ description: 'People', enabled: true, ssoType: 'VIRTUAL_USER_SSO' }, []],
    [{ description: 'people' }, ['description']],
    [{ description: null }, ['description']],
    [{ enabled: false }, ['enabled']],
    [
      { ssoType: 'IAM_USER_SSO', description: 'x', enabled: false },
      ['ssoType', 'description', 'enabled'],
    ],
  ])('of %j: %j', (fields, different) => {
    expect(differences(fields, stored)).toEqual(different);
  });

  it('takes what is absent for its default, and no type that is not known', () => {
    const sparse = fromWire({ id: 'ACME' });
    expect(
      differences({ description: null, enabled: false, ssoType: 'VIRTUAL_USER_SSO' }, sparse),
    ).toEqual([]);
    expect(differences({ ssoType: 'VIRTUAL_USER_SSO' }, { ...sparse, ssoType: null })).toEqual([
      'ssoType',
    ]);
  });
});

describe('contentOf', () => {
  it.each<[string, object]>([
    ['an absent type', { sso_type: undefined }],
    ['an empty type', { sso_type: '' }],
    // It cannot be written.
    ['remote ids', { remote_ids: ['r'] }],
  ])('gives the same fingerprint with %s', (_what, changes) => {
    expect(providerPrint(changes)).toBe(providerPrint({}));
  });

  it('gives another fingerprint for every other content', () => {
    const providers = [
      {},
      { id: 'ACM' },
      { description: '' },
      { enabled: false },
      { sso_type: 'iam_user_sso' },
      { sso_type: 'other' },
    ].map(providerPrint);
    expect(new Set(providers).size).toBe(providers.length);
  });
});
