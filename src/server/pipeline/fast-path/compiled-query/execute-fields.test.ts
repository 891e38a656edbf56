import fc from 'fast-check';
import {
  GraphQLEnumType,
  GraphQLError,
  GraphQLObjectType,
  buildSchema,
  getNamedType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
} from 'graphql';
import type { GraphQLNamedOutputType, GraphQLOutputType, GraphQLResolveInfo } from 'graphql';
import { describe, expect, it } from 'vitest';
import { Observed, compareExecutions, isValid } from '../../../../../test/setup/execution-diff.ts';

/*
 * Whatever a compiled query gives must be what graphql-js gives. Here resolvers give anything that they can, right or wrong, at
 * once or late, and documents select anything of it.
 */

/** Leaves, and objects of a type, in all ways that lists and non-null allow for. */
const LEAVES = {
  leaf: 'Int',
  must: 'Int!',
  text: 'String',
  colour: 'Colour',
  odd: 'Odd',
  ints: '[Int]',
  strict: '[Int!]!',
  odds: '[Odd!]',
  grid: '[[Int!]]',
};
const OBJECTS = {
  a: 'A',
  mustB: 'B!',
  c: 'C',
  listA: '[A!]',
  listB: '[B]!',
  gridC: '[[C!]]',
  thing: 'Thing',
  things: '[Thing!]!',
  sync: 'Sync',
  mustSync: 'Sync!',
  syncs: '[[Sync]]',
  late: 'Late',
  lates: '[Late!]',
};
const FIELDS = Object.entries({ ...LEAVES, ...OBJECTS })
  .map(([name, type]) => `${name}: ${type}`)
  .join(' ');
const MEMBERS = ['A', 'B', 'C'];
const ABSTRACT = ['Thing', 'Sync', 'Late'];

type Failure = 'none' | 'null' | 'undefined' | 'throws' | 'error' | 'wrong';

/** What the resolver at a place does. */
interface Behavior {
  readonly failure: Failure;
  readonly late: boolean;
  readonly size: number;
  readonly member: string;
}

class World extends Observed {
  readonly behave: (at: string) => Behavior;
  readonly #atOnce: boolean;
  /** @param atOnce whether what comes late comes in the same turn of the event loop */
  constructor(behave: (at: string) => Behavior, atOnce: boolean) {
    super();
    this.behave = behave;
    this.#atOnce = atOnce;
  }

  override later<Value>(make: () => Value): Promise<Value> {
    return this.#atOnce ? Promise.resolve().then(make) : super.later(make);
  }
}

/** An object of one of the members; if it is wrong, it claims another type. */
interface Source {
  readonly at: string;
  readonly is: string;
  readonly says: string | null;
}

const behaviors = fc.func(
  fc.record<Behavior>({
    failure: fc.oneof(
      { weight: 24, arbitrary: fc.constant('none' as const) },
      fc.constantFrom<Failure>('null', 'undefined', 'throws', 'error', 'wrong'),
    ),
    late: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
    size: fc.nat(3),
    member: fc.constantFrom(...MEMBERS),
  }),
);

/** Gives a value for the place of a field or an item, now or later. */
function give(type: GraphQLOutputType, at: string, world: World, item = false): unknown {
  const behavior = world.behave(at);
  // If a non-null item fails at once, graphql-js leaves the failures of those before it unhandled.
  if (behavior.late || (item && isNonNullType(type)))
    return world.later(() => made(type, at, world, behavior));
  return item && behavior.failure === 'throws'
    ? new TypeError(`given at ${at}`)
    : made(type, at, world, behavior);
}

function made(type: GraphQLOutputType, at: string, world: World, behavior: Behavior): unknown {
  const { failure, size } = behavior;
  if (failure === 'null') return null;
  if (failure === 'undefined') return undefined;
  if (failure === 'throws')
    throw size === 3
      ? new GraphQLError(`thrown at ${at}`, { extensions: { code: 'OWN' } })
      : new RangeError(`thrown at ${at}`);
  if (failure === 'error') return new TypeError(`given at ${at}`);
  const nullable = isNonNullType(type) ? type.ofType : type;
  if (!isListType(nullable)) return madeNamed(getNamedType(nullable), at, behavior);
  if (failure === 'wrong') return { length: size };
  const items = Array.from({ length: size }, (_, index) =>
    give(nullable.ofType, `${at}/${index}`, world, true),
  );
  return size === 2 ? new Set(items) : items;
}

