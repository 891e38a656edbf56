import { describe, expect, it } from 'vitest';
import { AlreadyExistsError, InvalidInputError, NotFoundError, OutcomeUnknownError, PermissionDeniedError, UpstreamUnavailableError } from '../../domain/errors.ts';
import { parseInput } from '../../domain/parse.ts';
import type { Warning } from '../../domain/warnings.ts';
import type { Operation } from '../../transport/answer.ts';
import type { Call } from '../../transport/connection.ts';
import type { IdentityProviderDraft, IdentityProviderPatch, MappingDraft, MappingKey, ProtocolDraft } from './input-federation.ts';
import { provisioning } from './input-provision.ts';
import type { WholeOidcConfig } from './input.ts';
import { fromWire, toWire } from './mapping.ts';
import type { OidcConfig } from './mapping.ts';
import { mappingFromWire, rulesToWire } from './mapping-federation.ts';
import type { IdentityProvider, Mapping, Protocol } from './mapping-federation.ts';
import { provision } from './provision.ts';
import type { ProvisionTarget } from './provision-plan.ts';
import type { Provisioned, ProvisionStep } from './provision.ts';
import { openIdConnectConfig } from './wire.ts';

const KEY = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };
const OTHER_KEY = { ...KEY, kid: 'kid_other', n: 'other' };
const PROGRAM = {
  idpId: 'ACME',
  accessMode: 'PROGRAM',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client_id_example',
  signingKey: { keys: [KEY] },
} as const;
const CONSOLE_ONLY = {
  authorizationEndpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
  scope: ['openid', 'email'],
  responseType: 'ID_TOKEN',
  responseMode: 'FORM_POST',
} as const;
const PROGRAM_CONSOLE = { ...PROGRAM, ...CONSOLE_ONLY, accessMode: 'PROGRAM_CONSOLE' } as const;
const EVERYBODY: MappingDraft['rules'] = [{ local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] }];
const RULES: MappingDraft['rules'] = [{ local: [{ user: { name: '{0}' } }, { group: { name: 'admin' } }], remote: [{ type: 'email' }, { type: 'role', anyOneOf: ['admin'] }] }];

/** What is stored, as the client reads it. */
interface Account {
  provider: IdentityProvider | null;
  protocol: Protocol | null;
  config: OidcConfig | null;
  readonly mappings: Map<string, Mapping>;
}

const provider = (change: Partial<IdentityProvider> = {}): IdentityProvider => ({ id: 'ACME', description: 'People of ACME', enabled: true, ssoType: 'VIRTUAL_USER_SSO', remoteIds: [], ...change });
const protocol = (mappingId: string | null): Protocol => ({ idpId: 'ACME', id: 'oidc', mappingId });
const mapping = (id: string, rules: MappingDraft['rules']): Mapping => mappingFromWire({ id, rules: rulesToWire(rules) });
const stored = (whole: WholeOidcConfig): OidcConfig => fromWire(openIdConnectConfig.parse(toWire(whole)), whole.idpId);
const desired = (change: object = {}) => parseInput(provisioning, { ...PROGRAM, ...change });
const storedOf = (change: object = {}) => stored(desired(change));

const nothing = (): Account => ({ provider: null, protocol: null, config: null, mappings: new Map() });
/** An account where all is as `desired()` wants it. */
const ready = (change: Partial<Account> = {}): Account => ({
  provider: provider(),
  protocol: protocol('mapping_ACME'),
  config: storedOf(),
  mappings: new Map([['mapping_ACME', mapping('mapping_ACME', EVERYBODY)]]),
  ...change,
});

interface Script {
  /** What an operation throws, by its name. */
  readonly failures?: Readonly<Record<string, Error>>;
  /** What comes with the result of an operation, by its name. */
  readonly warnings?: Readonly<Record<string, readonly Warning[]>>;
}

function found<Stored>(value: Stored | null | undefined, resource: string): Stored {
  if (value === null || value === undefined) throw new NotFoundError(`There is no ${resource}.`, resource, null, { attested: true });
  return value;
}

