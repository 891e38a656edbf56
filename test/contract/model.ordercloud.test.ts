import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
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
 * Any sequence of operations on OrderCloud's configurations does what a Map does. Few ids and few values, so that they
 * meet: some ids are names that every JavaScript object has, some values look like signs of filters and patterns.
 */

interface Stored {
  readonly id: string;
  readonly orderCloudApiClientId: string;
  readonly connectClientId: string;
  readonly connectClientSecret: string;
  readonly appStartUrl: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly urlEncoded: boolean;
  readonly integrationEventId: string | null;
  readonly callSyncUserIntegrationEvent: boolean;
  readonly additionalIdpScopes: readonly string[];
  readonly customErrorUrl: string | null;
}

/** Fields of an input; what is null has a meaning of its own in each of them. */
type Fields = Readonly<Record<string, unknown>>;

const API_CLIENT = '11111111-2222-3333-4444-555555555555';
const EVENT = 'oidc-sync';
const EVENT_NAME = 'OpenID Connect user sync';
const EVENT_OF_ANOTHER_TYPE = 'order-checkout';
const UNKNOWN = 'no-such-thing';

const IDS = ['acme', '__proto__', '0', 'x-1', 'x_1'];
/** Stands for the id that OrderCloud made up last. */
const GENERATED = 'generated';
/** Ids that the gateway would not give, but finds where others gave them. */
const FOREIGN = ['a b', '.é', "+:@,'"];

const DEFAULTS = {
  urlEncoded: false,
  integrationEventId: null,
  callSyncUserIntegrationEvent: false,
  additionalIdpScopes: [],
  customErrorUrl: null,
};
const CLEARABLE = new Set([
  'newId',
  'integrationEventId',
  'additionalIdpScopes',
  'customErrorUrl',
  'expectedFingerprint',
]);

const VALUES = {
  orderCloudApiClientId: [API_CLIENT],
  connectClientId: ['app.1', 'app-1', '!app', 'app|1*', ' (a+b) '],
  // One is the client id of others: what is not an error is not searched for secrets.
  connectClientSecret: ['secret-one', 'secret-two', 'app.1'],
  appStartUrl: ['https://shop.example.com/?t={0}&p={2}', 'http://localhost:3000{2}?t={token}'],
  authorizationEndpoint: [
    'https://idp.example.com/authorize',
    'https://idp.example.com/authorize?p=%20+%C3%BC',
  ],
  tokenEndpoint: ['https://idp.example.com/token'],
  urlEncoded: [true, false],
  integrationEventId: [EVENT],
  callSyncUserIntegrationEvent: [true, false],
  additionalIdpScopes: [
    [],
    ['email'],
    ['email', 'offline'],
    ['offline', 'email'],
    ['email', 'email'],
  ],
  customErrorUrl: ['https://shop.example.com/?e={0}', 'https://shop.example.com/*'],
} as const;

/** Values that OrderCloud refuses, because what they name does not exist or is of another type. */
const DANGLING = {
  orderCloudApiClientId: [UNKNOWN],
  integrationEventId: [UNKNOWN, EVENT_OF_ANOTHER_TYPE],
};

/** Values that the gateway refuses, each with the path of the issue. */
const FLAWS: Readonly<Record<string, { readonly value: unknown; readonly path: string }>> = {
  id: { value: 'a/b', path: 'id' },
  newId: { value: 'a b', path: 'newId' },
  connectClientId: { value: ' ', path: 'connectClientId' },
  connectClientSecret: { value: '********', path: 'connectClientSecret' },
  appStartUrl: { value: 'https://shop.example.com/{9}', path: 'appStartUrl' },
  authorizationEndpoint: { value: 'https://idp.example.com/#here', path: 'authorizationEndpoint' },
  tokenEndpoint: { value: 'idp.example.com/token', path: 'tokenEndpoint' },
  integrationEventId: { value: '', path: 'integrationEventId' },
  additionalIdpScopes: { value: ['email', 'a b'], path: 'additionalIdpScopes.1' },
  customErrorUrl: { value: 'https://shop.example.com/{1}', path: 'customErrorUrl' },
  expectedFingerprint: { value: MALFORMED, path: 'expectedFingerprint' },
};

