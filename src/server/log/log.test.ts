import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import { createLog, describeCrash, describeError } from './log.ts';
import { LOG_LEVELS } from '../../config/server-settings.ts';
import type { LogLevel } from '../../config/server-settings.ts';

function open(level: LogLevel) {
  const lines: string[] = [];
  return { lines, log: createLog(level, { write: (line) => lines.push(line) }) };
}

describe('a line', () => {
  it('is one JSON object: level, time, fields, message', () => {
    const { log, lines } = open('info');
    log.info(
      { a: 'x\n"y"', none: undefined, nothing: null, list: [1, { b: true }] },
      'it "is"\nso',
    );
    log.warn({}, 'alone');
    expect(lines.map((line) => line.replace(/"time":"[^"]*"/, '"time":"T"'))).toEqual([
      '{"level":"info","time":"T","a":"x\\n\\"y\\"","nothing":null,"list":[1,{"b":true}],"msg":"it \\"is\\"\\nso"}\n',
      '{"level":"warn","time":"T","msg":"alone"}\n',
    ]);
  });

  it('begins with the fields that all have', () => {
    const lines: string[] = [];
    const log = createLog('debug', { write: (line) => lines.push(line) }, { worker: 1 });
    log.debug({ a: 2 }, 'one');
    log.debug({}, 'other');
    expect(lines.map((line) => line.replace(/"time":"[^"]*"/, '"time":"T"'))).toEqual([
      '{"level":"debug","time":"T","worker":1,"a":2,"msg":"one"}\n',
      '{"level":"debug","time":"T","worker":1,"msg":"other"}\n',
    ]);
  });

  it('has the time in ISO 8601, to the millisecond', async () => {
    const { log, lines } = open('info');
    const began = Date.now();
    log.info({}, 'one');
    await new Promise((resolve) => setTimeout(resolve, 5));
    log.info({}, 'two');
    const times = lines.map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
    expect(times[0]).toBeGreaterThanOrEqual(began);
    expect(times[1]).toBeGreaterThan(times[0] ?? 0);
    expect(lines[0]).toMatch(/"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/);
  });
});

it.each([
  ['trace', ['info', 'warn', 'error', 'fatal']],
  ['info', ['info', 'warn', 'error', 'fatal']],
  ['error', ['error', 'fatal']],
  ['silent', []],
] as const)('at the level %s has the lines of %j', (level, expected) => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => {
    stderr.mockRestore();
  });
  const { log, lines } = open(level);
  for (const name of ['info', 'warn', 'error', 'fatal'] as const) log[name]({}, name);
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
  // The last words of a silent process.
  expect(
    stderr.mock.calls.map(([line]) => (JSON.parse(String(line)) as { level: string }).level),
  ).toEqual(level === 'silent' ? ['fatal'] : []);
});

it.each(LOG_LEVELS)('at the level %s has the audit trail, unless it is silent', (level) => {
  const { log, lines } = open(level);
  log.audit({ operation: 'deleteOpenIdConnect' });
  const line = {
    level: 'info',
    time: expect.any(String) as string,
    operation: 'deleteOpenIdConnect',
    msg: 'audit',
  };
  expect(lines.map((text) => JSON.parse(text) as unknown)).toEqual(
    level === 'silent' ? [] : [line],
  );
});

describe('a line with content from elsewhere', () => {
  it('looks like what it says, and parses to the same', () => {
    const hostile =
      '\u2028\u2029\u0085\u009b1m\u007f\u202e\u202a\u2066\u2069\u200e\u200f\u061c\u200b\u200d\u2060\ufeff\u00ad\u3164\ufe0f\u00a0\u{e0041}\u001b[2J\ud800';
    const { log, lines } = open('info');
    log.info({ object: hostile, list: [{ [hostile]: `ä漢🙂${hostile}` }] }, hostile);
    log.audit({ object: hostile });
    for (const line of lines) {
      expect(line.slice(0, -1)).not.toMatch(/[\p{C}\p{Default_Ignorable_Code_Point}]|(?! )\p{Z}/u);
      expect(JSON.parse(line)).toMatchObject({ object: hostile });
    }
    expect(lines[0]).toContain('ä漢🙂\\u2028\\u2029\\u0085\\u009b1m\\u007f\\u202e');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      list: [{ [hostile]: `ä漢🙂${hostile}` }],
      msg: hostile,
    });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['a long text', { object: 'x'.repeat(250_000), member: 'Kept' }],
    [
      'a long text of characters that become six',
      { object: '\u202e'.repeat(250_000), member: 'Kept' },
    ],
    [
      'a long list',
      { fields: Array.from({ length: 10_000 }, (_, index) => `field${index}`), member: 'Kept' },
    ],
    [
      'many nested texts',
      {
        error: {
          stack: Array.from({ length: 200 }, () => 'at '.repeat(100)),
          cause: { message: 'y'.repeat(9_000) },
        },
        member: 'Kept',
      },
    ],
  ])(
    'is truncated to what a pipe writes atomically, and marked as truncated: %s',
    (_what, fields) => {
      const { log, lines } = open('info');
      log.audit(fields);
      const [line = ''] = lines;
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4096);
      expect(line).toContain('…');
      expect(JSON.parse(line)).toMatchObject({ level: 'info', member: 'Kept', msg: 'audit' });
    },
  );

  it('keeps only its message and the id of its request if nothing else fits', () => {
    const { log, lines } = open('info');
    log.info(
      {
        requestId: 'mine',
        ...Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`name${index}`, index])),
      },
      'z'.repeat(9_000),
    );
    expect(Buffer.byteLength(lines[0] ?? '')).toBeLessThanOrEqual(4096);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      requestId: 'mine',
      cut: true,
      msg: `${'z'.repeat(500)}…`,
    });
  });
});

it('an error is described by the first lines of its stack and the first of its causes, each cut', () => {
  let error = new Error('innermost');
  for (let depth = 0; depth < 20; depth += 1)
    error = new Error('m'.repeat(5_000), { cause: error });
  const scrubber = new Scrubber();
  const { log, lines } = open('info');
  log.error({ error: describeError(error, scrubber) }, 'unexpected error');
  log.error({ error: describeCrash(error) }, 'crashed');
  for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4096);
  const { error: told } = JSON.parse(lines[0] ?? '') as {
    error: { message: string; stack: string; cause: { cause: { cause: object } } };
  };
  expect(told.message).toBe(`${'m'.repeat(200)}…`);
  expect(told.stack).toContain('log.test.ts');
  expect(told.cause.cause.cause).not.toHaveProperty('cause');
});
