import { describe, expect, it } from 'vitest';
import {
  KEY,
  OTHER_KEY,
  PROGRAM,
  CONSOLE_ONLY,
  PROGRAM_CONSOLE,
  EVERYBODY,
  RULES,
  provider,
  protocol,
  mapping,
  desired,
  storedOf,
  nothing,
  ready,
  fakeIam,
  actions,
  stepOf,
  ALL_CREATED,
  ALL_UNCHANGED,
  CREATES,
  UPDATES,
} from '../../../../test/setup/huawei-account.ts';
import type { Account } from '../../../../test/setup/huawei-account.ts';
import { fromWire as mappingFromWire, rulesToWire } from '../mapping/translate.ts';
import { provision } from './provision.ts';
import type { ProvisionStep } from '../../../transport/provision/run.ts';

describe('if nothing exists', () => {
  it('creates all four in the order in which they need each other', async () => {
    const account = nothing();
    const { call, called, written } = fakeIam(account);
    const done = await provision(
      desired({ ...PROGRAM_CONSOLE, description: 'People of ACME', rules: RULES }),
      call,
    );

    expect(actions(done)).toEqual(ALL_CREATED);
    expect(written).toEqual(CREATES);
    expect(called.slice(0, 4).sort()).toEqual([
      'getIdentityProvider',
      'getMapping',
      'getOidcConfig',
      'getProtocol',
    ]);
    expect(called).toHaveLength(8);
    expect(done.steps.map(({ id, changes, error }) => ({ id, changes, error }))).toEqual([
      {
        id: 'ACME',
        error: null,
        changes: [
          { path: ['enabled'], from: null, to: true },
          { path: ['description'], from: null, to: 'People of ACME' },
          { path: ['ssoType'], from: null, to: 'VIRTUAL_USER_SSO' },
        ],
      },
      { id: 'mapping_ACME', error: null, changes: [{ path: ['rules'], from: null, to: RULES }] },
      {
        id: 'oidc',
        error: null,
        changes: [{ path: ['mappingId'], from: null, to: 'mapping_ACME' }],
      },
      {
        id: 'ACME',
        error: null,
        changes: [
          { path: ['accessMode'], from: null, to: 'PROGRAM_CONSOLE' },
          { path: ['idpUrl'], from: null, to: PROGRAM.idpUrl },
          { path: ['clientId'], from: null, to: PROGRAM.clientId },
          { path: ['authorizationEndpoint'], from: null, to: CONSOLE_ONLY.authorizationEndpoint },
          { path: ['scope'], from: null, to: ['openid', 'email'] },
          { path: ['responseType'], from: null, to: 'ID_TOKEN' },
          { path: ['responseMode'], from: null, to: 'FORM_POST' },
          { path: ['signingKey'], from: null, to: JSON.stringify({ keys: [KEY] }) },
        ],
      },
    ]);
    expect(account).toEqual({
      provider: provider(),
      protocol: protocol('mapping_ACME'),
      config: storedOf(PROGRAM_CONSOLE),
      mappings: new Map([['mapping_ACME', mapping('mapping_ACME', RULES)]]),
    });
    expect(done).toMatchObject({ oidcConfig: account.config, warnings: [] });
  });

  it('makes everybody a user without rights if no rules are given, and lists no fields that stay empty', async () => {
    const account = nothing();
    const done = await provision(desired(), fakeIam(account).call);
    expect(account.mappings.get('mapping_ACME')).toEqual(mapping('mapping_ACME', EVERYBODY));
    expect(account.provider).toEqual(provider({ description: '' }));
    expect(stepOf(done, 'IDENTITY_PROVIDER')?.changes).toEqual([
      { path: ['enabled'], from: null, to: true },
      { path: ['ssoType'], from: null, to: 'VIRTUAL_USER_SSO' },
    ]);
    expect(stepOf(done, 'MAPPING')?.changes).toEqual([
      { path: ['rules'], from: null, to: EVERYBODY },
    ]);
    expect(stepOf(done, 'OIDC_CONFIG')?.changes.map(({ path }) => path.join('.'))).toEqual([
      'accessMode',
      'idpUrl',
      'clientId',
      'signingKey',
    ]);
  });

  it('uses the requested name for the mapping', async () => {
    const account = nothing();
    await provision(desired({ mappingId: 'common' }), fakeIam(account).call);
    expect([...account.mappings.keys()]).toEqual(['common']);
    expect(account.protocol).toEqual(protocol('common'));
  });
});

