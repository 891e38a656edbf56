import { describe, expect, it } from 'vitest';
import { NEW_STAFF, STAFF, STORED_STAFF, WHOLE_STAFF, key, plan } from '../../test/planning.ts';
import type { OidcConfigEntry } from '../file/schema.ts';
import type { StoredOidcConfig } from './stored.ts';

describe('an entry of oidcConfigs', () => {
  it('is created as four objects, in order', () => {
    const { steps } = plan({ staff: [[STAFF, NEW_STAFF]] });
    expect(steps.map(({ name, action, input, needs }) => ({ name, action, input, needs }))).toEqual(
      [
        {
          name: 'identityProvider/staff',
          action: 'create',
          input: { id: 'staff', enabled: true, ssoType: 'VIRTUAL_USER_SSO' },
          needs: [],
        },
        {
          name: 'mapping/mapping_staff',
          action: 'create',
          input: {
            id: 'mapping_staff',
            rules: [
              { local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] },
            ],
          },
          needs: ['identityProvider/staff'],
        },
        {
          name: 'protocol/staff',
          action: 'create',
          input: { idpId: 'staff', mappingId: 'mapping_staff' },
          needs: ['identityProvider/staff', 'mapping/mapping_staff'],
        },
        {
          name: 'oidcConfig/staff',
          action: 'create',
          input: {
            idpId: 'staff',
            accessMode: 'PROGRAM_CONSOLE',
            idpUrl: 'https://idp.example.com',
            clientId: 'app-1',
            authorizationEndpoint: 'https://idp.example.com/authorize',
            scope: ['openid', 'email'],
            responseType: 'ID_TOKEN',
            responseMode: 'FORM_POST',
            signingKey: { keys: [key('new')] },
          },
          needs: ['identityProvider/staff', 'mapping/mapping_staff', 'protocol/staff'],
        },
      ],
    );
  });

  it('leaves alone what the file leaves out: keys, scopes, the mapping of the protocol, and a disabled provider', () => {
    const { steps } = plan({ staff: [[STAFF, WHOLE_STAFF]] });
    expect(steps.map(({ name, action }) => [name, action])).toEqual([
      ['identityProvider/staff', 'unchanged'],
      ['mapping/common', 'unchanged'],
      ['protocol/staff', 'unchanged'],
      ['oidcConfig/staff', 'unchanged'],
    ]);
  });

  it('compares keys as sets, given as an object or as text', () => {
    const stored = { ...STORED_STAFF, signingKey: JSON.stringify({ keys: [key('a'), key('b')] }) };
    const at = (signingKey: OidcConfigEntry['signingKey']) =>
      plan({
        staff: [
          [
            { ...STAFF, signingKey },
            { ...WHOLE_STAFF, config: stored },
          ],
        ],
      }).steps.at(-1);
    const turned = { e: 'AQAB', n: 'b', kid: 'b', kty: 'RSA', x5c: null };
    expect(at({ keys: [turned, key('a')] })?.action).toBe('unchanged');
    expect(at(JSON.stringify({ keys: [key('b'), key('a')] }, null, 2))?.action).toBe('unchanged');
    expect(at({ keys: [key('a')] })).toMatchObject({
      action: 'update',
      input: { idpId: 'staff', signingKey: { keys: [key('a')] } },
    });
    expect(at('not a key set')?.action).toBe('update');
  });

  it('fills in what the console needs from the issuer if the access mode changes to it', () => {
    const stored: StoredOidcConfig = {
      ...STORED_STAFF,
      accessMode: 'PROGRAM',
      authorizationEndpoint: null,
      scope: null,
      responseType: null,
      responseMode: null,
    };
    const { steps } = plan({ staff: [[STAFF, { ...WHOLE_STAFF, config: stored }]] });
    expect(steps.at(-1)?.input).toEqual({
      idpId: 'staff',
      accessMode: 'PROGRAM_CONSOLE',
      authorizationEndpoint: 'https://idp.example.com/authorize',
      scope: ['openid', 'email'],
      responseType: 'ID_TOKEN',
      responseMode: 'FORM_POST',
    });
  });

  it('shows what is dropped if the access mode changes to PROGRAM', () => {
    const { steps } = plan({ staff: [[{ ...STAFF, accessMode: 'PROGRAM' }, WHOLE_STAFF]] });
    expect(steps.at(-1)).toMatchObject({
      action: 'update',
      input: { idpId: 'staff', accessMode: 'PROGRAM' },
    });
    expect(steps.at(-1)?.changes).toEqual([
      { path: ['accessMode'], from: 'PROGRAM_CONSOLE', to: 'PROGRAM' },
      {
        path: ['authorizationEndpoint'],
        from: 'https://idp.example.com/authorize',
        to: null,
      },
      { path: ['scope'], from: ['openid'], to: null },
      { path: ['responseType'], from: 'ID_TOKEN', to: null },
      { path: ['responseMode'], from: 'FRAGMENT', to: null },
    ]);
  });

  it('compares rules part by part', () => {
    const mapping = {
      rules: [
        { local: [{ user: { name: 'a' } }], remote: [{ type: 'email', regex: false }] },
        { local: [{ user: { name: 'b' } }], remote: [{ type: 'sub' }] },
      ],
    };
    const { steps } = plan({ staff: [[{ ...STAFF, mapping }, WHOLE_STAFF]] });
    expect(steps[1]?.changes).toEqual([
      { path: ['rules', '0', 'remote', '0', 'type'], from: 'sub', to: 'email' },
      { path: ['rules', '1'], from: null, to: mapping.rules[1] },
    ]);
  });

  it('clears a description that is null', () => {
    const { steps } = plan({ staff: [[{ ...STAFF, description: null }, WHOLE_STAFF]] });
    expect(steps[0]?.input).toEqual({ id: 'staff', description: '' });
  });

  it('cannot be an identity provider of another single sign-on type', () => {
    const { provider } = WHOLE_STAFF;
    const other = {
      ...WHOLE_STAFF,
      provider: provider && { ...provider, ssoType: 'IAM_USER_SSO' },
    };
    expect(plan({ staff: [[STAFF, other]] }).problems).toEqual([
      {
        path: ['oidcConfigs', 0, 'idpId'],
        message: expect.stringContaining('IAM_USER_SSO') as string,
      },
    ]);
  });

  it('needs an id of the mapping if the default is too long', () => {
    const idpId = 'x'.repeat(57);
    const { problems } = plan({
      staff: [
        [
          { ...STAFF, idpId },
          { ...NEW_STAFF, mappingId: `mapping_${idpId}` },
        ],
      ],
    });
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('mapping.id is required'),
    ]);
  });

  it('shares a mapping with another entry: one step, with the rules of the one that has them', () => {
    const rules = [{ local: [{ user: { name: 'z' } }], remote: [{ type: 'sub' }] }];
    const second = { ...STAFF, idpId: 'others', mapping: { id: 'common', rules } };
    const { steps, problems } = plan({
      staff: [
        [STAFF, WHOLE_STAFF],
        [second, { ...NEW_STAFF, mappingId: 'common', mapping: WHOLE_STAFF.mapping }],
      ],
    });
    expect(problems).toEqual([]);
    expect(steps.filter(({ target }) => target === 'mapping')).toMatchObject([
      { name: 'mapping/common', action: 'update', input: { id: 'common', rules } },
    ]);
    expect(steps.find(({ name }) => name === 'protocol/others')?.needs).toContain('mapping/common');
  });

  it('cannot share a mapping that has other rules there, also if only the stored protocol says so', () => {
    const rules = (name: string) => [{ local: [{ user: { name } }], remote: [{ type: 'sub' }] }];
    const { problems } = plan({
      staff: [
        [{ ...STAFF, mapping: { rules: rules('a') } }, WHOLE_STAFF],
        [{ ...STAFF, idpId: 'others', mapping: { rules: rules('b') } }, WHOLE_STAFF],
      ],
    });
    expect(problems).toEqual([
      {
        path: ['oidcConfigs', 1, 'mapping', 'rules'],
        message: expect.stringContaining('"common"') as string,
      },
    ]);
  });
});
