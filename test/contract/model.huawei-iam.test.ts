import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import {
  brief,
  document,
  expectation,
  Fingerprints,
  invalid,
  MALFORMED,
  often,
  replay,
  same,
  seldom,
  STALE,
  startBench,
} from '../setup/model.ts';
import type { ResultMember, Bench, Expectation, Outcome } from '../setup/model.ts';

/*
 * Any sequence of operations on an account of Huawei Cloud IAM does what two Maps do: one of identity providers, each
 * with its protocol and configuration, and one of mappings. Few ids and few values, so that they meet.
 */

type Fields = Readonly<Record<string, unknown>>;

interface Config {
  readonly accessMode: string;
  readonly idpUrl: string;
  readonly clientId: string;
  readonly authorizationEndpoint: string | null;
  readonly scope: readonly string[] | null;
  readonly responseType: string | null;
  readonly responseMode: string | null;
  /** The text as it is stored. */
  readonly signingKey: string;
}

interface Provider {
  readonly description: string;
  readonly enabled: boolean;
  readonly ssoType: string;
  /** Of the protocol; null where there is no protocol. */
  readonly mappingId: string | null;
  readonly config: Config | null;
}

/** A rule as it is given or stored; others may store parts that the gateway does not show. */
interface RuleInput {
  readonly local: readonly Fields[];
  readonly remote: readonly Fields[];
}

/** With this id, `mapping_<idpId>` is one character too long. */
const LONG = `${'l'.repeat(56)}g`;
/** These are there often. */
const PROVIDERS = ['acme', '__proto__'];
const MAPPINGS = ['mapping_acme', 'mapping___proto__', 'constructor', 'm'.repeat(64)];
const BAD_ID = 'a b';

const CONSOLE_FIELDS = ['authorizationEndpoint', 'scope', 'responseType', 'responseMode'] as const;

const RSA = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };
const RSA_IN_ANOTHER_ORDER = {
  n: 'example',
  alg: 'RS256',
  kid: 'kid_example',
  use: 'sig',
  e: 'AQAB',
  kty: 'RSA',
};
const EC = { kty: 'EC', crv: 'P-256', x: 'example', y: 'example' };
const KEY_SETS = [
  { keys: [RSA] },
  JSON.stringify({ keys: [RSA] }, null, 2),
  { keys: [RSA_IN_ANOTHER_ORDER], comment: 'what is no key does not count' },
  { keys: [RSA, EC] },
  { keys: [EC, RSA_IN_ANOTHER_ORDER] },
  { keys: [EC, EC] },
  '{"keys":[{"kty":"RSA","n":"example","e":"AQAB","__proto__":"a name like any other"}]}',
];

const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  accessMode: ['PROGRAM', 'PROGRAM_CONSOLE'],
  // A slash at the end makes another issuer.
  idpUrl: ['https://accounts.example.com', 'https://accounts.example.com/'],
  clientId: ['client-one', 'client two'],
  authorizationEndpoint: [
    'https://accounts.example.com/authorize',
    'http://localhost:8080/authorize?a=b',
  ],
  scope: [['openid'], ['openid', 'email'], ['email', 'openid'], ['openid', 'email', 'openid']],
  responseType: ['ID_TOKEN'],
  responseMode: ['FRAGMENT', 'FORM_POST'],
  signingKey: KEY_SETS,
};

const EVERYBODY: RuleInput = {
  local: [{ user: { name: 'FederationUser' } }],
  remote: [{ type: '__NAMEID__' }],
};
const EVERYBODY_SPELT_OUT: RuleInput = {
  local: [{ user: { name: 'FederationUser' }, group: null, groups: null }],
  remote: [{ type: '__NAMEID__', anyOneOf: null, notAnyOf: null, regex: false }],
};
const ADMINS: RuleInput = {
  local: [{ user: { name: '{0}' } }, { group: { name: 'admin' } }],
  remote: [{ type: 'email' }, { type: 'groups', anyOneOf: ['admin.*', 'root'], regex: true }],
};
const OTHERS: RuleInput = {
  local: [{ groups: '["guest"]' }],
  remote: [{ type: 'groups', notAnyOf: ['root', 'admin'], regex: null }],
};
/** What the reference also has for groups: a mapping does not show it, but a provisioning does that would lose it. */
const WITH_GROUPS_ELSEWHERE: RuleInput = {
  local: [{ user: { name: 'FederationUser' } }, { groups: { name: 'admin' } }],
  remote: [{ type: '__NAMEID__' }],
};
const RULES: readonly (readonly RuleInput[])[] = [
  [EVERYBODY],
  [EVERYBODY_SPELT_OUT],
  [ADMINS],
  [ADMINS, OTHERS],
  [OTHERS, ADMINS],
];

/** Values that the gateway refuses, each with the paths of its issues. */
const FLAWS: Readonly<
  Record<string, readonly { readonly value: unknown; readonly paths: readonly string[] }[]>
