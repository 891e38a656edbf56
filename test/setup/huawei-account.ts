import {
  AlreadyExistsError,
  NotFoundError,
  OutcomeUnknownError,
  PermissionDeniedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import { parseInput } from '../../src/domain/parse.ts';
import type { Warning } from '../../src/domain/warnings.ts';
import type { Operation } from '../../src/transport/operation.ts';
import type { Call } from '../../src/transport/connection.ts';
import type {
  IdentityProviderDraft,
  IdentityProviderPatch,
} from '../../src/upstreams/huawei-iam/identity-provider/input.ts';
import type { IdentityProvider } from '../../src/upstreams/huawei-iam/identity-provider/translate.ts';
import type { MappingDraft, MappingKey } from '../../src/upstreams/huawei-iam/mapping/input.ts';
import {
  fromWire as mappingFromWire,
  rulesToWire,
} from '../../src/upstreams/huawei-iam/mapping/translate.ts';
import type { Mapping } from '../../src/upstreams/huawei-iam/mapping/translate.ts';
import { fromWire, toWire } from '../../src/upstreams/huawei-iam/oidc-config/translate.ts';
import type {
  OidcConfig,
  WholeOidcConfig,
} from '../../src/upstreams/huawei-iam/oidc-config/translate.ts';
import type { ProtocolDraft } from '../../src/upstreams/huawei-iam/protocol/input.ts';
import type { Protocol } from '../../src/upstreams/huawei-iam/protocol/translate.ts';
import { provisioning } from '../../src/upstreams/huawei-iam/provision/input.ts';
import type { ProvisionStep } from '../../src/transport/provision/run.ts';
import type { Provisioned } from '../../src/upstreams/huawei-iam/provision/provision.ts';
import { openIdConnectConfig } from '../../src/upstreams/huawei-iam/oidc-config/wire.ts';

export const KEY = {
  kty: 'RSA',
  e: 'AQAB',
  use: 'sig',
  n: 'example',
  kid: 'kid_example',
  alg: 'RS256',
};
export const OTHER_KEY = { ...KEY, kid: 'kid_other', n: 'another' };
export const PROGRAM = {
  idpId: 'ACME',
  accessMode: 'PROGRAM',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client_id_example',
  signingKey: { keys: [KEY] },
} as const;
export const CONSOLE_ONLY = {
  authorizationEndpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
  scope: ['openid', 'email'],
  responseType: 'ID_TOKEN',
  responseMode: 'FORM_POST',
} as const;
export const PROGRAM_CONSOLE = {
  ...PROGRAM,
  ...CONSOLE_ONLY,
  accessMode: 'PROGRAM_CONSOLE',
} as const;
export const EVERYBODY: MappingDraft['rules'] = [
  { local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] },
];
export const RULES: MappingDraft['rules'] = [
  {
    local: [{ user: { name: '{0}' } }, { group: { name: 'admin' } }],
    remote: [{ type: 'email' }, { type: 'role', anyOneOf: ['admin'] }],
  },
];

/** What is stored, as the client reads it. */
export interface Account {
  provider: IdentityProvider | null;
  protocol: Protocol | null;
  config: OidcConfig | null;
  readonly mappings: Map<string, Mapping>;
}

export const provider = (change: Partial<IdentityProvider> = {}): IdentityProvider => ({
  id: 'ACME',
  description: 'People of ACME',
  enabled: true,
  ssoType: 'VIRTUAL_USER_SSO',
  remoteIds: [],
  ...change,
});
export const protocol = (mappingId: string | null): Protocol => ({
  idpId: 'ACME',
  id: 'oidc',
  mappingId,
});
export const mapping = (id: string, rules: MappingDraft['rules']): Mapping =>
  mappingFromWire({ id, rules: rulesToWire(rules) });
const stored = (whole: WholeOidcConfig): OidcConfig =>
  fromWire(openIdConnectConfig.parse(toWire(whole)), whole.idpId);
export const desired = (change: object = {}) => parseInput(provisioning, { ...PROGRAM, ...change });
export const storedOf = (change: object = {}) => stored(desired(change));

export const nothing = (): Account => ({
  provider: null,
  protocol: null,
  config: null,
  mappings: new Map(),
});
/** An account in the state of `desired()`. */
export const ready = (change: Partial<Account> = {}): Account => ({
  provider: provider(),
  protocol: protocol('mapping_ACME'),
  config: storedOf(),
  mappings: new Map([['mapping_ACME', mapping('mapping_ACME', EVERYBODY)]]),
  ...change,
});