/** A stand-in for the client: operations by name, on an account in memory. */
function fakeIam(account: Account, { failures = {}, warnings = {} }: Script = {}) {
  const called: string[] = [];
  const written: string[] = [];
  const store = <Stored>(value: Stored, put: (value: Stored) => void): Stored => {
    put(value);
    return value;
  };
  const putProvider = (value: IdentityProvider) => { account.provider = value; };
  const putProtocol = (value: Protocol) => { account.protocol = value; };
  const putConfig = (value: OidcConfig) => { account.config = value; };
  const putMapping = (value: Mapping) => { account.mappings.set(value.id, value); };
  const absent = (value: unknown, resource: string) => {
    if (value !== null && value !== undefined) throw new AlreadyExistsError(`There is a ${resource}.`, resource, null);
  };

  const operations: Readonly<Record<string, (args: never) => unknown>> = {
    getIdentityProvider: () => found(account.provider, 'identity_provider'),
    getProtocol: () => found(account.protocol, 'protocol'),
    getOidcConfig: () => found(account.config, 'openid_connect_config'),
    getMapping: ({ id }: MappingKey) => found(account.mappings.get(id), 'mapping'),
    createIdentityProvider({ description = '', enabled = false, ssoType = 'VIRTUAL_USER_SSO', id }: IdentityProviderDraft) {
      absent(account.provider, 'identity_provider');
      return store({ id, description, enabled, ssoType, remoteIds: [] }, putProvider);
    },
    updateIdentityProvider({ description, enabled }: IdentityProviderPatch) {
      const now = found(account.provider, 'identity_provider');
      return store({ ...now, description: description === undefined ? now.description : (description ?? ''), enabled: enabled ?? now.enabled }, putProvider);
    },
    createMapping({ id, rules }: MappingDraft) {
      absent(account.mappings.get(id), 'mapping');
      return store(mapping(id, rules), putMapping);
    },
    updateMapping({ id, rules }: MappingDraft) {
      found(account.mappings.get(id), 'mapping');
      return store(mapping(id, rules), putMapping);
    },
    createProtocol({ mappingId }: ProtocolDraft) {
      absent(account.protocol, 'protocol');
      return store(protocol(mappingId), putProtocol);
    },
    updateProtocol({ mappingId }: ProtocolDraft) {
      found(account.protocol, 'protocol');
      return store(protocol(mappingId), putProtocol);
    },
    createOidcConfig(whole: WholeOidcConfig) {
      absent(account.config, 'openid_connect_config');
      return store(stored(whole), putConfig);
    },
    updateOidcConfig(whole: WholeOidcConfig) {
      found(account.config, 'openid_connect_config');
      return store(stored(whole), putConfig);
    },
  };

  const answer = (name: string, args: unknown): unknown => {
    const failure = failures[name];
    if (failure !== undefined) throw failure;
    const operation = operations[name];
    if (operation === undefined) throw new Error(`${name} is not called here`);
    return operation(args as never);
  };
  const call: Call = async <Args, Wire, Result>({ name, effect }: Operation<Args, Wire, Result>, args: Args) => {
    called.push(name);
    if (effect === 'write') written.push(name);
    await Promise.resolve();
    return { value: answer(name, args) as Result, warnings: warnings[name] ?? [] };
  };
  return { call, called, written };
}

const actions = ({ steps }: Provisioned) => steps.map(({ target, action }) => `${target} ${action}`);
const stepOf = ({ steps }: Provisioned, target: ProvisionStep['target']) => steps.find((step) => step.target === target);

const ALL_CREATED = ['IDENTITY_PROVIDER CREATED', 'MAPPING CREATED', 'PROTOCOL CREATED', 'OIDC_CONFIG CREATED'];
const ALL_UNCHANGED = ['IDENTITY_PROVIDER UNCHANGED', 'MAPPING UNCHANGED', 'PROTOCOL UNCHANGED', 'OIDC_CONFIG UNCHANGED'];
const ALL_SKIPPED = ['IDENTITY_PROVIDER SKIPPED', 'MAPPING SKIPPED', 'PROTOCOL SKIPPED', 'OIDC_CONFIG SKIPPED'];
const CREATES = ['createIdentityProvider', 'createMapping', 'createProtocol', 'createOidcConfig'];
const UPDATES = ['updateIdentityProvider', 'updateMapping', 'updateProtocol', 'updateOidcConfig'];

