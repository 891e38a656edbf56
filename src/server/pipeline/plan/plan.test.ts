import fc from 'fast-check';
import { GraphQLError, GraphQLObjectType, Kind, buildSchema, execute, getOperationAST, parse, specifiedRules, validate } from 'graphql';
import type { GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema, GraphQLUnionType, ValueNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compilePlan } from './plan.ts';

/*
 * Whatever a plan gives must be what graphql-js gives: documents over a schema that has all there is are executed both
 * ways, and data, errors and what resolvers saw are compared.
 */

const SDL = `
  enum Colour { RED GREEN }
  scalar Odd
  input Point { x: Int! = 1, y: Int, tags: [String!], next: Point, odd: Odd, colour: Colour = GREEN }
  input One @oneOf { a: Int, b: String }
  interface Named { name: String }
  type Cat implements Named { name: String, lives: Int!, self: Named, owner: Person! }
  type Dog implements Named { name: String, colour: Colour, self: Named, broken: Int! }
  type Person { name: String!, pets: [Pet!], pet: Pet, later: Person, missing: Person!, fails: String, failsLater: String, isError: String, list: [[Int]], strict: [Int!]!, noList: [Int], nothing: String!, promises: [String], colour: Colour, odd: Odd }
  union Pet = Cat | Dog
  type Query {
    person: Person
    strict: Person!
    pet(kind: String): Pet
    named: Named
    echo(int: Int, float: Float, text: String = "none", flag: Boolean, id: ID, list: [Int], nested: [[String!]], point: Point, colour: Colour, odd: Odd, one: One, must: Int! = 5): String
    needs(id: ID!): String
  }
  type Mutation { first(n: Int): Person, second(n: Int): Person!, third(n: Int): String }
`;

const person = {
  name: 'Ann',
  colour: 'RED',
  odd: 3,
  isError: new Error('given, not thrown'),
  noList: 7,
  list: [[1, null], null, [2]],
  strict: [1, 2],
};

type Log = (entry: unknown) => void;

/** A schema that tells what its resolvers see. */
function schemaWith(): GraphQLSchema {
  const schema = buildSchema(SDL);
  const resolve = (type: string, field: string, resolver: GraphQLFieldResolver<unknown, Log>) => {
    const owner = schema.getType(type);
    if (!(owner instanceof GraphQLObjectType)) throw new Error(type);
    const definition = owner.getFields()[field];
    if (definition === undefined) throw new Error(field);
    definition.resolve = resolver;
  };
  const told = (log: Log, args: unknown, info: GraphQLResolveInfo) => {
    log([info.parentType.name, info.fieldName, info.path, JSON.stringify(args), String(info.returnType), info.variableValues, info.operation.name?.value, info.fieldNodes.length]);
  };
  const seen = (value: () => unknown): GraphQLFieldResolver<unknown, Log> => (_source, args, log, info) => {
    told(log, args, info);
    return value();
  };
  const later = (value: () => unknown) => seen(() => new Promise((done) => { setImmediate(done); }).then(value));
  for (const field of ['person', 'strict']) resolve('Query', field, field === 'person' ? seen(() => person) : later(() => person));
  resolve('Query', 'pet', (_source, args, log, info) => { told(log, args, info); return { kind: (args as { kind?: string }).kind ?? 'Cat', name: 'Tom', lives: 9 }; });
  resolve('Query', 'named', later(() => ({ kind: 'Dog', name: 'Rex', colour: 'GREEN' })));
  resolve('Query', 'echo', (_source, args, log, info) => { told(log, args, info); return JSON.stringify(args); });
  resolve('Query', 'needs', seen(() => 'fine'));
  resolve('Person', 'pets', seen(() => [{ kind: 'Cat', name: 'Tom', lives: 9 }, { kind: 'Dog', name: 'Rex' }, new Promise((done) => { setImmediate(() => { done({ kind: 'Cat', lives: null }); }); })]));
  resolve('Person', 'pet', later(() => ({ kind: 'Fish' })));
  resolve('Person', 'later', later(() => person));
  resolve('Person', 'fails', seen(() => { throw new GraphQLError('thrown', { extensions: { code: 'X' } }); }));
  resolve('Person', 'failsLater', later(() => { throw new Error('later'); }));
  resolve('Person', 'promises', seen(() => [Promise.resolve('a'), Promise.reject(new Error('an item')), 'c', null]));
  resolve('Cat', 'self', seen(() => ({ kind: 'Cat', name: 'again', lives: 1 })));
  resolve('Cat', 'owner', later(() => null));
  resolve('Dog', 'self', later(() => ({ kind: 'Dog', name: 'again' })));
  // Later: where an item of a list fails at once, graphql-js leaves those before it without anybody who hears of their failures.
  resolve('Dog', 'broken', later(() => { throw new Error('a field that must not be null'); }));
  for (const field of ['first', 'second', 'third']) resolve('Mutation', field, field === 'first' ? later(() => person) : seen(() => (field === 'second' ? person : 'done')));
  const pet = schema.getType('Pet') as GraphQLUnionType;
  pet.resolveType = (value: unknown) => (value as { kind: string }).kind;
  const named = schema.getType('Named') as GraphQLUnionType;
  named.resolveType = (value: unknown) => Promise.resolve((value as { kind: string }).kind);
  (schema.getType('Cat') as GraphQLObjectType).isTypeOf = (value: unknown) => Promise.resolve((value as { kind: string }).kind === 'Cat');
  (schema.getType('Dog') as GraphQLObjectType).isTypeOf = (value: unknown) => (value as { kind: string }).kind === 'Dog';
  Object.assign(schema.getType('Odd') ?? {}, {
    serialize: (value: number) => (value % 2 === 1 ? value : undefined),
    parseValue: (value: unknown) => { if (typeof value !== 'number' || value % 2 === 0) throw new Error('even'); return { odd: value }; },
    parseLiteral: (node: ValueNode) => { if (node.kind !== Kind.INT) throw new Error('no number'); return { odd: Number(node.value) }; },
  });
  return schema;
}