// The model.

class Model {
  readonly configurations = new Map<string, Stored>();
  readonly #fingerprints: Fingerprints;

  constructor(fingerprints: Fingerprints) {
    this.#fingerprints = fingerprints;
  }

  /** If the input has no id, only the response has it. */
  create(input: Fields, returnedId: string): Outcome<Stored> {
    const given = typeof input['id'] === 'string' ? input['id'] : undefined;
    const faults = flawsIn(input);
    if (faults.length > 0) return { refused: [invalid(faults)] };
    const taken =
      given !== undefined && this.configurations.has(given)
        ? [`OidcAlreadyExistsError OpenIdConnect ${given}`]
        : [];
    const refused = [...danglingIn(input), ...taken];
    if (refused.length > 0) return { refused };
    return this.#put(withFields({ id: given ?? returnedId, ...DEFAULTS }, { ...input, id: null }));
  }

  save(input: Fields & { readonly id: string }): Outcome<Stored> {
    const faults = [...flawsIn(input), ...(FOREIGN.includes(input.id) ? ['id'] : [])];
    if (faults.length > 0) return { refused: [invalid(faults)] };
    // Only who expects something expects that it exists.
    const [notFresh] =
      typeof input['expectedFingerprint'] === 'string' ? this.#notFresh(input) : [];
    const refused = notFresh === undefined ? danglingIn(input) : [notFresh];
    if (refused.length > 0) return { refused };
    return this.#put(withFields({ ...DEFAULTS }, input));
  }

  update(input: Fields & { readonly id: string }): Outcome<Stored> {
    const cleared = Object.entries(input)
      .filter(([name, value]) => value === null && !CLEARABLE.has(name))
      .map(([name]) => name);
    const faults = [...flawsIn(input), ...cleared];
    if (faults.length > 0) return { refused: [invalid(faults)] };
    const [notFresh] = this.#notFresh(input);
    const before = this.configurations.get(input.id);
    if (notFresh !== undefined || before === undefined)
      return { refused: [notFresh ?? missing(input.id)] };
    const newId = typeof input['newId'] === 'string' ? input['newId'] : input.id;
    const taken =
      newId !== input.id && this.configurations.has(newId)
        ? [`OidcAlreadyExistsError OpenIdConnect ${newId}`]
        : [];
    const refused = [...danglingIn(input), ...taken];
    if (refused.length > 0) return { refused };
    this.configurations.delete(input.id);
    return this.#put(withFields({ ...before }, { ...input, id: newId }));
  }

  remove(input: Fields & { readonly id: string }): Outcome<string> {
    const faults = flawsIn(input);
    if (faults.length > 0) return { refused: [invalid(faults)] };
    const [notFresh] = this.#notFresh(input);
    if (notFresh !== undefined) return { refused: [notFresh] };
    this.configurations.delete(input.id);
    return { stored: input.id };
  }

  /** Another client stores a whole configuration. */
  storeElsewhere(id: string, fields: Fields): void {
    this.#put(withFields({ ...DEFAULTS }, { ...fields, id }));
  }

  read(id: string): Outcome<Stored> {
    const stored = this.configurations.get(id);
    return stored === undefined ? { refused: [missing(id)] } : { stored };
  }

  /** In the order of their ids, without regard to case: the ids that OrderCloud makes up have capitals. */
  list({ search, filter = {} }: ListArguments): Stored[] {
    return [...this.configurations.values()]
      .filter(
        (stored) =>
          stored.id.toLowerCase().includes((search ?? '').toLowerCase()) &&
          Object.entries(filter).every(([name, conditions]) => passes(stored, name, conditions)),
      )
      .sort((one, other) => order(one.id, other.id));
  }

  #notFresh({ id, expectedFingerprint }: Fields & { readonly id: string }): string[] {
    const stored = this.configurations.get(id);
    if (stored === undefined) return [missing(id)];
    return this.#fingerprints.isStale(
      expectedFingerprint as string | null | undefined,
      contentOf(stored),
    )
      ? [STALE]
      : [];
  }

  #put(stored: Stored): Outcome<Stored> {
    this.configurations.set(stored.id, stored);
    return { stored };
  }
}