const unavailable = new UpstreamUnavailableError('No answer.');
const refused = new PermissionDeniedError('Not allowed.', []);
const unknown = new OutcomeUnknownError('Nobody knows.', 'TIMEOUT', 'query { __typename }');

describe('where nothing exists', () => {
  it('creates all four in the order in which they need each other', async () => {
    const account = nothing();
    const { call, called, written } = fakeIam(account);
    const done = await provision(desired({ ...PROGRAM_CONSOLE, description: 'People of ACME', rules: RULES }), call);

    expect(actions(done)).toEqual(ALL_CREATED);
    expect(written).toEqual(CREATES);
    expect(called.slice(0, 4).sort()).toEqual(['getIdentityProvider', 'getMapping', 'getOidcConfig', 'getProtocol']);
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
      { id: 'oidc', error: null, changes: [{ path: ['mappingId'], from: null, to: 'mapping_ACME' }] },
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

  it('makes everybody a user without rights where no rules are given, and lists no fields that stay empty', async () => {
    const account = nothing();
    const done = await provision(desired(), fakeIam(account).call);
    expect(account.mappings.get('mapping_ACME')).toEqual(mapping('mapping_ACME', EVERYBODY));
    expect(account.provider).toEqual(provider({ description: '' }));
    expect(stepOf(done, 'IDENTITY_PROVIDER')?.changes).toEqual([{ path: ['enabled'], from: null, to: true }, { path: ['ssoType'], from: null, to: 'VIRTUAL_USER_SSO' }]);
    expect(stepOf(done, 'MAPPING')?.changes).toEqual([{ path: ['rules'], from: null, to: EVERYBODY }]);
    expect(stepOf(done, 'OIDC_CONFIG')?.changes.map(({ path }) => path.join('.'))).toEqual(['accessMode', 'idpUrl', 'clientId', 'signingKey']);
  });

  it('names the mapping as it is asked to', async () => {
    const account = nothing();
    await provision(desired({ mappingId: 'common' }), fakeIam(account).call);
    expect([...account.mappings.keys()]).toEqual(['common']);
    expect(account.protocol).toEqual(protocol('common'));
  });
});

describe('where everything is as desired', () => {
  it('writes nothing', async () => {
    const account = ready();
    const { call, written } = fakeIam(account);
    const done = await provision(desired({ description: 'People of ACME', mappingId: 'mapping_ACME', rules: EVERYBODY }), call);
    expect(actions(done)).toEqual(ALL_UNCHANGED);
    expect(done.steps.every(({ changes, error }) => changes.length === 0 && error === null)).toBe(true);
    expect(done.oidcConfig).toEqual(account.config);
    expect(written).toEqual([]);
  });

  it.each<[string, Partial<Account>, object]>([
    ['keys in another order', { config: storedOf({ signingKey: { keys: [OTHER_KEY, KEY] } }) }, { signingKey: { keys: [KEY, OTHER_KEY] } }],
    ['members of a key in another order', { config: storedOf({ signingKey: { keys: [Object.fromEntries(Object.entries(KEY).reverse())] } }) }, {}],
    ['a key set with other white space', { config: { ...storedOf(), signingKey: JSON.stringify({ keys: [KEY] }, null, 4) } }, {}],
    ['scopes in another order', { config: storedOf({ ...PROGRAM_CONSOLE, scope: ['email', 'openid'] }) }, PROGRAM_CONSOLE],
    ['a condition that says what holds anyway', { mappings: new Map([['mapping_ACME', mappingFromWire({ id: 'mapping_ACME', rules: [{ local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__', regex: false, any_one_of: null }] }] })]]) }, { rules: EVERYBODY }],
    ['a description that nobody asks about', { provider: provider({ description: 'Written by hand' }) }, {}],
    ['a type of single sign-on that is not known here', { provider: provider({ ssoType: null }) }, {}],
    ['rules that nobody asks about', { mappings: new Map([['mapping_ACME', mapping('mapping_ACME', RULES)]]) }, {}],
  ])('writes nothing for %s', async (_what, change, input) => {
    const { call, written } = fakeIam(ready(change));
    expect(actions(await provision(desired(input), call))).toEqual(ALL_UNCHANGED);
    expect(written).toEqual([]);
  });
});

describe('where one thing is missing', () => {
  it.each<[string, () => Account, string]>([
    ['IDENTITY_PROVIDER', () => ready({ provider: null }), 'createIdentityProvider'],
    ['MAPPING', () => ready({ mappings: new Map() }), 'createMapping'],
    ['PROTOCOL', () => ready({ protocol: null }), 'createProtocol'],
    ['OIDC_CONFIG', () => ready({ config: null }), 'createOidcConfig'],
  ])('creates the %s alone', async (target, account, write) => {
    const iam = fakeIam(account());
    const done = await provision(desired(), iam.call);
    expect(actions(done)).toEqual(ALL_UNCHANGED.map((line) => (line.startsWith(target) ? `${target} CREATED` : line)));
    expect(iam.written).toEqual([write]);
  });
});

describe('where one thing differs', () => {
  const change = (field: string, from: unknown, to: unknown) => ({ path: [field], from, to });
  it.each<[string, ProvisionStep['target'], Partial<Account>, object, object[], string]>([
    ['a disabled provider', 'IDENTITY_PROVIDER', { provider: provider({ enabled: false }) }, {}, [change('enabled', false, true)], 'updateIdentityProvider'],
    ['another description', 'IDENTITY_PROVIDER', {}, { description: 'Everybody' }, [change('description', 'People of ACME', 'Everybody')], 'updateIdentityProvider'],
    ['no description', 'IDENTITY_PROVIDER', { provider: provider({ description: '' }) }, { description: 'Everybody' }, [change('description', '', 'Everybody')], 'updateIdentityProvider'],
    ['other rules', 'MAPPING', {}, { rules: RULES }, [change('rules', EVERYBODY, RULES)], 'updateMapping'],
    ['a protocol without a mapping', 'PROTOCOL', { protocol: protocol(null) }, {}, [change('mappingId', null, 'mapping_ACME')], 'updateProtocol'],
    ['another issuer', 'OIDC_CONFIG', {}, { idpUrl: 'https://accounts.example.com/' }, [change('idpUrl', 'https://accounts.example.com', 'https://accounts.example.com/')], 'updateOidcConfig'],
    ['another client', 'OIDC_CONFIG', {}, { clientId: 'client_id_other' }, [change('clientId', 'client_id_example', 'client_id_other')], 'updateOidcConfig'],
    [
      'another key',
      'OIDC_CONFIG',
      {},
      { signingKey: { keys: [KEY, OTHER_KEY] } },
      [change('signingKey', JSON.stringify({ keys: [KEY] }), JSON.stringify({ keys: [KEY, OTHER_KEY] }))],
      'updateOidcConfig',
    ],
    ['a key set that cannot be read', 'OIDC_CONFIG', { config: { ...storedOf(), signingKey: 'none', jwks: null } }, {}, [change('signingKey', 'none', JSON.stringify({ keys: [KEY] }))], 'updateOidcConfig'],
    [
      'fields of the console',
      'OIDC_CONFIG',
      { config: storedOf({ ...PROGRAM_CONSOLE, scope: ['openid'], responseMode: 'FRAGMENT', authorizationEndpoint: 'https://accounts.example.com/auth' }) },
      PROGRAM_CONSOLE,
      [
        change('authorizationEndpoint', 'https://accounts.example.com/auth', CONSOLE_ONLY.authorizationEndpoint),
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
      // The order of the keys is no change either.
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
    expect(actions(done)).toEqual(ALL_UNCHANGED.map((line) => (line.startsWith(target) ? `${target} UPDATED` : line)));
    expect(stepOf(done, target)?.changes).toEqual(changes);
    expect(iam.written).toEqual([write]);

    const again = fakeIam(ready(account));
    await provision(desired(input), again.call);
    expect(actions(await provision(desired(input), again.call)), 'the second time').toEqual(ALL_UNCHANGED);
  });

  it('keeps the description of a provider that it enables', async () => {
    const account = ready({ provider: provider({ enabled: false, description: 'Written by hand' }) });
    await provision(desired(), fakeIam(account).call);
    expect(account.provider).toEqual(provider({ enabled: true, description: 'Written by hand' }));
  });

  it('shows the stored rules in the same words as the desired ones', async () => {
    const now = [{ local: [{ group: { name: 'admin' } }, { groups: '{0}' }], remote: [{ type: 'roles' }, { type: 'team', notAnyOf: ['x'], regex: true }] }];
    const done = await provision(desired({ rules: RULES }), fakeIam(ready({ mappings: new Map([['mapping_ACME', mapping('mapping_ACME', now)]]) })).call);
    expect(stepOf(done, 'MAPPING')?.changes).toEqual([{ path: ['rules'], from: now, to: RULES }]);
  });

  it('says that replacing the rules drops what cannot be shown', async () => {
    const [rule] = rulesToWire(EVERYBODY);
    const richer = mappingFromWire({ id: 'mapping_ACME', rules: [{ ...(rule as object), schema_version: '2.0' }] });
    for (const dryRun of [true, false]) {
      const iam = fakeIam(ready({ mappings: new Map([['mapping_ACME', richer]]) }));
      const done = await provision(desired({ rules: EVERYBODY, dryRun }), iam.call);
      // From shows also what has no field in the schema.
      expect(stepOf(done, 'MAPPING')).toMatchObject({ action: 'UPDATED', changes: [{ path: ['rules'], from: [{ schema_version: '2.0' }] }] });
      expect(done.warnings).toMatchObject([{ code: 'RULE_NOT_SHOWN_WHOLE', path: ['MAPPING', 'rules', '0'] }]);
    }
    const kept = await provision(desired(), fakeIam(ready({ mappings: new Map([['mapping_ACME', richer]]) })).call);
    expect(kept.warnings, 'where they stay').toEqual([]);
  });
});

describe('the mapping', () => {
  const common = () => ready({ protocol: protocol('common'), mappings: new Map([['common', mapping('common', RULES)]]) });

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
    expect(account).toEqual({ ...common(), mappings: new Map([['common', mapping('common', EVERYBODY)]]) });
  });

  it('is another one where that is asked for, and the old one stays', async () => {
    const account = common();
    const { call, written } = fakeIam(account);
    const done = await provision(desired({ mappingId: 'own' }), call);
    expect(actions(done)).toEqual(['IDENTITY_PROVIDER UNCHANGED', 'MAPPING CREATED', 'PROTOCOL UPDATED', 'OIDC_CONFIG UNCHANGED']);
    expect(stepOf(done, 'PROTOCOL')?.changes).toEqual([{ path: ['mappingId'], from: 'common', to: 'own' }]);
    expect(written).toEqual(['createMapping', 'updateProtocol']);
    expect([...account.mappings]).toEqual([['common', mapping('common', RULES)], ['own', mapping('own', EVERYBODY)]]);
  });

  it('is made again where the protocol names one that is gone', async () => {
    const account = ready({ protocol: protocol('gone'), mappings: new Map() });
    expect(actions(await provision(desired(), fakeIam(account).call))).toEqual(ALL_UNCHANGED.map((line) => (line.startsWith('MAPPING') ? 'MAPPING CREATED' : line)));
    expect([...account.mappings.keys()]).toEqual(['gone']);
  });

  it('keeps the rules of one that the protocol is to use from now on', async () => {
    const account = ready({ mappings: new Map([['mapping_ACME', mapping('mapping_ACME', EVERYBODY)], ['own', mapping('own', RULES)]]) });
    const { call, written } = fakeIam(account);
    await provision(desired({ mappingId: 'own' }), call);
    expect(written).toEqual(['updateProtocol']);
  });
});

describe('a stored protocol that names no id of a mapping', () => {
  it.each(['a/b', '..', 'a%2Fb', 'ä', 'x'.repeat(65)])('fails the step of the mapping and sends nothing for %j', async (id) => {
    const { call, called, written } = fakeIam(ready({ protocol: protocol(id) }));
    const { steps } = await provision(desired(), call);
    expect(steps.find(({ target }) => target === 'MAPPING')).toMatchObject({ id, action: 'FAILED', error: { code: 'UPSTREAM_CONTRACT' } });
    expect(called).not.toContain('getMapping');
    expect(written).toEqual([]);
  });

  it('is given another mapping where one is asked for', async () => {
    const { call } = fakeIam(ready({ protocol: protocol('a/b') }));
    const { steps } = await provision(desired({ mappingId: 'common' }), call);
    expect(steps.map(({ action }) => action)).toEqual(['UNCHANGED', 'CREATED', 'UPDATED', 'UNCHANGED']);
  });
});

describe('every mixture', () => {
  const STATES = ['missing', 'different', 'equal'] as const;
  const ACTION = { missing: 'CREATED', different: 'UPDATED', equal: 'UNCHANGED' } as const;
  type State = (typeof STATES)[number];
  const input = { description: 'People of ACME', mappingId: 'own', rules: RULES };
  const pick = <Value>(state: State, different: Value, equal: Value): Value | null => (state === 'missing' ? null : state === 'different' ? different : equal);
  const accountOf = ([ofProvider, ofMapping, ofProtocol, ofConfig]: readonly [State, State, State, State]): Account => {
    const own = pick(ofMapping, EVERYBODY, RULES);
    return {
      provider: pick(ofProvider, provider({ enabled: false }), provider()),
      mappings: new Map(own === null ? [] : [['own', mapping('own', own)]]),
      protocol: pick(ofProtocol, protocol('common'), protocol('own')),
      config: pick(ofConfig, storedOf({ clientId: 'client_id_other' }), storedOf()),
    };
  };
  const mixtures = STATES.flatMap((a) => STATES.flatMap((b) => STATES.flatMap((c) => STATES.map((d) => [a, b, c, d] as const))));

  it.each(mixtures)('provider %s, mapping %s, protocol %s, configuration %s', async (...states) => {
    const expected = states.map((state) => ACTION[state]);
    const writes = states.flatMap((state, index) => (state === 'missing' ? CREATES.slice(index, index + 1) : state === 'different' ? UPDATES.slice(index, index + 1) : []));

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
    expect(plan.steps, 'a dry run says the same').toEqual(done.steps);
    expect(done.steps.every(({ action, changes }) => (changes.length === 0) === (action === 'UNCHANGED'))).toBe(true);

    const again = await provision(desired(input), iam.call);
    expect(actions(again), 'the second time').toEqual(ALL_UNCHANGED);
    expect(iam.written).toEqual(writes);
  });
});

describe('an identity provider for IAM users', () => {
  it('fails, and nothing is written', async () => {
    const account = { ...nothing(), provider: provider({ ssoType: 'IAM_USER_SSO' }) };
    const { call, written } = fakeIam(account);
    const done = await provision(desired(), call);
    expect(actions(done)).toEqual(['IDENTITY_PROVIDER FAILED', ...ALL_SKIPPED.slice(1)]);
    expect(stepOf(done, 'IDENTITY_PROVIDER')?.error).toMatchObject({ code: 'ALREADY_EXISTS', resource: 'identity_provider', id: 'ACME' });
    expect(stepOf(done, 'OIDC_CONFIG')?.changes).not.toEqual([]);
    expect(written).toEqual([]);
  });

  it('fails in a dry run too', async () => {
    const done = await provision(desired({ dryRun: true }), fakeIam(ready({ provider: provider({ ssoType: 'IAM_USER_SSO' }) })).call);
    expect(actions(done)).toEqual(['IDENTITY_PROVIDER FAILED', ...ALL_UNCHANGED.slice(1)]);
  });
});

describe('a read that fails', () => {
  const READS = { IDENTITY_PROVIDER: 'getIdentityProvider', MAPPING: 'getMapping', PROTOCOL: 'getProtocol', OIDC_CONFIG: 'getOidcConfig' } as const;
  const cases = Object.entries(READS);

  it.each(cases)('of the %s fails that step, and nothing is written anywhere', async (target, operation) => {
    for (const dryRun of [false, true]) {
      const account = nothing();
      const { call, written } = fakeIam(account, { failures: { [operation]: unavailable } });
      const done = await provision(desired({ mappingId: 'own', dryRun }), call);
      expect(actions(done)).toEqual(ALL_SKIPPED.map((line) => (line.startsWith(target) ? `${target} FAILED` : line)));
      expect(done.steps.map(({ error }) => error)).toEqual(done.steps.map((step) => (step.target === target ? unavailable : null)));
      // What there is to do is known of the others.
      expect(done.steps.every(({ changes, action }) => (changes.length === 0) === (action === 'FAILED'))).toBe(true);
      expect(written).toEqual([]);
      expect(account).toEqual(nothing());
      expect(done.oidcConfig).toBeNull();
    }
  });

  it.each(cases)('of the %s leaves the others unchanged where they are as desired', async (target, operation) => {
    const { call, written } = fakeIam(ready(), { failures: { [operation]: refused } });
    const done = await provision(desired({ mappingId: 'mapping_ACME' }), call);
    expect(actions(done)).toEqual(ALL_UNCHANGED.map((line) => (line.startsWith(target) ? `${target} FAILED` : line)));
    expect(written).toEqual([]);
  });

  it('of the protocol leaves open which mapping it is', async () => {
    const { call, called, written } = fakeIam(nothing(), { failures: { getProtocol: unavailable } });
    const done = await provision(desired({ rules: RULES }), call);
    expect(actions(done)).toEqual(['IDENTITY_PROVIDER SKIPPED', 'MAPPING SKIPPED', 'PROTOCOL FAILED', 'OIDC_CONFIG SKIPPED']);
    expect(stepOf(done, 'MAPPING')).toMatchObject({ id: null, changes: [], error: null });
    expect(called).not.toContain('getMapping');
    expect(written).toEqual([]);
  });

  it('reports every one that fails', async () => {
    const done = await provision(desired(), fakeIam(ready(), { failures: { getIdentityProvider: refused, getOidcConfig: unavailable } }).call);
    expect(done.steps.map(({ error }) => error)).toEqual([refused, null, null, unavailable]);
  });
});

describe('a write that fails', () => {
  it.each([
    ...CREATES.map((operation, index) => [operation, index, nothing, {}] as const),
    ...UPDATES.map(
      (operation, index) =>
        [
          operation,
          index,
          () => ready({ provider: provider({ enabled: false }), protocol: protocol('common'), config: storedOf({ clientId: 'client_id_other' }) }),
          { rules: RULES, mappingId: 'mapping_ACME' },
        ] as const,
    ),
  ])('at %s ends it: the steps before stand, those after are skipped', async (operation, index, start, input) => {
    for (const failure of [unknown, refused]) {
      const account = start();
      const all = await provision(desired({ ...input, dryRun: true }), fakeIam(start()).call);
      const { call, written } = fakeIam(account, { failures: { [operation]: failure } });
      const done = await provision(desired(input), call);
      const word = operation.startsWith('create') ? 'CREATED' : 'UPDATED';
      expect(done.steps.map(({ action }) => action)).toEqual(Array.from({ length: 4 }, (_, at) => (at < index ? word : at === index ? 'FAILED' : 'SKIPPED')));
      expect(done.steps.map(({ error }) => error)).toEqual(Array.from({ length: 4 }, (_, at) => (at === index ? failure : null)));
      expect(done.steps.map(({ changes }) => changes), 'what there was and is to do').toEqual(all.steps.map(({ changes }) => changes));
      expect(written).toHaveLength(index + 1);
      expect(done.oidcConfig).toEqual(start().config);

      // The same again goes on from there.
      const next = fakeIam(account);
      const mended = await provision(desired(input), next.call);
      expect(mended.steps.map(({ action }) => action)).toEqual(Array.from({ length: 4 }, (_, at) => (at < index ? 'UNCHANGED' : word)));
      expect(next.written).toHaveLength(4 - index);
    }
  });

  it('does not stop steps that have nothing to do from saying so', async () => {
    const account = ready({ provider: null, config: null });
    const done = await provision(desired(), fakeIam(account, { failures: { createIdentityProvider: unknown } }).call);
    expect(actions(done)).toEqual(['IDENTITY_PROVIDER FAILED', 'MAPPING UNCHANGED', 'PROTOCOL UNCHANGED', 'OIDC_CONFIG SKIPPED']);
  });

  it('keeps the warnings of the writes before it', async () => {
    const confirmed: Warning = { code: 'CONFIRMED_BY_READING', path: [], message: 'Found.' };
    const done = await provision(desired(), fakeIam(nothing(), { warnings: { createMapping: [confirmed] }, failures: { createProtocol: unavailable } }).call);
    expect(actions(done)).toEqual(['IDENTITY_PROVIDER CREATED', 'MAPPING CREATED', 'PROTOCOL FAILED', 'OIDC_CONFIG SKIPPED']);
    expect(done.warnings).toEqual([{ ...confirmed, path: ['MAPPING'] }]);
  });

  it.each([
    ['createIdentityProvider', 'IDENTITY_PROVIDER', 'idpId'],
    ['createMapping', 'MAPPING', 'mappingId'],
  ] as const)('names the fields of %s in the words of the input', async (operation, target, word) => {
    const refused = new InvalidInputError('IAM refused the input.', [{ path: ['id'], code: 'REFUSED_BY_UPSTREAM', message: 'No.', source: 'UPSTREAM' }]);
    const done = await provision(desired(), fakeIam(nothing(), { failures: { [operation]: refused } }).call);
    expect(stepOf(done, target)?.error).toMatchObject({ code: 'INVALID_INPUT', issues: [{ path: [word] }] });
  });
});

describe('two at once', () => {
  const faster = (account: Account, operation: string, apply: () => void) => {
    const iam = fakeIam(account);
    // Somebody else does it just before.
    const call: Call = (one, args) => {
      if (one.name === operation) apply();
      return iam.call(one, args);
    };
    return { ...iam, call };
  };

  it.each<[string, string, (account: Account) => void]>([
    ['createIdentityProvider', 'IDENTITY_PROVIDER', (account) => { account.provider = provider({ description: '' }); }],
    ['createMapping', 'MAPPING', (account) => { account.mappings.set('mapping_ACME', mapping('mapping_ACME', EVERYBODY)); }],
    ['createProtocol', 'PROTOCOL', (account) => { account.protocol = protocol('mapping_ACME'); }],
    ['createOidcConfig', 'OIDC_CONFIG', (account) => { account.config = storedOf(); }],
  ])('are both content where %s came too late and finds what it wanted', async (operation, target, apply) => {
    const account = nothing();
    const done = await provision(desired(), faster(account, operation, () => { apply(account); }).call);
    expect(done.steps.map((step) => [step.target, step.action])).toEqual(ALL_CREATED.map((line) => line.split(' ')).map(([name = '', action = '']) => [name, name === target ? 'UNCHANGED' : action]));
    expect(done.oidcConfig).toEqual(account.config);
  });

  it.each<[string, ProvisionTarget, (account: Account) => void]>([
    ['createIdentityProvider', 'IDENTITY_PROVIDER', (account) => { account.provider = provider({ enabled: false }); }],
    ['createMapping', 'MAPPING', (account) => { account.mappings.set('mapping_ACME', mapping('mapping_ACME', RULES)); }],
    ['createProtocol', 'PROTOCOL', (account) => { account.protocol = protocol('other'); }],
    ['createOidcConfig', 'OIDC_CONFIG', (account) => { account.config = storedOf({ clientId: 'another_client' }); }],
  ])('fail where %s came too late and finds something else', async (operation, target, apply) => {
    const account = nothing();
    const done = await provision(desired(), faster(account, operation, () => { apply(account); }).call);
    expect(stepOf(done, target)).toMatchObject({ action: 'FAILED', error: { code: 'ALREADY_EXISTS' } });
  });
});

describe('a 404 that is not in the words of IAM', () => {
  it.each(['getIdentityProvider', 'getMapping', 'getProtocol', 'getOidcConfig'])('to %s is no absence: nothing is written', async (operation) => {
    const mere = new NotFoundError('There is nothing.', 'x', null);
    const { call, written } = fakeIam(ready(), { failures: { [operation]: mere } });
    const done = await provision(desired({ clientId: 'another_client' }), call);
    expect(done.steps.filter(({ action }) => action === 'FAILED').map(({ error }) => error)).toEqual([mere]);
    expect(written).toEqual([]);
  });
});

describe('an exception that is no house error', () => {
  const bug = new TypeError('a bug');
  it.each(['getIdentityProvider', 'getMapping', 'getProtocol', 'getOidcConfig', ...CREATES])('is passed on from %s', async (operation) => {
    await expect(provision(desired(), fakeIam(nothing(), { failures: { [operation]: bug } }).call)).rejects.toBe(bug);
  });
});