function madeNamed(
  type: GraphQLNamedOutputType,
  at: string,
  { failure, size, member }: Behavior,
): unknown {
  const wrong = failure === 'wrong';
  if (isEnumType(type)) return wrong ? 'none of them' : COLOURS[size];
  if (isLeafType(type))
    return wrong ? (size === 0 ? { toJSON: () => 'an object' } : size * 1.5) : size;
  const is = type instanceof GraphQLObjectType && !wrong ? type.name : member;
  const source: Source = {
    at,
    is,
    says: wrong ? (['Nothing', 'Query', 'Thing', null][size] ?? null) : is,
  };
  if (is === 'A') return { ...source, __typename: source.says };
  return is === 'B' ? source : { ...source, ...membersOf(source) };
}

/** Values and methods, for the resolver that graphql-js has for fields without one. */
function membersOf({ at }: Source): object {
  const method = (name: string) => (args: unknown, world: World, info: GraphQLResolveInfo) => {
    world.tell(args, info);
    return give(info.returnType, `${at}.${name}`, world);
  };
  return {
    text: at,
    leaf: 1.5,
    ...Object.fromEntries(
      Object.keys({ ...LEAVES, ...OBJECTS })
        .filter((name) => name !== 'text' && name !== 'leaf')
        .map((name) => [name, method(name)]),
    ),
  };
}

const COLOURS = [0, 'green', { blue: true }, 'unknown'];

const schema = buildSchema(`
  enum Colour { RED GREEN BLUE }
  scalar Odd
  interface Thing { ${FIELDS} }
  ${MEMBERS.map((name) => `type ${name} implements Thing { ${FIELDS} }`).join(' ')}
  union Sync = A | B | C
  union Late = A | B | C
  type Query { ${FIELDS} }
  type Mutation { ${FIELDS} }
`);

for (const type of Object.values(schema.getTypeMap())) {
  if (isEnumType(type) && type.name === 'Colour')
    Object.assign(
      type,
      new GraphQLEnumType({
        name: 'Colour',
        values: {
          RED: { value: COLOURS[0] },
          GREEN: { value: COLOURS[1] },
          BLUE: { value: COLOURS[2] },
        },
      }),
    );
  if (type.name === 'Odd')
    Object.assign(type, {
      serialize: (value: number) => {
        if (value === 0) throw new RangeError('zero');
        return value % 2 === 1 ? value : value === 2 ? null : undefined;
      },
    });
  if (isUnionType(type))
    type.resolveType =
      type.name === 'Sync'
        ? typeOf
        : (value: Source, world: World) => world.later(() => typeOf(value));
  if (!(type instanceof GraphQLObjectType) || type.name.startsWith('__')) continue;
  for (const field of Object.values(type.getFields())) {
    // Those of B take no `info`; C has none, but for what its values and methods do.
    if (type.name === 'B')
      field.resolve = ({ at }: Source, _args, world: World) =>
        give(field.type, `${at}.${field.name}`, world);
    else if (type.name !== 'C')
      field.resolve = (source: Source | undefined, args, world: World, info) => {
        world.tell(args, info);
        return give(field.type, `${source?.at ?? ''}.${field.name}`, world);
      };
  }
}

/** Also returns values that are not types, or fails. */
function typeOf({ says }: Source): string {
  if (says === null) throw new RangeError('of no type');
  // A value that contradicts its type, if it is wrong.
  return says === 'Query' ? (undefined as unknown as string) : says;
}

