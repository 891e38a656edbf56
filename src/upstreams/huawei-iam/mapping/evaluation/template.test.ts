import { describe, expect, it } from 'vitest';
import { groupNames } from './group-names.ts';
import { fill } from './template.ts';
import type { Filling } from './template.ts';

const textOf = (template: string, ...values: Filling[]) => {
  const filled = fill(template, values, 100);
  return filled.kind === 'TEXT' ? filled.text : filled.kind;
};

describe('a template', () => {
  it.each<[string, Filling[], string]>([
    ['{1} {0}', [['a'], ['b']], 'b a'],
    ['{} {}', [['a'], ['b']], 'a b'],
    ['{00}', [['a']], 'a'],
    ['{{{0}}}', [['a']], '{a}'],
    ['{0}', [['{1}']], '{1}'],
    [
      '{0}',
      [['a', "b'c", `d'e"f`, 'g\\h\n\u0007\u200b\u00a0\u{e0001}ü😀 ']],
      `['a', "b'c", 'd\\'e"f', 'g\\\\h\\n\\x07\\u200b\\xa0\\U000e0001ü😀 ']`,
    ],
    ['{1}', [['a']], 'NOT_FILLED'],
    ['{9999999999999999999999}', [['a']], 'NOT_FILLED'],
    ['{0} {}', [['a']], 'NOT_VALID'],
    ['{} {0}', [['a']], 'NOT_VALID'],
    ['{', [], 'NOT_VALID'],
    ['a}', [], 'NOT_VALID'],
    ['{0} {', [['a']], 'NOT_VALID'],
    ['{0!r}', [['a']], 'FIELD_UNKNOWN'],
    ['{0!r}}', [['a']], 'NOT_VALID'],
    ['{ 0}', [['a']], 'FIELD_UNKNOWN'],
    ['{٠}', [['a']], 'FIELD_UNKNOWN'],
    ['{0}', [null], 'VALUE_UNKNOWN'],
    ['{0}{0}', [['a'.repeat(51)]], 'TOO_LONG'],
    ['{0}', [Array.from({ length: 30 }, () => '')], 'TOO_LONG'],
    ['a'.repeat(101), [], 'TOO_LONG'],
  ])('%s with %j', (template, values, expected) => {
    expect(textOf(template, ...values)).toBe(expected);
  });
});

describe('the names in groups', () => {
  it.each<[string, readonly string[] | null]>([
    ['admin', ['admin']],
    ['admin, user', ['admin, user']],
    ['', ['']],
    [' admin', [' admin']],
    ['(admin)', ['(admin)']],
    ['[]', []],
    [' [ ] ', []],
    ['["a","b"]', ['a', 'b']],
    [`\t[ 'a' , "b" , ]`, ['a', 'b']],
    [String.raw`["\u00e9\n\"\\", 'it\'s']`, ['é\n"\\', "it's"]],
    ['[admin]', null],
    ['["a" "b"]', null],
    ['["a",,"b"]', null],
    ['[,]', null],
    ['["a"] x', null],
    ['["a"', null],
    ['[1]', null],
    ['(["a"])', null],
    ['["a\nb"]', null],
    [String.raw`["\x41"]`, null],
    [String.raw`["\ud83d\ude00"]`, null],
    [String.raw`["\/"]`, null],
  ])('%j', (text, expected) => {
    expect(groupNames(text)).toEqual(expected);
  });
});
