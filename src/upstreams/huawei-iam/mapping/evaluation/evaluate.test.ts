import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../domain/json/json.ts';
import type { MappingRemote } from '../translate.ts';
import { evaluate } from './evaluate.ts';
import { CONDITION_REASONS, OUTCOME_REASONS, RULE_REASONS } from './model.ts';
import type { EvaluableRule, Evaluation, Part } from './model.ts';

type Claims = Readonly<Record<string, Json>>;

const rule = (local: Part | readonly Part[], ...remote: MappingRemote[]): EvaluableRule => ({
  local: Array.isArray(local) ? (local as readonly Part[]) : [local as Part],
  remote,
});
const named = (name: string): Part => ({ user: { name } });
const evaluationOf = (rules: readonly EvaluableRule[], claims: Claims): Evaluation =>
  evaluate(rules, claims).evaluation;
const codesOf = (rules: readonly EvaluableRule[], claims: Claims) =>
  evaluate(rules, claims).warnings.map(({ code, path }) => `${path.join('.')} ${code}`);

/** A condition, the claims, and what follows. */
const CONDITIONS: readonly [MappingRemote, Claims, string][] = [
  [{ type: 'a' }, { a: 'x' }, 'YES CLAIM_PRESENT'],
  [{ type: 'a' }, { a: '' }, 'YES CLAIM_PRESENT'],
  [{ type: 'a', regex: true }, { a: 'x' }, 'YES CLAIM_PRESENT'],
  [{ type: 'a' }, { A: 'x' }, 'NO CLAIM_MISSING'],
  [{ type: 'toString' }, {}, 'NO CLAIM_MISSING'],
  [{ type: '__proto__' }, {}, 'NO CLAIM_MISSING'],
  [{ type: 'a', notAnyOf: ['x'] }, {}, 'NO CLAIM_MISSING'],
  [{ type: 'a' }, { a: [] }, 'NO CLAIM_EMPTY_LIST'],
  [{ type: 'a' }, { a: 1 }, 'NO CLAIM_NOT_TEXT'],
  [{ type: 'a' }, { a: null }, 'NO CLAIM_NOT_TEXT'],
  [{ type: 'a' }, { a: [1, null] }, 'NO CLAIM_NOT_TEXT'],
  [{ type: 'a' }, { a: { b: 'x' } }, 'NO CLAIM_NOT_TEXT'],
  [{ type: 'a', anyOneOf: ['y', 'x'] }, { a: ['x'] }, 'YES VALUE_LISTED'],
  [{ type: 'a', anyOneOf: ['y'] }, { a: 'x;y' }, 'YES VALUE_LISTED'],
  [{ type: 'a', anyOneOf: ['x;y'] }, { a: ['x;y'] }, 'YES VALUE_LISTED'],
  [{ type: 'a', anyOneOf: ['y'] }, { a: 'x; y' }, 'NO VALUE_DIFFERS_IN_CASE_OR_SPACE'],
  [{ type: 'a', anyOneOf: ['x'] }, { a: 'X' }, 'NO VALUE_DIFFERS_IN_CASE_OR_SPACE'],
  [{ type: 'a', anyOneOf: ['.*'] }, { a: 'x' }, 'NO VALUE_NOT_LISTED'],
  [{ type: 'a', anyOneOf: [] }, { a: 'x' }, 'NO LIST_EMPTY'],
  [{ type: 'a', notAnyOf: [] }, { a: 'x' }, 'YES NO_VALUE_EXCLUDED'],
  [{ type: 'a', notAnyOf: ['y'] }, { a: 'x' }, 'YES NO_VALUE_EXCLUDED'],
  [{ type: 'a', notAnyOf: ['y'] }, { a: ['x', 'y'] }, 'NO VALUE_EXCLUDED'],
  [{ type: 'a', anyOneOf: ['^x'], regex: true }, { a: ['y', 'xy'] }, 'YES PATTERN_MATCHED'],
  [{ type: 'a', anyOneOf: ['^y$', 'z'], regex: true }, { a: 'xy' }, 'NO PATTERN_NOT_MATCHED'],
  [{ type: 'a', notAnyOf: ['y'], regex: true }, { a: 'xy' }, 'NO PATTERN_EXCLUDED'],
  [{ type: 'a', notAnyOf: ['y'], regex: true }, { a: 'x' }, 'YES NO_PATTERN_EXCLUDED'],
  [
    { type: 'a', anyOneOf: ['x', '(?=x)'], regex: true },
    { a: 'x' },
    'UNDECIDED PATTERN_NOT_SUPPORTED',
  ],
  [{ type: 'a', anyOneOf: ['('], regex: true }, { a: 'x' }, 'UNDECIDED PATTERN_NOT_SUPPORTED'],
  [
    { type: 'a', anyOneOf: [String.raw`^\w+$`], regex: true },
    { a: 'ü' },
    'UNDECIDED PATTERN_DEPENDS_ON_ENGINE',
  ],
  [
    { type: 'a', anyOneOf: ['x$'], regex: true },
    { a: 'x\n' },
    'UNDECIDED PATTERN_DEPENDS_ON_ENGINE',
  ],
  [
    { type: 'a', anyOneOf: ['a{400}'], regex: true },
    { a: 'b'.repeat(1_000) },
    'UNDECIDED TOO_MUCH_WORK',
  ],
  [{ type: '__NAMEID__' }, {}, 'YES CLAIM_PRESENT'],
  [{ type: '__NAMEID__', anyOneOf: ['x'] }, {}, 'UNDECIDED SUBJECT_UNKNOWN'],
  [{ type: '__NAMEID__', anyOneOf: [] }, {}, 'NO LIST_EMPTY'],
  [{ type: '__NAMEID__', anyOneOf: ['x'] }, { __NAMEID__: 'x' }, 'YES VALUE_LISTED'],
];

