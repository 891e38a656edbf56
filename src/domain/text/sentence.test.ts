import { describe, expect, it } from 'vitest';
import { withoutPeriod } from './sentence.ts';

describe('a text without its period', () => {
  it.each([
    ['It was refused.', 'It was refused'],
    ['It was refused. \n..\u00a0', 'It was refused'],
    ['a. b', 'a. b'],
    ['...', ''],
    ['', ''],
  ])('%j is %j', (text, expected) => {
    expect(withoutPeriod(text)).toBe(expected);
  });

  it('keeps white space that more words follow, however much', () => {
    const text = `${' '.repeat(50_000)}x`;
    expect(withoutPeriod(text)).toBe(text);
  });
});
