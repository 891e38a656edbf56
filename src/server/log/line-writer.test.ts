import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import { ScriptedPipe } from '../../../test/setup/scripted-pipe.ts';
import { LineWriter, MAX_STANDSTILL_MS, MAX_WAITING_BYTES, PIPE_BYTES } from './line-writer.ts';

function open(shared = false) {
  const pipe = new ScriptedPipe();
  const writer = new LineWriter({ shared, write: pipe.write });
  writer.tellDropped((count) => `dropped ${count}\n`);
  return { pipe, writer };
}

describe('a line of the audit trail', () => {
  it('is written at the end of the same step of the event loop, together with all of that step, in their order', async () => {
    const { pipe, writer } = open();
    writer.write('a\n');
    const [one, other] = [writer.audit('b\n', false), writer.audit('c\n', false)];
    expect([pipe.writes, one.state]).toEqual([[], 'WAITING']);
    await one.tried;
    expect([pipe.writes, one.state, other.state]).toEqual([['a\nb\nc\n'], 'WRITTEN', 'WRITTEN']);
    await other.settled();
  });

  it('waits for a reader that has no room, also in the middle of a line', async () => {
    const { pipe, writer } = open();
    pipe.room = 2;
    const first = writer.audit('first\n', false);
    await first.tried;
    expect([pipe.text(), first.state, writer.waitingBytes]).toEqual(['fi', 'WAITING', 4]);
    const second = writer.audit('second\n', false);
    await second.tried;
    expect(second.state).toBe('WAITING');
    pipe.room = 4;
    await first.settled();
    expect([first.state, second.state]).toEqual(['WRITTEN', 'WAITING']);
    pipe.room = Infinity;
    await second.settled();
    expect([pipe.text(), second.state, writer.waitingBytes]).toEqual([
      'first\nsecond\n',
      'WRITTEN',
      0,
    ]);
  });

  it('is not taken while the reader stands still, but that of a write which was sent; any byte that is read ends that', async () => {
    const { pass, restore } = stopClock();
    onTestFinished(restore);
    const { pipe, writer } = open();
    pipe.room = 0;
    const first = writer.audit('first\n', false);
    await first.tried;
    pass(MAX_STANDSTILL_MS - 1);
    expect(writer.trouble()).toBeNull();
    pass(1);
    expect([
      writer.trouble(),
      writer.audit('second\n', false).state,
      writer.audit('third\n', true).state,
    ]).toEqual(['nothing reads it', 'LOST', 'WAITING']);
    pipe.room = 1;
    await expect.poll(() => pipe.text()).toBe('f');
    expect(writer.trouble()).toBeNull();
    pipe.room = Infinity;
    await first.settled();
    expect([writer.trouble(), pipe.text()]).toEqual([null, 'first\nthird\ndropped 1\n']);
  });

  it.each(['EPIPE', 'ENOSPC', 'EBADF', 'EIO'])(
    'is lost if it cannot be written (%s); the next written line counts the lost ones',
    async (code) => {
      const { pipe, writer } = open();
      pipe.failure = code;
      writer.write('a\n');
      const lost = writer.audit('b\n', true);
      await lost.settled();
      expect([lost.state, writer.trouble(), writer.waitingBytes]).toEqual(['LOST', code, 0]);
      pipe.failure = null;
      const written = writer.audit('c\n', false);
      await written.tried;
      expect([written.state, pipe.text(), writer.trouble()]).toEqual([
        'WRITTEN',
        'c\ndropped 2\n',
        null,
      ]);
    },
  );

  it('never continues one that a failure has cut', async () => {
    const { pipe, writer } = open();
    pipe.room = 3;
    const cut = writer.audit('abcdef\n', false);
    await cut.tried;
    pipe.failure = 'ENOSPC';
    await cut.settled();
    Object.assign(pipe, { room: Infinity, failure: null });
    await writer.audit('next\n', false).tried;
    expect(pipe.text()).toBe('abc\nnext\ndropped 1\n');
  });
});

it('recovers when its state is checked', async () => {
  const { pipe, writer } = open();
  pipe.failure = 'ENOSPC';
  await writer.audit('a\n', false).settled();
  expect([writer.trouble(), writer.trouble()]).toEqual(['ENOSPC', 'ENOSPC']);
  pipe.failure = null;
  expect([writer.trouble(), pipe.text()]).toEqual([null, 'dropped 1\n']);
});

it('lines without a waiting caller are written some milliseconds later, or when there are many', async () => {
  const { pipe, writer } = open();
  writer.write('a\n');
  expect(pipe.writes).toEqual([]);
  while (pipe.writes.length === 0) await sleep(1);
  writer.write(`${'x'.repeat(70_000)}\n`);
  expect(pipe.writes).toHaveLength(2);
});

describe('a reader that reads nothing', () => {
  it('is not waited for with more than a bounded number of bytes: lines are dropped and counted, but for outcomes of what was sent', async () => {
    const { pipe, writer } = open();
    pipe.room = 0;
    const line = `${'x'.repeat(999)}\n`;
    const count = 8_400;
    for (let index = 0; index < count; index += 1) writer.write(line);
    await sleep(10);
    // What was open when the bound was reached comes on top.
    expect(writer.waitingBytes).toBeGreaterThanOrEqual(MAX_WAITING_BYTES);
    expect(writer.waitingBytes).toBeLessThan(MAX_WAITING_BYTES + 70_000);
    expect(writer.trouble()).toBe('nothing reads it');
    const [intent, outcome] = [writer.audit('intent\n', false), writer.audit('outcome\n', true)];
    await outcome.tried;
    expect([intent.state, outcome.state]).toEqual(['LOST', 'WAITING']);
    pipe.room = Infinity;
    await outcome.settled();
    const kept = pipe.text().split('\n');
    expect(kept.slice(-3)).toEqual(['outcome', `dropped ${count - (kept.length - 3) + 1}`, '']);
    expect([writer.trouble(), writer.waitingBytes]).toEqual([null, 0]);
  });

  it('does not hold up the end of the process for ever', async () => {
    const { pipe, writer } = open();
    pipe.room = 1;
    writer.write('ab\n');
    writer.finish();
    expect(pipe.text()).toBe('a');
    await sleep(0);
  });
});

it('what is left is written at the end of the process', () => {
  const { pipe, writer } = open();
  writer.write('a\n');
  writer.finish();
  expect(pipe.text()).toBe('a\n');
});

describe('a pipe that is shared', () => {
  it('gets whole lines, at a time no more than it takes as one piece', async () => {
    const { pipe, writer } = open(true);
    const lines = Array.from(
      { length: 300 },
      (_, index) => `${'ü'.repeat((index * 7) % 900)}${index}\n`,
    );
    for (const line of lines) writer.write(line);
    await writer.audit('last\n', false).tried;
    expect(pipe.text()).toBe(`${lines.join('')}last\n`);
    for (const text of pipe.writes) {
      expect(text.endsWith('\n')).toBe(true);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(PIPE_BYTES);
    }
    expect(pipe.writes.length).toBeLessThan(150);
  });
});
