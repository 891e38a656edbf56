import { describe, expect, it } from 'vitest';
import { strayCharacter } from './stray.ts';

describe('a stray character', () => {
  it.each([
    'secret',
    'a b\'"\\\\é中$`',
    'pass word',
    '\u{1F511}key',
    'e\u0301',
    'ключ',
    '密码',
    'a\u0300b',
    '.',
    '\u{10FFFD}',
  ])('is not in %j', (text) => {
    expect(strayCharacter(text)).toBeNull();
  });

  it.each([
    ['\u200B', 'U+200B (a zero width space)'],
    ['\uFEFF', 'U+FEFF (a byte order mark)'],
    ['\u00A0', 'U+00A0 (a no-break space)'],
    ['\u2060', 'U+2060 (a word joiner)'],
    ['\u00AD', 'U+00AD (a soft hyphen)'],
    ['\u200D', 'U+200D'],
    ['\u200E', 'U+200E'],
    ['\u202E', 'U+202E'],
    ['\u2066', 'U+2066'],
    ['\u061C', 'U+061C'],
    ['\u180E', 'U+180E'],
    ['\u3000', 'U+3000'],
    ['\u2009', 'U+2009'],
    ['\u2028', 'U+2028'],
    ['\u2029', 'U+2029'],
    ['\u0085', 'U+0085'],
    ['\u009B', 'U+009B'],
    ['\u007F', 'U+007F'],
    ['\u0000', 'U+0000 (a null character)'],
    ['\t', 'U+0009 (a tab)'],
    ['\r', 'U+000D (a carriage return)'],
    ['\u3164', 'U+3164'],
    ['\uFFA0', 'U+FFA0'],
    ['\u034F', 'U+034F'],
    ['\uFE0F', 'U+FE0F'],
    ['\u2800', 'U+2800'],
    ['\u{E0041}', 'U+E0041'],
    ['\uFFFE', 'U+FFFE'],
    ['\uFFFD', 'U+FFFD (a replacement character for bytes that are not UTF-8)'],
    ['\uD83D', 'U+D83D'],
  ])('is %j, wherever it stands', (character, named) => {
    expect(strayCharacter(`secret${character}`)).toBe(`${named} at its end`);
    expect(strayCharacter(`${character}secret`)).toBe(`${named} at its start`);
    expect(strayCharacter(`sec${character}ret`)).toBe(`${named} within`);
    expect(strayCharacter(character)).toBe(`${named} at its start`);
  });

  it('is a space at either end alone', () => {
    expect(strayCharacter(' secret')).toBe('U+0020 (a space) at its start');
    expect(strayCharacter('secret  ')).toBe('U+0020 (a space) at its end');
    expect(strayCharacter(' ')).toBe('U+0020 (a space) at its start');
  });
});
