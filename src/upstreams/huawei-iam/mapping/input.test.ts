import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { inputIssues, issuesOf } from '../../../../test/setup/input-issues.ts';
import { parseInput } from '../../../domain/parse.ts';
import { mappingChange, mappingDraft } from './input.ts';

const USER = { user: { name: '{0}' } };
const EMAIL = { type: 'email' };
const SALES = { type: 'department', anyOneOf: ['sales'] };
const RULE = { local: [USER], remote: [EMAIL] };

const issuesIn = (schema: z.ZodType, input: unknown) => issuesOf(() => parseInput(schema, input));
/** Issues of a mapping with one rule, their paths below that rule. */
const ruleIssues = (rule: object) =>
  inputIssues(mappingDraft, { id: 'm', rules: [{ ...RULE, ...rule }] }).map((issue) =>
    issue.replace(/^rules\.0\.?/, ''),
  );

describe('a rule', () => {
  it.each<[string, object, string[]]>([
    ['one group', { local: [USER, { group: { name: 'admin' } }] }, []],
    ['several groups', { local: [USER, { groups: '["admin","manager"]' }] }, []],
    [
      'groups from a claim',
      { local: [USER, { groups: '{1}' }], remote: [EMAIL, { type: 'groups' }] },
      [],
    ],
    [
      'nulls for what is left out',
      {
        local: [{ ...USER, group: null, groups: null }],
        remote: [{ ...EMAIL, anyOneOf: null, notAnyOf: null, regex: null }],
      },
      [],
    ],
    ['a part that says nothing', { local: [{}] }, ['local.0 REQUIRED']],
    [
      'a part of nulls',
      { local: [USER, { user: null, group: null, groups: null }] },
      ['local.1 REQUIRED'],
    ],
    ['a part that says two things', { local: [{ ...USER, group: { name: 'admin' } }] }, []],
    ['a part that says all', { local: [{ ...USER, group: { name: 'admin' }, groups: 'x' }] }, []],
    ['no parts', { local: [] }, ['local TOO_SHORT']],
    ['a blank user', { local: [{ user: { name: ' ' } }] }, ['local.0.user.name BLANK']],
    ['a blank group', { local: [{ group: { name: '' } }] }, ['local.0.group.name BLANK']],
    ['blank groups', { local: [{ groups: '\n' }] }, ['local.0.groups BLANK']],
    [
      'blank groups beside a user: it is given',
      { local: [{ ...USER, groups: '' }] },
      ['local.0.groups BLANK'],
    ],
    [
      'no conditions',
      { local: [{ user: { name: 'FederationUser' } }], remote: [] },
      ['remote TOO_SHORT'],
    ],
    ['ten conditions', { remote: Array(10).fill(EMAIL) }, []],
    ['eleven conditions', { remote: Array(11).fill(EMAIL) }, ['remote TOO_LONG']],
    ['a blank type', { remote: [{ type: '\t' }] }, ['remote.0.type BLANK']],
    ['one of some values', { remote: [EMAIL, SALES] }, []],
    ['none of some values', { remote: [EMAIL, { type: 'department', notAnyOf: ['sales'] }] }, []],
    [
      'both',
      { remote: [EMAIL, { ...SALES, notAnyOf: ['support'] }] },
      ['remote.1.notAnyOf NOT_ALLOWED'],
    ],
    [
      'both, empty',
      { remote: [EMAIL, { type: 'x', anyOneOf: [], notAnyOf: [] }] },
      ['remote.1.notAnyOf NOT_ALLOWED'],
    ],
    ['one of no values', { remote: [EMAIL, { type: 'x', anyOneOf: [] }] }, []],
    ['none of no values', { remote: [EMAIL, { type: 'x', notAnyOf: [], regex: true }] }, []],
    [
      'a blank value',
      { remote: [EMAIL, { type: 'x', notAnyOf: ['a', ' '] }] },
      ['remote.1.notAnyOf.1 BLANK'],
    ],
    [
      'regular expressions',
      { remote: [EMAIL, { type: 'x', anyOneOf: ['^a{2}$'], regex: true }] },
      [],
    ],
    [
      'regular expressions for none of them',
      { remote: [EMAIL, { type: 'x', notAnyOf: ['^a'], regex: true }] },
      [],
    ],
    [
      'a regular expression about nothing',
      { remote: [{ ...EMAIL, regex: true }] },
      ['remote.0.regex NOT_ALLOWED'],
    ],
    [
      'a regular expression about nulls',
      { remote: [{ ...EMAIL, anyOneOf: null, notAnyOf: null, regex: true }] },
      ['remote.0.regex NOT_ALLOWED'],
    ],
    ['no regular expression about nothing', { remote: [{ ...EMAIL, regex: false }] }, []],
  ])('with %s', (_what, rule, issues) => {
    expect(ruleIssues(rule)).toEqual(issues);
  });

  const named = (text: string) => [
    { user: { name: text } },
    { group: { name: text } },
    { groups: text },
  ];
  const NAMES = ['user.name', 'group.name', 'groups'];

  it.each<[string, readonly object[], readonly string[], readonly string[]]>([
    ['one condition', [EMAIL], ['{0}', '{0}{0}', 'x {0} y'], ['{1}', '{0}{1}', '{9}', '{10}']],
    ['two conditions', [EMAIL, { type: 'name' }], ['{0}', '{1}', '{1} {0}'], ['{2}', '{0} {2}']],
    [
      'what is no number',
      [EMAIL],
      ['(0)', '[0]'],
      [
        '{}',
        '{ }',
        '{ 0 }',
        '{-1}',
        '{+0}',
        '{0.0}',
        '{00}',
        '{email}',
        '{0',
        '0}',
        '}{',
        '{{0}}',
        '{{0}0}',
        '{0}}',
        '{٠}',
      ],
    ],
    // Keystone stores them, whether or not the condition gives a text: see the warning PLACEHOLDER_NOT_FILLED.
    ['a condition with values', [EMAIL, SALES], ['{0}', '{1}'], ['{2}']],
    [
      'conditions with values alone',
      [SALES, { type: 'x', notAnyOf: ['y'] }],
      ['x', '{0}', '{1}'],
      ['{2}'],
    ],
    ['nulls for values', [{ ...EMAIL, anyOneOf: null, notAnyOf: null }], ['{0}'], ['{1}']],
  ])('finds placeholders in every text, with %s', (_what, remote, good, bad) => {
    for (const text of good)
      expect([text, ruleIssues({ local: named(text), remote })]).toEqual([text, []]);
    for (const text of bad)
      expect([text, ruleIssues({ local: named(text), remote })]).toEqual([
        text,
        NAMES.map((name, index) => `local.${index}.${name} INVALID_PLACEHOLDER`),
      ]);
  });

  it.each<[readonly object[], string]>([
    [
      [EMAIL, SALES, { type: 'name' }],
      'Braces may only contain the number of a condition: {0}, {1}, {2}.',
    ],
    [[EMAIL], 'Braces may only contain the number of a condition: {0}.'],
    [[], 'Must not contain braces: the rule has no condition that could fill them.'],
  ])('says which placeholders there are, for %j', (remote, message) => {
    const [issue] = issuesIn(mappingDraft, {
      id: 'm',
      rules: [{ local: [{ groups: '{x}' }], remote }],
    }).filter(({ code }) => code === 'INVALID_PLACEHOLDER');
    expect(issue?.message).toBe(message);
  });

  it('does not mention placeholders in values and types, where braces have no meaning', () => {
    expect(
      ruleIssues({ remote: [{ type: '{9}' }, { type: 'x', anyOneOf: ['{9}', '{'] }] }),
    ).toEqual([]);
  });
});