describe('a condition', () => {
  it.each(CONDITIONS)('%j with %j', (condition, claims, expected) => {
    const { rules } = evaluationOf([rule(named('u'), condition)], claims);
    const found = rules[0]?.conditions[0];
    expect(found).toMatchObject({ index: 0, claim: condition.type });
    expect(`${found?.holds ?? ''} ${found?.reason ?? ''}`).toBe(expected);
  });

  it('has every reason in one of these cases', () => {
    const reached = new Set(CONDITIONS.map(([, , expected]) => expected.split(' ')[1]));
    expect([...reached].sort()).toEqual(Object.keys(CONDITION_REASONS).sort());
  });

  it.each([
    ['groups', { Groups: 'x' }, 'Groups'],
    ['realm_access.roles', { realm_access: { roles: ['x'] } }, 'realm_access'],
    ['realm.roles', { realm: 'x' }, null],
    ['.a', { '': { a: 'x' } }, ''],
    ['email', { sub: 'x' }, null],
  ])('about %s suggests a similar claim of %j', (type, claims, similarClaim) => {
    const [{ conditions } = { conditions: [] }] = evaluationOf(
      [rule(named('u'), { type })],
      claims,
    ).rules;
    expect(conditions).toMatchObject([{ similarClaim }]);
  });
});

const SUB = { type: 'sub' };
const MISSING = { type: 'missing' };
const ODD = { type: 'sub', anyOneOf: ['(?=x)'], regex: true };