/** What was given over what was there; a null is the default again. */
function withFields(before: Fields, input: Fields): Stored {
  const { newId: _renames, expectedFingerprint: _condition, ...fields } = input;
  const given = Object.entries(fields).filter(
    ([name, value]) => value !== null || name in DEFAULTS,
  );
  return {
    ...before,
    ...Object.fromEntries(
      given.map(([name, value]) => [name, value ?? DEFAULTS[name as keyof typeof DEFAULTS]]),
    ),
  } as unknown as Stored;
}

function missing(id: string): string {
  return `OidcNotFoundError OpenIdConnect ${id}`;
}

function flawsIn(input: Fields): string[] {
  return Object.entries(FLAWS)
    .filter(([name, { value }]) => same(input[name], value))
    .map(([, { path }]) => path);
}

function danglingIn({ orderCloudApiClientId, integrationEventId }: Fields): string[] {
  return [
    ...(orderCloudApiClientId === UNKNOWN ? [invalid(['orderCloudApiClientId'])] : []),
    ...(integrationEventId === EVENT_OF_ANOTHER_TYPE ? [invalid(['integrationEventId'])] : []),
    ...(integrationEventId === UNKNOWN ? [`OidcNotFoundError IntegrationEvent ${UNKNOWN}`] : []),
  ];
}

/** What makes two configurations the same: not the secret, and not the order of scopes. */
function contentOf({
  connectClientSecret: _secret,
  additionalIdpScopes,
  ...others
}: Stored): object {
  const sorted = Object.entries({
    ...others,
    additionalIdpScopes: [...additionalIdpScopes].sort(),
  }).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted);
}

/** The object as it is to be shown. */
function shown(stored: Stored): object {
  return {
    ...stored,
    clientId: stored.connectClientId,
    scopes: stored.additionalIdpScopes,
    hasConnectClientSecret: true,
    integrationEventName: stored.integrationEventId === null ? null : EVENT_NAME,
    fingerprint: expect.any(String) as string,
  };
}

function order(one: string, other: string): number {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a < b ? -1 : Number(a > b);
}

interface Conditions {
  readonly equals?: string | null;
  readonly anyOf?: readonly string[] | null;
  readonly not?: string | null;
  readonly noneOf?: readonly string[] | null;
  readonly matches?: string | null;
  readonly notMatches?: string | null;
  readonly absent?: boolean | null;
  readonly after?: string | null;
  readonly before?: string | null;
}
type Filter = Readonly<Record<string, Conditions | boolean | null>>;
interface ListArguments {
  readonly search?: string | null;
  readonly sort?: 'ID_ASC' | 'ID_DESC';
  readonly page?: number;
  readonly pageSize?: number;
  readonly filter?: Filter;
}

function passes(stored: Stored, name: string, conditions: Conditions | boolean | null): boolean {
  const value: unknown = { ...shown(stored) }[name as keyof object];
  if (conditions === null) return true;
  if (typeof conditions === 'boolean') return value === conditions;
  const texts = [value].flat().filter((text) => typeof text === 'string');
  return Object.entries(conditions).every(
    ([condition, wanted]) =>
      wanted === null || holds(texts, condition, wanted as string | readonly string[] | boolean),
  );
}

/** Whether the texts of a property, none or one or several, meet a condition. */
function holds(
  texts: readonly string[],
  condition: string,
  wanted: string | readonly string[] | boolean,
): boolean {
  const oneIsLike = (pattern: string) =>
    texts.some((text) => isLike(text.toLowerCase(), pattern.toLowerCase()));
  const patterns = [wanted].flat().map(String);
  switch (condition) {
    case 'absent':
      return (texts.length === 0) === wanted;
    case 'not':
    case 'noneOf':
    case 'notMatches':
      return !patterns.some(oneIsLike);
    case 'after':
      return texts.some((text) => order(text, String(wanted)) > 0);
    case 'before':
      return texts.some((text) => order(text, String(wanted)) < 0);
    default:
      return patterns.some(oneIsLike);
  }
}

