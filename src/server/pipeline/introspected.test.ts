import { buildSchema, getIntrospectionQuery, getOperationAST, parse } from 'graphql';
import { expect, it } from 'vitest';
import { createIntrospected } from './introspected.ts';

const schema = buildSchema('type Query { a: String }');

function open() {
  const introspected = createIntrospected(schema);
  return (text: string) => {
    const document = parse(text);
    return introspected(document, getOperationAST(document, undefined) ?? null);
  };
}

it('is made once for documents that differ in white space and comments', () => {
  const result = open();
  const first = result(getIntrospectionQuery());
  expect(first).toMatchObject({ data: { __schema: { queryType: { name: 'Query' } } } });
  expect(result(`# again\n${getIntrospectionQuery()}`)).toBe(first);
});

it('is another one for another selection', () => {
  const result = open();
  expect(result('{ __schema { queryType { name } } }')).toMatchObject({
    data: { __schema: { queryType: { name: 'Query' } } },
  });
  expect(result('{ __schema { queryType { kind } } }')).toMatchObject({
    data: { __schema: { queryType: { kind: 'OBJECT' } } },
  });
});

it('keeps the last few, whatever is sent', () => {
  const result = open();
  const text = (name: string) => `{ __schema { ${name}: queryType { name } } }`;
  const first = result(text('a0'));
  for (let index = 1; index < 5; index += 1) void result(text(`a${index}`));
  expect(result(text('a0'))).toBe(first);
  for (let index = 5; index < 10; index += 1) void result(text(`a${index}`));
  expect(result(text('a0'))).not.toBe(first);
});

it.each([
  ['asks for something else, too', '{ __schema { queryType { name } } a }'],
  [
    'has a fragment at its root',
    '{ ...F } fragment F on Query { __schema { queryType { name } } }',
  ],
  [
    'has variables',
    'query ($deprecated: Boolean) { __schema { types { fields(includeDeprecated: $deprecated) { name } } } }',
  ],
  ['is one of several', 'query A { __schema { queryType { name } } } query B { a }'],
])('is none of an operation that %s', (_what, text) => {
  const document = parse(text);
  expect(
    createIntrospected(schema)(
      document,
      getOperationAST(document, text.includes('query A') ? 'A' : undefined) ?? null,
    ),
  ).toBeNull();
});