> = {
  id: [{ value: BAD_ID, paths: ['id'] }],
  idpId: [{ value: BAD_ID, paths: ['idpId'] }],
  mappingId: [{ value: BAD_ID, paths: ['mappingId'] }],
  description: [{ value: ' ', paths: ['description'] }],
  rules: [
    { value: [], paths: ['rules'] },
    {
      value: [
        EVERYBODY,
        { local: [{ user: { name: '{1}' } }], remote: [{ type: 'email', regex: true }] },
      ],
      paths: ['rules.1.local.0.user.name', 'rules.1.remote.0.regex'],
    },
    {
      value: [{ local: [{}], remote: [{ type: 'email', anyOneOf: ['a'], notAnyOf: ['b'] }] }],
      paths: ['rules.0.local.0', 'rules.0.remote.0.notAnyOf'],
    },
  ],
  idpUrl: [{ value: 'accounts.example.com', paths: ['idpUrl'] }],
  clientId: [{ value: 'four', paths: ['clientId'] }],
  authorizationEndpoint: [
    { value: 'https://accounts.example.com/#here', paths: ['authorizationEndpoint'] },
  ],
  scope: [
    { value: ['email'], paths: ['scope'] },
    { value: [], paths: ['scope'] },
  ],
  signingKey: [
    { value: { keys: [] }, paths: ['signingKey.keys'] },
    { value: { keys: [{ ...RSA, d: 'example' }] }, paths: ['signingKey.keys.0.d'] },
  ],
  expectedFingerprint: [{ value: MALFORMED, paths: ['expectedFingerprint'] }],
};

/** As it is stored by somebody who writes key sets for people and names a scope twice. */
const CONFIG_ELSEWHERE = {
  accessMode: 'PROGRAM_CONSOLE',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client-one',
  authorizationEndpoint: 'https://accounts.example.com/authorize',
  scope: 'email openid email',
  responseType: 'ID_TOKEN',
  responseMode: 'FORM_POST',
  signingKey: JSON.stringify({ keys: [EC, RSA] }, null, 2),
};

// The model.

/** The four resources, each with the noun that its operations are named after and the input field that names one. */
const RESOURCES = {
  provider: {
    noun: 'HuaweiIdentityProvider',
    key: 'id',
    select: 'id description enabled ssoType remoteIds fingerprint',
  },
  protocol: { noun: 'HuaweiProtocol', key: 'idpId', select: 'idpId id mappingId fingerprint' },
  mapping: {
    noun: 'HuaweiMapping',
    key: 'id',
    select:
      'id rules { local { user { name } group { name } groups } remote { type anyOneOf notAnyOf regex } } fingerprint',
  },
  config: {
    noun: 'OidcConfig',
    key: 'idpId',
    select:
      'idpId accessMode idpUrl clientId authorizationEndpoint scope scopes responseType responseMode signingKey jwks fingerprint',
  },
} as const;
type Resource = keyof typeof RESOURCES;

/** What is stored, as it is to be shown, and what its fingerprint stands for. */
interface Seen {
  readonly shown: object;
  readonly content: object;
}

class Model {
  readonly providers = new Map<string, Provider>();
  readonly mappings = new Map<string, readonly RuleInput[]>();
  readonly #fingerprints: Fingerprints;

  constructor(fingerprints: Fingerprints) {
    this.#fingerprints = fingerprints;
  }

  find(what: Resource, id: string): Seen | undefined {
    const provider = this.providers.get(id);
    const rules = this.mappings.get(id);
    const fingerprint = expect.any(String) as string;
    if (what === 'mapping') {
      if (rules === undefined) return undefined;
      return {
        shown: { id, rules: rules.map(shownRule), fingerprint },
        content: { what, id, rules: rules.map(wholeRule) },
      };
    }
    if (provider === undefined) return undefined;
    const { description, enabled, ssoType, mappingId, config } = provider;
    if (what === 'provider') {
      const own = { id, description, enabled, ssoType };
      return { shown: { ...own, remoteIds: [], fingerprint }, content: { what, ...own } };
    }
    if (what === 'protocol')
      return mappingId === null
        ? undefined
        : {
            shown: { idpId: id, id: 'oidc', mappingId, fingerprint },
            content: { what, idpId: id, mappingId },
          };
    if (config === null) return undefined;
    const jwks = JSON.parse(config.signingKey) as unknown;
    // Neither the order of scopes nor anything but the keys counts.
    const content = {
      what,
      idpId: id,
      ...config,
      scope: config.scope && [...config.scope].sort(),
      signingKey: keysOf(config.signingKey),
    };
    return {
      shown: { idpId: id, ...config, scopes: config.scope ?? [], jwks, fingerprint },
      content,
    };
  }

