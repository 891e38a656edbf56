import fc from 'fast-check';
import {
  GraphQLEnumType,
  Kind,
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parseType,
  typeFromAST,
  valueFromASTUntyped,
} from 'graphql';
import type { GraphQLInputObjectType, GraphQLInputType, TypeNode, ValueNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compareExecutions, isValid } from '../../../../../test/setup/execution-diff.ts';
import type { Observed, Outcome } from '../../../../../test/setup/execution-diff.ts';

/*
 * Whatever is given to a compiled query must arrive as graphql-js has it arrive: in variables, right or wrong, and in literals
 * with variables in them.
 */

const ARGUMENTS = {
  int: 'Int',
  float: 'Float',
  text: 'String = "none"',
  flag: 'Boolean',
  id: 'ID',
  list: '[Int]',
  strict: '[Int!]',
  nested: '[[String!]]',
  point: 'Point',
  need: 'Need',
  points: '[Point!]',
  colour: 'Colour',
  odd: 'Odd',
  one: 'One',
  must: 'Int! = 5',
};

const schema = buildSchema(`
  enum Colour { RED GREEN BLUE }
  scalar Odd
  input Point { x: Int! = 1, y: Int, tags: [String!], grid: [[Int!]!], next: Point, odd: Odd, colour: Colour = GREEN, flag: Boolean = false, need: Need }
  input Need { id: ID!, also: [Need!] = [] , float: Float, one: One }
  input One @oneOf { a: Int, b: String, need: Need }
  type Query {
    echo(${Object.entries(ARGUMENTS)
      .map(([name, type]) => `${name}: ${type}`)
      .join(', ')}): String
    needs(id: ID!, need: Need!, list: [Int!]!): String
    none: String
  }
`);

for (const type of Object.values(schema.getTypeMap())) {
  // Values that are no names, one of them false where it is asked whether there is one.
  if (isEnumType(type) && type.name === 'Colour')
    Object.assign(
      type,
      new GraphQLEnumType({
        name: 'Colour',
        values: { RED: { value: 0 }, GREEN: { value: { green: true } }, BLUE: {} },
      }),
    );
  if (type.name === 'Odd')
    Object.assign(type, {
      parseValue: odd,
      parseLiteral: (node: ValueNode, variables: Record<string, unknown>) =>
        node.kind === Kind.LIST
          ? { list: valueFromASTUntyped(node, variables) }
          : odd(node.kind === Kind.INT ? Number(node.value) : node.kind),
    });
}

function odd(value: unknown): unknown {
  if (typeof value !== 'number') throw new RangeError('no number');
  return value === 0 ? null : value % 2 === 0 ? undefined : { odd: value };
}

for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
  field.resolve = (_source, args, context: Observed, info) => {
    context.tell(args, info);
    return JSON.stringify(args);
  };
}

/** One is named as every object has a member. */
const VARIABLES: Readonly<Record<string, string>> = {
  n: 'Int',
  n0: 'Int = 7',
  nMust: 'Int!',
  nInitial: 'Int! = 8',
  constructor: 'Int',
  float: 'Float',
  text: 'String',
  text0: 'String = "t0"',
  textMust: 'String!',
  flag: 'Boolean',
  id: 'ID',
  idMust: 'ID!',
  list: '[Int]',
  list0: '[Int!] = [1, 2]',
  strict: '[Int!]!',
  nested: '[[String!]]',
  grid: '[[Int!]!]',
  tags: '[String!] = "one"',
  point: 'Point',
  point0: 'Point! = { y: 3, next: { x: 4 } }',
  points: '[Point!]',
  needs: '[Need!]',
  need: 'Need',
  needMust: 'Need!',
  colour: 'Colour',
  colour0: 'Colour = RED',
  odd: 'Odd',
  one: 'One',
  oneMust: 'One!',
};

function typeNamed(text: string): GraphQLInputType {
  const type = typeFromAST(
    schema,
    parseType(text.replace(/ = .*/, '')) as TypeNode & { kind: Kind.NAMED_TYPE },
  );
  if (type === undefined) throw new Error(text);
  return type as GraphQLInputType;
}

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  Int: ['1', '-3', '0', '2147483647'],
  Float: ['1.5', '2', '-1e3'],
  String: ['"x"', '""', '"""block"""'],
  Boolean: ['true', 'false'],
  ID: ['"a"', '7'],
  Colour: ['RED', 'GREEN', 'BLUE'],
  Odd: ['3', '0', '[3, $odd]'],
};

/** Whether a variable may stand in a place: at each level it may be non-null where that is not asked for. */
function fits(declared: string, place: string, optional: boolean): boolean {
  const [type = '', initial] = declared.split(' = ');
  const asked = optional || initial !== undefined ? place.replace(/!$/, '') : place;
  return new RegExp(
    `^${asked.replaceAll('[', '\\[').replaceAll(/([\w\]])(?![\w!])/g, '$1!?')}$`,
  ).test(type);
}

