import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/sign-in.json' with { type: 'json' };
import { mapClaims } from './mapping.ts';
import { printedList, textsIn } from './list-text.ts';

interface MappingCase {
  readonly name: string;
  readonly rules: readonly unknown[];
  readonly claims: Readonly<Record<string, unknown>>;
  readonly expect: {
    readonly signsIn: boolean | null;
    readonly user: string | null;
    readonly groups: readonly string[] | null;
  };
}

/** What `__NAMEID__` is for OpenID Connect is not documented; the emulator takes the subject. */
const undecided = { signsIn: true, user: 'FederationUser-IdP_admin', groups: ['admin'] };

describe('the examples of the documentation', () => {
  it.each<MappingCase>(vectors.huawei.mapping)('$name', ({ rules, claims, expect: expected }) => {
    const { signsIn, user, groups } = expected.signsIn === null ? undecided : expected;
    if (!signsIn) {
      expect(() => mapClaims(rules, claims)).toThrow();
      return;
    }
    expect(mapClaims(rules, claims)).toEqual({ name: user, groups });
  });
});

/** A rule that names the user, with these conditions. */
const rule = (name: string, ...remote: readonly unknown[]) => ({
  local: [{ user: { name } }],
  remote,
});

describe('claims', () => {
  it.each<[string, unknown, string]>([
    ['a text', 'a', 'a'],
    ['an empty text', '', '<>'],
    ['parts between semicolons, untrimmed', 'a; b', "['a', ' b']"],
    ['an array of one', ['a'], 'a'],
    ['an array', ['a', 'b'], "['a', 'b']"],
    ['an array with other types', ['a', 1, null, true, ['b']], 'a'],
  ])('may be %s', (_, claim, name) => {
    const template = name === '<>' ? '<{0}>' : '{0}';
    expect(mapClaims([rule(template, { type: 'c' })], { c: claim }).name).toBe(name);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 1],
    ['a boolean', true],
    ['an object', { a: 'b' }],
    ['an empty array', []],
    ['an array without texts', [1]],
  ])('are missing if they are %s, also for a condition that excludes', (_, claim) => {
    expect(() => mapClaims([rule('x', { type: 'c' })], { c: claim })).toThrow('no rule');
    const excluding = rule('x', { type: 'c', not_any_of: ['y'] });
    expect(() => mapClaims([excluding], { c: claim })).toThrow('no rule');
  });
});

describe('conditions', () => {
  it.each<[string, unknown, boolean]>([
    ['a text, in its case', { any_one_of: ['Admin'] }, false],
    ['a pattern, anywhere', { any_one_of: ['dmi'], regex: true }, true],
    ['a pattern against the claim', { not_any_of: ['^ad'], regex: true }, false],
    ['one of several', { any_one_of: ['x', 'admin'] }, true],
  ])('compare %s', (_, condition, holds) => {
    const map = () =>
      mapClaims([rule('x', { type: 'c', ...(condition as object) })], { c: 'admin' });
    if (holds) expect(map().name).toBe('x');
    else expect(map).toThrow('no rule');
  });

  it('bound the time of a pattern', () => {
    const slow = rule('x', { type: 'c', any_one_of: ['^(a+)+$'], regex: true });
    expect(() => mapClaims([slow], { c: `${'a'.repeat(50)}!` })).toThrow('cannot be evaluated');
  });
});

describe('placeholders', () => {
  const remote = [{ type: 'a' }, { type: 'b', any_one_of: ['2'] }, { type: 'c' }];
  const claims = { a: '1', b: '2', c: '3' };

  it.each([
    ['{0}{1}', '13'],
    ['{{0}}', '{0}'],
    ['{{{1}}}', '{3}'],
    ['{00}', '1'],
  ])('in %s count the conditions that only ask for a claim', (template, name) => {
    expect(mapClaims([rule(template, ...remote)], claims).name).toBe(name);
  });

  it.each(['{2}', '{}', '{a}', '{', '}', '{0'])('%s fails the whole sign-in', (template) => {
    const rules = [rule('somebody', { type: 'a' }), rule(template, ...remote)];
    expect(() => mapClaims(rules, claims)).toThrow('the mapping has no value for');
  });
});

describe('users', () => {
  it('need a name', () => {
    expect(() => mapClaims([rule('{0}', { type: 'a' })], { a: '' })).toThrow('no user name');
  });
});

describe('groups', () => {
  it.each([
    ["it's", '"a" and \'b\'', 'back\\slash', ''],
    ['one', 'two'],
  ])('survive being printed: %s', (...items) => {
    expect(textsIn(printedList(items))).toEqual(items);
  });

  it.each<[string, string[] | undefined]>([
    ['["a","b"]', ['a', 'b']],
    [' [\'a\' , "b", ] ', ['a', 'b']],
    ['[]', []],
    ['a', undefined],
    ['[a]', undefined],
    ["['a' 'b']", undefined],
    ["['a", undefined],
    ['[1]', undefined],
  ])('in %o are %o', (text, texts) => {
    expect(textsIn(text)).toEqual(texts);
  });

  it('count once', () => {
    const rules = [
      rule('x', { type: 'a' }),
      { local: [{ group: { name: 'g' } }, { groups: "['g', 'h']" }], remote: [{ type: 'a' }] },
    ];
    expect(mapClaims(rules, { a: '1' }).groups).toEqual(['g', 'h']);
  });
});