  read(what: Resource, id: string): Outcome<Seen> {
    if (id === BAD_ID) return { refused: [invalid([RESOURCES[what].key])] };
    const found = this.find(what, id);
    return found === undefined ? { refused: [this.#missing(what, id)] } : { stored: found };
  }

  create(what: Resource, input: Fields): Outcome<Seen> {
    const faults = [
      ...flawsIn(input),
      ...(what === 'config' ? consoleFaults(input['accessMode'], input) : []),
    ];
    if (faults.length > 0) return { refused: [invalid(faults)] };
    const id = keyOf(what, input);
    const taken = this.find(what, id) === undefined ? [] : [conflict(what, id)];
    const withoutProtocol =
      what === 'config' && this.providers.has(id) && this.find('protocol', id) === undefined;
    const refused = [
      ...this.#needed(what, id, input),
      ...(withoutProtocol ? [this.#missing('protocol', id)] : []),
      ...taken,
    ];
    if (refused.length > 0) return { refused };
    switch (what) {
      case 'provider':
        this.providers.set(id, {
          description: (input['description'] ?? '') as string,
          enabled: (input['enabled'] ?? false) as boolean,
          ssoType: (input['ssoType'] ?? 'VIRTUAL_USER_SSO') as string,
          mappingId: null,
          config: null,
        });
        break;
      case 'protocol':
        this.#change(id, { mappingId: input['mappingId'] as string });
        break;
      case 'mapping':
        this.mappings.set(id, input['rules'] as readonly RuleInput[]);
        break;
      case 'config':
        this.#change(id, { config: configOf(input) });
    }
    return this.read(what, id);
  }

  update(what: Resource, input: Fields): Outcome<Seen> {
    const kept = ['enabled', 'accessMode', 'idpUrl', 'clientId', 'signingKey'].filter(
      (field) => input[field] === null,
    );
    // Keystone refuses a change of nothing, and the gateway says so.
    const empty =
      what === 'provider' && input['description'] === undefined && input['enabled'] === undefined
        ? ['']
        : [];
    const faults = [
      ...flawsIn(input),
      ...kept,
      ...empty,
      ...(what === 'config' ? modeFaults(input['accessMode'], input) : []),
    ];
    if (faults.length > 0) return { refused: [invalid(faults)] };
    const id = keyOf(what, input);
    // Read first; without an expectation only the configuration is.
    const [notFresh] = this.#notFresh(what, id, input);
    if (notFresh !== undefined) return { refused: [notFresh] };
    const refused = [
      ...(this.find(what, id) === undefined ? [this.#missing(what, id)] : []),
      ...this.#needed(what, id, input),
    ];
    if (refused.length > 0) return { refused };
    switch (what) {
      case 'provider':
        this.#change(id, {
          ...(input['description'] !== undefined && {
            description: (input['description'] ?? '') as string,
          }),
          ...(input['enabled'] !== undefined && { enabled: input['enabled'] as boolean }),
        });
        break;
      case 'protocol':
        this.#change(id, { mappingId: input['mappingId'] as string });
        break;
      case 'mapping':
        this.mappings.set(id, input['rules'] as readonly RuleInput[]);
        break;
      case 'config': {
        const stored: Fields = { ...this.providers.get(id)?.config };
        const given = Object.fromEntries(
          Object.entries(input).filter(([, value]) => value !== undefined),
        );
        const whole = { ...stored, ...given };
        // What is stored for the console is dropped with it, and what is given for it is refused.
        const mixed =
          whole['accessMode'] === 'PROGRAM'
            ? modeFaults('PROGRAM', input)
            : consoleFaults('PROGRAM_CONSOLE', whole);
        if (mixed.length > 0) return { refused: [invalid(mixed)] };
        // What is not given is sent as it is stored, also a key set with white space.
        this.#change(id, {
          config: {
            ...configOf(whole),
            ...(given['signingKey'] === undefined && {
              signingKey: stored['signingKey'] as string,
            }),
          },
        });
      }
    }
    return this.read(what, id);
  }

  /** Somebody else stores what the gateway would not write like this. */
  storeElsewhere(what: 'mapping' | 'config', id: string): void {
    if (what === 'mapping') this.mappings.set(id, [WITH_GROUPS_ELSEWHERE]);
    else this.#change(id, { config: { ...CONFIG_ELSEWHERE, scope: ['email', 'openid'] } });
  }

  remove(what: Resource, input: Fields): Outcome<string> {
    const faults = flawsIn(input);
    if (faults.length > 0) return { refused: [invalid(faults)] };
    const id = keyOf(what, input);
    const [notFresh] = this.#notFresh(what, id, input);
    if (notFresh !== undefined) return { refused: [notFresh] };
    if (this.find(what, id) === undefined) return { refused: [this.#missing(what, id)] };
    if (what === 'mapping') this.mappings.delete(id);
    else if (what === 'protocol') this.#change(id, { mappingId: null });
    // The protocol and the configuration go with it; the mapping stays.
    else this.providers.delete(id);
    return { stored: id };
  }

  /** What a provisioning has to do; a FAILED step is the first. */
  plan(input: Fields): readonly PlannedStep[] {
    const idpId = String(input['idpId']);
    const provider = this.providers.get(idpId);
    const mappingId =
      (input['mappingId'] as string | null | undefined) ??
      provider?.mappingId ??
      `mapping_${idpId}`;
    const rules = (input['rules'] ?? undefined) as readonly RuleInput[] | undefined;
    const stored = this.mappings.get(mappingId);
    const description = input['description'] ?? undefined;
    const wrongType = provider?.ssoType === 'IAM_USER_SSO';
    const config = configOf(input);

    const wanted = {
      enabled: true,
      ssoType: 'VIRTUAL_USER_SSO',
      ...(description !== undefined && { description }),
    };
    const planned = (
      target: string,
      id: string,
      before: object | null | undefined,
      after: object,
    ) => {
      const changes = changesOf(before, after);
      const action =
        Object.keys(changes).length === 0
          ? 'UNCHANGED'
          : before === null || before === undefined
            ? 'CREATED'
            : 'UPDATED';
      return {
        target,
        id,
        action: wrongType && action !== 'UNCHANGED' ? 'SKIPPED' : action,
        changes,
        error: null,
      };
    };
    return [
      wrongType
        ? {
            target: 'IDENTITY_PROVIDER',
            id: idpId,
            action: 'FAILED',
            changes: {},
            error: conflict('provider', idpId),
          }
        : planned('IDENTITY_PROVIDER', idpId, provider, wanted),
      planned('MAPPING', mappingId, stored && { rules: stored.map(wholeRule) }, {
        rules: (rules ?? stored ?? [EVERYBODY]).map(wholeRule),
      }),
      planned('PROTOCOL', 'oidc', this.find('protocol', idpId)?.shown, { mappingId }),
      planned('OIDC_CONFIG', idpId, provider?.config, { ...config }),
    ];
  }

  /** Does what is planned. */
  provision(input: Fields, steps: readonly PlannedStep[]): void {
    const id = String(input['idpId']);
    for (const { target, id: stepId, changes } of steps) {
      const provider = this.providers.get(id) ?? {
        description: '',
        enabled: false,
        ssoType: 'VIRTUAL_USER_SSO',
        mappingId: null,
        config: null,
      };
      const to = Object.fromEntries(
        Object.entries(changes).map(([field, [, after]]) => [field, after]),
      );
      if (target === 'IDENTITY_PROVIDER') this.providers.set(id, { ...provider, ...to });
      else if (target === 'MAPPING' && to['rules'] !== undefined)
        this.mappings.set(stepId, to['rules'] as readonly RuleInput[]);
      else if (target === 'PROTOCOL') this.#change(id, to);
      // It is written whole: what is the same in another order is as it was given.
      else if (target === 'OIDC_CONFIG' && Object.keys(to).length > 0)
        this.#change(id, { config: configOf(input) });
    }
  }

  #change(id: string, change: Partial<Provider>): void {
    const provider = this.providers.get(id);
    if (provider !== undefined) this.providers.set(id, { ...provider, ...change });
  }

  #missing(what: Resource, id: string): string {
    if (what === 'mapping') return `OidcNotFoundError mapping ${id}`;
    if (what === 'provider' || !this.providers.has(id))
      return `OidcNotFoundError identity_provider ${id}`;
    return what === 'protocol'
      ? 'OidcNotFoundError protocol oidc'
      : `OidcNotFoundError openid_connect_config ${id}`;
  }

  /** What has to exist before this can be written, and does not. */
  #needed(what: Resource, id: string, input: Fields): string[] {
    const mappingId = input['mappingId'];
    const missing: string[] = [];
    if ((what === 'protocol' || what === 'config') && !this.providers.has(id))
      missing.push(this.#missing('provider', id));
    if (what === 'protocol' && !this.mappings.has(String(mappingId)))
      missing.push(this.#missing('mapping', String(mappingId)));
    return missing;
  }

  #notFresh(what: Resource, id: string, { expectedFingerprint }: Fields): string[] {
    if (typeof expectedFingerprint !== 'string' && what !== 'config') return [];
    const found = this.find(what, id);
    if (found === undefined) return [this.#missing(what, id)];
    return this.#fingerprints.isStale(
      expectedFingerprint as string | null | undefined,
      found.content,
    )
      ? [STALE]
      : [];
  }
}

interface PlannedStep {
  readonly target: string;
  readonly id: string;
  readonly action: string;
  /** By field: before and after. */
  readonly changes: Readonly<Record<string, readonly [before: unknown, after: unknown]>>;
  readonly error: string | null;
}

/** Fields that are to have another value: scopes in any order and key sets with the same keys are the same. */
function changesOf(before: object | null | undefined, after: object): PlannedStep['changes'] {
  const stored: Fields = { ...before };
  const comparable = (field: string, value: unknown) =>
    field === 'scope' && Array.isArray(value)
      ? (value as string[]).toSorted()
      : field === 'signingKey' && typeof value === 'string'
        ? keysOf(value)
        : value;
  return Object.fromEntries(
    Object.entries(after)
      .map(([field, to]) => [field, [stored[field] ?? null, to as unknown]] as const)
      .filter(([field, [from, to]]) => !same(comparable(field, from), comparable(field, to))),
  );
}

function keyOf(what: Resource, input: Fields): string {
  return String(input[RESOURCES[what].key]);
}

function conflict(what: Resource, id: string): string {
  const about = {
    provider: `identity_provider ${id}`,
    protocol: `federation_protocol ${id}/oidc`,
    mapping: `mapping ${id}`,
    config: `openid_connect_config ${id}`,
  };
  return `OidcAlreadyExistsError ${about[what]}`;
}

function flawsIn(input: Fields): string[] {
  return Object.entries(FLAWS).flatMap(([field, flaws]) =>
    flaws.filter(({ value }) => same(value, input[field])).flatMap(({ paths }) => paths),
  );
}

/** Fields that are given and may not be, or are null and may not be. */
function modeFaults(accessMode: unknown, input: Fields): string[] {
  return CONSOLE_FIELDS.filter((field) =>
    accessMode === 'PROGRAM'
      ? input[field] !== undefined && input[field] !== null
      : accessMode === 'PROGRAM_CONSOLE' && input[field] === null,
  );
}

/** The same for a whole configuration, where what is left out is missing too. */
function consoleFaults(accessMode: unknown, input: Fields): string[] {
  return modeFaults(
    accessMode,
    Object.fromEntries(CONSOLE_FIELDS.map((field) => [field, input[field] ?? null])),
  );
}

function configOf(input: Fields): Config {
  const {
    accessMode,
    idpUrl,
    clientId,
    authorizationEndpoint = null,
    scope = null,
    responseType = null,
    responseMode = null,
    signingKey,
  } = input;
  const ofConsole = {
    authorizationEndpoint,
    scope: scope && [...new Set(scope as string[])],
    responseType,
    responseMode,
  };
  const program = Object.fromEntries(CONSOLE_FIELDS.map((field) => [field, null]));
  const set = typeof signingKey === 'string' ? (JSON.parse(signingKey) as unknown) : signingKey;
  return {
    accessMode,
    idpUrl,
    clientId,
    ...(accessMode === 'PROGRAM' ? program : ofConsole),
    signingKey: JSON.stringify(set),
  } as unknown as Config;
}

/** The keys of a set as texts, in an order that does not depend on theirs nor on that of their members. */
function keysOf(signingKey: string): string[] {
  const { keys } = JSON.parse(signingKey) as { readonly keys: readonly object[] };
  return keys
    .map((key) =>
      JSON.stringify(Object.entries(key).sort(([one], [other]) => (one < other ? -1 : 1))),
    )
    .sort();
}

/** A rule with every member. */
function wholeRule({ local, remote }: RuleInput): RuleInput {
  return {
    local: local.map((part) => ({ user: null, group: null, groups: null, ...part })),
    remote: remote.map(({ type, anyOneOf = null, notAnyOf = null, regex }) => ({
      type,
      anyOneOf,
      notAnyOf,
      regex: regex ?? false,
    })),
  };
}

function shownRule(rule: RuleInput): RuleInput {
  const { local, remote } = wholeRule(rule);
  return {
    local: local.map((part) => ({
      ...part,
      groups: typeof part['groups'] === 'string' ? part['groups'] : null,
    })),
    remote,
  };
}

// The steps.

type Step =
  | { readonly kind: 'create'; readonly what: Resource; readonly input: Fields }
  | {
      readonly kind: 'update' | 'delete';
      readonly what: Resource;
      readonly input: Fields;
      readonly expect: Expectation;
    }
  | { readonly kind: 'read'; readonly what: Resource; readonly id: string }
  | { readonly kind: 'list' }
  /** Another client stores an object, not through the gateway. */
  | { readonly kind: 'elsewhere'; readonly what: 'mapping' | 'config'; readonly id: string }
  /** With a rehearsal, a dry run comes first and has to foretell everything; `dryRun` is one alone. */
  | {
      readonly kind: 'provision';
      readonly input: Fields;
      readonly mode: 'real' | 'rehearsed' | 'dryRun';
    };

const providerId = seldom(fc.constantFrom(BAD_ID, 'x-1', LONG), fc.constantFrom(...PROVIDERS));
const mappingId = seldom(fc.constant(BAD_ID), fc.constantFrom(...MAPPINGS));
const flawOf = (field: string) =>
  fc.constantFrom(...(FLAWS[field] ?? []).map(({ value }) => value));
const valueOf = (field: string): fc.Arbitrary<unknown> => fc.constantFrom(...(VALUES[field] ?? []));
const rules = seldom(flawOf('rules'), fc.constantFrom(...RULES));
const description = fc.constantFrom('Staff', 'Partners');

const all = (fields: readonly string[]) =>
  Object.fromEntries(fields.map((field) => [field, valueOf(field)]));
const EVERY_MODE = ['idpUrl', 'clientId', 'signingKey'];
const program = fc.record({ accessMode: fc.constant('PROGRAM'), ...all(EVERY_MODE) });
const forConsole = fc.record({
  accessMode: fc.constant('PROGRAM_CONSOLE'),
  ...all([...EVERY_MODE, ...CONSOLE_FIELDS]),
});
const oneFlaw = fc
  .constantFrom(...EVERY_MODE, ...CONSOLE_FIELDS)
  .chain((field) =>
    FLAWS[field] === undefined ? fc.constant({}) : fc.record({ [field]: flawOf(field) }),
  );
const oneOfConsole = fc
  .constantFrom(...CONSOLE_FIELDS)
  .chain((field) => fc.record({ [field]: fc.option(valueOf(field), { freq: 2 }) }));
const oneNull = fc
  .constantFrom('accessMode', ...EVERY_MODE, ...CONSOLE_FIELDS)
  .map((field) => ({ [field]: null }));
const nothing = fc.constant({});
const merged = (...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<Fields> =>
  fc.tuple(...parts).map((values) => Object.assign({}, ...values) as Fields);
const wholeConfig = merged(
  fc.oneof(program, forConsole),
  seldom(oneFlaw, nothing),
  seldom(oneOfConsole, nothing),
);
const partOfConfig = merged(
  fc.oneof(
    { arbitrary: fc.record(all(EVERY_MODE), { requiredKeys: [] }), weight: 3 },
    { arbitrary: fc.oneof(program, forConsole), weight: 3 },
    {
      arbitrary: fc.record({ accessMode: fc.constantFrom('PROGRAM', 'PROGRAM_CONSOLE') }),
      weight: 2,
    },
    {
      arbitrary: fc.record(all(['accessMode', ...EVERY_MODE, ...CONSOLE_FIELDS]), {
        requiredKeys: [],
      }),
      weight: 2,
    },
    {
      arbitrary: fc.record(
        Object.fromEntries(
          CONSOLE_FIELDS.map((field) => [field, fc.option(valueOf(field), { freq: 3 })]),
        ),
        { requiredKeys: [] },
      ),
      weight: 2,
    },
  ),
  seldom(oneFlaw, nothing),
  seldom(oneNull, nothing),
);

const kind = <Kind extends Step['kind']>(name: Kind) => fc.constant(name);
const what = <Name extends Resource>(name: Name) => fc.constant(name);
const optional = { requiredKeys: [] };
const provider = {
  key: fc.record({ id: providerId }),
  draft: fc.record(
    {
      description: seldom(flawOf('description'), fc.option(description)),
      enabled: fc.option(fc.boolean()),
      ssoType: seldom(fc.constant('IAM_USER_SSO'), fc.constantFrom('VIRTUAL_USER_SSO', null)),
    },
    optional,
  ),
  change: fc.record(
    {
      description: seldom(flawOf('description'), fc.option(description, { freq: 3 })),
      enabled: seldom(fc.constant(null), fc.boolean()),
    },
    optional,
  ),
};
const protocol = { key: fc.record({ idpId: providerId }), fields: fc.record({ mappingId }) };
const mapping = { key: fc.record({ id: mappingId }), fields: fc.record({ rules }) };
const provisioned = merged(
  protocol.key,
  wholeConfig,
  fc.record(
    {
      description: seldom(flawOf('description'), fc.option(description)),
      mappingId: fc.option(mappingId, { freq: 3 }),
      rules: fc.option(rules, { freq: 3 }),
    },
    optional,
  ),
);

const steps = {
  createProvider: fc.record({
    kind: kind('create'),
    what: what('provider'),
    input: merged(provider.key, provider.draft),
  }),
  createMapping: fc.record({
    kind: kind('create'),
    what: what('mapping'),
    input: merged(mapping.key, mapping.fields),
  }),
  createProtocol: fc.record({
    kind: kind('create'),
    what: what('protocol'),
    input: merged(protocol.key, protocol.fields),
  }),
  createConfig: fc.record({
    kind: kind('create'),
    what: what('config'),
    input: merged(protocol.key, wholeConfig),
  }),
  updateProvider: fc.record({
    kind: kind('update'),
    what: what('provider'),
    input: merged(provider.key, provider.change),
    expect: expectation,
  }),
  updateMapping: fc.record({
    kind: kind('update'),
    what: what('mapping'),
    input: merged(mapping.key, mapping.fields),
    expect: expectation,
  }),
  updateProtocol: fc.record({
    kind: kind('update'),
    what: what('protocol'),
    input: merged(protocol.key, protocol.fields),
    expect: expectation,
  }),
  updateConfig: fc.record({
    kind: kind('update'),
    what: what('config'),
    input: merged(protocol.key, partOfConfig),
    expect: expectation,
  }),
  deleteProvider: fc.record({
    kind: kind('delete'),
    what: what('provider'),
    input: provider.key,
    expect: expectation,
  }),
  deleteMapping: fc.record({
    kind: kind('delete'),
    what: what('mapping'),
    input: mapping.key,
    expect: expectation,
  }),
  deleteProtocol: fc.record({
    kind: kind('delete'),
    what: what('protocol'),
    input: protocol.key,
    expect: expectation,
  }),
  read: fc.oneof(
    fc.record({
      kind: kind('read'),
      what: fc.constantFrom('provider' as const, 'protocol' as const, 'config' as const),
      id: providerId,
    }),
    fc.record({ kind: kind('read'), what: what('mapping'), id: mappingId }),
  ),
  list: fc.record({ kind: kind('list') }),
  elsewhere: fc.oneof(
    fc.record({ kind: kind('elsewhere'), what: what('mapping'), id: fc.constantFrom(...MAPPINGS) }),
    fc.record({ kind: kind('elsewhere'), what: what('config'), id: fc.constantFrom(...PROVIDERS) }),
  ),
  provision: fc.record({
    kind: kind('provision'),
    input: provisioned,
    mode: fc.constantFrom('real' as const, 'rehearsed' as const, 'dryRun' as const),
  }),
};

/** What is there at first, so that most of what follows finds something: mappings, and each identity provider as far as it got. */
const firstMapping = (id: string): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      arbitrary: fc
        .constantFrom(...RULES)
        .map((list) => ({ kind: 'create', what: 'mapping', input: { id, rules: list } }) as const),
      weight: 3,
    },
    { arbitrary: fc.constant({ kind: 'elsewhere', what: 'mapping', id } as const), weight: 1 },
  );
const firstProvider = (id: string) =>
  fc
    .record({
      depth: fc.constantFrom(0, 1, 2, 3, 3, 3, 3, 3),
      draft: fc.record({
        id: fc.constant(id),
        enabled: fc.boolean(),
        ssoType: seldom(fc.constant('IAM_USER_SSO'), fc.constant('VIRTUAL_USER_SSO')),
      }),
      named: fc.constantFrom(...MAPPINGS.slice(0, 2)),
      config: fc.oneof(program, forConsole),
    })
    .map(({ depth, draft, named, config }): Step[] =>
      [
        { kind: 'create', what: 'provider', input: draft } as const,
        { kind: 'create', what: 'protocol', input: { idpId: id, mappingId: named } } as const,
        { kind: 'create', what: 'config', input: { idpId: id, ...config } } as const,
      ].slice(0, depth),
    );
const beginning: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    ...MAPPINGS.slice(0, 3).map((id) => often(firstMapping(id))),
    ...PROVIDERS.map(firstProvider),
  )
  .map((parts) => parts.flat());
