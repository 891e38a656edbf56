import {
  GraphQLError,
  Source,
  getIntrospectionQuery,
  getNamedType,
  isLeafType,
  isObjectType,
  isUnionType,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { GraphQLNamedType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { isEdge } from '../../graph/edges/edges.ts';
import { addFederation } from '../../graph/federation/federation.ts';
import * as identityProviders from '../../upstreams/huawei-iam/identity-provider/operations.ts';
import * as mappings from '../../upstreams/huawei-iam/mapping/operations.ts';
import * as oidcConfigs from '../../upstreams/huawei-iam/oidc-config/operations.ts';
import * as protocols from '../../upstreams/huawei-iam/protocol/operations.ts';
import { upstreams } from '../../upstreams/index.ts';
import * as orderCloud from '../../upstreams/ordercloud/open-id-connect/operations.ts';
import { readExampleOperations } from '../browser/graphiql/assets.ts';
import { DEFAULT_LIMITS } from '../../config/limit-settings.ts';
import type { DocumentLimits } from '../../config/limit-settings.ts';
import { isOwn } from '../../graph/own-errors.ts';
import { documentLimitRules, parserWithin } from './document-limits.ts';
import { buildSchema } from '../schema.ts';

const schema = addFederation(buildSchema(upstreams), Infinity);

const NONE: DocumentLimits = {
  depth: Infinity,
  aliases: Infinity,
  tokens: Infinity,
  directives: Infinity,
  cost: Infinity,
  repeatedWrites: Infinity,
};

/** What the limits say to a document. */
function refusals(text: string, limits: DocumentLimits): readonly GraphQLError[] {
  return validate(schema, parse(text), documentLimitRules(limits));
}

const repeated = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** A chain of fragments that doubles at each of its links. */
const bomb = (type: string, levels: number, last: string) =>
  `${repeated(levels, (level) => `fragment Bomb${level} on ${type} { ...Bomb${level + 1} ...Bomb${level + 1} }`)} fragment Bomb${levels} on ${type} { ${last} }`;

const DELETE = 'deleteHuaweiMapping(input: { id: "m" }) { __typename }';
const UPSTREAM = 'upstream { details { code } }';

describe.each<
  [
    limit: keyof DocumentLimits,
    name: string,
    most: number,
    within: string,
    beyond: string,
    found: string,
  ]
>([
  [
    'depth',
    'fields',
    3,
    '{ openIdConnect(id: "1") { ... on OidcError { upstream { status } } } }',
    `{ openIdConnect(id: "1") { ... on OidcError { ${UPSTREAM} } } }`,
    'is nested too deeply: 4; the maximum is 3',
  ],
  [
    'depth',
    'inline fragments',
    2,
    '{ ... { ... on Query { openIdConnect(id: "1") { ... on OidcError { ... { code } } } } } }',
    '{ ... { openIdConnect(id: "1") { ... on OidcError { ... { upstream { status } } } } } }',
    'is nested too deeply: 3; the maximum is 2',
  ],
  [
    'depth',
    'named fragments',
    3,
    '{ ...Read } fragment Read on Query { openIdConnect(id: "1") { ...Code } } fragment Code on OidcError { upstream { status } }',
    `fragment Code on OidcError { ${UPSTREAM} } { ...Read } fragment Read on Query { openIdConnect(id: "1") { ...Code } }`,
    'is nested too deeply: 4; the maximum is 3',
  ],
  [
    'depth',
    'introspection',
    3,
    `{ __schema { types { ${'ofType { '.repeat(18)} name ${'}'.repeat(18)} } } }`,
    `{ __schema { types { ${'ofType { '.repeat(19)} name ${'}'.repeat(19)} } } }`,
    'nests introspection too deeply: 21; the maximum is 20',
  ],
  [
    'depth',
    'introspection of one type, through fragments',
    3,
    `{ __type(name: "Query") { ...Deep } } fragment Deep on __Type { ${'ofType { '.repeat(19)} name ${'}'.repeat(19)} }`,
    `{ __type(name: "Query") { ...Deep } } fragment Deep on __Type { ${'ofType { '.repeat(20)} name ${'}'.repeat(20)} }`,
    'nests introspection too deeply: 21; the maximum is 20',
  ],
  [
    'depth',
    'introspection, raised',
    30,
    `{ __type(name: "Query") { ${'ofType { '.repeat(29)} name ${'}'.repeat(29)} } }`,
    `{ __type(name: "Query") { ${'ofType { '.repeat(30)} name ${'}'.repeat(30)} } }`,
    'nests introspection too deeply: 31; the maximum is 30',
  ],
  [
    'aliases',
    'fields',
    3,
    `{ ${repeated(3, (index) => `a${index}: __typename`)} __typename }`,
    `{ ${repeated(4, (index) => `a${index}: __typename`)} }`,
    'has too many aliases: 4; the maximum is 3',
  ],
  [
    'aliases',
    'inline fragments',
    1,
    '{ ... { a: __typename } }',
    '{ ... { a: __typename } ... on Query { ... { a: __typename } } }',
    'has too many aliases: 2; the maximum is 1',
  ],
  [
    'aliases',
    'a fragment that is spread twice',
    3,
    '{ ...F a: __typename } fragment F on Query { b: __typename c: __typename }',
    '{ ...F ...F } fragment F on Query { b: __typename c: __typename }',
    'has too many aliases: 4; the maximum is 3',
  ],
  [
    'aliases',
    'introspection',
    1,
    '{ a: __schema { description } }',
    '{ a: __schema { b: description } }',
    'has too many aliases: 2; the maximum is 1',
  ],
  [
    'aliases',
    'fragments that multiply',
    2 ** 29,
    `{ ...Bomb0 } ${bomb('Query', 29, 'a: __typename')}`,
    `{ ...Bomb0 } ${bomb('Query', 30, 'a: __typename')}`,
    `has too many aliases: over 1000000000; the maximum is ${2 ** 29}`,
  ],
  [
    'directives',
    'fields',
    2,
    '{ __typename @skip(if: false) @include(if: true) }',
    '{ __typename @skip(if: false) @include(if: true) ...on Query @skip(if: true) { __typename } }',
    'has too many directives: 3; the maximum is 2',
  ],
  [
    'directives',
    'the spreads of one fragment',
    2,
    '{ ...F @skip(if: false) ...F @include(if: true) } fragment F on Query { __typename }',
    '{ ...F @skip(if: false) ...F @skip(if: false) ...F @include(if: true) } fragment F on Query { __typename }',
    'has too many directives: 3; the maximum is 2',
  ],
  [
    'directives',
    'definitions',
    3,
    'query ($a: Int @a) @b { ...F } fragment F on Query @c { __typename }',
    'query ($a: Int @a) @b { ...F ...F } fragment F on Query @c { __typename }',
    'has too many directives: 4; the maximum is 3',
  ],
  [
    'cost',
    'root fields',
    302,
    '{ a: openIdConnect(id: "1") { __typename } b: oidcConfig(idpId: "1") { __typename } }',
    '{ a: openIdConnect(id: "1") { __typename } b: oidcConfig(idpId: "1") { __typename } __typename }',
    'costs too much: 303; the maximum is 302',
  ],
  [
    'cost',
    'writes',
    151,
    `mutation { ${DELETE} }`,
    `mutation { ${DELETE} a: ${DELETE} }`,
    'costs too much: 302; the maximum is 151',
  ],
  [
    'cost',
    'lists',
    342,
    '{ huaweiMappings { ... on HuaweiMappingsSuccess { huaweiMappings { id rules { remote { type } } } } } }',
    '{ huaweiMappings { ... on HuaweiMappingsSuccess { huaweiMappings { id fingerprint rules { remote { type } } } } } }',
    'costs too much: 357; the maximum is 342',
  ],
  [
    'cost',
    'pages',
    152 + 10 * (12 + 2),
    '{ openIdConnects(pageSize: 10) { ... on OpenIdConnectsSuccess { openIdConnects { id clientId } } } }',
    '{ openIdConnects(pageSize: 11) { ... on OpenIdConnectsSuccess { openIdConnects { id clientId } } } }',
    'costs too much: 306; the maximum is 292',
  ],
  [
    'cost',
    'introspection',
    1122,
    '{ __schema { types { fields { name } } } }',
    '{ __schema { types { fields { name description } } } }',
    'costs too much: 1123; the maximum is 1122',
  ],
  [
    'cost',
    'fragments that multiply',
    2 ** 29,
    `{ ...Bomb0 } ${bomb('Query', 29, '__typename')}`,
    `{ ...Bomb0 } ${bomb('Query', 30, '__typename')}`,
    `costs too much: over 1000000000; the maximum is ${2 ** 29}`,
  ],
  [
    'repeatedWrites',
    'aliases',
    2,
    `mutation { a: ${DELETE} b: ${DELETE} deleteOidc: deleteHuaweiProtocol(input: { idpId: "1" }) { __typename } }`,
    `mutation { a: ${DELETE} b: ${DELETE} ${DELETE} }`,
    'runs deleteHuaweiMapping too often; the maximum is 2',
  ],
  [
    'repeatedWrites',
    'inline and named fragments',
    2,
    `mutation { ...F ... { b: ${DELETE} } } fragment F on Mutation { a: ${DELETE} }`,
    `mutation { ...F ... on Mutation { b: ${DELETE} } c: ${DELETE} } fragment F on Mutation { a: ${DELETE} }`,
    'runs deleteHuaweiMapping too often; the maximum is 2',
  ],
  [
    'repeatedWrites',
    'what GraphQL merges into one',
    1,
    `mutation { ${DELETE} ${DELETE} ...Bomb0 } ${bomb('Mutation', 30, DELETE)}`,
    `mutation { a: ${DELETE} ...Bomb0 } ${bomb('Mutation', 30, DELETE)}`,
    'runs deleteHuaweiMapping too often; the maximum is 1',
  ],
])('the limit on %s', (limit, name, most, within, beyond, found) => {
  const variable = `LIMIT_${limit.replace(/[A-Z]/, (letter) => `_${letter}`).toUpperCase()}`;

  it(`holds for ${name}`, () => {
    const limits = { ...NONE, [limit]: most };
    expect(refusals(within, limits)).toEqual([]);
    const errors = refusals(beyond, limits);
    expect(
      errors.map(({ message, extensions, nodes }) => [
        message,
        extensions,
        nodes?.map(({ kind }) => kind),
      ]),
    ).toEqual([
      [
        `The operation ${found}. Request less, or ask the operator of the gateway to raise ${variable}.`,
        { code: 'LIMIT_EXCEEDED' },
        ['OperationDefinition'],
      ],
    ]);
    expect(errors.every(isOwn)).toBe(true);
  });
});

describe('the limits', () => {
  it('hold for each operation of a document', () => {
    const errors = refusals(
      'query Good { __typename } query Bad { a: __typename b: __typename } query Worse { a: __typename ...F } fragment F on Query { b: __typename c: __typename }',
      { ...NONE, aliases: 1 },
    );
    expect(
      errors.map(({ message, locations }) => [message.slice(0, 38), locations?.[0]?.column]),
    ).toEqual([
      ['The operation has too many aliases: 2;', 27],
      ['The operation has too many aliases: 3;', 69],
    ]);
  });

  it('hold for a kind of operation that the schema does not have', () => {
    expect(
      refusals('subscription { a: openIdConnect { b: id } }', { ...NONE, aliases: 1, cost: 2 }),
    ).toHaveLength(2);
  });

  it('are reported one by one', () => {
    const errors = refusals(`mutation @a { x: ${DELETE} }`, {
      depth: 1,
      aliases: 0,
      tokens: 0,
      directives: 0,
      cost: 0,
      repeatedWrites: 0,
    });
    expect(errors.map(({ message }) => /LIMIT_\w+/.exec(message)?.[0])).toEqual([
      'LIMIT_DEPTH',
      'LIMIT_ALIASES',
      'LIMIT_DIRECTIVES',
      'LIMIT_COST',
      'LIMIT_REPEATED_WRITES',
    ]);
  });

  it.each([
    [
      'a cycle of fragments',
      '{ ...A } fragment A on Query { a: __typename ...B } fragment B on Query { b: __typename ...A }',
    ],
    [
      'a fragment that spreads itself',
      '{ ...A } fragment A on Query { a: __typename b: __typename ...A ...A }',
    ],
    ['a fragment that does not exist', '{ ...Nowhere ...Nowhere a: __typename b: __typename }'],
    ['fields that do not exist', '{ a: nowhere { b: constructor { __proto__ } } }'],
    [
      'types that do not exist',
      '{ ... on Nowhere { a: id } ...A } fragment A on OidcErrorCode { b: id }',
    ],
    [
      'two fragments of one name',
      '{ ...A } fragment A on Query { a: __typename b: __typename } fragment A on Query { a: __typename b: __typename }',
    ],
    ['definitions of types', 'type Query { a: Int } query { a: __typename b: __typename }'],
  ])('hold for a document with %s, beside the rules that refuse it', (_what, text) => {
    const errors = validate(schema, parse(text), [
      ...specifiedRules,
      ...documentLimitRules({ ...NONE, aliases: 1 }),
    ]);
    expect(errors.filter(isOwn)).toHaveLength(1);
    expect(errors.length).toBeGreaterThan(1);
  });

  it('say nothing of a document but names of the schema', () => {
    const text =
      'mutation canaryOperation { canaryAlias: deleteHuaweiMapping(input: { id: "canary" }) { __typename } canaryField: canary ...canaryFragment } fragment canaryFragment on Mutation { canaryOther: deleteHuaweiMapping(input: { id: "canary" }) @canary { __typename } }';
    const errors = refusals(text, {
      depth: 1,
      aliases: 1,
      tokens: 1,
      directives: 0,
      cost: 1,
      repeatedWrites: 1,
    });
    expect(errors).toHaveLength(5);
    expect(JSON.stringify(errors)).not.toMatch(/canary/i);
  });
});

describe('the limit on tokens', () => {
  const parseFour = parserWithin({ tokens: 4 });
  const parserFailure = (text: string | Source) => {
    try {
      return parseFour(text);
    } catch (error) {
      return error;
    }
  };

  it('lets a document of so many through, whatever stands between them', () => {
    expect(parseFour('{ a, # one\n b }', { noLocation: true })).toEqual(
      parse('{ a b }', { noLocation: true }),
    );
  });

  it('refuses one more', () => {
    const error = parserFailure(new Source('{ a b canary }'));
    expect(isOwn(error)).toBe(true);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      message:
        'The document has more than 4 tokens. Request less, or ask the operator of the gateway to raise LIMIT_TOKENS.',
      locations: [{ line: 1, column: 14 }],
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('leaves other errors to the parser', () => {
    const error = parserFailure('{ a "');
    expect(error).toBeInstanceOf(GraphQLError);
    expect(isOwn(error)).toBe(false);
  });
});

it('knows its own errors from others', () => {
  expect(
    isOwn(
      new GraphQLError('The document has more than 4 tokens.', {
        extensions: { code: 'LIMIT_EXCEEDED' },
      }),
    ),
  ).toBe(false);
  expect(isOwn(undefined)).toBe(false);
});

/** Everything that can be selected of a type, without other objects. */
function everythingOf(type: GraphQLNamedType): string {
  if (isLeafType(type)) return '';
  if (isUnionType(type))
    return `{ __typename ${type
      .getTypes()
      .map((member) => `... on ${member.name} ${everythingOf(member)}`)
      .join(' ')} }`;
  if (!isObjectType(type)) return `{ __typename code message requestId ${UPSTREAM} }`;
  return `{ __typename ${Object.values(type.getFields())
    .filter((field) => !isEdge(field))
    .map((field) => `${field.name} ${everythingOf(getNamedType(field.type))}`)
    .join(' ')} }`;
}

const everything = (['query', 'mutation'] as const).flatMap((kind) =>
  Object.values(
    (kind === 'query' ? schema.getQueryType() : schema.getMutationType())?.getFields() ?? {},
  ).map((field): [string, string] => [
    `${field.name} with everything selected`,
    `${kind} { ${field.name} ${everythingOf(getNamedType(field.type))} }`,
  ]),
);

/** Objects with everything that their edges lead to. */
const parts = Object.entries({
  HuaweiIdentityProvider: 'huaweiIdentityProvider(id: "a")',
  OidcConfig: 'oidcConfig(idpId: "a")',
  OpenIdConnect: 'openIdConnect(id: "a")',
}).map(([noun, field]): [string, string] => {
  const type = schema.getType(noun);
  const edges = isObjectType(type) ? Object.values(type.getFields()).filter(isEdge) : [];
  const selected = edges.map(({ name, type: to }) => `${name} ${everythingOf(getNamedType(to))}`);
  const key = field.slice(0, field.indexOf('('));
  return [
    `${key} with ${edges.map(({ name }) => name).join(', ')}`,
    `{ ${field} { ... on ${noun}Success { ${key} { ${selected.join(' ')} } } } }`,
  ];
});

/** The queries of `verifyWith`, which callers send if the outcome of a write is unknown. */
const verifying = Object.values({
  ...orderCloud,
  ...oidcConfigs,
  ...identityProviders,
  ...protocols,
  ...mappings,
}).flatMap((operation) => {
  if (operation.effect === 'read') return [];
  const verifyWith = operation.verifyWith as (args: Readonly<Record<string, string>>) => string;
  const filled = {
    idpId: 'a',
    orderCloudApiClientId: 'b',
    connectClientId: 'c',
    connectClientSecret: 'd',
  };
  return [{ ...filled, id: 'e' }, { ...filled, id: 'e', newId: 'f' }, filled].map(
    (args, index): [string, string] => [
      `the query ${index} that verifies ${operation.name}`,
      verifyWith(args),
    ],
  );
});

describe('the limits by default', () => {
  /** Half of each, but for the cost: everything of a key set of each object is four fifths of that. */
  const part: DocumentLimits = {
    depth: 7,
    aliases: 10,
    tokens: 500,
    directives: 25,
    cost: 4000,
    repeatedWrites: 2,
  };

  it.each<[string, string]>([
    ...readExampleOperations().map(({ name, document }): [string, string] => [name, document]),
    ...everything,
    ...verifying,
    [
      'the introspection query of GraphiQL',
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ],
    ['the query of a composer', 'query { _service { sdl } }'],
    [
      'the query of a router',
      'query Read__subgraph__1($representations: [_Any!]!) { _entities(representations: $representations) { ... on OpenIdConnect { clientId scopes } ... on OidcConfig { clientId scopes } } }',
    ],
  ])('let %s through, with room', (_name, text) => {
    expect(refusals(text, part)).toEqual([]);
    expect(parserWithin(part)(text).definitions.length).toBeGreaterThan(0);
  });

  it.each(parts)('let %s through, which is one level deeper', (_name, text) => {
    expect(refusals(text, { ...part, depth: 8 })).toEqual([]);
  });

  it('let a usual page through with what its items lead to, and the largest one with either', () => {
    const client =
      'apiClient { ... on OpenIdConnectApiClientSuccess { openIdConnectApiClient { id active allowAnyBuyer } } }';
    const event =
      'integrationEvent { ... on OpenIdConnectIntegrationEventSuccess { openIdConnectIntegrationEvent { id eventType } } }';
    const page = (args: string, selected: string) =>
      `{ openIdConnects${args} { ... on OpenIdConnectsSuccess { openIdConnects { id ${selected} } } } }`;
    expect(refusals(page('', client + event), part)).toEqual([]);
    expect(refusals(page('(pageSize: 100)', client), DEFAULT_LIMITS)).toEqual([]);
    expect(refusals(page('(pageSize: 100)', client + event), DEFAULT_LIMITS)).toHaveLength(1);
  });

  it('let the largest page through with everything selected, and not two, nor 20 fingerprints of each of its items', () => {
    const [, page] = everything.find(([name]) => name.startsWith('openIdConnects ')) ?? ['', ''];
    const field = page
      .replace('query { openIdConnects', 'openIdConnects(pageSize: 100)')
      .replace(/ \}$/, '');
    expect(refusals(`{ ${field} }`, DEFAULT_LIMITS)).toEqual([]);
    expect(refusals(`{ ${field} a: ${field} }`, DEFAULT_LIMITS)).toHaveLength(1);
    expect(
      refusals(
        `{ openIdConnects(pageSize: 100) { ... on OpenIdConnectsSuccess { openIdConnects { ${repeated(20, (index) => `f${index}: fingerprint`)} } } } }`,
        DEFAULT_LIMITS,
      ),
    ).toHaveLength(1);
  });

  it('let ten reads and five writes of one kind through, and not six', () => {
    const [, read] = verifying.find(([name]) => name.endsWith('updateOpenIdConnect')) ?? ['', ''];
    const field = read.slice(read.indexOf('{') + 1, read.lastIndexOf('}'));
    expect(
      refusals(`{ ${repeated(10, (index) => `a${index}: ${field}`)} }`, DEFAULT_LIMITS),
    ).toEqual([]);
    expect(
      refusals(`mutation { ${repeated(5, (index) => `a${index}: ${DELETE}`)} }`, DEFAULT_LIMITS),
    ).toEqual([]);
    expect(
      refusals(
        `mutation { ${repeated(6, (index) => `a${index}: ${DELETE}`)} }`,
        DEFAULT_LIMITS,
      ).map(({ message }) => message),
    ).toEqual([
      'The operation runs deleteHuaweiMapping too often; the maximum is 5. Request less, or ask the operator of the gateway to raise LIMIT_REPEATED_WRITES.',
    ]);
  });
});
