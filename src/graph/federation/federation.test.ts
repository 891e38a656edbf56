import {
  GraphQLID,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  execute,
  parse,
} from 'graphql';
import { expect, it } from 'vitest';
import { entity } from './entity.ts';
import { addFederation } from './federation.ts';

it('lets a reference that fails unexpectedly fail alone', async () => {
  const crash = new TypeError('a bug');
  const id = { type: new GraphQLNonNull(GraphQLID) };
  const read = (key: string) =>
    key === 'broken' ? Promise.reject(crash) : Promise.resolve({ id: key });
  const thing = new GraphQLObjectType({
    name: 'Thing',
    fields: { id },
    extensions: entity({ key: 'id', open: () => read }),
  });
  const query = new GraphQLObjectType({ name: 'Query', fields: { id } });
  const { data, errors } = await execute({
    schema: addFederation(new GraphQLSchema({ query, types: [thing] }), 3),
    document: parse(
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Thing { id } } }',
    ),
    variableValues: {
      representations: ['first', 'broken', 'last'].map((key) => ({ __typename: 'Thing', id: key })),
    },
    contextValue: { progress: { state: 'RECEIVED', outcomes: [] }, identity: null, refusal: null },
  });
  expect(data).toEqual({ _entities: [{ id: 'first' }, null, { id: 'last' }] });
  expect(errors).toEqual([
    expect.objectContaining({ path: ['_entities', 1], originalError: crash }),
  ]);
});