describe('if everything is as desired', () => {
  it('writes nothing', async () => {
    const account = ready();
    const { call, written } = fakeIam(account);
    const done = await provision(
      desired({ description: 'People of ACME', mappingId: 'mapping_ACME', rules: EVERYBODY }),
      call,
    );
    expect(actions(done)).toEqual(ALL_UNCHANGED);
    expect(done.steps.every(({ changes, error }) => changes.length === 0 && error === null)).toBe(
      true,
    );
    expect(done.oidcConfig).toEqual(account.config);
    expect(written).toEqual([]);
  });

  it.each<[string, Partial<Account>, object]>([
    [
      'keys in another order',
      { config: storedOf({ signingKey: { keys: [OTHER_KEY, KEY] } }) },
      { signingKey: { keys: [KEY, OTHER_KEY] } },
    ],
    [
      'members of a key in another order',
      {
        config: storedOf({
          signingKey: { keys: [Object.fromEntries(Object.entries(KEY).reverse())] },
        }),
      },
      {},
    ],
    [
      'a key set with other white space',
      { config: { ...storedOf(), signingKey: JSON.stringify({ keys: [KEY] }, null, 4) } },
      {},
    ],
    [
      'scopes in another order',
      { config: storedOf({ ...PROGRAM_CONSOLE, scope: ['email', 'openid'] }) },
      PROGRAM_CONSOLE,
    ],
    [
      'a condition that says what holds anyway',
      {
        mappings: new Map([
          [
            'mapping_ACME',
            mappingFromWire({
              id: 'mapping_ACME',
              rules: [
                {
                  local: [{ user: { name: 'FederationUser' } }],
                  remote: [{ type: '__NAMEID__', regex: false, any_one_of: null }],
                },
              ],
            }),
          ],
        ]),
      },
      { rules: EVERYBODY },
    ],
    [
      'a description that nobody asks about',
      { provider: provider({ description: 'Written by hand' }) },
      {},
    ],
    [
      'a type of single sign-on that is not known here',
      { provider: provider({ ssoType: null }) },
      {},
    ],
    [
      'rules that nobody asks about',
      { mappings: new Map([['mapping_ACME', mapping('mapping_ACME', RULES)]]) },
      {},
    ],
  ])('writes nothing for %s', async (_what, change, input) => {
    const { call, written } = fakeIam(ready(change));
    expect(actions(await provision(desired(input), call))).toEqual(ALL_UNCHANGED);
    expect(written).toEqual([]);
  });
});

describe('if one thing is missing', () => {
  it.each<[string, () => Account, string]>([
    ['IDENTITY_PROVIDER', () => ready({ provider: null }), 'createIdentityProvider'],
    ['MAPPING', () => ready({ mappings: new Map() }), 'createMapping'],
    ['PROTOCOL', () => ready({ protocol: null }), 'createProtocol'],
    ['OIDC_CONFIG', () => ready({ config: null }), 'createOidcConfig'],
  ])('creates the %s alone', async (target, account, write) => {
    const iam = fakeIam(account());
    const done = await provision(desired(), iam.call);
    expect(actions(done)).toEqual(
      ALL_UNCHANGED.map((line) => (line.startsWith(target) ? `${target} CREATED` : line)),
    );
    expect(iam.written).toEqual([write]);
  });
});

