import { buildSchema, getOperationAST, GraphQLError, parse } from 'graphql';
import { expect, it } from 'vitest';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import type { GatewayContext } from '../../graph/context.ts';
import { createLog } from '../log/log.ts';
import { maskExecutionErrors } from './mask-errors.ts';

it('stops looking at variables after as many errors as are shown', () => {
  let looked = 0;
  const wrong = {
    *[Symbol.iterator]() {
      for (let index = 0; index < 100_000; index += 1) {
        looked += 1;
        yield {};
      }
    },
  };
  const operation =
    getOperationAST(parse('query ($words: [String!]) { find(words: $words) }')) ?? null;
  const execution = {
    schema: buildSchema('type Query { find(words: [String!]): String }'),
    operation,
    variables: { words: wrong },
    context: { scrubber: new Scrubber() } as GatewayContext,
  };
  const errors = maskExecutionErrors(
    [new GraphQLError('as graphql-js says it')],
    execution,
    createLog('silent', { write: () => undefined }),
  );
  expect(errors.map(({ message }) => message)).toEqual(
    Array.from(
      { length: 50 },
      (_, index) => `Variable "$words" at "words.${index}": Expected a value of type "String!".`,
    ),
  );
  expect(looked).toBe(51);
});