/** Whether a text is like a pattern, in which `*` stands for any characters. */
function isLike(text: string, pattern: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*'))
    return isLike(text, pattern.slice(1)) || (text !== '' && isLike(text.slice(1), pattern));
  return text.startsWith(pattern.charAt(0)) && isLike(text.slice(1), pattern.slice(1));
}

/** Paths of what the gateway refuses in the arguments of a list. */
function* listFaults({ page, pageSize, filter = {} }: ListArguments): Iterable<string> {
  if (page === 0) yield 'page';
  if (pageSize === 0 || pageSize === 101) yield 'pageSize';
  for (const [name, conditions] of Object.entries(filter)) {
    if (conditions === null || typeof conditions === 'boolean') continue;
    if (Object.values(conditions).every((value) => value === null)) yield `filter.${name}`;
    const { anyOf, noneOf, absent: _flag, ...texts } = conditions;
    for (const [condition, text] of Object.entries(texts)) {
      const isPattern = condition === 'matches' || condition === 'notMatches';
      if (
        typeof text === 'string' &&
        (isPattern ? /[|]|^[!<>]/.test(text) || !text.includes('*') : isSign(text))
      )
        yield `filter.${name}.${condition}`;
    }
    for (const [condition, list] of Object.entries({ anyOf, noneOf })) {
      if (list?.length === 0) yield `filter.${name}.${condition}`;
      for (const [index, text] of (list ?? []).entries())
        if (isSign(text)) yield `filter.${name}.${condition}.${index}`;
    }
  }
}

function isSign(text: string): boolean {
  return /[*|]|^[!<>]/.test(text);
}

// The steps.

type Step =
  | { readonly kind: 'create'; readonly id: string | null; readonly fields: Fields }
  | {
      readonly kind: 'save';
      readonly id: string;
      readonly fields: Fields;
      readonly expect: Expectation;
    }
  | {
      readonly kind: 'update';
      readonly id: string;
      readonly fields: Fields;
      readonly expect: Expectation;
    }
  | { readonly kind: 'delete'; readonly id: string; readonly expect: Expectation }
  | { readonly kind: 'read'; readonly id: string }
  /** Another client stores a configuration, not through the gateway. */
  | { readonly kind: 'elsewhere'; readonly id: string; readonly fields: Fields }
  | { readonly kind: 'list'; readonly query: ListArguments }
  /** Goes through all pages: by the last id, upwards or downwards, or by page number. */
  | {
      readonly kind: 'walk';
      readonly by: 'after' | 'before' | 'page';
      readonly pageSize: number;
      readonly filter: Filter;
    };

const ownId = fc.constantFrom(...IDS, ...IDS, ...IDS, GENERATED);
const id = seldom(fc.constantFrom(...FOREIGN), ownId);

type Name = keyof typeof VALUES;
const NAMES = Object.keys(VALUES) as Name[];
const REQUIRED = NAMES.filter((name) => !(name in DEFAULTS));
const valueOf = (name: Name): fc.Arbitrary<unknown> => fc.constantFrom<unknown>(...VALUES[name]);

/** Mostly good fields: with a null now and then where `nullable`, and seldom with a value that is refused. */
function fields(
  names: readonly Name[],
  requiredKeys: readonly Name[],
  nullable: readonly Name[],
  flawed: readonly string[],
): fc.Arbitrary<Fields> {
  const value = (name: Name) =>
    nullable.includes(name) ? fc.option(valueOf(name), { freq: 4 }) : valueOf(name);
  const valid = fc.record(Object.fromEntries(names.map((name) => [name, value(name)])), {
    requiredKeys: [...requiredKeys],
  });
  const dangling = fc.constantFrom(
    ...Object.entries(DANGLING).flatMap(([name, values]) => values.map((bad) => ({ [name]: bad }))),
  );
  const flaw = fc.constantFrom(...flawed.map((name) => ({ [name]: FLAWS[name]?.value })));
  return fc
    .tuple(valid, seldom(dangling, fc.constant({})), seldom(flaw, fc.constant({})))
    .map((parts) => Object.assign({}, ...parts) as Fields);
}