/** Literals of a type, with variables that may stand in their places. */
function literalOf(type: GraphQLInputType, depth = 0, optional = false): fc.Arbitrary<string> {
  const fitting = Object.keys(VARIABLES)
    .filter((name) => fits(VARIABLES[name] ?? '', String(type), optional))
    .map((name) => `$${name}`);
  const weighted = [
    { weight: 6, arbitrary: plainLiteralOf(isNonNullType(type) ? type.ofType : type, depth) },
    ...(fitting.length > 0 ? [{ weight: 6, arbitrary: fc.constantFrom(...fitting) }] : []),
    ...(isNonNullType(type) ? [] : [{ weight: 1, arbitrary: fc.constant('null') }]),
  ];
  return fc.oneof(...weighted);
}

function plainLiteralOf(type: GraphQLInputType, depth: number): fc.Arbitrary<string> {
  if (isListType(type)) {
    const item = literalOf(type.ofType, depth + 1);
    return fc.oneof(
      {
        weight: 3,
        arbitrary: fc.array(item, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      },
      plainLiteralOf(isNonNullType(type.ofType) ? type.ofType.ofType : type.ofType, depth + 1),
    );
  }
  if (!isInputObjectType(type)) return fc.constantFrom(...(LITERALS[String(type)] ?? ['null']));
  return objectOf(type, depth, literalOf).map(
    (object) =>
      `{ ${Object.entries(object)
        .map(([name, value]) => `${name}: ${value}`)
        .join(', ')} }`,
  );
}

/** An object with all fields that it must have, or with one, where there must not be more. */
function objectOf<Value>(
  type: GraphQLInputObjectType,
  depth: number,
  of: (type: GraphQLInputType, depth: number, optional: boolean) => fc.Arbitrary<Value>,
): fc.Arbitrary<Readonly<Record<string, Value>>> {
  const fields = Object.values(type.getFields()).filter(
    (field) => depth < 3 || !isInputObjectType(getNamedType(field.type)),
  );
  const requiredKeys = fields
    .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
    .map(({ name }) => name);
  const whole = fc.record(
    Object.fromEntries(
      fields.map((field) => [
        field.name,
        of(field.type, depth + 2, field.defaultValue !== undefined),
      ]),
    ),
    { requiredKeys },
  );
  return type.isOneOf
    ? fc.oneof(
        ...fields.map((field) =>
          of(field.type, depth + 2, false).map((value) => ({ [field.name]: value })),
        ),
      )
    : whole;
}

const WRONG: readonly unknown[] = [
  null,
  undefined,
  'x',
  '',
  7,
  -1.5,
  2 ** 40,
  true,
  [],
  {},
  [null],
  ['x', [1]],
  { unknown: 1 },
  JSON.parse('{ "__proto__": { "x": 1 } }'),
];
const LEAVES: Readonly<Record<string, readonly unknown[]>> = {
  Int: [1, 0, -3],
  Float: [1.5, 2],
  String: ['x', ''],
  Boolean: [true, false],
  ID: ['a', 7],
  Colour: ['RED', 'GREEN', 'BLUE'],
  Odd: [3, 5, 0, 4],
};

/** JSON of a type, seldom wrong. */
function valueOf(type: GraphQLInputType, depth = 0): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return valueOf(type.ofType, depth);
  return fc.oneof(
    { weight: 30, arbitrary: rightValueOf(type, depth) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...WRONG) },
  );
}

function rightValueOf(type: GraphQLInputType, depth: number): fc.Arbitrary<unknown> {
  if (isListType(type)) {
    const item = valueOf(type.ofType, depth + 1);
    return fc.oneof({ weight: 3, arbitrary: fc.array(item, { maxLength: 3 }) }, item);
  }
  if (!isInputObjectType(type)) return fc.constantFrom(...(LEAVES[String(type)] ?? []));
  return objectOf(type, depth, valueOf);
}

const echo = fc
  .uniqueArray(
    fc.oneof(
      ...Object.entries(ARGUMENTS).map(([name, type]) =>
        literalOf(typeNamed(type), 0, type.includes('=')).map(
          (literal) => [name, literal] as const,
        ),
      ),
    ),
    { maxLength: 3, selector: ([name]) => name },
  )
  .map((args) => callOf('echo', args));
const needs = fc
  .record({
    id: literalOf(typeNamed('ID!')),
    need: literalOf(typeNamed('Need!')),
    list: literalOf(typeNamed('[Int!]!')),
  })
  .map((args) => callOf('needs', Object.entries(args)));

function callOf(field: string, args: readonly (readonly [string, string])[]): string {
  const given = args.map(([name, value]) => `${name}: ${value}`);
  return given.length === 0 ? field : `${field}(${given.join(', ')})`;
}