const schema = schemaWith();

/** Errors that only a defect of the schema makes may be told in other words. */
const DEFECTS = /Abstract type|is of no type|Expected value of type|Expected a value of the type|serialize/;

async function outcome(run: (log: Log) => unknown) {
  const log: unknown[] = [];
  const result = (await run((entry) => log.push(entry))) as { data?: unknown; errors?: readonly GraphQLError[] };
  return {
    data: JSON.stringify(result.data),
    errors: result.errors?.map(({ message, path, locations, extensions }) => ({ message: DEFECTS.test(message) ? 'a defect' : message, path, locations, extensions })),
    // What goes on beside an error goes on at its own pace.
    ...(await settled(log)),
  };
}

async function settled(log: readonly unknown[]) {
  for (let turns = 0; turns < 6; turns += 1) await new Promise((done) => { setImmediate(done); });
  const entries = log.map((entry) => JSON.stringify(entry));
  return { roots: entries.filter((entry) => entry.startsWith('["Mutation"')), resolved: entries.sort() };
}

/** Executes both ways. @returns whether there was a plan, and it took the variables */
async function compare(text: string, variables: Readonly<Record<string, unknown>>, operationName?: string): Promise<boolean> {
  const document = parse(text);
  expect(validate(schema, document, specifiedRules)).toEqual([]);
  const operation = getOperationAST(document, operationName);
  if (operation === null || operation === undefined) throw new Error('There is no such operation.');
  const plan = compilePlan(schema, document, operation);
  const executions: unknown[] = [];
  const own = await outcome((log) => {
    executions.push(plan?.execute(variables, log) ?? null);
    return executions[0] ?? {};
  });
  const taken = executions[0] !== null;
  const theirs = await outcome((log) => execute({ schema, document, contextValue: log, variableValues: variables, operationName: operationName ?? null }));
  if (taken) expect(own).toEqual(theirs);
  else expect(own.resolved).toEqual([]);
  return taken;
}

