import { describe, expect, it } from 'vitest';
import type { OidcConfigEntry, OpenIdConnectEntry, SignInFile } from '../file/schema.ts';
import { makePlan } from './make-plan.ts';
import type { PlanOptions } from './plan-open-id-connect.ts';
import type {
  OidcConfigState,
  OpenIdConnectState,
  State,
  StoredOidcConfig,
  StoredOpenIdConnect,
} from './stored.ts';

const SHOP: OpenIdConnectEntry = {
  id: 'shop',
  issuer: 'corporate',
  orderCloudApiClientId: 'api-client',
  connectClientId: 'app',
  connectClientSecret: { fromEnv: 'SHOP_SECRET' },
  appStartUrl: 'https://shop.example.com/{0}',
};

const STAFF: OidcConfigEntry = {
  idpId: 'staff',
  issuer: 'corporate',
  accessMode: 'PROGRAM_CONSOLE',
  clientId: 'app-1',
};

const key = (kid: string) => ({ kty: 'RSA', kid, n: kid, e: 'AQAB' });

const ISSUER = {
  openIdConnect: {
    authorizationEndpoint: 'https://idp.example.com/authorize',
    tokenEndpoint: 'https://idp.example.com/token',
    urlEncoded: true,
  },
  oidcConfig: {
    idpUrl: 'https://idp.example.com',
    authorizationEndpoint: 'https://idp.example.com/authorize',
    scope: ['openid', 'email'],
    responseType: 'ID_TOKEN',
    responseMode: 'FORM_POST',
    signingKey: { keys: [key('new')] },
  },
} as const;

const STORED_SHOP: StoredOpenIdConnect = {
  id: 'shop',
  orderCloudApiClientId: 'api-client',
  connectClientId: 'app',
  appStartUrl: 'https://shop.example.com/{0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
  urlEncoded: false,
  integrationEventId: 'event',
  callSyncUserIntegrationEvent: true,
  additionalIdpScopes: ['groups', 'address'],
  customErrorUrl: 'https://shop.example.com/error?e={0}',
  fingerprint: 'f-shop',
};

const STORED_STAFF: StoredOidcConfig = {
  idpId: 'staff',
  accessMode: 'PROGRAM_CONSOLE',
  idpUrl: 'https://idp.example.com',
  clientId: 'app-1',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  scope: ['openid'],
  responseType: 'ID_TOKEN',
  responseMode: 'FRAGMENT',
  signingKey: JSON.stringify({ keys: [key('old')] }),
  fingerprint: 'f-config',
};

const NEW_STAFF: OidcConfigState = {
  provider: null,
  protocol: null,
  mappingId: 'mapping_staff',
  mapping: null,
  config: null,
  issuer: ISSUER,
};

const WHOLE_STAFF: OidcConfigState = {
  provider: {
    id: 'staff',
    description: 'Staff',
    enabled: false,
    ssoType: 'VIRTUAL_USER_SSO',
    fingerprint: 'f-provider',
  },
  protocol: { mappingId: 'common', fingerprint: 'f-protocol' },
  mappingId: 'common',
  mapping: {
    id: 'common',
    rules: [
      {
        local: [{ user: { name: 'a' }, group: null, groups: null }],
        remote: [{ type: 'sub', anyOneOf: null, notAnyOf: null, regex: false }],
      },
    ],
    fingerprint: 'f-mapping',
  },
  config: STORED_STAFF,
  issuer: ISSUER,
};

interface Given {
  readonly shop?: readonly [OpenIdConnectEntry, OpenIdConnectState];
  readonly staff?: readonly (readonly [OidcConfigEntry, OidcConfigState])[];
  readonly others?: State['others'];
  readonly options?: Partial<PlanOptions>;
}

function plan({ shop, staff = [], others, options }: Given) {
  const file: SignInFile = {
    version: 1,
    issuers: { corporate: { url: 'https://idp.example.com' } },
    openIdConnects: shop === undefined ? [] : [shop[0]],
    oidcConfigs: staff.map(([entry]) => entry),
  };
  const state: State = {
    openIdConnects: shop === undefined ? [] : [shop[1]],
    oidcConfigs: staff.map(([, one]) => one),
    others: others ?? { openIdConnects: [], identityProviders: [], leftMappings: [] },
  };
  return makePlan(file, state, { setSecrets: false, prune: false, ...options });
}

const stateOfShop = (
  secret: OpenIdConnectState['secret'],
  stored: StoredOpenIdConnect | null = STORED_SHOP,
): OpenIdConnectState => ({ stored, secret, issuer: ISSUER });