const documents = fc
  .array(fc.oneof({ weight: 3, arbitrary: echo }, needs, fc.constant('none')), {
    minLength: 1,
    maxLength: 2,
  })
  .map((calls) => {
    const body = calls.map((call, index) => `f${index}: ${call}`).join(' ');
    const used = Object.keys(VARIABLES).filter((name) => new RegExp(`\\$${name}\\b`).test(body));
    return {
      text: `query Q${used.length === 0 ? '' : `(${used.map((name) => `$${name}: ${VARIABLES[name] ?? ''}`).join(', ')})`} { ${body} }`,
      used,
    };
  });

function variablesOf(names: readonly string[]): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const given: Record<string, fc.Arbitrary<unknown>> = { stray: fc.constant(1) };
  for (const name of names) given[name] = valueOf(typeNamed(VARIABLES[name] ?? ''));
  // Without those that must be there, there is little to see.
  return fc.record(given, {
    requiredKeys: names.filter((name) => /!$/.test(VARIABLES[name] ?? '')),
  });
}

describe('what is given to a compiled query arrives as by graphql-js', () => {
  it('for all literals and variables', async () => {
    const outcomes: Record<Outcome | 'INVALID', number> = {
      COMPILED: 0,
      REFUSED: 0,
      LEFT: 0,
      INVALID: 0,
    };
    await fc.assert(
      fc.asyncProperty(
        documents.chain(({ text, used }) => fc.tuple(fc.constant(text), variablesOf(used))),
        async ([text, variables]) => {
          const outcome = isValid(schema, text)
            ? await compareExecutions({ schema, text, variables })
            : 'INVALID';
          outcomes[outcome] += 1;
          // All that is right is executed by the compiled query, but for what is rare.
          if (outcome === 'LEFT') expect(text).toMatch(/: \[?(One|Odd|Point|Need)/);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(Math.min(outcomes.COMPILED, outcomes.REFUSED)).toBeGreaterThan(300);
  });

  it.each<[string, string, Readonly<Record<string, unknown>>, Outcome]>([
    [
      'an absent variable that is named as a member of every object',
      'query ($constructor: Int, $toString: Point) { echo(point: { x: $constructor, y: $constructor, next: $toString }, list: [$constructor], int: $constructor) }',
      {},
      'COMPILED',
    ],
    ['an absent variable within a list', 'query ($n: Int) { echo(list: [1, $n]) }', {}, 'COMPILED'],
    [
      'an absent variable of a field with a default',
      'query ($n: Int) { echo(point: { x: $n }, must: $n) }',
      {},
      'COMPILED',
    ],
    [
      'null where a default of the place let a nullable variable in',
      'query ($n: Int) { echo(must: $n) other: echo(point: { x: $n }) }',
      { n: null },
      'COMPILED',
    ],
    [
      'a single value for a list of lists',
      'query ($nested: [[String!]]) { echo(nested: $nested) other: echo(nested: "x") }',
      { nested: 'x' },
      'COMPILED',
    ],
    [
      'a default that is a list, given as a single value',
      'query ($nested: [[String!]] = "x") { echo(nested: $nested) }',
      {},
      'COMPILED',
    ],
    [
      'a variable that must be there and is not',
      'query ($n: Int!) { echo(int: $n) }',
      {},
      'REFUSED',
    ],
    [
      'undefined where a variable must be there',
      'query ($n: Int!) { echo(int: $n) }',
      { n: undefined },
      'REFUSED',
    ],
    ['undefined', 'query ($n: Int = 3) { echo(int: $n) }', { n: undefined }, 'COMPILED'],
    [
      'a field of the input that is no own member',
      'query ($point: Point) { echo(point: $point) }',
      { point: JSON.parse('{ "__proto__": { "x": 2 } }') },
      'REFUSED',
    ],
    [
      'a field that there is not',
      'query ($point: Point) { echo(point: $point) }',
      { point: { z: 1 } },
      'REFUSED',
    ],
    [
      'a list for an object',
      'query ($point: Point) { echo(point: $point) }',
      { point: [] },
      'REFUSED',
    ],
    [
      'more than 50 faults',
      'query ($list: [Int]) { echo(list: $list) }',
      { list: Array.from({ length: 60 }, () => 'x') },
      'REFUSED',
    ],
    ['one of several fields', 'query ($one: One) { echo(one: $one) }', { one: { a: 1 } }, 'LEFT'],
    [
      'two of several fields',
      'query ($one: One) { echo(one: $one) }',
      { one: { a: 1, b: 'x' } },
      'REFUSED',
    ],
    [
      'a value of which the scalar makes null',
      'query ($odd: Odd) { echo(odd: $odd) }',
      { odd: 0 },
      'LEFT',
    ],
  ])('for %s', async (_what, text, variables, outcome) => {
    expect(isValid(schema, text)).toBe(true);
    expect(await compareExecutions({ schema, text, variables })).toBe(outcome);
  });
});
