import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { passWholeLines } from './whole-lines.ts';

/** Two sources that write into one place in turns, and what came of each write there. */
async function passed(turns: readonly (readonly [source: 0 | 1, text: string])[]): Promise<string[]> {
  const sources = [new PassThrough(), new PassThrough()] as const;
  const to = new PassThrough();
  const writes: string[] = [];
  to.on('data', (chunk: Buffer) => writes.push(chunk.toString()));
  for (const source of sources) passWholeLines(source, to);
  for (const [source, text] of turns) {
    sources[source].write(text);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const source of sources) {
    source.end();
    await finished(source);
  }
  await new Promise((resolve) => setImmediate(resolve));
  return writes;
}

it.each<[string, (readonly [0 | 1, string])[], string[]]>([
  ['lines are passed on as they come', [[0, 'a\n'], [1, 'b\nc\n']], ['a\n', 'b\nc\n']],
  ['a line that is not whole waits for its end', [[0, 'a'], [1, 'b\n'], [0, 'a'], [1, 'b\n'], [0, '\nc'], [0, '\n']], ['b\n', 'b\n', 'aa\n', 'c\n']],
  ['a line that is cut off by the end of its writer is ended', [[0, 'a\nb'], [1, 'c\n']], ['a\n', 'c\n', 'b\n']],
  ['characters of several bytes stay whole', [[0, 'ü'.repeat(40_000)], [0, '\n']], [`${'ü'.repeat(40_000)}\n`]],
])('%s', async (_what, turns, writes) => {
  expect(await passed(turns)).toEqual(writes);
});
