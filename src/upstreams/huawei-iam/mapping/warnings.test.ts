import { describe, expect, it } from 'vitest';
import { asWords } from '../../../../test/setup/input-issues.ts';
import type { Json } from '../../../domain/json/json.ts';
import type { Warning } from '../../../domain/warnings.ts';
import { fromWire } from './translate.ts';
import type { MappingRule } from './translate.ts';
import { mappingWarnings, ruleWarnings, storedWarnings } from './warnings.ts';

const USER = { user: { name: '{0}' } };
const EMAIL = { type: 'email' };
const SALES = { type: 'department', anyOneOf: ['sales'] };
const RULE = { local: [USER], remote: [EMAIL] };

describe('rules', () => {
  it('that are not shown whole have a warning each', () => {
    expect([...mappingWarnings({ incomplete: [] })]).toEqual([]);
    expect(asWords(mappingWarnings({ incomplete: [0, 3] }))).toEqual([
      'rules.0 RULE_NOT_SHOWN_WHOLE',
      'rules.3 RULE_NOT_SHOWN_WHOLE',
    ]);
  });
});

describe('ruleWarnings', () => {
  it('report rules that give no user a name', () => {
    const remote = [{ type: 'email' }];
    expect(
      [...ruleWarnings([{ local: [{ group: { name: 'a' } }], remote }])].map(({ code }) => code),
    ).toEqual(['NO_USER_IN_RULES']);
    expect([
      ...ruleWarnings([
        { local: [{ group: { name: 'a' } }], remote },
        { local: [{ user: { name: '{0}' } }], remote },
      ]),
    ]).toEqual([]);
  });

  it.each<[string, MappingRule, string[]]>([
    [
      'a list of no values',
      { local: [USER], remote: [EMAIL, { type: 'x', anyOneOf: [] }] },
      ['rules.0.remote.1.anyOneOf RULE_NEVER_APPLIES'],
    ],
    [
      'no value that is excluded',
      { local: [USER], remote: [EMAIL, { type: 'x', notAnyOf: [] }] },
      [],
    ],
    [
      'placeholders of conditions without values',
      { local: [{ user: { name: '{0} {1}' } }], remote: [EMAIL, { type: 'name' }, SALES] },
      [],
    ],
    // The first without values, or the first of all: the user guide does not say.
    [
      'a condition with values first',
      { local: [{ user: { name: '{0}' } }, { groups: '{1}' }], remote: [SALES, EMAIL] },
      [],
    ],
    [
      'a placeholder of a condition with values',
      { local: [{ user: { name: '{0}' }, group: { name: '{1}' } }], remote: [EMAIL, SALES] },
      ['rules.0.local.0.group.name PLACEHOLDER_NOT_FILLED'],
    ],
    [
      'conditions with values alone',
      { local: [{ user: { name: '{0}' } }], remote: [SALES] },
      ['rules.0.local.0.user.name PLACEHOLDER_NOT_FILLED'],
    ],
  ])('tell of %s', (_what, rule, warnings) => {
    expect(asWords(ruleWarnings([rule]))).toEqual(warnings);
  });
});

describe('what is stored and could not be written back', () => {
  it.each<[string, Iterable<Warning>, string[]]>([
    ['a mapping', storedWarnings(fromWire({ id: 'm', rules: [RULE] })), []],
    [
      'too many rules',
      storedWarnings(fromWire({ id: 'm', rules: Array(11).fill(RULE) as Json[] })),
      ['rules NOT_WRITABLE'],
    ],
    [
      'a placeholder with a name',
      storedWarnings(
        fromWire({ id: 'm', rules: [{ ...RULE, local: [{ user: { name: '{email}' } }] }] }),
      ),
      ['rules.0.local.0.user.name NOT_WRITABLE'],
    ],
    [
      'an empty part',
      storedWarnings(fromWire({ id: 'm', rules: [{ ...RULE, local: [{}] }] })),
      ['rules.0.local.0 NOT_WRITABLE'],
    ],
    [
      'what is not shown',
      storedWarnings(fromWire({ id: 'm', rules: [{ ...RULE, x: 1 }] })),
      ['rules.0 RULE_NOT_SHOWN_WHOLE'],
    ],
  ])('%s', (_what, warnings, expected) => {
    expect(asWords(warnings).filter((warning) => !/NO_USER/.test(warning))).toEqual(expected);
  });
});
