import { describe, expect, it } from 'vitest';
import { visible } from './visible.ts';

describe('a text from outside', () => {
  it.each([
    ['https://idp.example.com/a?b=c', 'https://idp.example.com/a?b=c'],
    ['two words, äöü, 漢字, 🙂', 'two words, äöü, 漢字, 🙂'],
    ['a\r\n{"level":"fatal"}', 'a\\u{d}\\u{a}{"level":"fatal"}'],
    ['\u001b[31m\u009b1m\u0085\u0000\u007f', '\\u{1b}[31m\\u{9b}1m\\u{85}\\u{0}\\u{7f}'],
    [
      '\u202egro.elpmaxe\u2066\u2069\u200f\u061c',
      '\\u{202e}gro.elpmaxe\\u{2066}\\u{2069}\\u{200f}\\u{61c}',
    ],
    ['a\u200bb\ufeffc\u00add', 'a\\u{200b}b\\u{feff}c\\u{ad}d'],
    ['a\u2028b\u2029c\u00a0d\u3000e', 'a\\u{2028}b\\u{2029}c\\u{a0}d\\u{3000}e'],
    ['\ud83d!\udc00', '\\u{d83d}!\\u{dc00}'],
    ['\u{e0041}\u{e000}', '\\u{e0041}\\u{e000}'],
  ])('%j has nothing in it that is not seen', (text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it('is cut, also in the middle of a character', () => {
    expect(visible('x'.repeat(200))).toBe('x'.repeat(200));
    expect(visible('x'.repeat(1_000_000))).toBe(`${'x'.repeat(200)}…`);
    expect(visible(`${'x'.repeat(199)}🙂`)).toBe(`${'x'.repeat(199)}\\u{d83d}…`);
  });
});
