import { describe, expect, it, vi } from 'vitest';
import { Line, pause } from './hang-up.ts';

describe('a line', () => {
  it('tells each listener once when it is cut, but none that was taken away', () => {
    const line = new Line();
    const [first, second, gone] = [vi.fn(), vi.fn(), vi.fn()];
    for (const listener of [first, second, gone]) line.addEventListener('abort', listener);
    line.removeEventListener('abort', gone);
    expect(line.aborted).toBe(false);
    line.cut();
    line.cut();
    expect(line.aborted).toBe(true);
    expect([first, second, gone].map((listener) => listener.mock.calls.length)).toEqual([1, 1, 0]);
  });

  it('that is cut tells nobody who comes later, like an AbortSignal', () => {
    const line = new Line();
    line.cut();
    const late = vi.fn();
    line.addEventListener('abort', late);
    line.cut();
    expect(late).not.toHaveBeenCalled();
  });
});

describe('a pause', () => {
  it.each([
    [
      'a line',
      () => {
        const line = new Line();
        return {
          hangUp: line,
          cut: () => {
            line.cut();
          },
        };
      },
    ],
    [
      'an AbortSignal',
      () => {
        const controller = new AbortController();
        return {
          hangUp: controller.signal,
          cut: () => {
            controller.abort();
          },
        };
      },
    ],
  ])('ends when the caller hangs up: %s', async (_what, open) => {
    const { hangUp, cut } = open();
    const paused = pause(60_000, hangUp);
    cut();
    await paused;
    await pause(60_000, hangUp);
    expect(hangUp.aborted).toBe(true);
  });

  it('ends by itself', async () => {
    const line = new Line();
    await pause(5, line);
    expect(line.aborted).toBe(false);
  });
});
