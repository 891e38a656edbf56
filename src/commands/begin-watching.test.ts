import { expect, it, vi } from 'vitest';
import type { Watch } from '../config/files/watch-file.ts';
import { createLog } from '../server/log/log.ts';
import { watchingAgain } from './begin-watching.ts';

it('only the last of several reads of the file counts, whichever ends last', async () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push(line) });
  const ends: ((watches: readonly Watch[]) => void)[] = [];
  const watch = vi.fn();
  const again = watchingAgain(
    () =>
      new Promise((resolve) => {
        ends.push((watches) => {
          resolve({ watches });
        });
      }),
    { log, watch },
  );
  const older: readonly Watch[] = [];
  const newer: readonly Watch[] = [];
  const all = [again(), again()];
  ends[1]?.(newer);
  ends[0]?.(older);
  await Promise.all(all);
  expect(watch).toHaveBeenCalledOnce();
  expect(watch.mock.calls[0]?.[0]).toBe(newer);
  expect(lines).toHaveLength(1);
});