const following: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { arbitrary: steps.createProvider, weight: 2 },
    { arbitrary: steps.createMapping, weight: 1 },
    { arbitrary: steps.createProtocol, weight: 2 },
    { arbitrary: steps.createConfig, weight: 3 },
    { arbitrary: steps.updateProvider, weight: 3 },
    { arbitrary: steps.updateMapping, weight: 2 },
    { arbitrary: steps.updateProtocol, weight: 2 },
    { arbitrary: steps.updateConfig, weight: 10 },
    { arbitrary: steps.deleteProvider, weight: 2 },
    { arbitrary: steps.deleteMapping, weight: 1 },
    { arbitrary: steps.deleteProtocol, weight: 2 },
    { arbitrary: steps.read, weight: 4 },
    { arbitrary: steps.list, weight: 1 },
    { arbitrary: steps.elsewhere, weight: 4 },
    { arbitrary: steps.provision, weight: 9 },
  ),
  { maxLength: 15, size: 'max' },
);
const sequence: fc.Arbitrary<readonly Step[]> = fc
  .tuple(beginning, following)
  .map((parts) => parts.flat());

// The gateway.

const fieldOf = (what: Resource) =>
  RESOURCES[what].noun.replace(/^./, (first) => first.toLowerCase());
const objectOf = (what: Resource) => `${fieldOf(what)} { ${RESOURCES[what].select} }`;

