import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from 'vitest';
import { endOfBatch } from './event-loop-batch.ts';

it('the end of a batch lets all who wait for it go on together, step by step', async () => {
  const steps: string[] = [];
  const walk = async (name: string) => {
    await endOfBatch();
    steps.push(`${name}1`);
    await Promise.resolve();
    steps.push(`${name}2`);
  };
  const both = [walk('a')];
  await new Promise((resolve) => {
    process.nextTick(resolve);
  });
  both.push(walk('b'));
  expect(steps).toEqual([]);
  await Promise.all(both);
  expect(steps).toEqual(['a1', 'b1', 'a2', 'b2']);
});

it('who asks when a batch has ended waits for the next', async () => {
  let turns = 0;
  const count = () => {
    turns += 1;
    setImmediate(count);
  };
  await endOfBatch();
  setImmediate(count);
  await endOfBatch();
  expect(turns).toBe(1);
  await endOfBatch();
  expect(turns).toBe(2);
});

it('each who waits keeps its own asynchronous context', async () => {
  const storage = new AsyncLocalStorage<string>();
  const inside = (name: string) =>
    storage.run(name, async () => {
      await endOfBatch();
      return storage.getStore();
    });
  expect(await Promise.all([inside('a'), inside('b')])).toEqual(['a', 'b']);
});
