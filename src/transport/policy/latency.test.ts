import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Latency } from './latency.ts';

const NOW = 1_000_000;

function after(...samples: readonly number[]): Latency {
  const latency = new Latency();
  for (const ms of samples) latency.add(ms, NOW);
  return latency;
}

describe('the median latency', () => {
  it('is over nothing while nothing is known', () => {
    expect(new Latency().isOver(0, NOW)).toBe(false);
  });

  it('is exact if attempts take about the same time', () => {
    const latency = after(5_010, 5_020, 5_030);
    expect(latency.isOver(5_019, NOW)).toBe(true);
    expect(latency.isOver(5_021, NOW)).toBe(false);
  });

  it('is not moved by a few that take much longer', () => {
    const latency = after(10, 10, 10, 10, 60_000, 60_000, 60_000);
    expect(latency.isOver(11, NOW)).toBe(false);
    expect(latency.isOver(9, NOW)).toBe(true);
  });

  it('takes what is shorter or longer than all buckets', () => {
    expect(after(0, 0.01).isOver(1, NOW)).toBe(false);
    expect(after(10_000_000).isOver(60_000, NOW)).toBe(true);
  });

  it('is that of the last 30 s: what is older is dropped, 5 s of it at a time', () => {
    const latency = after(5_000, 5_000, 5_000);
    latency.add(10, NOW + 20_000);
    latency.add(10, NOW + 24_999);
    expect(latency.isOver(100, NOW + 24_999)).toBe(true);
    expect(latency.isOver(100, NOW + 30_000)).toBe(false);
    expect(latency.isOver(9, NOW + 49_999)).toBe(true);
    expect(latency.isOver(9, NOW + 55_000)).toBe(false);
    latency.add(7_000, NOW + 600_000);
    expect(latency.isOver(6_000, NOW + 600_000)).toBe(true);
  });

  it('is right to a tenth, whatever the samples are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        (samples) => {
          const latency = after(...samples);
          const median =
            samples.toSorted((one, other) => one - other)[Math.ceil(samples.length / 2) - 1] ?? 0;
          expect(latency.isOver(median * 0.9, NOW)).toBe(true);
          expect(latency.isOver(median * 1.1, NOW)).toBe(false);
        },
      ),
    );
  });
});