function documentOf(kind: 'create' | 'update' | 'delete' | 'read', what: Resource): string {
  const { noun, key } = RESOURCES[what];
  if (kind === 'read')
    return document(
      'query ($id: ID!)',
      `${fieldOf(what)}(${key}: $id)`,
      `... on ${noun}Success { ${objectOf(what)} }`,
    );
  const name = `${kind.replace(/^./, (first) => first.toUpperCase())}${noun}`;
  return document(
    `mutation ($input: ${name}Input!)`,
    `${kind}${noun}(input: $input)`,
    `... on ${name}Success { ${kind === 'delete' ? key : objectOf(what)} }`,
  );
}

const LIST_PROVIDERS = document(
  'query',
  'huaweiIdentityProviders',
  `... on HuaweiIdentityProvidersSuccess { huaweiIdentityProviders { ${RESOURCES.provider.select} } }`,
);
const LIST_MAPPINGS = document(
  'query',
  'huaweiMappings',
  `... on HuaweiMappingsSuccess { huaweiMappings { ${RESOURCES.mapping.select} } }`,
);
const PROVISION = document(
  'mutation ($input: ProvisionOidcConfigInput!)',
  'provisionOidcConfig(input: $input)',
  '... on OidcConfigProvision { dryRun steps { target id action changes { path from to } error { __typename ... on OidcAlreadyExistsError { resource id } } } } ' +
    `... on ProvisionOidcConfigSuccess { ${objectOf('config')} }`,
);

