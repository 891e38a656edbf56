import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { CONTENDERS } from './contenders.ts';
import { literal } from './graphql-request.ts';
import { SCENARIOS } from './scenarios.ts';

const schema = buildSchema(
  readFileSync(new URL('../schema/schema.graphql', import.meta.url), 'utf8'),
);
const gateway = CONTENDERS.find(({ name }) => name === 'gateway');

describe('a literal', () => {
  it('is written as GraphQL writes it', () => {
    expect(
      literal({ text: 'a "b"', list: ['x', 1], flag: true, nothing: null, word: 'FORM_POST' }),
    ).toBe('{text: "a \\"b\\"", list: ["x", 1], flag: true, nothing: null, word: FORM_POST}');
  });
});

describe.each(SCENARIOS)("the gateway's request for $name", (scenario) => {
  const { query, variables } = JSON.parse(gateway?.request(scenario)?.body ?? '{}') as {
    query: string;
    variables?: unknown;
  };

  it('is valid in its schema', () => {
    expect(validate(schema, parse(query))).toEqual([]);
  });

  it('has its values in the place that the scenario sets', () => {
    expect(variables !== undefined).toBe(scenario.values === 'variables');
    expect(/(fresh|taken)-@/.test(query)).toBe(scenario.values === 'inline');
  });
});
