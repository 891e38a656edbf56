import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { CancelSource } from './cancel-signal.ts';
import { Semaphore } from './semaphore.ts';

describe('a semaphore', () => {
  it('gives free slots at once', () => {
    const slots = new Semaphore(2);
    expect([slots.enter(null), slots.tryEnter(), slots.tryEnter()]).toEqual([null, true, false]);
    slots.leave();
    expect(slots.tryEnter()).toBe(true);
  });

  it('gives a freed slot to the longest wait, and not to a later one', async () => {
    const slots = new Semaphore(1);
    slots.tryEnter();
    const order: string[] = [];
    const wait = async (name: string) => {
      await slots.enter(null);
      order.push(name);
    };
    const all = [wait('first'), wait('second')];
    expect(slots.waiting).toBe(2);
    slots.leave();
    expect(slots.tryEnter()).toBe(false);
    slots.leave();
    await Promise.all(all);
    expect(order).toEqual(['first', 'second']);
    expect([slots.running, slots.waiting]).toEqual([1, 0]);
  });

  it('runs actions on its slots, and frees them also if they fail', async () => {
    const slots = new Semaphore(1);
    const failed = slots.run(() => Promise.reject(new Error('no')));
    const done = slots.run(() => Promise.resolve(slots.running));
    await expect(failed).rejects.toThrow('no');
    expect(await done).toBe(1);
    expect(slots.running).toBe(0);
  });

  it('drops a wait that is given up', async () => {
    const slots = new Semaphore(1);
    slots.tryEnter();
    const caller = new CancelSource();
    const now = performance.now();
    const late = slots.enter({ deadline: now + 5, signal: new CancelSource() });
    const gone = slots.enter({ deadline: now + 60_000, signal: caller });
    caller.cancel();
    expect(await gone).toBe('CANCELLED');
    expect(await late).toBe('TIMEOUT');
    expect(performance.now()).toBeGreaterThanOrEqual(now + 5);
    expect(await slots.enter({ deadline: now + 60_000, signal: caller })).toBe('CANCELLED');
    expect(slots.waiting).toBe(0);
  });
});
