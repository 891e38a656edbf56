import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Semaphore } from '../../transport/waiting/semaphore.ts';
import { maxCallsOf, Slot } from './concurrency-limit.ts';

/** Takes a slot. @returns null if there is none */
function enter(limit: Semaphore): Slot | null {
  const slot = new Slot();
  return slot.take(limit) ? slot : null;
}

it('lets so many in, and the next only when one has left', () => {
  const limit = new Semaphore(2);
  const slot = enter(limit);
  expect(enter(limit)).not.toBeNull();
  expect(enter(limit)).toBeNull();
  slot?.release();
  expect(enter(limit)).not.toBeNull();
  expect(enter(limit)).toBeNull();
});

it('counts a slot that is released twice once', () => {
  const limit = new Semaphore(2);
  const slot = enter(limit);
  enter(limit);
  slot?.release();
  slot?.release();
  expect(enter(limit)).not.toBeNull();
  expect(enter(limit)).toBeNull();
});

it('has no slot if the limit is 0', () => {
  expect(enter(new Semaphore(0))).toBeNull();
});

it('has exactly as many slots as are not taken, in whatever order requests come and leave', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.option(fc.nat({ max: 20 })), { maxLength: 60 }),
      (max, steps) => {
        const limit = new Semaphore(max);
        const inside = new Set<Slot>();
        const ever: Slot[] = [];
        for (const step of steps) {
          const known = step === null ? undefined : ever[step];
          if (known === undefined) {
            const slot = enter(limit);
            expect(slot === null).toBe(inside.size === max);
            if (slot === null) continue;
            inside.add(slot);
            ever.push(slot);
          } else {
            known.release();
            inside.delete(known);
          }
        }
      },
    ),
  );
});

it('gives a slot back when the request ends that has taken it, and none to one that has ended', () => {
  const limit = new Semaphore(1);
  const [first, second] = [new Slot(), new Slot()];
  expect([first.take(limit), second.take(limit)]).toEqual([true, false]);
  first.release();
  first.release();
  expect(first.take(limit)).toBe(true);
  expect(second.take(limit)).toBe(true);
  expect(new Slot().take(limit)).toBe(false);
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
  (max, upstreams, calls) => {
    expect(maxCallsOf(max, upstreams)).toBe(calls);
  },
);
