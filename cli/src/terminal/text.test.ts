import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printableJson, render, visible } from './text.ts';

describe('text of others', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['\u009b2J', '\\u009b2J'],
    ['one\ntwo\r\tthree', 'one\\ntwo\\r\\tthree'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['a\u200bb\u2028c', 'a\\u200bb\\u2028c'],
    ['\ud800', '\\ud800'],
    ['Zürich 😀 "quoted" \\', 'Zürich 😀 "quoted" \\'],
  ])('%j is shown as %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('never reaches the terminal as a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(render([text, { text, style: 'red' }], false)).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
      }),
    );
  });

  it('is the same value in JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const printed = printableJson(value);
        expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
      }),
    );
  });
});

describe('a line', () => {
  it('has colors only if they are wanted', () => {
    const line = ['+ ', { text: 'a', style: 'green' }] as const;
    expect(render(line, true)).toBe('+ \u001b[32ma\u001b[39m');
    expect(render(line, false)).toBe('+ a');
  });
});
