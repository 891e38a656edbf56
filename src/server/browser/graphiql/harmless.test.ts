import { expect, it } from 'vitest';
import { isHarmless } from './harmless.ts';

const DRY = { input: { dryRun: true } };

it.each<[string, string, Readonly<Record<string, unknown>>]>([
  ['a query', 'query { a }', {}],
  ['a query without the word', '{ a }', {}],
  ['a dry run', 'mutation ($input: I!) { a(input: $input) { b } }', DRY],
  [
    'two dry runs',
    'mutation ($input: I!) { a(input: $input) { b } c(input: { dryRun: true }) { b } }',
    DRY,
  ],
  [
    'a dry run by a variable in a literal',
    'mutation ($dry: Boolean!) { a(input: { dryRun: $dry }) { b } }',
    { dry: true },
  ],
  ['a query with a fragment', 'query { ...F } fragment F on Query { a }', {}],
])('%s changes nothing', (_what, document, variables) => {
  expect(isHarmless(document, variables)).toBe(true);
});

it.each<[string, string, Readonly<Record<string, unknown>>]>([
  ['a mutation', 'mutation ($input: I!) { a(input: $input) { b } }', { input: {} }],
  [
    'a mutation with dryRun: false',
    'mutation ($input: I!) { a(input: $input) { b } }',
    { input: { dryRun: false } },
  ],
  [
    'a mutation with dryRun: "true"',
    'mutation ($input: I!) { a(input: $input) { b } }',
    { input: { dryRun: 'true' } },
  ],
  [
    'a mutation beside a dry run',
    'mutation ($input: I!, $other: I!) { a(input: $input) { b } c(input: $other) { b } }',
    { ...DRY, other: {} },
  ],
  [
    'a mutation that names dryRun elsewhere',
    'mutation ($input: I!) { a(input: { x: $input }) { b } }',
    DRY,
  ],
  ['a mutation without an argument', 'mutation { a { b } }', DRY],
  [
    'a mutation in a fragment',
    'mutation ($input: I!) { ...F } fragment F on Mutation { a(input: $input) { b } }',
    DRY,
  ],
  ['a mutation beside a query', 'query Q { a } mutation M { b }', {}],
  ['a subscription', 'subscription { a }', DRY],
])('%s may change something', (_what, document, variables) => {
  expect(isHarmless(document, variables)).toBe(false);
});