let bench: Bench;
beforeAll(async () => {
  bench = await startBench(startEmulator);
});
afterAll(() => bench.stop());

const fingerprints = new Fingerprints();

/** Compares an object with what is to be shown, and its fingerprint with what it stands for. */
function compare(what: Resource, id: string, object: unknown, { shown, content }: Seen): void {
  expect(object).toEqual(shown);
  fingerprints.see(
    `${what} ${id}`,
    content,
    (object as { readonly fingerprint: unknown }).fingerprint,
  );
}

async function take(model: Model, next: Step): Promise<string> {
  switch (next.kind) {
    case 'list':
      await list(model);
      return 'HuaweiIdentityProvidersSuccess';
    case 'read': {
      const result = await bench.ask(documentOf('read', next.what), { id: next.id });
      return compareOutcome(
        next.what,
        next.id,
        result,
        model.read(next.what, next.id),
        `${RESOURCES[next.what].noun}Success`,
      );
    }
    case 'elsewhere':
      await storeElsewhere(model, next.what, next.id);
      return '';
    case 'create': {
      const result = await bench.ask(documentOf('create', next.what), { input: next.input });
      return compareOutcome(
        next.what,
        keyOf(next.what, next.input),
        result,
        model.create(next.what, next.input),
        `Create${RESOURCES[next.what].noun}Success`,
      );
    }
    case 'provision':
      return provision(model, next.input, next.mode);
    default: {
      const { what: resource } = next;
      const id = keyOf(resource, next.input);
      const before = model.find(resource, id);
      const input = {
        ...next.input,
        ...fingerprints.expectation(`${resource} ${id}`, next.expect),
      };
      const result = await bench.ask(documentOf(next.kind, resource), { input });
      if (result.__typename === STALE && before !== undefined)
        fingerprints.see(`${resource} ${id}`, before.content, result['currentFingerprint']);
      if (next.kind === 'update')
        return compareOutcome(
          resource,
          id,
          result,
          model.update(resource, input),
          `Update${RESOURCES[resource].noun}Success`,
        );
      const outcome = model.remove(resource, input);
      expect(
        'refused' in outcome ? outcome.refused : [`Delete${RESOURCES[resource].noun}Success`],
      ).toContain(brief(result));
      if ('stored' in outcome)
        expect([result[RESOURCES[resource].key], bench.writes().length]).toEqual([id, 1]);
      return brief(result);
    }
  }
}

