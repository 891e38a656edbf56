import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createInFlight, maxCallsOf, Place } from './in-flight.ts';

it('lets so many in, and the next only when one has left', () => {
  const { enter } = createInFlight(2);
  const leave = enter();
  expect(enter()).not.toBeNull();
  expect(enter()).toBeNull();
  leave?.();
  expect(enter()).not.toBeNull();
  expect(enter()).toBeNull();
});

it('counts who leaves twice once', () => {
  const { enter } = createInFlight(2);
  const leave = enter();
  enter();
  leave?.();
  leave?.();
  expect(enter()).not.toBeNull();
  expect(enter()).toBeNull();
});

it('lets nobody in where the most is none', () => {
  expect(createInFlight(0).enter()).toBeNull();
});

it('has exactly as many places as are not taken, whoever comes and leaves, and how often', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.option(fc.nat({ max: 20 })), { maxLength: 60 }),
      (most, steps) => {
        const { enter } = createInFlight(most);
        const inside = new Set<() => void>();
        const ever: (() => void)[] = [];
        for (const step of steps) {
          const known = step === null ? undefined : ever[step];
          if (known === undefined) {
            const leave = enter();
            expect(leave === null).toBe(inside.size === most);
            if (leave === null) continue;
            inside.add(leave);
            ever.push(leave);
          } else {
            known();
            inside.delete(known);
          }
        }
      },
    ),
  );
});

it('gives a place back when the request ends that has taken it, and none to one that has ended', () => {
  const places = createInFlight(1);
  const [first, second] = [new Place(), new Place()];
  expect([first.take(places), second.take(places)]).toEqual([true, false]);
  first.end();
  first.end();
  expect(first.take(places)).toBe(true);
  expect(second.take(places)).toBe(true);
  expect(new Place().take(places)).toBe(false);
});

it.each([
  [1_024, 2, 768],
  [512, 2, 384],
  [8, 3, 6],
  [2, 2, 2],
  [1, 2, 1],
  [512, 1, Infinity],
  [512, 0, Infinity],
])(
  'leaves some of %i slots to others: with %i upstreams the calls of one take at most %d',
  (most, upstreams, calls) => {
    expect(maxCallsOf(most, upstreams)).toBe(calls);
  },
);
