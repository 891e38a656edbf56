import { buildSchema, parse } from 'graphql';
import { expect, it } from 'vitest';
import { createCompiledQueries } from './compiled-queries.ts';

const schema = buildSchema('type Query { a: Int }');

it('compiles an operation when it comes the second time, and keeps it', () => {
  const compiledQueryOf = createCompiledQueries(schema);
  const document = parse('query A { a } query B { a }');
  const [first, second, third] = ['A', 'A', 'A'].map((operationName) =>
    compiledQueryOf({ document, operationName }),
  );
  expect(first).toBeNull();
  expect(second).not.toBeNull();
  expect(third).toBe(second);
  expect(compiledQueryOf({ document, operationName: 'B' })).toBeNull();
  expect(compiledQueryOf({ document, operationName: 'B' })).not.toBe(second);
  expect(compiledQueryOf({ document: parse('query A { a }'), operationName: 'A' })).toBeNull();
});

it.each([
  ['an operation of another kind', 'query A { a @skip(if: true) }', 'A'],
  ['no operation of that name', 'query A { a }', 'B'],
  ['no name among several', 'query A { a } query B { a }', undefined],
])('has none for %s', (_what, text, operationName) => {
  const compiledQueryOf = createCompiledQueries(schema);
  const document = parse(text);
  for (let times = 0; times < 3; times += 1)
    expect(compiledQueryOf({ document, operationName })).toBeNull();
});