const leaf = fc.constantFrom('name', '__typename', 'n: name', 'name name');
const petFields = fc.constantFrom('__typename', '... on Cat { name lives }', '... on Dog { name colour }', '... on Named { name }', '... on Cat { self { name ... on Cat { lives } } }', '... on Dog { self { __typename } }', '... on Dog { broken name }', '... on Cat { owner { name } lives }', '...PetName');
const personFields: fc.Arbitrary<string> = fc.letrec<{ fields: string; field: string }>((tie) => ({
  fields: fc.array(tie('field'), { minLength: 1, maxLength: 5 }).map((fields) => fields.join(' ')),
  field: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.constantFrom('list', 'strict', 'noList', 'nothing', 'fails', 'failsLater', 'isError', 'promises', 'colour', 'odd', 'f: fails g: failsLater'),
    fc.array(petFields, { minLength: 1, maxLength: 3 }).map((fields) => `pets { ${fields.join(' ')} }`),
    fc.constant('pet { __typename }'),
    tie('fields').map((fields) => `later { ${fields} }`),
    tie('fields').map((fields) => `missing { ${fields} }`),
    tie('fields').map((fields) => `... on Person { ${fields} }`),
    fc.constant('...Shared'),
  ),
})).fields;

const FRAGMENTS = 'fragment PetName on Pet { ... on Named { name } ...More } fragment More on Pet { __typename } fragment Shared on Person { name later { name ...Two } } fragment Two on Person { colour }';

/** Adds the fragments that are used, and those that they use. */
function withFragments(text: string): string {
  const used = [...(text.includes('...PetName') ? FRAGMENTS.match(/fragment (PetName|More).*?(?= fragment|$)/g) ?? [] : []), ...(text.includes('...Shared') ? FRAGMENTS.match(/fragment (Shared|Two).*?(?= fragment|$)/g) ?? [] : [])];
  return [text, ...used].join(' ');
}

const rootFields = fc.oneof(
  personFields.map((fields) => `person { ${fields} }`),
  personFields.map((fields) => `strict { ${fields} }`),
  fc.array(petFields, { minLength: 1, maxLength: 3 }).map((fields) => `pet(kind: "Dog") { ${fields.join(' ')} }`),
  fc.constantFrom('named { name __typename ... on Dog { colour } }', '__typename', 'echo', 'needs(id: 7)'),
);

