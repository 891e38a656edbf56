import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SourceFile } from './floors.ts';
import { complexityOf, isPlainlyLinear, patternsOf, shortened } from './patterns.ts';
import type { StandIn } from './patterns.ts';

const ROOT = new URL('../../', import.meta.url);

const sources: SourceFile[] = readdirSync(new URL('src/', ROOT), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((path) => /\.[cm]?[jt]s$/.test(path) && !/\.test\.ts$/.test(path))
  .map((path) => ({
    path: `src/${path}`,
    text: readFileSync(new URL(`src/${path}`, ROOT), 'utf8'),
  }));

const STAND_INS: readonly StandIn[] = [
  {
    path: 'src/domain/primitives.ts',
    expression: "placeholders.join('|')",
    value: '0|1|2|3|4',
    reason: 'digits that the schema of an input lists',
  },
  {
    path: 'src/transport/response/blamed-fields.ts',
    expression: 'name',
    value: 'client_id',
    reason: 'a name of the wire, of letters and underscores',
  },
];

/** Patterns that the checker does not judge, mostly because they look ahead or back, and why each takes linear time all the same. */
const JUDGED_BY_HAND: readonly {
  readonly path: string;
  readonly text: RegExp;
  readonly reason: string;
}[] = [
  {
    path: 'src/domain/text/url.ts',
    text: /\(\?<!:\)\\\{\[\^\{\}\]\*\\\}/,
    reason:
      'anchored; the classes before, in and after the braces share no brace, so that there is one way to match',
  },
  {
    path: 'src/transport/http/response-body.ts',
    text: /^\/;\\s\*/,
    reason: 'runs on 1,000 characters at most; the checker takes long',
  },
  {
    path: 'src/server/pipeline/fast-path/literals.ts',
    text: /\(\?!\[\\w\.\]\)\/y$/,
    reason:
      'sticky; digits that are given back are followed by a digit, which the look-ahead refuses at once',
  },
];

describe('a regular expression of the source', () => {
  it('takes time that grows with the text alone, whatever the text is', () => {
    const unusedStandIns = new Set(STAND_INS);
    const unusedJudgements = new Set(JUDGED_BY_HAND);
    const patterns = patternsOf(sources, STAND_INS, (standIn) => {
      unusedStandIns.delete(standIn);
    });
    expect(patterns.length).toBeGreaterThan(150);
    const slow = patterns.flatMap(({ path, text, source, flags }) => {
      if (isPlainlyLinear(source, flags)) return [];
      const judged = JUDGED_BY_HAND.find((each) => each.path === path && each.text.test(text));
      const complexity = judged === undefined ? complexityOf(source, flags) : 'linear';
      if (judged !== undefined) unusedJudgements.delete(judged);
      return complexity === 'linear' ? [] : [`${path}: ${text} is ${complexity}`];
    });
    expect(slow).toEqual([]);
    expect([...unusedStandIns, ...unusedJudgements]).toEqual([]);
  });

  it.each([
    ['white space before an end', String.raw`/[.\s]+$/`],
    ['white space around a sign', String.raw`/\s*,\s*$/`],
    ['a lazy part between words', '/allow (.+?) to be performed/'],
    ['repetition of a repetition', '/^(a+)+$/'],
    ['alternatives that overlap', '/^(?:a|aa)+$/'],
    ['wildcards', '/^.*a.*b.*$/s'],
    ['a bound that is none', '/a{0,5000}b$/'],
    ['several bounds in a repetition', '/^(?:a{0,20}){0,20}b*$/'],
  ])('is found if it is slow: %s', (_what, text) => {
    const [pattern] = patternsOf([{ path: 'src/x.ts', text: `const x = ${text};` }], []);
    expect(pattern).toBeDefined();
    const { source = '', flags = '' } = pattern ?? {};
    expect(isPlainlyLinear(source, flags)).toBe(false);
    expect(complexityOf(source, flags)).not.toBe('linear');
  });

  it.each([
    ['a bounded one', String.raw`/allow ([^']{1,64}) to/`, true],
    ['one loop from the beginning', '/^[a-z]+:x/', true],
    ['one loop from anywhere', '/[a-z]+:x/', false],
    ['a loop after alternatives', '/^a|b+c/', false],
    ['signs in a class', '/[*+]{3}/', true],
  ])('is linear at a glance, or not: %s', (_what, text, plain) => {
    const [pattern] = patternsOf([{ path: 'src/x.ts', text: `const x = ${text};` }], []);
    expect(isPlainlyLinear(pattern?.source ?? '', pattern?.flags ?? '')).toBe(plain);
  });

  it('is checked with shorter repetitions, which make it no faster', () => {
    expect(
      shortened(String.raw`^[a{1,9}]{1,255}\{1,9}x{43}y{3,}(?:z{0,1000}){1,9}(?:\.\d){3}\u{61}`),
    ).toBe(String.raw`^[a{1,9}]{1,3}\{1,9}x{2}y{2,}(?:z{0,}){1,}(?:\.\d){2}\u{61}`);
  });

  it.each([
    ['a literal', 'const a = () => text.replace(/a+/g, "");', ['a+']],
    [
      'RegExp with text and constants',
      "const B = '[b]'; const B2 = String.raw`\\d`; const a = new RegExp(`^${B}${B2}$`, 'i');",
      ['^[b]\\d$'],
    ],
    ['RegExp as a function', "const a = RegExp('a' );", ['a']],
    [
      'one inside of a class',
      'class A { static #x = /x/; b(c = /y/) { return `${/z/.source}`; } }',
      ['x', 'y', 'z'],
    ],
    ['no pattern', 'const a = "/x/"; const b = 4 / 2 / 1; // /y/', []],
  ])('is found: %s', (_what, text, expected) => {
    expect(patternsOf([{ path: 'src/x.ts', text }], []).map(({ source }) => source)).toEqual(
      expected,
    );
  });

  it.each(['new RegExp(input)', 'new RegExp(`^${input}$`)', "RegExp(['a', 'b'].join('|'))"])(
    'must not be made of what is known at run time only: %s',
    (text) => {
      expect(() =>
        patternsOf([{ path: 'src/x.ts', text: `export const f = (input) => ${text};` }], []),
      ).toThrow('known at run time only');
    },
  );
});