const OPTIONAL = NAMES.filter((name) => name in DEFAULTS);
const FLAWED = Object.keys(FLAWS).filter(
  (name) => name !== 'id' && name !== 'newId' && name !== 'expectedFingerprint',
);
const whole = fields(NAMES, REQUIRED, OPTIONAL, FLAWED);
const good = fc.record(Object.fromEntries(NAMES.map((name) => [name, valueOf(name)])), {
  requiredKeys: REQUIRED,
});
// Null is for what can be cleared; for the rest it is one more value that is refused, so that it comes more seldom.
const some = fc.oneof(
  {
    arbitrary: fields(
      NAMES,
      [],
      ['integrationEventId', 'additionalIdpScopes', 'customErrorUrl'],
      FLAWED,
    ),
    weight: 8,
  },
  { arbitrary: fields(NAMES, [], NAMES, FLAWED), weight: 1 },
  // Secrets change alone as a rule.
  { arbitrary: fc.record({ connectClientSecret: valueOf('connectClientSecret') }), weight: 2 },
);
const rename = fc.oneof(
  { arbitrary: fc.constant({}), weight: 4 },
  { arbitrary: ownId.map((newId) => ({ newId })), weight: 4 },
  { arbitrary: fc.constantFrom({ newId: null }, { newId: FLAWS['newId']?.value }), weight: 1 },
);

const FILTERED = [
  'id',
  'connectClientId',
  'orderCloudApiClientId',
  'appStartUrl',
  'authorizationEndpoint',
  'tokenEndpoint',
  'integrationEventId',
  'integrationEventName',
  'additionalIdpScopes',
  'customErrorUrl',
] as const;
const OFTEN_FILTERED = ['id', 'connectClientId', 'connectClientId', 'additionalIdpScopes'] as const;
const PATTERNS = [
  '*',
  'x*',
  '*1',
  'app*1',
  '*.*',
  '*(a+b)*',
  'a*a',
  '*e*e*',
  'https://shop.example.com/*',
  '**',
];

function textsFor(name: (typeof FILTERED)[number]): string[] {
  if (name === 'id') return IDS;
  if (name === 'integrationEventName') return [EVENT_NAME, 'openid*'];
  return [...VALUES[name]].flat().map(String);
}

function conditions(name: (typeof FILTERED)[number]): fc.Arbitrary<Conditions> {
  const text = fc.constantFrom(...textsFor(name), 'elsewhere');
  const pattern = fc.constantFrom(...PATTERNS, ...PATTERNS, ...textsFor(name));
  const all: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    equals: text,
    anyOf: fc.array(text, { maxLength: 3 }),
    not: text,
    noneOf: fc.array(text, { maxLength: 3 }),
    matches: pattern,
    notMatches: pattern,
    absent: fc.boolean(),
    ...(name === 'id' && { after: text, before: text }),
  };
  const one = fc
    .constantFrom(...Object.entries(all))
    .chain(([condition, wanted]) => fc.record({ [condition]: fc.option(wanted, { freq: 15 }) }));
  return fc
    .array(one, { minLength: 1, maxLength: 2 })
    .map((parts) => Object.assign({}, ...parts) as Conditions);
}

const flags = fc.record(
  { urlEncoded: fc.boolean(), callSyncUserIntegrationEvent: fc.boolean() },
  { requiredKeys: [] },
);
const filter: fc.Arbitrary<Filter> = fc
  .tuple(
    // Most of all on what differs most.
    fc.array(
      fc
        .constantFrom(...OFTEN_FILTERED, ...OFTEN_FILTERED, ...OFTEN_FILTERED, ...FILTERED)
        .chain((name) => fc.record({ [name]: seldom(fc.constant(null), conditions(name)) })),
      { maxLength: 2 },
    ),
    seldom(flags, fc.constant({})),
  )
  .map(([parts, booleans]) => Object.assign({}, ...parts, booleans) as Filter);

const query: fc.Arbitrary<ListArguments> = fc.record(
  {
    search: fc.constantFrom('x', 'E', '_', '0', 'elsewhere', null),
    sort: fc.constantFrom('ID_ASC' as const, 'ID_DESC' as const),
    page: seldom(fc.constant(0), fc.constantFrom(1, 1, 2, 3)),
    pageSize: seldom(fc.constantFrom(0, 101), fc.constantFrom(1, 2, 3, 100)),
    filter,
  },
  { requiredKeys: ['filter'] },
);