describe('a plan gives what graphql-js gives', () => {
  it('for whatever is selected', async () => {
    let plans = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(rootFields, { minLength: 1, maxLength: 4 }), async (fields) => {
        const text = withFragments(`query Q { ${fields.map((field, index) => (field.startsWith('__') || index % 2 === 1 ? field : `a${index}: ${field}`)).join(' ')} }`);
        if (validate(schema, parse(text)).length > 0) return;
        if (await compare(text, {})) plans += 1;
      }),
      { numRuns: 1_500 },
    );
    expect(plans).toBeGreaterThan(500);
  }, 60_000);

  it('for mutations, one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(personFields.map((fields) => `first { ${fields} }`), personFields.map((fields) => `second { ${fields} }`), fc.constant('third(n: 3)')), { minLength: 1, maxLength: 4 }), async (fields) => {
        expect(await compare(withFragments(`mutation { ${fields.map((field, index) => `m${index}: ${field}`).join(' ')} }`), {})).toBe(true);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  const literal: fc.Arbitrary<string> = fc.constantFrom('1', '-3', '1.5', '"x"', 'true', 'null', 'RED', '[1, 2]', '[1, null]', '[$n, 3]', '[["a"], null, "b"]', '{ x: 2 }', '{ y: $n, tags: "one" }', '{ x: $must }', '{ next: { next: { x: 3, odd: 5 } } }', '{ tags: [$text] }', '{ odd: 2 }', '{ a: 1 }', '{ b: $text }', '$n', '$text', '$list', '$point', '$colour', '$odd', '$must', '$one');
  const argument = fc.constantFrom('int', 'float', 'text', 'flag', 'id', 'list', 'nested', 'point', 'colour', 'odd', 'one', 'must');
  const given: fc.Arbitrary<Record<string, unknown>> = fc.record(
    {
      n: fc.constantFrom<unknown>(1, null, 'x', 1.5, 2 ** 40),
      text: fc.constantFrom<unknown>('t', '', null, 7),
      list: fc.constantFrom<unknown>([1], 2, null, [null], ['x'], []),
      point: fc.constantFrom<unknown>({}, { x: 4 }, { x: null }, { next: { tags: ['a'] } }, { tags: 'a' }, { colour: 'BLUE' }, { odd: 3 }, { odd: 4 }, { unknown: 1 }, [], 'x', null),
      colour: fc.constantFrom<unknown>('RED', 'BLUE', 1, null),
      odd: fc.constantFrom<unknown>(3, 4, null),
      must: fc.constantFrom<unknown>(8, null, 'x'),
      one: fc.constantFrom<unknown>({ a: 1 }, { a: 1, b: 'x' }, {}, null),
      stray: fc.constant(1),
    },
    { requiredKeys: [] },
  );

  it('for whatever is given', async () => {
    let [plans, left] = [0, 0];
    const DEFINITIONS: Readonly<Record<string, string>> = { n: 'Int', text: 'String = "t0"', list: '[Int]', point: 'Point', colour: 'Colour = RED', odd: 'Odd', must: 'Int!', one: 'One' };
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.tuple(argument, literal), { minLength: 1, maxLength: 4, selector: ([name]) => name }), given, async (pairs, variables) => {
        const args = pairs.map(([name, value]) => `${name}: ${value}`).join(', ');
        const used = Object.entries(DEFINITIONS).filter(([name]) => new RegExp(`\\$${name}\\b`).test(args));
        const text = `query Q${used.length === 0 ? '' : `(${used.map(([name, type]) => `$${name}: ${type}`).join(', ')})`} { echo(${args}) }`;
        if (validate(schema, parse(text)).length > 0) return;
        if (await compare(text, variables)) plans += 1;
        else left += 1;
      }),
      { numRuns: 8_000 },
    );
    expect(plans).toBeGreaterThan(200);
    expect(left, 'wrong variables are left to graphql-js').toBeGreaterThan(20);
  }, 60_000);

  it.each([
    ['the operation of a name', 'query A { __typename } query B { person { name } }', 'B'],
    ['a field that must be there, and fails beside one that is late', '{ strict { later { name } missing { name } failsLater } }', undefined],
    ['errors below of one that made null of all of them', '{ strict { nothing later { nothing } } person { nothing fails } }', undefined],
  ])('for %s', async (_what, text, name) => {
    expect(await compare(text, {}, name)).toBe(true);
  });
});

it('hears of every failure where an item of a list fails at once beside late ones', async () => {
  const small = buildSchema('type Query { list: [Item!] } type Item { a: Int! }');
  const list = small.getQueryType()?.getFields()['list'];
  if (list !== undefined) list.resolve = () => [{ a: () => Promise.reject(new Error('late')) }, { a: () => { throw new Error('at once'); } }];
  const document = parse('{ list { a } }');
  const operation = getOperationAST(document);
  // An unhandled rejection would fail the test.
  const result = await (operation && compilePlan(small, document, operation))?.execute({}, null);
  expect(result).toMatchObject({ data: { list: null }, errors: [{ message: 'at once', path: ['list', 1, 'a'] }] });
});

describe('no plan is made', () => {
  const planOf = (text: string) => {
    const document = parse(text);
    const operation = getOperationAST(document);
    return operation && compilePlan(schema, document, operation);
  };

  it.each([
    ['directives', '{ person { name @skip(if: false) } }'],
    ['directives of a fragment', '{ person { ... on Person @include(if: true) { name } } }'],
    ['directives within a spread', '{ person { ...F } } fragment F on Person { name @include(if: true) }'],
    ['introspection', '{ __schema { queryType { name } } }'],
    ['introspection of a type', '{ a: __type(name: "Query") { name } }'],
    ['subscriptions', 'subscription { person { name } }'],
    ['a key that is no member like others', '{ __proto__: echo }'],
    ['a variable of that name', 'query ($__proto__: Int) { echo(int: $__proto__) }'],
  ])('for %s', (_what, text) => {
    expect(planOf(text)).toBeNull();
  });
});
