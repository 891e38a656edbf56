import { expect, it, vi } from 'vitest';
import { OpenCount } from './open-count.ts';

it('notifies all who wait when nothing is open any more', async () => {
  const open = new OpenCount();
  await open.idle();
  open.begin();
  open.begin();
  const notified = vi.fn();
  const both = Promise.all([open.idle().then(notified), open.idle().then(notified)]);
  open.end();
  await Promise.resolve();
  expect(notified).not.toHaveBeenCalled();
  expect(open.count).toBe(1);
  open.end();
  await both;
  expect(notified).toHaveBeenCalledTimes(2);
});
