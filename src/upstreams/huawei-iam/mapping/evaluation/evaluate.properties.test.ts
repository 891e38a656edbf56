import fc from 'fast-check';
import { expect, it } from 'vitest';
import { caseOf, listed } from '../../../../../test/keystone/cases.ts';
import type { Json } from '../../../../domain/json/json.ts';
import { fromWire } from '../translate.ts';
import { evaluate } from './evaluate.ts';
import { MAX_TEXTS } from './identity.ts';
import type { EvaluableRule } from './model.ts';
import { MAX_PATTERN_WORK } from './patterns.ts';
import { storedRules } from './stored-rules.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '{0}',
    '{1}',
    '{',
    '["a"]',
    '[',
    '(a+)+$',
    '.*',
    '[^',
    'sub',
    '__NAMEID__',
    '__proto__',
    ';',
  ),
);
const list = fc.option(fc.array(text, { maxLength: 4 }), { nil: null });
/** Whatever may be stored, not only what the input allows. */
const rules: fc.Arbitrary<EvaluableRule[]> = fc.array(
  fc.record({
    local: fc.array(
      fc.record({
        user: fc.option(fc.record({ name: text }), { nil: null }),
        group: fc.option(fc.record({ name: text }), { nil: null }),
        groups: fc.option(fc.oneof(text, fc.record({ name: text })), { nil: null }),
      }),
      { maxLength: 3 },
    ),
    remote: fc.array(
      fc.record({ type: text, anyOneOf: list, notAnyOf: list, regex: fc.option(fc.boolean()) }),
      { maxLength: 4 },
    ),
    isWhole: fc.boolean(),
  }),
  { maxLength: 5 },
);
const claims = fc.dictionary(
  text,
  fc.oneof(text, fc.array(fc.oneof(text, fc.integer()), { maxLength: 4 }), fc.jsonValue()),
) as fc.Arbitrary<Record<string, Json>>;

function check(given: readonly EvaluableRule[], json: Readonly<Record<string, Json>>): void {
  const { evaluation, work } = evaluate(given, json);
  expect(evaluation.rules.map(({ index }) => index)).toEqual([...given.keys()]);
  for (const [index, { remote }] of given.entries())
    expect(evaluation.rules[index]?.conditions.map((one) => [one.index, one.claim])).toEqual(
      remote.map(({ type }, at) => [at, type]),
    );
  const { signsIn, user, groups, groupsComplete, nearestMiss } = evaluation;
  expect(user === null).toBe(signsIn !== 'YES');
  expect(groups === null).toBe(signsIn === 'NO');
  if (groupsComplete) expect(groups).not.toBeNull();
  if (nearestMiss !== null) {
    expect(signsIn).toBe('NO');
    expect(nearestMiss.conditions).not.toEqual([]);
  }
  expect(work.patterns).toBeLessThanOrEqual(MAX_PATTERN_WORK);
  expect(work.texts).toBeLessThanOrEqual(MAX_TEXTS);
}

it('never throws, is bounded, and tells about every rule and condition', () => {
  fc.assert(fc.property(rules, claims, check), { numRuns: 500 });
});

it('is the same for claims in another order, and for a claim with one value as a list', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 200 }), (draws) => {
      const one = caseOf(listed(draws));
      const given = storedRules(fromWire({ id: 'a', rules: one.rules }));
      const entries = Object.entries(one.claims);
      const { evaluation } = evaluate(given, one.claims);
      expect(evaluate(given, Object.fromEntries([...entries].reverse())).evaluation).toEqual(
        evaluation,
      );
      const asLists = entries.map(([name, value]): [string, Json] => [
        name,
        typeof value === 'string' ? value.split(';') : value,
      ]);
      expect(evaluate(given, Object.fromEntries(asLists)).evaluation).toEqual(evaluation);
    }),
    { numRuns: 300 },
  );
});

it('more groups never change who is signed in', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 200 }), (draws) => {
      const one = caseOf(listed(draws));
      const given = storedRules(fromWire({ id: 'a', rules: one.rules }));
      const more: EvaluableRule = {
        local: [{ group: { name: 'more' } }],
        remote: [{ type: 'more' }],
      };
      const { evaluation: before } = evaluate(given, one.claims);
      const { evaluation: after } = evaluate([...given, more], { ...one.claims, more: 'x' });
      expect([after.signsIn, after.user]).toEqual([before.signsIn, before.user]);
      if (after.groups !== null)
        expect(new Set(after.groups)).toEqual(new Set([...(before.groups ?? []), 'more']));
    }),
    { numRuns: 300 },
  );
});

/** Rules that are as large as an input may be, against claims that are. */
const many = Array.from({ length: 10_000 }, (_, index) => `v${index}`);
const HOSTILE: readonly [string, EvaluableRule[], Record<string, Json>][] = [
  [
    '10,000 values against 10,000 values, in 100 conditions',
    Array.from({ length: 10 }, () => ({
      local: [{ user: { name: 'u' } }],
      remote: Array.from({ length: 10 }, () => ({
        type: 'c',
        notAnyOf: many.map((one) => `${one}!`),
      })),
    })),
    { c: many },
  ],
  [
    '10,000 values in each of 10,000 texts',
    [
      {
        local: Array.from({ length: 10_000 }, () => ({
          group: { name: '{0}{0}{0}' },
          groups: '{0}',
        })),
        remote: [{ type: 'c' }],
      },
    ],
    { c: many },
  ],
  [
    '10,000 patterns against 10,000 values',
    [
      {
        local: [{ user: { name: 'u' } }],
        remote: [{ type: 'c', anyOneOf: many.map((one) => `^${one}x*$|(a|aa)+$`), regex: true }],
      },
    ],
    { c: many },
  ],
  [
    'repetitions within repetitions',
    [
      {
        local: [{ user: { name: 'u' } }],
        remote: [
          {
            type: 'c',
            anyOneOf: ['((((a{99}){99}){99}){99})', '(a*)*b', '(a|a)*$', 'a{500}a{500}'],
            regex: true,
          },
        ],
      },
    ],
    { c: 'a'.repeat(60_000) },
  ],
  [
    'long texts of brackets',
    [{ local: [{ user: { name: 'u' } }, { groups: '{0}' }], remote: [{ type: 'c' }] }],
    { c: '['.repeat(16_000) },
  ],
  [
    'braces',
    [{ local: [{ user: { name: '{'.repeat(60_001) } }], remote: [{ type: 'c' }] }],
    { c: 'x' },
  ],
  [
    'deep claims',
    [{ local: [{ user: { name: 'u' } }], remote: [{ type: 'c' }, { type: 'c.c' }] }],
    { c: JSON.parse(`${'{"c":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as Json },
  ],
];

it.each(HOSTILE)('is bounded for %s', (_what, given, json) => {
  check(given, json);
});
