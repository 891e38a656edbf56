import { describe, expect, it } from 'vitest';
import { allowedMs, costsTable, tooExpensive } from './costs-report.ts';

const small = {
  name: 'small',
  bytes: 4096,
  sizeOf: 'request',
  cpuMs: [1, 5, 9],
  status: 200,
} as const;
const large = {
  name: 'large',
  bytes: 262_144,
  sizeOf: 'request',
  cpuMs: [49, 50.01, 51],
  status: 400,
} as const;
const caused = {
  name: 'caused',
  bytes: 1_048_576,
  sizeOf: 'response',
  cpuMs: [10, 20, 30],
  status: 200,
} as const;

describe('the costs', () => {
  it('are limited by the size of the request', () => {
    expect(
      [0, 4096, 4097, 262_144, 331_776, 331_777].map((bytes) =>
        allowedMs({ bytes, sizeOf: 'request' }),
      ),
    ).toEqual([5, 5, 50, 50, 50, Infinity]);
  });

  it('are limited by the size of the response, if that is what takes time', () => {
    expect(
      [0, 4096, 1_048_576, 1_048_577].map((bytes) => allowedMs({ bytes, sizeOf: 'response' })),
    ).toEqual([50, 50, 50, Infinity]);
  });

  it('are too high if their median is', () => {
    expect(tooExpensive([small, caused, large])).toEqual([large]);
  });

  it('are shown with the highest first', () => {
    expect(costsTable([small, caused, large]).split('\n')).toEqual([
      '| request |             KiB | CPU ms |    limit ms | status |',
      '|---------|----------------:|-------:|------------:|-------:|',
      '| large   |           256.0 |  50.01 | **over** 50 |    400 |',
      '| caused  | response 1024.0 |  20.00 |          50 |    200 |',
      '| small   |             4.0 |   5.00 |           5 |    200 |',
    ]);
  });
});