describe('if one thing differs', () => {
  const change = (field: string, from: unknown, to: unknown) => ({ path: [field], from, to });
  it.each<[string, ProvisionStep['target'], Partial<Account>, object, object[], string]>([
    [
      'a disabled provider',
      'IDENTITY_PROVIDER',
      { provider: provider({ enabled: false }) },
      {},
      [change('enabled', false, true)],
      'updateIdentityProvider',
    ],
    [
      'another description',
      'IDENTITY_PROVIDER',
      {},
      { description: 'Everybody' },
      [change('description', 'People of ACME', 'Everybody')],
      'updateIdentityProvider',
    ],
    [
      'no description',
      'IDENTITY_PROVIDER',
      { provider: provider({ description: '' }) },
      { description: 'Everybody' },
      [change('description', '', 'Everybody')],
      'updateIdentityProvider',
    ],
    [
      'other rules',
      'MAPPING',
      {},
      { rules: RULES },
      [change('rules', EVERYBODY, RULES)],
      'updateMapping',
    ],
    [
      'a protocol without a mapping',
      'PROTOCOL',
      { protocol: protocol(null) },
      {},
      [change('mappingId', null, 'mapping_ACME')],
      'updateProtocol',
    ],
    [
      'another issuer',
      'OIDC_CONFIG',
      {},
      { idpUrl: 'https://accounts.example.com/' },
      [change('idpUrl', 'https://accounts.example.com', 'https://accounts.example.com/')],
      'updateOidcConfig',
    ],
    [
      'another client',
      'OIDC_CONFIG',
      {},
      { clientId: 'client_id_other' },
      [change('clientId', 'client_id_example', 'client_id_other')],
      'updateOidcConfig',
    ],
    [
      'another key',
      'OIDC_CONFIG',
      {},
      { signingKey: { keys: [KEY, OTHER_KEY] } },
      [
        change(
          'signingKey',
          JSON.stringify({ keys: [KEY] }),
          JSON.stringify({ keys: [KEY, OTHER_KEY] }),
        ),
      ],
      'updateOidcConfig',
    ],
    [
      'a key set that cannot be read',
      'OIDC_CONFIG',
      { config: { ...storedOf(), signingKey: 'none' } },
      {},
      [change('signingKey', 'none', JSON.stringify({ keys: [KEY] }))],
      'updateOidcConfig',
    ],
    [
      'fields of the console',
      'OIDC_CONFIG',
      {
        config: storedOf({
          ...PROGRAM_CONSOLE,
          scope: ['openid'],
          responseMode: 'FRAGMENT',
          authorizationEndpoint: 'https://accounts.example.com/auth',
        }),
      },
      PROGRAM_CONSOLE,
      [
        change(
          'authorizationEndpoint',
          'https://accounts.example.com/auth',
          CONSOLE_ONLY.authorizationEndpoint,
        ),
        change('scope', ['openid'], ['openid', 'email']),
        change('responseMode', 'FRAGMENT', 'FORM_POST'),
      ],
      'updateOidcConfig',
    ],
    [
      'the console added',
      'OIDC_CONFIG',
      {},
      PROGRAM_CONSOLE,
      [
        change('accessMode', 'PROGRAM', 'PROGRAM_CONSOLE'),
        change('authorizationEndpoint', null, CONSOLE_ONLY.authorizationEndpoint),
        change('scope', null, ['openid', 'email']),
        change('responseType', null, 'ID_TOKEN'),
        change('responseMode', null, 'FORM_POST'),
      ],
      'updateOidcConfig',
    ],
    [
      'the console dropped, with its fields',
      'OIDC_CONFIG',
      // A different order of the keys is not a change either.
      { config: storedOf({ ...PROGRAM_CONSOLE, signingKey: { keys: [OTHER_KEY, KEY] } }) },
      { signingKey: { keys: [KEY, OTHER_KEY] } },
      [
        change('accessMode', 'PROGRAM_CONSOLE', 'PROGRAM'),
        change('authorizationEndpoint', CONSOLE_ONLY.authorizationEndpoint, null),
        change('scope', ['openid', 'email'], null),
        change('responseType', 'ID_TOKEN', null),
        change('responseMode', 'FORM_POST', null),
      ],
      'updateOidcConfig',
    ],
  ])('updates for %s', async (_what, target, account, input, changes, write) => {
    const iam = fakeIam(ready(account));
    const done = await provision(desired(input), iam.call);
    expect(actions(done)).toEqual(
      ALL_UNCHANGED.map((line) => (line.startsWith(target) ? `${target} UPDATED` : line)),
    );
    expect(stepOf(done, target)?.changes).toEqual(changes);
    expect(iam.written).toEqual([write]);

    const again = fakeIam(ready(account));
    await provision(desired(input), again.call);
    expect(actions(await provision(desired(input), again.call)), 'the second time').toEqual(
      ALL_UNCHANGED,
    );
  });

  it('keeps the description of a provider that it enables', async () => {
    const account = ready({
      provider: provider({ enabled: false, description: 'Written by hand' }),
    });
    await provision(desired(), fakeIam(account).call);
    expect(account.provider).toEqual(provider({ enabled: true, description: 'Written by hand' }));
  });

  it('shows the stored rules in the same words as the desired ones', async () => {
    const now = [
      {
        local: [{ group: { name: 'admin' } }, { groups: '{0}' }],
        remote: [{ type: 'roles' }, { type: 'team', notAnyOf: ['x'], regex: true }],
      },
    ];
    const done = await provision(
      desired({ rules: RULES }),
      fakeIam(ready({ mappings: new Map([['mapping_ACME', mapping('mapping_ACME', now)]]) })).call,
    );
    expect(stepOf(done, 'MAPPING')?.changes).toEqual([{ path: ['rules'], from: now, to: RULES }]);
  });

  it('says that replacing the rules drops what cannot be shown', async () => {
    const [rule] = rulesToWire(EVERYBODY);
    const richer = mappingFromWire({
      id: 'mapping_ACME',
      rules: [{ ...(rule as object), schema_version: '2.0' }],
    });
    for (const dryRun of [true, false]) {
      const iam = fakeIam(ready({ mappings: new Map([['mapping_ACME', richer]]) }));
      const done = await provision(desired({ rules: EVERYBODY, dryRun }), iam.call);
      // From shows also what has no field in the schema.
      expect(stepOf(done, 'MAPPING')).toMatchObject({
        action: dryRun ? 'WOULD_UPDATE' : 'UPDATED',
        changes: [{ path: ['rules'], from: [{ schema_version: '2.0' }] }],
      });
      expect(done.warnings).toMatchObject([
        { code: 'RULE_NOT_SHOWN_WHOLE', path: ['MAPPING', 'rules', '0'] },
      ]);
    }
    const kept = await provision(
      desired(),
      fakeIam(ready({ mappings: new Map([['mapping_ACME', richer]]) })).call,
    );
    expect(kept.warnings, 'where they stay').toEqual([]);
  });
});