function compareOutcome(
  what: Resource,
  id: string,
  result: ResultMember,
  outcome: Outcome<Seen>,
  success: string,
): string {
  if ('refused' in outcome) {
    expect(outcome.refused).toContain(brief(result));
  } else {
    expect(brief(result)).toBe(success);
    compare(what, id, result[fieldOf(what)], outcome.stored);
    if (!success.startsWith(RESOURCES[what].noun)) expect(bench.writes()).toHaveLength(1);
  }
  return brief(result);
}

async function list(model: Model): Promise<void> {
  for (const [what, text, ids] of [
    ['provider', LIST_PROVIDERS, model.providers],
    ['mapping', LIST_MAPPINGS, model.mappings],
  ] as const) {
    const result = await bench.ask(text);
    const items = result[`${fieldOf(what)}s`] as readonly { readonly id: string }[];
    expect(items.map(({ id }) => id).sort()).toEqual([...ids.keys()].sort());
    for (const item of items) {
      const found = model.find(what, item.id);
      if (found !== undefined) compare(what, item.id, item, found);
    }
  }
}

/** What a dry run reports instead of what was done. */
const WOULD: Readonly<Record<string, string>> = {
  CREATED: 'WOULD_CREATE',
  UPDATED: 'WOULD_UPDATE',
};