/** Rules, the claims, and what follows. */
const OUTCOMES: readonly [string, readonly EvaluableRule[], Claims, Partial<Evaluation>][] = [
  [
    'the first user name wins, and groups add up',
    [
      rule([{ group: { name: 'g' } }, { groups: '["a","g"]' }], SUB),
      rule([named('{0}'), named('second')], SUB),
      rule([named('third'), { groups: '{0}' }], SUB),
    ],
    { sub: 'x' },
    {
      signsIn: 'YES',
      reason: 'USER_ASSIGNED',
      user: 'x',
      groups: ['g', 'a', 'x'],
      groupsComplete: true,
    },
  ],
  [
    'no rule applies',
    [rule(named('u'), MISSING)],
    {},
    { signsIn: 'NO', reason: 'NO_RULE_APPLIES', user: null, groups: null, groupsComplete: false },
  ],
  [
    'only groups',
    [rule({ groups: 'g' }, SUB)],
    { sub: 'x' },
    { signsIn: 'NO', reason: 'NO_USER_NAME' },
  ],
  [
    'only groups, perhaps',
    [rule({ groups: 'g' }, ODD)],
    { sub: 'x' },
    { signsIn: 'NO', reason: 'NO_USER_NAME' },
  ],
  [
    'a number too high fails the whole sign-in',
    [rule(named('u'), SUB), rule({ group: { name: '{1}' } }, SUB)],
    { sub: 'x' },
    { signsIn: 'NO', reason: 'PLACEHOLDER_NOT_FILLED' },
  ],
  [
    'conditions with a list are not numbered',
    [rule(named('{0}'), { type: 'groups', anyOneOf: ['g'] }, SUB)],
    { sub: 'x', groups: ['g'] },
    { signsIn: 'YES', user: 'x' },
  ],
  [
    'a lone brace',
    [rule(named('{'), SUB)],
    { sub: 'x' },
    { signsIn: 'NO', reason: 'TEMPLATE_NOT_VALID' },
  ],
  [
    'doubled braces are literal',
    [rule(named('{{0}}'), SUB)],
    { sub: 'x' },
    { signsIn: 'YES', user: '{0}' },
  ],
  [
    'a number too high in a rule that does not apply',
    [rule(named('u'), SUB), rule(named('{9}'), MISSING)],
    { sub: 'x' },
    { signsIn: 'YES', user: 'u' },
  ],
  [
    'an undecided rule with the first user name',
    [rule(named('u'), ODD), rule(named('v'), SUB)],
    { sub: 'x' },
    { signsIn: 'UNDECIDED', reason: 'RULE_UNDECIDED', user: null },
  ],
  [
    'a pattern that may be an error',
    [rule(named('u'), SUB), rule({ groups: 'g' }, ODD)],
    { sub: 'x' },
    { signsIn: 'UNDECIDED', reason: 'RULE_UNDECIDED', groups: [], groupsComplete: false },
  ],
  [
    'a pattern that is not reached',
    [rule(named('u'), SUB), rule({ groups: 'g' }, MISSING, ODD)],
    { sub: 'x' },
    { signsIn: 'YES', groups: [], groupsComplete: true },
  ],
  [
    'a pattern that is reached in a rule that fails',
    [rule(named('u'), SUB), rule({ groups: 'g' }, ODD, MISSING)],
    { sub: 'x' },
    { signsIn: 'UNDECIDED', reason: 'RULE_UNDECIDED' },
  ],
  [
    'an undecided rule with groups behind the user name',
    [rule(named('u'), SUB), rule({ groups: 'g' }, { type: '__NAMEID__', anyOneOf: ['x'] })],
    { sub: 'x' },
    { signsIn: 'YES', user: 'u', groups: [], groupsComplete: false },
  ],
  [
    'an undecided rule that would fail',
    [rule(named('u'), SUB), rule({ groups: '{5}' }, { type: '__NAMEID__', anyOneOf: ['x'] })],
    { sub: 'x' },
    { signsIn: 'UNDECIDED', reason: 'RULE_UNDECIDED' },
  ],
  [
    'a stored rule with more',
    [{ ...rule(named('u'), SUB), isWhole: false }],
    { sub: 'x' },
    { signsIn: 'UNDECIDED', reason: 'RULE_UNDECIDED' },
  ],
  [
    'a stored rule with more, behind',
    [rule(named('u'), SUB), { ...rule([], SUB), isWhole: false }],
    { sub: 'x' },
    { signsIn: 'YES', user: 'u', groupsComplete: false },
  ],
  [
    'the unknown subject as name',
    [rule(named('{0}'), { type: '__NAMEID__' })],
    {},
    { signsIn: 'UNDECIDED', reason: 'USER_NAME_UNKNOWN' },
  ],
  [
    'the unknown subject as group',
    [rule([named('u'), { groups: '{0}' }], { type: '__NAMEID__' })],
    {},
    { signsIn: 'YES', user: 'u', groups: [], groupsComplete: false },
  ],
  [
    'an empty name',
    [rule(named('{0}'), SUB)],
    { sub: '' },
    { signsIn: 'UNDECIDED', reason: 'USER_NAME_EMPTY' },
  ],
  [
    'a field of another kind',
    [rule([named('u'), { group: { name: '{0!r}' } }], SUB)],
    { sub: 'x' },
    { signsIn: 'UNDECIDED', reason: 'TEMPLATE_UNKNOWN' },
  ],
  [
    'groups with the word name',
    [rule([named('u'), { groups: 'tenant-names' }], SUB)],
    { sub: 'x' },
    { signsIn: 'UNDECIDED', reason: 'GROUPS_UNDECIDED' },
  ],
  [
    'a group with the word name',
    [rule([named('u'), { group: { name: 'tenant-names' } }], SUB)],
    { sub: 'x' },
    { signsIn: 'YES', groups: ['tenant-names'] },
  ],
  [
    'groups as an object',
    [rule([named('u'), { groups: { name: '{0}' } }], SUB)],
    { sub: 'x' },
    { signsIn: 'YES', groups: ['x'] },
  ],
  [
    'a name that is too long',
    [rule(named('{0}'), SUB)],
    { sub: 'x'.repeat(20_000) },
    { signsIn: 'UNDECIDED', reason: 'TOO_MUCH_WORK' },
  ],
  [
    'groups that cannot be read',
    [rule([named('u'), { groups: '[{0}]' }], SUB)],
    { sub: 'x' },
    { signsIn: 'YES', groups: [], groupsComplete: false },
  ],
  [
    'several values as groups',
    [rule([named('u'), { groups: '{0}' }], SUB)],
    { sub: ['a', "it's", 'a'] },
    { signsIn: 'YES', groups: ['a', "it's"], groupsComplete: true },
  ],
  [
    'several values as name',
    [rule(named('{0}'), SUB)],
    { sub: 'a;b' },
    { signsIn: 'YES', user: "['a', 'b']" },
  ],
  ['no rules', [], {}, { signsIn: 'NO', reason: 'NO_RULE_APPLIES', nearestMiss: null }],
];