const kind = <Kind extends Step['kind']>(name: Kind) => fc.constant(name);
const steps = {
  create: fc.record({
    kind: kind('create'),
    id: seldom<string | null, string>(fc.constantFrom(null, null, 'a/b'), fc.constantFrom(...IDS)),
    fields: whole,
  }),
  save: fc.record({
    kind: kind('save'),
    id: seldom(fc.constant('a/b'), id),
    fields: whole,
    expect: expectation,
  }),
  update: fc.record({
    kind: kind('update'),
    id,
    fields: fc.tuple(some, rename).map(([one, other]) => ({ ...one, ...other })),
    expect: expectation,
  }),
  delete: fc.record({
    kind: kind('delete'),
    id: seldom(fc.constant('a/b'), id),
    expect: expectation,
  }),
  elsewhere: fc.record({
    kind: kind('elsewhere'),
    id: fc.constantFrom(...IDS, ...FOREIGN),
    fields: good,
  }),
  read: fc.record({ kind: kind('read'), id: seldom(fc.constantFrom('constructor', 'ä:@~'), id) }),
  list: fc.record({ kind: kind('list'), query }),
  walk: fc.record({
    kind: kind('walk'),
    by: fc.constantFrom('after' as const, 'before' as const, 'page' as const),
    pageSize: fc.constantFrom(1, 2, 100),
    filter: flags,
  }),
};
/** What is there at first, so that most of what follows finds something. */
const beginning = fc
  .tuple(
    ...IDS.map((name) =>
      often(fc.record({ kind: kind('create'), id: fc.constant(name), fields: good })),
    ),
  )
  .map((creates) => creates.flat());
const following = fc.array(
  fc.oneof(
    { arbitrary: steps.create, weight: 2 },
    { arbitrary: steps.save, weight: 3 },
    { arbitrary: steps.update, weight: 7 },
    { arbitrary: steps.delete, weight: 2 },
    { arbitrary: steps.elsewhere, weight: 2 },
    { arbitrary: steps.read, weight: 2 },
    { arbitrary: steps.list, weight: 8 },
    { arbitrary: steps.walk, weight: 1 },
  ),
  { maxLength: 15, size: 'max' },
);
const sequence: fc.Arbitrary<readonly Step[]> = fc
  .tuple(beginning, following)
  .map((parts) => parts.flat());

// The gateway.

const OBJECT =
  'openIdConnect { id orderCloudApiClientId connectClientId clientId connectClientSecret hasConnectClientSecret appStartUrl authorizationEndpoint tokenEndpoint urlEncoded ' +
  'integrationEventId callSyncUserIntegrationEvent integrationEventName additionalIdpScopes scopes customErrorUrl fingerprint }';
