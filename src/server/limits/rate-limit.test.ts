import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

/** A rate limit on a clock that is moved by hand. */
function simulated(perMinute: number, startMs = 0) {
  let time = startMs;
  const limit = createRateLimit({ perMinute, now: () => time });
  return {
    ...limit,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

const takes = ({ take }: { take: (key: string) => number | null }, key: string, count: number) =>
  Array.from({ length: count }, () => take(key));
const allowed = (waits: readonly (number | null)[]) => waits.filter((wait) => wait === null).length;

describe('a caller', () => {
  it.each([1, 3, 7, 60, 601, 100_000])(
    'may start %d operations at once, and then waits',
    (perMinute) => {
      const limit = simulated(perMinute, 1234.567);
      expect(allowed(takes(limit, 'a', perMinute))).toBe(perMinute);
      expect(limit.take('a')).toBe(Math.ceil(60 / perMinute));
    },
  );

  it('may start the next one after the reported seconds, and not before', () => {
    const limit = simulated(6);
    takes(limit, 'a', 6);
    limit.pass(1);
    expect(limit.take('a')).toBe(10);
    limit.pass(9_998);
    expect(limit.take('a')).toBe(1);
    limit.pass(1);
    expect(limit.take('a')).toBeNull();
    expect(limit.take('a')).toBe(10);
  });

  it('loses nothing by asking while it must wait', () => {
    const limit = simulated(6);
    takes(limit, 'a', 1000);
    limit.pass(10_000);
    expect(limit.take('a')).toBeNull();
  });

  it('saves up no more than a minute', () => {
    const limit = simulated(5);
    takes(limit, 'a', 5);
    limit.pass(3_600_000);
    expect(allowed(takes(limit, 'a', 100))).toBe(5);
  });

  it('takes nothing from others', () => {
    const limit = simulated(2);
    takes(limit, 'a', 100);
    expect(allowed(takes(limit, 'b', 3))).toBe(2);
    expect(allowed(takes(limit, '__proto__', 3))).toBe(2);
  });

  it('is measured by the clock of the process if none is given', () => {
    const limit = createRateLimit({ perMinute: 1 });
    expect(limit.take('a')).toBeNull();
    expect(limit.take('a')).toBe(60);
  });

  it('never starts more in any window than it may save up and gains meanwhile; the reported seconds are enough', () => {
    const steps = fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b', 'c'),
        wait: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        steps,
        fc.boolean(),
        (perMinute, all, patient) => {
          const limit = simulated(perMinute);
          let time = 0;
          const pass = (ms: number) => {
            time += ms;
            limit.pass(ms);
          };
          const started = new Map<string, number[]>();
          for (const { key, wait } of all) {
            pass(wait);
            const seconds = limit.take(key);
            if (seconds !== null) {
              expect(seconds).toBeGreaterThanOrEqual(1);
              expect(Number.isInteger(seconds)).toBe(true);
              if (!patient) continue;
              pass(seconds * 1000);
              expect(limit.take(key)).toBeNull();
            }
            started.set(key, [...(started.get(key) ?? []), time]);
          }
          for (const times of started.values()) {
            times.forEach((from, first) => {
              times.slice(first).forEach((to, more) => {
                expect(more + 1).toBeLessThanOrEqual(
                  perMinute + ((to - from) * perMinute) / 60_000,
                );
              });
            });
          }
        },
      ),
    );
  });
});

describe('when there are more active callers than separate buckets', () => {
  /** 10,000 callers, each with one operation left of two. */
  function crowded() {
    const limit = simulated(2);
    for (let caller = 0; caller < 10_000; caller += 1) limit.take(`known-${caller}`);
    return limit;
  }

  it('newcomers share one, and the others have what they had', () => {
    const limit = crowded();
    expect(['x', 'y', 'z', 'x'].map(limit.take)).toEqual([null, null, 30, 30]);
    expect(takes(limit, 'known-0', 2)).toEqual([null, 30]);
    expect(takes(limit, 'known-9999', 2)).toEqual([null, 30]);
  });

  it('a bucket is free as soon as it is full again', () => {
    const limit = crowded();
    limit.pass(29_999);
    expect(['x', 'y', 'z'].map(limit.take)).toEqual([null, null, 30]);
    limit.pass(60_001);
    expect(['x', 'x', 'y', 'y', 'z', 'z'].map(limit.take)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('a bucket that is in use does not keep those behind it from being freed', () => {
    const limit = crowded();
    limit.pass(20_000);
    expect(limit.take('known-0')).toBeNull();
    limit.pass(10_000);
    expect(['x', 'x', 'y', 'y', 'z', 'z'].map(limit.take)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('a caller that moves from the shared bucket to a separate one keeps its usage', () => {
    const limit = crowded();
    expect(takes(limit, 'x', 3)).toEqual([null, null, 30]);
    limit.pass(30_000);
    expect(takes(limit, 'x', 2)).toEqual([null, 30]);
  });

  it('no caller that must wait is forgotten', () => {
    const limit = simulated(2);
    takes(limit, 'spent', 2);
    for (let caller = 0; caller < 20_000; caller += 1) limit.take(`other-${caller}`);
    expect(limit.take('spent')).toBe(30);
  });
});
