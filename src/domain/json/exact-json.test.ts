import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactNumber, parseExactJson } from './exact-json.ts';

describe('a number', () => {
  it.each([
    '0',
    '-0',
    '1',
    '-1',
    '1.0',
    '1e3',
    '1E+3',
    '1000000000000000000000',
    '1e21',
    '0.1',
    '0.30000000000000004',
    '1.7976931348623157e308',
    '5e-324',
    '9007199254740991',
    '9007199254740992',
    '9007199254740994',
    '0e5',
    '0.000',
    '1.50e1',
  ])('is kept if a double can hold it: %s', (text) => {
    expect(exactNumber(text)).toBe(Number(text));
  });

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '1.00000000000000000001',
    '0.99999999999999999999',
    '123456789012345678',
    '1e999',
    '-1e999',
    '1e-400',
    '9007199254740993.0',
    '90071992547409930e-1',
    '0.1000000000000000055511151231257827',
  ])('is not kept if it would become another one: %s', (text) => {
    expect(exactNumber(text)).toBe(Infinity);
  });

  it('takes time in proportion to its digits', () => {
    // In the square of them it would take minutes.
    expect(exactNumber(`${'0'.repeat(1)}.${'0'.repeat(500_000)}1`)).toBe(Infinity);
    expect(parseExactJson(`[${'1'.repeat(250_000)}]`)).toEqual([Infinity]);
    expect(parseExactJson(`[${'1e1,'.repeat(60_000)}1]`)).toHaveLength(60_001);
    expect(parseExactJson(`${' '.repeat(250_000)}[ 1 ]`)).toEqual([1]);
  });
});

describe('JSON text', () => {
  it('is read like by JSON.parse, whatever is in it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseExactJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(parseExactJson(`{"a": [${JSON.stringify(number)}]}`)).toEqual({
          a: [number === 0 ? expect.closeTo(0) : number],
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('becomes Infinity if a double cannot hold it, and nothing else changes', () => {
    const text =
      '{"a":9007199254740993,"b":[ -9007199254740993 , 1,1.00000000000000000001],"c":"9007199254740993, \\": 9007199254740993","d\\\\":{"e":12345678901234567890},"9007199254740993":1e3}';
    expect(parseExactJson(text)).toEqual({
      a: Infinity,
      b: [Infinity, 1, Infinity],
      c: '9007199254740993, ": 9007199254740993',
      'd\\': { e: Infinity },
      '9007199254740993': 1000,
    });
    expect(parseExactJson('9007199254740992')).toBe(9007199254740992);
  });

  it('has the same numbers if it is long', () => {
    const filler = '"x",'.repeat(5_000);
    expect(parseExactJson(`[${filler}{"a":[[9007199254740993,1]]}]`)).toEqual([
      ...Array.from({ length: 5_000 }, () => 'x'),
      { a: [[Infinity, 1]] },
    ]);
    expect(parseExactJson(`[${filler}"[9007199254740993]"]`)).toHaveLength(5_001);
    expect(parseExactJson('[[],[[9007199254740993]]]')).toEqual([[], [[Infinity]]]);
  });

  it.each(['', '{', '{"a":01}', '{"a":1e}', '{"a":9007199254740993', '[1e400,]'])(
    'that is none is none: %s',
    (text) => {
      expect(() => parseExactJson(text)).toThrow(SyntaxError);
    },
  );
});