async function provision(
  model: Model,
  input: Fields,
  mode: 'real' | 'rehearsed' | 'dryRun',
): Promise<string> {
  const id = String(input['idpId']);
  const faults = [
    ...flawsIn(input),
    ...consoleFaults(input['accessMode'], input),
    ...((input['mappingId'] ?? null) === null && id === LONG ? ['mappingId'] : []),
  ];
  if (faults.length > 0) {
    const result = await bench.ask(PROVISION, { input: { ...input, dryRun: mode === 'dryRun' } });
    expect(brief(result)).toBe(invalid(faults));
    return brief(result);
  }

  const plan = model.plan(input);
  const success = plan.some(({ action }) => action === 'FAILED')
    ? 'ProvisionOidcConfigIncomplete'
    : 'ProvisionOidcConfigSuccess';
  const run = async (dryRun: boolean, expected: readonly PlannedStep[]) => {
    const result = await bench.ask(PROVISION, { input: { ...input, ...(dryRun && { dryRun }) } });
    expect(brief(result)).toBe(success);
    expect(result['dryRun']).toBe(dryRun);
    expect(stepsOf(result)).toEqual(
      dryRun
        ? expected.map((step) => ({ ...step, action: WOULD[step.action] ?? step.action }))
        : expected,
    );
    const toWrite =
      success === 'ProvisionOidcConfigSuccess' && !dryRun
        ? expected.filter(({ action }) => action !== 'UNCHANGED').length
        : 0;
    expect(bench.writes()).toHaveLength(toWrite);
    return result;
  };
  const compareConfig = (result: ResultMember) => {
    const found = model.find('config', id);
    if (success === 'ProvisionOidcConfigIncomplete') return;
    if (found === undefined) expect(result['oidcConfig']).toBeNull();
    else compare('config', id, result['oidcConfig'], found);
  };

  if (mode !== 'real') compareConfig(await run(true, plan));
  if (mode !== 'dryRun') {
    const result = await run(false, plan);
    if (success === 'ProvisionOidcConfigSuccess') {
      model.provision(input, plan);
      compareConfig(result);
      compareConfig(
        await run(
          false,
          plan.map((step) => ({ ...step, action: 'UNCHANGED', changes: {} })),
        ),
      );
    }
  }
  return success;
}

/** The steps of a provisioning in the words of the model. */
function stepsOf({ steps: given }: ResultMember): PlannedStep[] {
  type GivenStep = Omit<PlannedStep, 'changes' | 'error'> & {
    readonly changes: readonly {
      readonly path: readonly string[];
      readonly from: string | null;
      readonly to: string | null;
    }[];
    readonly error: ResultMember | null;
  };
  const value = (path: readonly string[], text: string | null) => {
    const parsed = text === null ? null : (JSON.parse(text) as unknown);
    return path.join('.') === 'rules' && Array.isArray(parsed)
      ? (parsed as RuleInput[]).map(wholeRule)
      : parsed;
  };
  return (given as readonly GivenStep[]).map(({ changes, error, ...step }) => ({
    ...step,
    changes: Object.fromEntries(
      changes.map(({ path, from, to }) => [path.join('.'), [value(path, from), value(path, to)]]),
    ),
    error: error === null ? null : brief(error),
  }));
}

/** Writes to IAM's own API: with the create where nothing is there, otherwise with the change. */
async function storeElsewhere(model: Model, what: 'mapping' | 'config', id: string): Promise<void> {
  const exists = model.find(what, id) !== undefined;
  const provider = model.providers.get(id);
  if (what === 'config' && !exists && (provider?.mappingId ?? null) === null) return;
  const {
    accessMode,
    idpUrl,
    clientId,
    authorizationEndpoint,
    scope,
    responseType,
    responseMode,
    signingKey,
  } = CONFIG_ELSEWHERE;
  const openIdConnectConfig = {
    access_mode: accessMode.toLowerCase(),
    idp_url: idpUrl,
    client_id: clientId,
    authorization_endpoint: authorizationEndpoint,
    scope,
    response_type: responseType.toLowerCase(),
    response_mode: responseMode.toLowerCase(),
    signing_key: signingKey,
  };
  const [path, verbs, body] =
    what === 'mapping'
      ? [
          `/v3/OS-FEDERATION/mappings/${id}`,
          ['PUT', 'PATCH'] as const,
          { mapping: { rules: [WITH_GROUPS_ELSEWHERE] } },
        ]
      : [
          `/v3.0/OS-FEDERATION/identity-providers/${id}/openid-connect-config`,
          ['POST', 'PUT'] as const,
          { openid_connect_config: openIdConnectConfig },
        ];
  const { url, exampleHeaders } = bench.emulator;
  const response = await fetch(url + path, {
    method: verbs[exists ? 1 : 0],
    headers: { 'content-type': 'application/json', ...exampleHeaders },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(exists ? 200 : 201);
  model.storeElsewhere(what, id);
}

/** Everything is deleted, which is faster than another emulator. */
async function empty(): Promise<void> {
  for (const [what, text] of [
    ['provider', LIST_PROVIDERS],
    ['mapping', LIST_MAPPINGS],
  ] as const) {
    const result = await bench.ask(text);
    for (const { id } of result[`${fieldOf(what)}s`] as readonly { readonly id: string }[]) {
      expect((await bench.ask(documentOf('delete', what), { input: { id } })).__typename).toBe(
        `Delete${RESOURCES[what].noun}Success`,
      );
    }
  }
}

it(
  'does with an account of Huawei Cloud IAM what two Maps do',
  { timeout: 3_600_000 },
  async () => {
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(sequence, async (steps) => {
        await empty();
        fingerprints.forget();
        const model = new Model(fingerprints);
        for (const member of await replay(steps, (next) => take(model, next))) reached.add(member);
        await list(model);
        for (const id of model.providers.keys()) {
          for (const what of ['protocol', 'config'] as const)
            await take(model, { kind: 'read', what, id });
        }
      }),
      // Without a bias towards what is short and small, of which there is enough.
      { numRuns: 60, unbiased: true },
    );
    // A property that reaches nothing holds too.
    expect([...reached]).toEqual(expect.arrayContaining(MEMBERS));
  },
);

const ERRORS = [
  'OidcInvalidInputError',
  'OidcNotFoundError',
  'OidcAlreadyExistsError',
  'OidcStaleError',
];
const MEMBERS = [
  ...ERRORS,
  ...Object.values(RESOURCES).map(({ noun }) => `Create${noun}Success`),
  'UpdateOidcConfigSuccess',
  'ProvisionOidcConfigSuccess',
];
