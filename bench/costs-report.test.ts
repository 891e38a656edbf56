import { describe, expect, it } from 'vitest';
import { allowedMs, costsTable, tooExpensive } from './costs-report.ts';

const small = { name: 'small', bytes: 4096, cpuMs: [1, 5, 9], status: 200 };
const large = { name: 'large', bytes: 262_144, cpuMs: [49, 50.01, 51], status: 400 };

describe('the costs', () => {
  it('are limited by the size of the request', () => {
    expect([0, 4096, 4097, 262_144, 331_776, 331_777].map(allowedMs)).toEqual([5, 5, 50, 50, 50, Infinity]);
  });

  it('are too high if their median is', () => {
    expect(tooExpensive([small, large])).toEqual([large]);
  });

  it('are shown with the highest first', () => {
    expect(costsTable([small, large]).split('\n')).toEqual([
      '| request |   KiB | CPU ms |    limit ms | status |',
      '|---------|------:|-------:|------------:|-------:|',
      '| large   | 256.0 |  50.01 | **over** 50 |    400 |',
      '| small   |   4.0 |   5.00 |           5 |    200 |',
    ]);
  });
});