describe('the outcome', () => {
  it.each(OUTCOMES)('%s', (_what, rules, claims, expected) => {
    expect(evaluationOf(rules, claims)).toMatchObject(expected);
  });

  it('has every reason in one of these cases', () => {
    const reached = new Set(
      OUTCOMES.map(([, rules, claims]) => evaluationOf(rules, claims).reason),
    );
    expect([...reached].sort()).toEqual(Object.keys(OUTCOME_REASONS).sort());
    const ofRules = OUTCOMES.flatMap(([, rules, claims]) => evaluationOf(rules, claims).rules);
    expect([...new Set(ofRules.map(({ reason }) => reason))].sort()).toEqual(
      Object.keys(RULE_REASONS).sort(),
    );
  });

  it('shows what each rule assigns, applied or undecided', () => {
    const [first, second, third] = evaluationOf(
      [
        rule([named('{0}'), { groups: 'g' }], SUB),
        rule(named('v'), ODD),
        rule(named('w'), MISSING),
      ],
      { sub: 'x' },
    ).rules;
    expect(first).toMatchObject({ index: 0, applies: 'YES', user: 'x', groups: ['g'] });
    expect(second).toMatchObject({ index: 1, applies: 'UNDECIDED', user: 'v', groups: [] });
    expect(third).toMatchObject({ index: 2, applies: 'NO', user: null, groups: [] });
  });
});

describe('the nearest miss', () => {
  const nearest = (rules: readonly EvaluableRule[]) =>
    evaluationOf(rules, { sub: 'x' }).nearestMiss;

  it('is the rule with a user name that the fewest conditions keep from applying', () => {
    expect(
      nearest([
        rule({ groups: 'g' }, MISSING),
        rule(named('u'), MISSING, SUB, MISSING),
        rule(named('v'), SUB, MISSING),
        rule(named('w'), MISSING, SUB),
      ]),
    ).toEqual({ rule: 2, conditions: [1] });
  });

  it('is any rule if none has a user name, and none if the others apply', () => {
    expect(nearest([rule({ groups: 'g' }, MISSING)])).toEqual({ rule: 0, conditions: [0] });
    expect(nearest([rule({ groups: 'g' }, SUB), rule({ groups: 'h' }, MISSING)])).toBeNull();
  });

  it('is null if someone is signed in, or the rules themselves are wrong', () => {
    expect(nearest([rule(named('u'), SUB), rule(named('v'), MISSING)])).toBeNull();
    expect(nearest([rule(named('{4}'), SUB), rule(named('v'), MISSING)])).toBeNull();
  });
});

