import { describe, expect, it, vi } from 'vitest';
import { CancelSource } from './cancel-signal.ts';

describe('a cancel source', () => {
  it('notifies each listener once when it is canceled, but no removed one', () => {
    const source = new CancelSource();
    const [first, second, gone] = [vi.fn(), vi.fn(), vi.fn()];
    for (const listener of [first, second, gone]) source.addEventListener('abort', listener);
    source.removeEventListener('abort', gone);
    expect(source.aborted).toBe(false);
    source.cancel();
    source.cancel();
    expect(source.aborted).toBe(true);
    expect([first, second, gone].map((listener) => listener.mock.calls.length)).toEqual([1, 1, 0]);
  });

  it('that is canceled notifies no later listener, like an AbortSignal', () => {
    const source = new CancelSource();
    source.cancel();
    const late = vi.fn();
    source.addEventListener('abort', late);
    source.cancel();
    expect(late).not.toHaveBeenCalled();
  });
});
