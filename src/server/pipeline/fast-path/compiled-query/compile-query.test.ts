import { buildSchema, getOperationAST, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compareExecutions } from '../../../../../test/setup/execution-diff.ts';
import { compileQuery } from './compile-query.ts';

const schema = buildSchema(
  'type Query { person: Person, echo(int: Int): Int, list: [Item!] } type Mutation { set: Int } type Subscription { person: Person } type Person { name: String } type Item { a: Int! }',
);
const { person, list } = schema.getQueryType()?.getFields() ?? {};
if (person !== undefined) person.resolve = () => ({ name: 'Ann' });
if (list !== undefined)
  list.resolve = () => [
    { a: () => Promise.reject(new Error('late')) },
    {
      a: () => {
        throw new Error('at once');
      },
    },
  ];

const compiled = (text: string, operationName?: string) => {
  const document = parse(text);
  const operation = getOperationAST(document, operationName);
  return operation && compileQuery(schema, document, operation);
};

it.each([
  ['the operation of a name', 'query A { __typename } query B { person { name } }', 'B'],
  [
    'fields that come several times',
    '{ person { name } ...F person { n: name } } fragment F on Query { person { name __typename } }',
    undefined,
  ],
  [
    'a fragment that is spread twice',
    '{ person { ...F ...F } other: person { ...F } } fragment F on Person { name }',
    undefined,
  ],
  ['the type of the root', 'mutation { a: __typename set }', undefined],
])('gives what graphql-js gives for %s', async (_what, text, operationName) => {
  expect(await compareExecutions({ schema, text, operationName })).toBe('COMPILED');
});

it('executes an operation as often as one likes, each time with its own variables', async () => {
  const fields = schema.getQueryType()?.getFields();
  if (fields?.['echo'] !== undefined)
    fields['echo'].resolve = (_source, { int }: { readonly int: number }) => int;
  const query = compiled('query ($n: Int) { echo(int: $n) }');
  const results = await Promise.all([1, 2, 3].map(async (n) => query?.execute({ n }, null)));
  expect(results.map((result) => result?.data?.['echo'])).toEqual([1, 2, 3]);
});

it('handles every failure if an item of a list fails at once and others later', async () => {
  // An unhandled rejection would fail the test; graphql-js leaves one.
  expect(await compiled('{ list { a } }')?.execute({}, null)).toMatchObject({
    data: { list: null },
    errors: [{ message: 'at once', path: ['list', 1, 'a'] }],
  });
});

describe('nothing is compiled', () => {
  it.each([
    ['directives', '{ person { name @skip(if: false) } }'],
    ['directives of a fragment', '{ person { ... on Person @include(if: true) { name } } }'],
    [
      'directives within a spread',
      '{ person { ...F } } fragment F on Person { name @include(if: true) }',
    ],
    ['introspection', '{ __schema { queryType { name } } }'],
    ['introspection of a type', '{ a: __type(name: "Query") { name } }'],
    ['subscriptions', 'subscription { person { name } }'],
    ['a key that is no member like others', '{ __proto__: echo }'],
    ['a variable of that name', 'query ($__proto__: Int) { echo(int: $__proto__) }'],
  ])('for %s', (_what, text) => {
    expect(compiled(text)).toBeNull();
  });
});