export interface Script {
  /** What an operation throws, by its name. */
  readonly failures?: Readonly<Record<string, Error>>;
  /** What comes with the result of an operation, by its name. */
  readonly warnings?: Readonly<Record<string, readonly Warning[]>>;
}

function found<Stored>(value: Stored | null | undefined, resource: string): Stored {
  if (value === null || value === undefined)
    throw new NotFoundError(`There is no ${resource}.`, resource, null, { attested: true });
  return value;
}

/** A stand-in for the client: operations by name, on an account in memory. */
export function fakeIam(account: Account, { failures = {}, warnings = {} }: Script = {}) {
  const called: string[] = [];
  const written: string[] = [];
  const store = <Stored>(value: Stored, put: (value: Stored) => void): Stored => {
    put(value);
    return value;
  };
  const putProvider = (value: IdentityProvider) => {
    account.provider = value;
  };
  const putProtocol = (value: Protocol) => {
    account.protocol = value;
  };
  const putConfig = (value: OidcConfig) => {
    account.config = value;
  };
  const putMapping = (value: Mapping) => {
    account.mappings.set(value.id, value);
  };
  const absent = (value: unknown, resource: string) => {
    if (value !== null && value !== undefined)
      throw new AlreadyExistsError(`There is a ${resource}.`, resource, null);
  };

  const operations: Readonly<Record<string, (args: never) => unknown>> = {
    getIdentityProvider: () => found(account.provider, 'identity_provider'),
    getProtocol: () => found(account.protocol, 'protocol'),
    getOidcConfig: () => found(account.config, 'openid_connect_config'),
    getMapping: ({ id }: MappingKey) => found(account.mappings.get(id), 'mapping'),
    createIdentityProvider({
      description = '',
      enabled = false,
      ssoType = 'VIRTUAL_USER_SSO',
      id,
    }: IdentityProviderDraft) {
      absent(account.provider, 'identity_provider');
      return store({ id, description, enabled, ssoType, remoteIds: [] }, putProvider);
    },
    updateIdentityProvider({ description, enabled }: IdentityProviderPatch) {
      const now = found(account.provider, 'identity_provider');
      return store(
        {
          ...now,
          description: description === undefined ? now.description : (description ?? ''),
          enabled: enabled ?? now.enabled,
        },
        putProvider,
      );
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

  const resultOf = (name: string, args: unknown): unknown => {
    const failure = failures[name];
    if (failure !== undefined) throw failure;
    const operation = operations[name];
    if (operation === undefined) throw new Error(`${name} is not called here`);
    return operation(args as never);
  };
  const call: Call = async <Args, Wire, Result>(
    { name, effect }: Operation<Args, Wire, Result>,
    args: Args,
  ) => {
    called.push(name);
    if (effect === 'write') written.push(name);
    await Promise.resolve();
    return { value: resultOf(name, args) as Result, warnings: warnings[name] ?? [] };
  };
  return { call, called, written };
}

export const actions = ({ steps }: Provisioned) =>
  steps.map(({ target, action }) => `${target} ${action}`);
export const stepOf = ({ steps }: Provisioned, target: ProvisionStep['target']) =>
  steps.find((step) => step.target === target);

export const ALL_CREATED = [
  'IDENTITY_PROVIDER CREATED',
  'MAPPING CREATED',
  'PROTOCOL CREATED',
  'OIDC_CONFIG CREATED',
];
export const ALL_UNCHANGED = [
  'IDENTITY_PROVIDER UNCHANGED',
  'MAPPING UNCHANGED',
  'PROTOCOL UNCHANGED',
  'OIDC_CONFIG UNCHANGED',
];
export const ALL_SKIPPED = [
  'IDENTITY_PROVIDER SKIPPED',
  'MAPPING SKIPPED',
  'PROTOCOL SKIPPED',
  'OIDC_CONFIG SKIPPED',
];
export const CREATES = [
  'createIdentityProvider',
  'createMapping',
  'createProtocol',
  'createOidcConfig',
];
export const UPDATES = [
  'updateIdentityProvider',
  'updateMapping',
  'updateProtocol',
  'updateOidcConfig',
];

export const unavailable = new UpstreamUnavailableError('No answer.');
export const refused = new PermissionDeniedError('Not allowed.', []);
export const unknown = new OutcomeUnknownError('Nobody knows.', 'TIMEOUT', 'query { __typename }');