const mutation = (verb: 'create' | 'save' | 'update') => {
  const name = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}OpenIdConnect`;
  return document(
    `mutation ($input: ${name}Input!)`,
    `${verb}OpenIdConnect(input: $input)`,
    `... on ${name}Success { ${OBJECT} }`,
  );
};
const CREATE = mutation('create');
const SAVE = mutation('save');
const UPDATE = mutation('update');
const DELETE = document(
  'mutation ($input: DeleteOpenIdConnectInput!)',
  'deleteOpenIdConnect(input: $input)',
  '... on DeleteOpenIdConnectSuccess { id }',
);
const READ = document(
  'query ($id: ID!)',
  'openIdConnect(id: $id)',
  `... on OpenIdConnectSuccess { ${OBJECT} }`,
);
const LIST = document(
  'query ($search: String, $sort: OpenIdConnectSort, $page: Int, $pageSize: Int, $filter: OpenIdConnectFilterInput)',
  'openIdConnects(search: $search, sort: $sort, page: $page, pageSize: $pageSize, filter: $filter)',
  `... on OpenIdConnectsSuccess { ${OBJECT.replace('openIdConnect', 'openIdConnects')} meta { page pageSize totalCount totalPages itemRange nextPageKey } }`,
);

let bench: Bench;
beforeAll(async () => {
  bench = await startBench(startEmulator);
});
afterAll(() => bench.stop());

const fingerprints = new Fingerprints();

function see(stored: Stored, fingerprint: unknown): void {
  fingerprints.see(stored.id, contentOf(stored), fingerprint);
}

/** Compares what a step gave with what the model says. */
function compare(result: ResultMember, outcome: Outcome<Stored>, success: string): void {
  if ('refused' in outcome) {
    expect(outcome.refused).toContain(brief(result));
    return;
  }
  expect(brief(result)).toBe(success);
  expect(result['openIdConnect']).toEqual(shown(outcome.stored));
  see(outcome.stored, (result['openIdConnect'] as { readonly fingerprint: string }).fingerprint);
  if (success !== 'OpenIdConnectSuccess') expect(bench.writes()).toHaveLength(1);
}

/** A stale error contains the current fingerprint. */
function seeCurrent(result: ResultMember, stored: Stored | undefined): void {
  if (result.__typename === STALE && stored !== undefined)
    see(stored, result['currentFingerprint']);
}

async function list(model: Model, query: ListArguments): Promise<ResultMember> {
  const result = await bench.ask(LIST, query);
  const faults = [...listFaults(query)];
  if (faults.length > 0) {
    expect(brief(result)).toBe(invalid(faults));
    return result;
  }
  expect(brief(result)).toBe('OpenIdConnectsSuccess');
  const { page = 1, pageSize = 20, sort } = query;
  const found = model.list(query);
  if (sort === 'ID_DESC') found.reverse();
  const skipped = (page - 1) * pageSize;
  const items = result['openIdConnects'] as readonly (Stored & { readonly fingerprint: string })[];
  // Without a sort order, any object may be on any page.
  const expected =
    sort === undefined
      ? items.flatMap((item) => found.find((stored) => stored.id === item.id) ?? [])
      : found.slice(skipped, skipped + pageSize);
  expect(items).toEqual(expected.map(shown));
  for (const [index, stored] of expected.entries()) see(stored, items[index]?.fingerprint);
  const count = Math.max(0, Math.min(pageSize, found.length - skipped));
  expect(items).toHaveLength(count);
  expect(result['meta']).toEqual({
    page,
    pageSize,
    totalCount: found.length,
    totalPages: Math.ceil(found.length / pageSize),
    itemRange: count === 0 ? [0, 0] : [skipped + 1, skipped + count],
    nextPageKey: null,
  });
  return result;
}

async function walk(
  model: Model,
  { by, pageSize, filter: conditions }: Extract<Step, { kind: 'walk' }>,
): Promise<void> {
  const sort = by === 'before' ? 'ID_DESC' : 'ID_ASC';
  const collected: string[] = [];
  // One page more than there can be.
  for (let page = 1; page <= model.configurations.size + 1; page += 1) {
    const last = collected.at(-1);
    const position =
      by === 'page'
        ? { page, filter: conditions }
        : { filter: { ...conditions, ...(last !== undefined && { id: { [by]: last } }) } };
    const result = await list(model, { sort, pageSize, ...position });
    const ids = (result['openIdConnects'] as readonly Stored[]).map((item) => item.id);
    if (ids.length === 0) break;
    collected.push(...ids);
  }
  const all = model.list({ filter: conditions }).map((stored) => stored.id);
  expect(collected).toEqual(sort === 'ID_DESC' ? all.reverse() : all);
}

/** Names of fields in OrderCloud's own API, where they are not the same with a capital. */
const WIRE_NAMES: Readonly<Record<string, string>> = {
  orderCloudApiClientId: 'OrderCloudApiClientID',
  connectClientId: 'ConnectClientID',
  integrationEventId: 'IntegrationEventID',
};

async function storeElsewhere(name: string, stored: Fields): Promise<void> {
  const { environment, exampleHeaders } = bench.emulator;
  const body = Object.entries(stored).map(
    ([field, value]) =>
      [WIRE_NAMES[field] ?? field.replace(/^./, (first) => first.toUpperCase()), value] as const,
  );
  const response = await fetch(
    `${environment['ORDERCLOUD_API_URL'] ?? ''}/openidconnects/${encodeURIComponent(name)}`,
    {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        authorization: exampleHeaders['X-OrderCloud-Authorization'] ?? '',
      },
      body: JSON.stringify(Object.fromEntries(body)),
    },
  );
  expect(response.status).toBe(200);
}

/** Everything is deleted, which is faster than another emulator. */
async function empty(): Promise<void> {
  const { openIdConnects } = await bench.ask(LIST, { pageSize: 100 });
  for (const stored of openIdConnects as readonly Stored[]) {
    expect(brief(await bench.ask(DELETE, { input: { id: stored.id } }))).toBe(
      'DeleteOpenIdConnectSuccess',
    );
  }
}

async function take(model: Model, generated: string[], next: Step): Promise<string> {
  const resolved = (symbol: string) =>
    symbol === GENERATED ? (generated.at(-1) ?? symbol) : symbol;
  if (next.kind === 'list') return brief(await list(model, next.query));
  if (next.kind === 'walk') {
    await walk(model, next);
    return 'OpenIdConnectsSuccess';
  }
  if (next.kind === 'elsewhere') {
    await storeElsewhere(next.id, next.fields);
    model.storeElsewhere(next.id, next.fields);
    return '';
  }
  if (next.kind === 'create') {
    const input = { ...next.fields, id: next.id };
    const result = await bench.ask(CREATE, { input });
    const made = String((result['openIdConnect'] as Partial<Stored> | undefined)?.id);
    if (next.id === null && result.__typename === 'CreateOpenIdConnectSuccess') {
      expect(model.configurations.has(made)).toBe(false);
      generated.push(made);
    }
    compare(result, model.create(input, made), 'CreateOpenIdConnectSuccess');
    return brief(result);
  }
  const target = resolved(next.id);
  if (next.kind === 'read') {
    const result = await bench.ask(READ, { id: target });
    compare(result, model.read(target), 'OpenIdConnectSuccess');
    return brief(result);
  }
  const before = model.configurations.get(target);
  const condition = { id: target, ...fingerprints.expectation(target, next.expect) };
  if (next.kind === 'delete') {
    const outcome = model.remove(condition);
    const result = await bench.ask(DELETE, { input: condition });
    expect('refused' in outcome ? outcome.refused : [`DeleteOpenIdConnectSuccess`]).toContain(
      brief(result),
    );
    if ('stored' in outcome)
      expect([result['id'], bench.writes().length]).toEqual([outcome.stored, 1]);
    seeCurrent(result, before);
    return brief(result);
  }
  const { newId } = next.fields;
  const input = {
    ...next.fields,
    ...(typeof newId === 'string' && { newId: resolved(newId) }),
    ...condition,
  };
  const [outcome, text, success] =
    next.kind === 'save'
      ? [model.save(input), SAVE, 'SaveOpenIdConnectSuccess']
      : [model.update(input), UPDATE, 'UpdateOpenIdConnectSuccess'];
  const result = await bench.ask(text, { input });
  compare(result, outcome, success);
  seeCurrent(result, before);
  return brief(result);
}

it('does with configurations of OrderCloud what a Map does', { timeout: 3_600_000 }, async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(sequence, async (all) => {
      await empty();
      fingerprints.forget();
      const model = new Model(fingerprints);
      const generated: string[] = [];
      for (const member of await replay(all, (next) => take(model, generated, next)))
        reached.add(member);
      await list(model, { sort: 'ID_ASC', pageSize: 100 });
    }),
    // Without a bias towards what is short and small, of which there is enough.
    { numRuns: 60, unbiased: true },
  );
  // A property that reaches nothing holds too.
  expect([...reached]).toEqual(expect.arrayContaining(MEMBERS));
});

const ERRORS = [
  'OidcInvalidInputError',
  'OidcNotFoundError',
  'OidcAlreadyExistsError',
  'OidcStaleError',
];
const MEMBERS = [
  ...ERRORS,
  ...['Create', 'Save', 'Update', 'Delete', ''].map((verb) => `${verb}OpenIdConnectSuccess`),
  'OpenIdConnectsSuccess',
];