describe('the mapping', () => {
  const common = () =>
    ready({
      protocol: protocol('common'),
      mappings: new Map([['common', mapping('common', RULES)]]),
    });

  it('is the one that the protocol names, whose rules stay', async () => {
    const account = common();
    const { call, written } = fakeIam(account);
    const done = await provision(desired(), call);
    expect(actions(done)).toEqual(ALL_UNCHANGED);
    expect(stepOf(done, 'MAPPING')?.id).toBe('common');
    expect(written).toEqual([]);
    expect(account).toEqual(common());
  });

  it('gets the rules that are given, under the id that the protocol names', async () => {
    const account = common();
    await provision(desired({ rules: EVERYBODY }), fakeIam(account).call);
    expect(account).toEqual({
      ...common(),
      mappings: new Map([['common', mapping('common', EVERYBODY)]]),
    });
  });

  it('is another one if that is asked for, and the old one stays', async () => {
    const account = common();
    const { call, written } = fakeIam(account);
    const done = await provision(desired({ mappingId: 'own' }), call);
    expect(actions(done)).toEqual([
      'IDENTITY_PROVIDER UNCHANGED',
      'MAPPING CREATED',
      'PROTOCOL UPDATED',
      'OIDC_CONFIG UNCHANGED',
    ]);
    expect(stepOf(done, 'PROTOCOL')?.changes).toEqual([
      { path: ['mappingId'], from: 'common', to: 'own' },
    ]);
    expect(written).toEqual(['createMapping', 'updateProtocol']);
    expect([...account.mappings]).toEqual([
      ['common', mapping('common', RULES)],
      ['own', mapping('own', EVERYBODY)],
    ]);
  });

  it('is created again if the protocol names one that is gone', async () => {
    const account = ready({ protocol: protocol('gone'), mappings: new Map() });
    expect(actions(await provision(desired(), fakeIam(account).call))).toEqual(
      ALL_UNCHANGED.map((line) => (line.startsWith('MAPPING') ? 'MAPPING CREATED' : line)),
    );
    expect([...account.mappings.keys()]).toEqual(['gone']);
  });

  it('keeps the rules of one that the protocol is to use from now on', async () => {
    const account = ready({
      mappings: new Map([
        ['mapping_ACME', mapping('mapping_ACME', EVERYBODY)],
        ['own', mapping('own', RULES)],
      ]),
    });
    const { call, written } = fakeIam(account);
    await provision(desired({ mappingId: 'own' }), call);
    expect(written).toEqual(['updateProtocol']);
  });
});

