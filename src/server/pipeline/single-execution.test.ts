import { buildSchema, execute, getOperationAST, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { executeSingle } from './single-execution.ts';

const schema = buildSchema(`
  input Item { name: String!, tags: [String!] }
  type Query { count(items: [Item!]!): Int, echo(text: String): String }
`);
const { count, echo } = schema.getQueryType()?.getFields() ?? {};
if (count !== undefined)
  count.resolve = (_root, { items }: { readonly items: readonly unknown[] }) => items.length;
if (echo !== undefined) echo.resolve = (_root, { text }: { readonly text: string }) => text.length;

async function bothWays(text: string, variables: Readonly<Record<string, unknown>>) {
  const document = parse(text);
  const single = await executeSingle({
    schema,
    document,
    operation: getOperationAST(document) ?? null,
    operationName: null,
    variables,
    context: {},
  });
  return {
    single,
    plain: await execute({ schema, document, variableValues: variables, contextValue: {} }),
  };
}

const many = Array.from({ length: 20_000 }, (_, index) => ({ name: `${index}`, tags: ['a'] }));
const unknown = Object.fromEntries(
  Array.from({ length: 600 }, (_, index) => [`unknown${index}`, 1]),
);

describe('an operation with large variables', () => {
  it.each([
    ['many values', 'query ($items: [Item!]!) { count(items: $items) }', { items: many }],
    [
      'many values, and a directive',
      'query ($items: [Item!]!) { count(items: $items) @include(if: true) }',
      { items: many },
    ],
    ['a long text', 'query ($text: String) { echo(text: $text) }', { text: 'x'.repeat(200_000) }],
    ['values that no variable takes', 'query { echo(text: "x") }', { text: 'x'.repeat(200_000) }],
    ['few values', 'query ($text: String) { echo(text: $text) }', { text: 'x' }],
  ])('gives what graphql-js gives: %s', async (_what, text, variables) => {
    const { single, plain } = await bothWays(text, variables);
    expect(single.errors).toBeUndefined();
    expect(single).toEqual(plain);
  });

  it.each([
    [
      'unknown members',
      'query ($a: String, $items: [Item!]!) { echo(text: $a) count(items: $items) }',
      { items: [{ name: 'a', ...unknown }] },
    ],
    [
      'unknown members, and a directive',
      'query ($a: String, $items: [Item!]!) { echo(text: $a) count(items: $items) @include(if: true) }',
      { items: [{ name: 'a', ...unknown }] },
    ],
    [
      'a missing one beside a long text',
      'query ($a: String, $items: [Item!]!) { echo(text: $a) count(items: $items) }',
      { a: 'x'.repeat(200_000) },
    ],
  ])(
    'is refused at the place where graphql-js refuses it, without the value: %s',
    async (_what, text, variables) => {
      const { single, plain } = await bothWays(text, variables);
      expect(single.data).toBe(plain.data);
      expect(single.errors).toHaveLength(1);
      expect(single.errors?.[0]?.locations).toEqual(plain.errors?.[0]?.locations);
      expect(single.errors?.[0]?.message.length).toBeLessThan(200);
    },
  );
});
