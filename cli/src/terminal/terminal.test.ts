import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { confirm } from './confirm.ts';
import { startProgress } from './progress.ts';
import { openTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Streams of a process with or without a terminal, and what was written to them. */
function open(isTTY: boolean, env: Record<string, string> = {}, color = true) {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stdout = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 30 });
  const terminal: Terminal = openTerminal({ stdin, stdout, stderr }, env, color);
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { terminal, stdin, out: () => text(stdout), err: () => text(stderr) };
}

const RED = [{ text: 'x', style: 'red' }] as const;

describe('colors', () => {
  it.each([
    [true, {}, true, true],
    [false, {}, true, false],
    [true, { NO_COLOR: '1' }, true, false],
    [true, { NO_COLOR: '' }, true, true],
    [true, {}, false, false],
    [true, { CI: 'true' }, true, false],
    [true, { CI: 'false' }, true, true],
    [true, { TERM: 'dumb' }, true, false],
  ])('with a terminal %s, %j, --color %s: %s', (isTTY, env, color, expected) => {
    const { terminal, out, err } = open(isTTY, env, color);
    terminal.print(RED);
    terminal.note(RED);
    const line = expected ? '\u001b[31mx\u001b[39m\n' : 'x\n';
    expect([out(), err()]).toEqual([line, line]);
  });
});

describe('progress', () => {
  it('is a line that is written over, no longer than the terminal is wide', () => {
    const { terminal, err } = open(true, { NO_COLOR: '1' });
    const progress = startProgress(terminal, 'Reading');
    progress.update('Reading \u001b[2J what is stored: 1 of 100');
    progress.end();
    const written = err().split('\r\u001b[2K');
    expect(written).toEqual(['', '⠋ Reading', '⠋ Reading \\u001b[2J what is s', '']);
  });

  it('stands below a note, which begins on a line of its own', () => {
    const { terminal, err } = open(true, { NO_COLOR: '1' });
    const progress = startProgress(terminal, 'Reading');
    progress.note('Stopping.');
    progress.end();
    progress.note('Stopped.');
    expect(err()).toBe(
      '\r\u001b[2K⠋ Reading\r\u001b[2KStopping.\n\r\u001b[2K⠋ Reading\r\u001b[2KStopped.\n',
    );
  });

  it('shows nothing more after its end', () => {
    const { terminal, err } = open(true);
    const progress = startProgress(terminal, 'Reading');
    progress.end();
    err();
    progress.update('Reading more');
    progress.end();
    expect(err()).toBe('');
  });

  it.each([
    [false, {}],
    [true, { CI: '1' }],
    [true, { TERM: 'dumb' }],
  ])('is nothing with a terminal %s and %j', (isTTY, env) => {
    const { terminal, err } = open(isTTY, env);
    const progress = startProgress(terminal, 'Reading');
    progress.update('Reading more');
    progress.note('Stopping.');
    progress.end();
    expect(err()).toBe('Stopping.\n');
  });
});

describe('a question', () => {
  it.each([
    ['yes\n', true],
    [' yes \n', true],
    ['y\n', false],
    ['\n', false],
    ['YES\n', false],
    ['\u0003', false],
    ['\u0004', false],
  ])('answered with %j is %s', async (answer, expected) => {
    const { terminal, stdin, err } = open(true);
    const answered = confirm(terminal, 'Apply?', false);
    stdin.write(answer);
    expect(await answered).toBe(expected);
    expect(err()).toContain('Apply? Only "yes" goes on: ');
  });

  it('is a no if the input ends', async () => {
    const { terminal, stdin } = open(true);
    const answered = confirm(terminal, 'Apply?', false);
    stdin.end();
    expect(await answered).toBe(false);
  });

  it('is not asked with --yes, and not without a terminal', async () => {
    const { terminal, err } = open(false);
    expect(await confirm(terminal, 'Apply?', true)).toBe(true);
    await expect(confirm(terminal, 'Apply?', false)).rejects.toThrow('add --yes');
    expect(err()).toBe('');
  });
});
