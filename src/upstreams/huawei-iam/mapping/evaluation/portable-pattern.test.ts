import { describe, expect, it } from 'vitest';
import { MAX_PATTERN_WORK, Patterns } from './patterns.ts';
import { MAX_SIZE, portablePattern } from './portable-pattern.ts';

const { raw } = String;

describe('a pattern that engines read alike', () => {
  it.each([
    '',
    'admin',
    '^a$',
    '.*@mail.com$',
    'a|b|',
    '(a)(?:b)(?P<n_1>c)',
    'a+?b*c??d{2}e{1,3}f{4,}g{0,1}?',
    '[a-z]',
    '[^]a]',
    '[]-]',
    '[-a]',
    '[a-]',
    raw`[\w.-]`,
    raw`[\]\-\\]`,
    raw`[!-\/]`,
    raw`\.\\\n\t\@\ \_`,
    raw`\d\D\w\W\s\S\bx\Ay`,
    '(?i)a',
    '(?ims)a',
    '(?i:a)b',
    'x{',
    'x{a}',
    '}',
    'ü',
    'x😀',
    '[ä-ü]',
  ])('%s', (pattern) => {
    expect(portablePattern(pattern)).not.toBeNull();
    expect(typeof new Patterns().matches(pattern, 'abc')).toBe('boolean');
  });
});

describe('a pattern that is not read alike, or not valid', () => {
  it.each([
    '(',
    ')',
    'a)',
    '[',
    '[]',
    '[a',
    '[^]',
    'a**',
    'a++',
    'a?+',
    'a{2}{3}',
    '*a',
    '+',
    '(*a)',
    '(?a',
    '(|*)',
    '^*',
    '$+',
    raw`\b+`,
    'a|*',
    '{1}',
    'a{,2}',
    'a{2,1}',
    'a{01}',
    'a{1001}',
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?<n>a)',
    '(?P=n)',
    '(?P<1>a)',
    '(?#a)',
    '(?x)a',
    '(?u)a',
    'a(?i)',
    '(?-i:a)',
    '(?i',
    '(?>a)',
    raw`\1`,
    raw`\B`,
    raw`\Z`,
    raw`\z`,
    raw`\pL`,
    raw`\x41`,
    raw`\u0041`,
    raw`\Qa\E`,
    raw`\ü`,
    '\\',
    raw`[\b]`,
    raw`[\1]`,
    '[[:alpha:]]',
    '[a[]',
    '[z-a]',
    raw`[\d-z]`,
    raw`[a-\d]`,
    '[a-b-c]',
    '[--a]',
    '[a--]',
    '[\\',
    '\ud83d',
    '(?i)ü',
    '(?P<n>a)(?P<n>b)',
    'a'.repeat(MAX_SIZE + 1),
    'a{400}b{400}',
    '(a{30}){30}',
    '((((a{9}){9}){9}){9})',
    '('.repeat(60) + ')'.repeat(60),
  ])('%s', (pattern) => {
    expect(new Patterns().matches(pattern, 'abc')).toBe('PATTERN_NOT_SUPPORTED');
  });
});

describe('the work for patterns', () => {
  it('is bounded, also if there is more to do', () => {
    const patterns = new Patterns();
    const found = new Set<unknown>();
    for (let length = 1; length < 150; length += 1)
      found.add(patterns.matches(raw`\w{${length}}`, 'ab'.repeat(5)));
    expect(found).toEqual(new Set([true, false, 'TOO_MUCH_WORK']));
    expect(patterns.work).toBe(MAX_PATTERN_WORK);
    expect(patterns.matches('a', 'a'), 'nothing is left').toBe('TOO_MUCH_WORK');
  });

  it('of compiling is done once for each pattern', () => {
    const patterns = new Patterns();
    patterns.compile('abc');
    const { work } = patterns;
    patterns.compile('abc');
    patterns.matches('abc', '');
    expect(patterns.work - work).toBeLessThan(10);
  });

  it.each([raw`\w{150}`, '(?:a|b)*a(?:a|b){90}', '(?:a?){90}a{90}', '(a|ab|b)*c$'])(
    'is as much as its size says: %s',
    (pattern) => {
      const size = portablePattern(pattern)?.size ?? 0;
      const compiled = new Patterns().compile(pattern);
      if (typeof compiled === 'string') throw new Error(compiled);
      expect(compiled.re2.programSize()).toBeLessThanOrEqual(size * 1.5 + 10);
    },
  );
});