describe('a stored protocol that names no id of a mapping', () => {
  it.each(['a/b', '..', 'a%2Fb', 'ä', 'x'.repeat(65)])(
    'fails the step of the mapping and sends nothing for %j',
    async (id) => {
      const { call, called, written } = fakeIam(ready({ protocol: protocol(id) }));
      const { steps } = await provision(desired(), call);
      expect(steps.find(({ target }) => target === 'MAPPING')).toMatchObject({
        id,
        action: 'FAILED',
        error: { code: 'UPSTREAM_CONTRACT' },
      });
      expect(called).not.toContain('getMapping');
      expect(written).toEqual([]);
    },
  );

  it('is given another mapping if one is asked for', async () => {
    const { call } = fakeIam(ready({ protocol: protocol('a/b') }));
    const { steps } = await provision(desired({ mappingId: 'common' }), call);
    expect(steps.map(({ action }) => action)).toEqual([
      'UNCHANGED',
      'CREATED',
      'UPDATED',
      'UNCHANGED',
    ]);
  });
});

describe('every mixture', () => {
  const STATES = ['missing', 'different', 'equal'] as const;
  const ACTION = { missing: 'CREATED', different: 'UPDATED', equal: 'UNCHANGED' } as const;
  const PLANNED = {
    missing: 'WOULD_CREATE',
    different: 'WOULD_UPDATE',
    equal: 'UNCHANGED',
  } as const;
  type State = (typeof STATES)[number];
  const input = { description: 'People of ACME', mappingId: 'own', rules: RULES };
  const pick = <Value>(state: State, different: Value, equal: Value): Value | null =>
    state === 'missing' ? null : state === 'different' ? different : equal;
  const accountOf = ([ofProvider, ofMapping, ofProtocol, ofConfig]: readonly [
    State,
    State,
    State,
    State,
  ]): Account => {
    const own = pick(ofMapping, EVERYBODY, RULES);
    return {
      provider: pick(ofProvider, provider({ enabled: false }), provider()),
      mappings: new Map(own === null ? [] : [['own', mapping('own', own)]]),
      protocol: pick(ofProtocol, protocol('common'), protocol('own')),
      config: pick(ofConfig, storedOf({ clientId: 'client_id_other' }), storedOf()),
    };
  };
  const mixtures = STATES.flatMap((a) =>
    STATES.flatMap((b) => STATES.flatMap((c) => STATES.map((d) => [a, b, c, d] as const))),
  );

  it.each(mixtures)('provider %s, mapping %s, protocol %s, configuration %s', async (...states) => {
    const expected = states.map((state) => ACTION[state]);
    const writes = states.flatMap((state, index) =>
      state === 'missing'
        ? CREATES.slice(index, index + 1)
        : state === 'different'
          ? UPDATES.slice(index, index + 1)
          : [],
    );

    const planned = accountOf(states);
    const dry = fakeIam(planned);
    const plan = await provision(desired({ ...input, dryRun: true }), dry.call);
    expect(dry.written).toEqual([]);
    expect(planned).toEqual(accountOf(states));
    expect(plan.oidcConfig).toEqual(planned.config);

    const account = accountOf(states);
    const iam = fakeIam(account);
    const done = await provision(desired(input), iam.call);
    expect(done.steps.map(({ action }) => action)).toEqual(expected);
    expect(iam.written).toEqual(writes);
    expect(account).toEqual(accountOf(['equal', 'equal', 'equal', 'equal']));
    expect(done.oidcConfig).toEqual(account.config);
    expect(plan.steps, 'a dry run says the same, as what would happen').toEqual(
      done.steps.map((step, index) => ({ ...step, action: PLANNED[states[index] ?? 'equal'] })),
    );
    expect(
      done.steps.every(
        ({ action, changes }) => (changes.length === 0) === (action === 'UNCHANGED'),
      ),
    ).toBe(true);

    const again = await provision(desired(input), iam.call);
    expect(actions(again), 'the second time').toEqual(ALL_UNCHANGED);
    expect(iam.written).toEqual(writes);
  });
});
