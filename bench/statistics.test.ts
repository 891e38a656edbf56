import { describe, expect, it } from 'vitest';
import { median, percentile, slope } from './statistics.ts';

describe('the median', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 2, 9], 3],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('does not exist without numbers', () => {
    expect(() => median([])).toThrow('no numbers');
  });
});

describe('a percentile', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index);

  it('is the number below which that share lies', () => {
    expect([
      percentile(hundred, 0),
      percentile(hundred, 0.5),
      percentile(hundred, 0.99),
      percentile(hundred, 1),
    ]).toEqual([0, 50, 99, 99]);
  });

  it('is not a number without numbers', () => {
    expect(percentile(new Float64Array(), 0.5)).toBeNaN();
  });
});

describe('the slope', () => {
  it('is that of the line', () => {
    expect(slope([1, 2, 3].map((x) => ({ x, y: 10 - 2 * x })))).toBe(-2);
  });

  it('is that of the least-squares line', () => {
    expect(
      slope([
        { x: 0, y: 0 },
        { x: 1, y: 3 },
        { x: 2, y: 3 },
      ]),
    ).toBe(1.5);
  });

  it('is 0 if no time passes between the points', () => {
    expect(
      slope([
        { x: 1, y: 1 },
        { x: 1, y: 5 },
      ]),
    ).toBe(0);
  });
});
