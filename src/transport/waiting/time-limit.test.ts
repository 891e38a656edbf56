import { describe, expect, it } from 'vitest';
import { CancelSource } from './cancel-signal.ts';
import { pause } from './time-limit.ts';

describe('a pause', () => {
  it.each([
    [
      'a cancel source',
      () => {
        const source = new CancelSource();
        return {
          signal: source,
          cancel: () => {
            source.cancel();
          },
        };
      },
    ],
    [
      'an AbortSignal',
      () => {
        const controller = new AbortController();
        return {
          signal: controller.signal,
          cancel: () => {
            controller.abort();
          },
        };
      },
    ],
  ])('ends when the caller hangs up: %s', async (_what, open) => {
    const { signal, cancel } = open();
    const paused = pause(60_000, signal);
    cancel();
    await paused;
    await pause(60_000, signal);
    expect(signal.aborted).toBe(true);
  });

  it('ends on its own', async () => {
    const source = new CancelSource();
    await pause(5, source);
    expect(source.aborted).toBe(false);
  });
});