describe('the rules of a mapping', () => {
  it.each([
    [0, ['rules TOO_SHORT']],
    [1, []],
    [10, []],
    [11, ['rules TOO_LONG']],
  ])('are 1 to 10: %i', (count, issues) => {
    for (const schema of [mappingDraft, mappingChange])
      expect(inputIssues(schema, { id: 'm', rules: Array(count).fill(RULE) })).toEqual(issues);
  });

  it('are counted in words', () => {
    expect(
      issuesIn(mappingDraft, { id: 'm', rules: Array(11).fill(RULE) }).map(
        ({ message }) => message,
      ),
    ).toEqual(['Must have at most 10 rules, but has 11.']);
    const parts = [{ ...RULE, local: Array(1_001).fill({}) }];
    expect(issuesIn(mappingDraft, { id: 'm', rules: parts })).toMatchObject([
      {
        path: ['rules', '0', 'local'],
        code: 'TOO_LONG',
        message: 'Must have at most 1000 parts, but has 1001.',
      },
    ]);
    expect(
      inputIssues(mappingDraft, { id: 'm', rules: Array(11).fill({ local: [], remote: [EMAIL] }) }),
    ).toHaveLength(12);
    expect(issuesIn(mappingDraft, { id: 'm', rules: [] }).map(({ message }) => message)).toEqual([
      'Must have at least 1 rule.',
    ]);
  });

  it('show all their issues at once', () => {
    const rules = [
      RULE,
      {
        local: [{ user: { name: '{2}' } }, {}],
        remote: [{ type: '' }, { type: 'x', anyOneOf: [''], notAnyOf: ['y'] }],
      },
      { local: [], remote: [{ ...EMAIL, regex: true }] },
      ...(Array(8).fill(RULE) as object[]),
    ];
    expect(
      inputIssues(mappingChange, { id: 'a b', rules, expectedFingerprint: 'x' }).toSorted(),
    ).toEqual(
      [
        'id INVALID_FORMAT',
        'rules.1.local.0.user.name INVALID_PLACEHOLDER',
        'rules.1.local.1 REQUIRED',
        'rules.1.remote.0.type BLANK',
        'rules.1.remote.1.anyOneOf.0 BLANK',
        'rules.1.remote.1.notAnyOf NOT_ALLOWED',
        'rules.2.local TOO_SHORT',
        'rules.2.remote.0.regex NOT_ALLOWED',
        'rules TOO_LONG',
        'expectedFingerprint INVALID_FORMAT',
      ].toSorted(),
    );
  });

  it('keep texts as they came', () => {
    const rules = [
      { local: [{ user: { name: ' {0} ' } }], remote: [{ type: ' email ', anyOneOf: null }] },
    ];
    expect(parseInput(mappingDraft, { id: 'm', rules }).rules).toEqual(rules);
  });
});