const [typeB, typeC] = ['B', 'C'].map((name) => schema.getType(name));
if (typeB instanceof GraphQLObjectType)
  typeB.isTypeOf = ({ is, says }: Source) => {
    if (is === 'B' && says === 'Thing') throw new RangeError('not known');
    return (is === 'B' && says !== null) || (undefined as unknown as boolean);
  };
if (typeC instanceof GraphQLObjectType)
  typeC.isTypeOf = ({ is, says }: Source, world: World) =>
    world.later(() => {
      if (is === 'C' && says === 'Thing') throw new RangeError('not known');
      return is === 'C' && says !== null;
    });

/** Selections, by the type that they are made on. */
const selections = fc.letrec<Record<string, string>>((tie) => {
  const of = (type: string) => tie(type).map((text) => `{ ${text} }`);
  const spreads = (conditions: readonly string[]) => [
    ...conditions.map((on) => of(on).map((text) => `... on ${on} ${text}`)),
    fc.constantFrom(...conditions).map((on) => `...Shared${on}`),
  ];
  const ownFields = [
    ...Object.keys(LEAVES)
      .flatMap((name) => [name, `${name}2: ${name}`])
      .map((text) => fc.constant(text)),
    ...Object.entries(OBJECTS).flatMap(([name, type]) =>
      [name, `${name}2: ${name}`].map((field) =>
        of(type.replaceAll(/\W/g, '')).map((text) => `${field} ${text}`),
      ),
    ),
  ];
  const among = (type: string, others: readonly fc.Arbitrary<string>[]) => {
    const one = fc.oneof(
      { maxDepth: 4, depthIdentifier: 'selections', withCrossShrink: true },
      fc.constant('__typename'),
      ...others,
      of(type).map((text) => `... ${text}`),
    );
    return fc
      .array(one, { minLength: 1, maxLength: 4, depthIdentifier: 'selections' })
      .map((texts) => texts.join(' '));
  };
  return {
    ...Object.fromEntries(
      MEMBERS.map((type) => [type, among(type, [...ownFields, ...spreads([type, ...ABSTRACT])])]),
    ),
    Thing: among('Thing', [...ownFields, ...spreads([...MEMBERS, ...ABSTRACT])]),
    ...Object.fromEntries(
      ['Sync', 'Late'].map((type) => [type, among(type, spreads([...MEMBERS, ...ABSTRACT]))]),
    ),
    ...Object.fromEntries(
      ['Query', 'Mutation'].map((type) => [type, among(type, [...ownFields, ...spreads([type])])]),
    ),
  };
});

const SHARED = ['Query', 'Mutation', ...ABSTRACT, ...MEMBERS];
const fragments = fc
  .tuple(...SHARED.map((type) => selections[type] ?? fc.constant('__typename')))
  .map((bodies) =>
    // Each spreads only those before it: there are no cycles.
    bodies
      .map(
        (body, index) =>
          `fragment Shared${SHARED[index] ?? ''} on ${SHARED[index] ?? ''} { ${body.replaceAll(/\.\.\.Shared(\w+)/g, (spread, type: string) => (SHARED.indexOf(type) < index ? spread : '__typename'))} }`,
      )
      .join('\n'),
  );

describe('a compiled query gives what graphql-js gives', () => {
  it.each([
    ['query', 'Query', 'turn by turn', 750],
    ['query', 'Query', 'at once', 500],
    ['mutation', 'Mutation', 'turn by turn', 750],
    ['mutation', 'Mutation', 'at once', 250],
  ])(
    'for every %s of %s and any resolvers, if promises settle %s',
    async (kind, root, when, numRuns) => {
      const unordered = when === 'at once';
      await fc.assert(
        fc.asyncProperty(
          selections[root] ?? fc.constant(''),
          fragments,
          behaviors,
          async (body, shared, behave) => {
            const text = `${kind} Q { ${body} }\n${shared}`;
            expect(isValid(schema, text)).toBe(true);
            expect(
              await compareExecutions({
                schema,
                text,
                contextOf: () => new World(behave, unordered),
                unordered,
              }),
            ).toBe('COMPILED');
          },
        ),
        { numRuns },
      );
    },
  );
});
