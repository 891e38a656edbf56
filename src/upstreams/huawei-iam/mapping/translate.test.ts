import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../domain/fingerprint.ts';
import type { Json } from '../../../domain/json/json.ts';
import { contentOf, fromWire, hasRules, rulesToWire } from './translate.ts';

const RULE = { local: [{ user: { name: '{0}' } }], remote: [{ type: 'email' }] };
const SALES = {
  local: [{ group: { name: 'sales' } }, { groups: '["a","b"]' }],
  remote: [
    { type: 'department', any_one_of: ['sales', 'support'] },
    { type: 'kind', not_any_of: ['^x'], regex: true },
  ],
};

const mappingOf = (...rules: Json[]) => fromWire({ id: 'm', rules });
const mappingPrint = (...rules: Json[]) => fingerprintOf(contentOf(mappingOf(...rules)));

describe('fromWire', () => {
  it('reads every member', () => {
    expect(mappingOf(RULE, SALES).rules).toEqual([
      {
        local: [{ user: { name: '{0}' }, group: null, groups: null }],
        remote: [{ type: 'email', anyOneOf: null, notAnyOf: null, regex: false }],
      },
      {
        local: [
          { user: null, group: { name: 'sales' }, groups: null },
          { user: null, group: null, groups: '["a","b"]' },
        ],
        remote: [
          { type: 'department', anyOneOf: ['sales', 'support'], notAnyOf: null, regex: false },
          { type: 'kind', anyOneOf: null, notAnyOf: ['^x'], regex: true },
        ],
      },
    ]);
  });

  it.each<[string, Json]>([
    ['regex that is false', { ...RULE, remote: [{ type: 'email', regex: false }] }],
    [
      'members that are null',
      {
        local: [{ user: { name: '{0}' }, group: null, groups: null }],
        remote: [{ type: 'email', any_one_of: null, not_any_of: null, regex: null }],
      },
    ],
    ['an unknown member that is null', { ...RULE, links: null }],
    [
      'another order of members',
      { remote: [{ type: 'email' }], local: [{ user: { name: '{0}' } }] },
    ],
  ])('takes %s for nothing', (_what, rule) => {
    expect(mappingOf(rule)).toMatchObject({ incomplete: [], rules: mappingOf(RULE).rules });
    expect(mappingPrint(rule)).toBe(mappingPrint(RULE));
    expect(hasRules(mappingOf(RULE).rules, mappingOf(rule))).toBe(true);
  });

  /** Rules that hold more, or something else, than this schema has. */
  const ODD: readonly (readonly [string, Json])[] = [
    ['an unknown member of a rule', { ...RULE, priority: 1 }],
    [
      'an unknown member of a part',
      { ...RULE, local: [{ user: { name: '{0}' }, domain: { id: 'd' } }] },
    ],
    ['an unknown member of a user', { ...RULE, local: [{ user: { name: '{0}', email: '{1}' } }] }],
    ['a user without a name', { ...RULE, local: [{ user: { id: 'u' } }] }],
    ['groups as an object', { ...RULE, local: [{ groups: { name: 'manager' } }] }],
    [
      'an unknown member of a condition',
      { ...RULE, remote: [{ type: 'email', whitelist: ['a'] }] },
    ],
    [
      'a member named like one that every object has',
      JSON.parse('{"local":[],"remote":[],"__proto__":{"x":1}}') as Json,
    ],
    ['values that are no texts', { ...RULE, remote: [{ type: 'x', any_one_of: [1, 'a', null] }] }],
    ['values that are no list', { ...RULE, remote: [{ type: 'x', not_any_of: 'a' }] }],
    [
      'a regex that is a text',
      { ...RULE, remote: [{ type: 'x', any_one_of: ['a'], regex: 'true' }] },
    ],
    ['a condition without a type', { ...RULE, remote: [{ any_one_of: ['a'] }] }],
    ['parts that are no objects', { ...RULE, local: [null, 'x', { user: { name: '{0}' } }] }],
    ['no conditions', { local: RULE.local }],
    ['conditions that are no list', { ...RULE, remote: { type: 'email' } }],
    ['nothing', {}],
    ['no object', 'x'],
    ['null', null],
    ['a list', [RULE]],
  ];

  it.each(ODD)('reports a rule with %s, and keeps it in the fingerprint', (_what, rule) => {
    const stored = mappingOf(RULE, rule, SALES);
    expect(stored.incomplete).toEqual([1]);
    expect(stored.rules).toHaveLength(3);
    // What is shown of it is not what is stored.
    expect(hasRules(stored.rules, stored)).toBe(false);
  });

  it('gives each of them its own fingerprint', () => {
    const prints = [...ODD.map(([, rule]) => rule), RULE, SALES].map((rule) => mappingPrint(rule));
    expect(new Set(prints).size).toBe(prints.length);
  });

  it.each<[string, Json[], Json[]]>([
    ['the order of rules', [RULE, SALES], [SALES, RULE]],
    ['the order of parts', [SALES], [{ ...SALES, local: SALES.local.toReversed() }]],
    [
      'the order of conditions, which placeholders count',
      [SALES],
      [{ ...SALES, remote: SALES.remote.toReversed() }],
    ],
    ['the number of rules', [RULE], [RULE, RULE]],
    [
      'an empty list of values beside none',
      [RULE],
      [{ ...RULE, remote: [{ type: 'email', any_one_of: [] }] }],
    ],
    [
      'which of the lists has the values',
      [{ ...RULE, remote: [{ type: 'x', any_one_of: ['a'] }] }],
      [{ ...RULE, remote: [{ type: 'x', not_any_of: ['a'] }] }],
    ],
    [
      'regex',
      [{ ...RULE, remote: [{ type: 'x', any_one_of: ['a'] }] }],
      [{ ...RULE, remote: [{ type: 'x', any_one_of: ['a'], regex: true }] }],
    ],
  ])('tells %s apart', (_what, one, other) => {
    expect(mappingPrint(...one)).not.toBe(mappingPrint(...other));
    expect(hasRules(mappingOf(...one).rules, mappingOf(...other))).toBe(false);
    expect(hasRules(mappingOf(...other).rules, mappingOf(...other))).toBe(true);
  });

  const text = fc.string({ unit: 'binary' });
  const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
  const named = fc.record({ name: text });
  const wireRules = fc
    .array(
      fc.record({
        local: fc.array(
          fc.record({ user: maybe(named), group: maybe(named), groups: maybe(text) }),
        ),
        remote: fc.array(
          fc.record({
            type: text,
            any_one_of: maybe(fc.array(text)),
            not_any_of: maybe(fc.array(text)),
            regex: maybe(fc.constant(true)),
          }),
        ),
      }),
    )
    .map((rules) => JSON.parse(JSON.stringify(rules)) as Json[]);

  it('loses nothing of rules that the schema can express', () => {
    fc.assert(
      fc.property(wireRules, (rules) => {
        const stored = mappingOf(...rules);
        expect(stored.incomplete).toEqual([]);
        expect(rulesToWire(stored.rules)).toEqual(rules);
        expect(hasRules(stored.rules, stored)).toBe(true);
      }),
    );
  });

  it('never falls over, and reports exactly the rules that would not come back the same', () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      wireRules.map((rules) => rules[0] ?? null),
      fc.record({ local: fc.jsonValue(), remote: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(
        fc.array(odd.map((value) => JSON.parse(JSON.stringify(value)) as Json)),
        (rules) => {
          const stored = mappingOf(...rules);
          const changes = rules.flatMap((rule, index) =>
            mappingPrint(...rulesToWire(stored.rules.slice(index, index + 1))) ===
            mappingPrint(rule)
              ? []
              : [index],
          );
          expect(stored.incomplete).toEqual(changes);
        },
      ),
    );
  });
});

describe('rulesToWire', () => {
  it('sends only what is given', () => {
    const rules = [
      {
        local: [
          { user: { name: 'u' }, group: null },
          { groups: 'g', user: undefined },
        ],
        remote: [
          { type: 't', anyOneOf: null, notAnyOf: ['a'], regex: false },
          { type: 't', regex: null },
        ],
      },
    ];
    expect(rulesToWire(rules)).toEqual([
      {
        local: [{ user: { name: 'u' } }, { groups: 'g' }],
        remote: [{ type: 't', not_any_of: ['a'] }, { type: 't' }],
      },
    ]);
  });
});

describe('contentOf', () => {
  it('has the id', () => {
    expect(fingerprintOf(contentOf(fromWire({ id: 'a', rules: [RULE] })))).not.toBe(
      mappingPrint(RULE),
    );
  });
});
