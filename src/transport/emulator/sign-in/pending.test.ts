import { expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../../test/setup/clock.ts';
import { PendingSignIns } from './pending.ts';

it('gives back what was started, once', () => {
  const pending = new PendingSignIns<string>();
  const [one, other] = [pending.start('one'), pending.start('other')];
  expect(one).not.toBe(other);
  expect([pending.take(other), pending.take(one), pending.take(one)]).toEqual([
    'other',
    'one',
    undefined,
  ]);
  expect(pending.take('unknown')).toBeUndefined();
});

it('forgets after ten minutes', () => {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  const pending = new PendingSignIns<string>();
  const [soon, late] = [pending.start('soon'), pending.start('late')];
  pass(599_999);
  expect(pending.take(soon)).toBe('soon');
  pass(1);
  expect(pending.take(late)).toBeUndefined();
});

it('remembers a thousand, and forgets the oldest', () => {
  const pending = new PendingSignIns<number>();
  const states = Array.from({ length: 1002 }, (_, index) => pending.start(index));
  expect(
    states.map((state) => pending.take(state)).filter((what) => what === undefined),
  ).toHaveLength(2);
});