describe('an entry of openIdConnects', () => {
  it('is created with what the issuer says, and its secret only as a reference', () => {
    const { steps } = plan({ shop: [SHOP, stateOfShop('not stored', null)] });
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({
      name: 'openIdConnect/shop',
      action: 'create',
      expectedFingerprint: null,
      input: {
        id: 'shop',
        orderCloudApiClientId: 'api-client',
        connectClientId: 'app',
        connectClientSecret: { fromEnv: 'SHOP_SECRET' },
        appStartUrl: 'https://shop.example.com/{0}',
        authorizationEndpoint: 'https://idp.example.com/authorize',
        tokenEndpoint: 'https://idp.example.com/token',
        urlEncoded: true,
      },
    });
    expect(steps[0]?.changes).toContainEqual({
      path: ['connectClientSecret'],
      secret: 'will be set from SHOP_SECRET',
    });
  });

  it('needs a secret to be created', () => {
    const { connectClientSecret: _, ...entry } = SHOP;
    expect(plan({ shop: [entry, stateOfShop('same', null)] }).problems).toEqual([
      {
        path: ['openIdConnects', 0],
        message: expect.stringContaining('connectClientSecret is required') as string,
      },
    ]);
  });

  it('leaves alone what the file leaves out, also urlEncoded of the issuer', () => {
    const { steps } = plan({ shop: [SHOP, stateOfShop('same')] });
    expect(steps.map(({ action, changes, input }) => ({ action, changes, input }))).toEqual([
      { action: 'unchanged', changes: [], input: null },
    ]);
  });

  it('clears what is null, and sends only what differs', () => {
    const entry = {
      ...SHOP,
      appStartUrl: 'https://shop.example.com/new?t={0}',
      customErrorUrl: null,
      additionalIdpScopes: ['address', 'groups', 'address'],
    };
    const { steps } = plan({ shop: [entry, stateOfShop('same')] });
    expect(steps[0]).toMatchObject({
      action: 'update',
      expectedFingerprint: 'f-shop',
      input: {
        id: 'shop',
        appStartUrl: 'https://shop.example.com/new?t={0}',
        customErrorUrl: null,
      },
      changes: [
        {
          path: ['appStartUrl'],
          from: 'https://shop.example.com/{0}',
          to: 'https://shop.example.com/new?t={0}',
        },
        { path: ['customErrorUrl'], from: 'https://shop.example.com/error?e={0}', to: null },
      ],
    });
    expect(Object.keys(steps[0]?.input ?? {})).toEqual(['id', 'appStartUrl', 'customErrorUrl']);
  });

  it.each([
    ['same', false, 'unchanged', null, 0],
    ['same', true, 'unchanged', null, 0],
    ['different', false, 'update', 'differs, and will be set from SHOP_SECRET', 0],
    ['not stored', false, 'update', 'will be set from SHOP_SECRET', 0],
    ['not shown', false, 'unchanged', null, 1],
    ['not shown', true, 'update', 'is not compared, and will be set from SHOP_SECRET', 0],
    ['not available', false, 'unchanged', null, 1],
    ['not available', true, 'update', 'is not compared, and will be set from SHOP_SECRET', 0],
  ] as const)(
    'with a secret that is %s, --set-secrets %s: %s',
    (secret, setSecrets, action, words, notes) => {
      const { steps } = plan({ shop: [SHOP, stateOfShop(secret)], options: { setSecrets } });
      expect(steps[0]?.action).toBe(action);
      expect(steps[0]?.changes).toEqual(
        words === null ? [] : [{ path: ['connectClientSecret'], secret: words }],
      );
      expect(steps[0]?.notes).toHaveLength(notes);
    },
  );
});

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

describe('what is not in the file', () => {
  const provider = (id: string, mapping: string | null, keepMapping: string | null = null) => ({
    id,
    fingerprint: `f-${id}`,
    mapping: mapping === null ? null : { id: mapping, fingerprint: `f-${mapping}` },
    keepMapping,
  });
  const others = {
    openIdConnects: [{ id: 'old', fingerprint: 'f-old' }],
    identityProviders: [
      provider('p1', 'shared'),
      provider('p2', 'shared'),
      provider('p3', 'kept', 'the protocol of "p9" refers to it'),
      provider('p4', 'common'),
      provider('p5', null),
    ],
    leftMappings: [
      { id: 'left', fingerprint: 'f-left' },
      { id: 'common', fingerprint: 'f-common' },
    ],
  };

  it('is listed', () => {
    const { steps, notInFile } = plan({ others });
    expect(steps).toEqual([]);
    expect(notInFile).toContainEqual({ target: 'openIdConnect', id: 'old', kept: null });
    expect(notInFile).toContainEqual({ target: 'identityProvider', id: 'p5', kept: null });
  });

  it('is deleted with --prune, a mapping after all that use it, and not one that the file uses', () => {
    const { steps, notInFile } = plan({
      staff: [[STAFF, WHOLE_STAFF]],
      others,
      options: { prune: true },
    });
    const deletions = steps.filter(({ action }) => action === 'delete');
    expect(
      deletions.map(({ name, expectedFingerprint, needs }) => [name, expectedFingerprint, needs]),
    ).toEqual([
      ['openIdConnect/old', 'f-old', []],
      ['identityProvider/p1', 'f-p1', []],
      ['identityProvider/p2', 'f-p2', []],
      ['identityProvider/p3', 'f-p3', []],
      ['identityProvider/p4', 'f-p4', []],
      ['identityProvider/p5', 'f-p5', []],
      ['mapping/left', 'f-left', []],
      ['mapping/shared', 'f-shared', ['identityProvider/p1', 'identityProvider/p2']],
    ]);
    expect(steps.slice(-8)).toEqual(deletions);
    expect(notInFile).toEqual([
      { target: 'mapping', id: 'kept', kept: 'the protocol of "p9" refers to it' },
    ]);
  });

  it('is not what an entry was read from, if its id differs in letter case', () => {
    const { steps, notInFile } = plan({
      shop: [{ ...SHOP, id: 'Shop' }, stateOfShop('same')],
      staff: [[{ ...STAFF, idpId: 'Staff' }, WHOLE_STAFF]],
      others: {
        openIdConnects: [{ id: 'shop', fingerprint: 'f-shop' }],
        identityProviders: [provider('staff', null)],
        leftMappings: [],
      },
      options: { prune: true },
    });
    expect(steps.filter(({ action }) => action === 'delete')).toEqual([]);
    expect(notInFile).toEqual([]);
  });
});