describe('warnings', () => {
  const patterns = (name: 'anyOneOf' | 'notAnyOf', ...list: string[]) => [
    rule(named('u'), { type: 'sub', [name]: list, regex: true }),
  ];

  it.each([
    '@mail.com',
    '^admin',
    'admin$',
    '^a|b$',
    'a.*',
    '^a|',
    String.raw`^a\$`,
    String.raw`^a\\\$`,
    '(?i)admin',
    '[^|]$',
    '',
  ])('of the pattern %s, which is not anchored', (pattern) => {
    expect(codesOf(patterns('anyOneOf', pattern), { sub: 'x' })).toEqual([
      'rules.0.remote.0.anyOneOf.0 UNANCHORED_REGEX',
    ]);
    expect(codesOf(patterns('notAnyOf', '^x$', pattern), { sub: 'x' })).toEqual([
      'rules.0.remote.0.notAnyOf.1 UNANCHORED_REGEX',
    ]);
  });

  it.each([
    '^admin$',
    '.*@mail.com$',
    '^a.*',
    '^a$|^b$',
    '(?i)^a$',
    '^(a|b)$',
    '^[|]$',
    String.raw`\Aa\\$`,
    String.raw`^a\|b$`,
  ])('not of %s, which is anchored', (pattern) => {
    expect(codesOf(patterns('anyOneOf', pattern), { sub: 'x' })).toEqual([]);
  });

  it('of patterns only if they are patterns', () => {
    expect(codesOf([rule(named('u'), { type: 'sub', anyOneOf: ['a'] })], { sub: 'a' })).toEqual([]);
  });

  it('of names that the user guide does not allow', () => {
    const rules = [rule(named('{0}'), SUB)];
    const [digit] = evaluate(rules, { sub: '110169484474386276334' }).warnings;
    expect(digit).toMatchObject({
      code: 'USER_NAME_NOT_ALLOWED',
      path: ['rules', '0', 'local', '0', 'user', 'name'],
      message: expect.stringContaining('begins with a digit') as unknown,
    });
    const [other] = evaluate(rules, { sub: 'a@example.com' }).warnings;
    expect(other?.message).toContain('has another character');
    expect(other?.message, 'no claim is repeated').not.toContain('example.com');
  });

  it('of the name that wins, not of others', () => {
    expect(
      codesOf([rule([named('ok'), named('1')], SUB), rule(named('2'), SUB)], { sub: 'x' }),
    ).toEqual([]);
  });

  it('of several values in one name', () => {
    const rules = [
      rule([named('{0}'), { group: { name: '{0}' } }, { groups: { name: '{0}' } }], SUB),
    ];
    expect(codesOf(rules, { sub: ['a', 'b'] })).toEqual([
      'rules.0.local.0.user.name USER_NAME_FROM_SEVERAL_VALUES',
      'rules.0.local.1.group.name GROUP_NAME_FROM_SEVERAL_VALUES',
      'rules.0.local.2.groups.name GROUP_NAME_FROM_SEVERAL_VALUES',
    ]);
  });

  it('of groups that cannot be read', () => {
    expect(codesOf([rule([named('u'), { groups: '[admin]' }], SUB)], { sub: 'x' })).toEqual([
      'rules.0.local.1.groups GROUPS_NOT_READABLE',
    ]);
  });

  it.each<[Claims]>([
    [{ iss: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0' }],
    [{ iss: 'https://sts.windows.net/11111111-2222-3333-4444-555555555555/' }],
    [{ hasgroups: true }],
    [{ hasgroups: 'true' }],
    [{ _claim_names: { groups: 'src1' } }],
  ])('of groups that Entra leaves out: %j', (claims) => {
    const rules = [rule(named('u'), SUB), rule({ groups: '{0}' }, SUB, { type: 'groups' })];
    expect(codesOf(rules, { sub: 'x', ...claims })).toEqual([
      'rules.1.remote.1.type GROUPS_OVERAGE',
    ]);
    expect(codesOf([rule(named('u'), { type: 'roles' })], claims)).toEqual([]);
  });

  it('of groups of no other issuer', () => {
    const iss = 'https://login.microsoftonline.com.evil.example/';
    expect(codesOf([rule(named('u'), { type: 'groups' })], { iss, groups: ['a'] })).toEqual([]);
  });

  it('of claims that are ignored, each once', () => {
    const rules = [rule(named('u'), { type: 'n' }, { type: 'l' }, { type: 'n' }, SUB, MISSING)];
    expect(codesOf(rules, { n: 1, l: ['a', 1], sub: 'x', other: 2 })).toEqual([
      'claims.n CLAIM_NOT_TEXT',
      'claims.l CLAIM_NOT_TEXT',
    ]);
  });
});
