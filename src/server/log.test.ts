import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLog, LOG_LEVELS } from './log.ts';
import type { LogLevel } from './log.ts';

function open(level: LogLevel) {
  const lines: string[] = [];
  return { lines, log: createLog(level, { write: (line) => lines.push(line) }) };
}

describe('a line', () => {
  it('is one JSON object: level, time, fields, message', () => {
    const { log, lines } = open('info');
    log.info({ a: 'x\n"y"', none: undefined, nothing: null, list: [1, { b: true }] }, 'it "is"\nso');
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
    expect(lines.map((line) => line.replace(/"time":"[^"]*"/, '"time":"T"'))).toEqual(['{"level":"debug","time":"T","worker":1,"a":2,"msg":"one"}\n', '{"level":"debug","time":"T","worker":1,"msg":"other"}\n']);
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
  onTestFinished(() => { stderr.mockRestore(); });
  const { log, lines } = open(level);
  for (const name of ['info', 'warn', 'error', 'fatal'] as const) log[name]({}, name);
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
  // The last words of a silent process.
  expect(stderr.mock.calls.map(([line]) => (JSON.parse(String(line)) as { level: string }).level)).toEqual(level === 'silent' ? ['fatal'] : []);
});

it.each(LOG_LEVELS)('at the level %s has the audit trail, unless it is silent', (level) => {
  const { log, lines } = open(level);
  log.audit({ operation: 'deleteOpenIdConnect' });
  const line = { level: 'info', time: expect.any(String) as string, operation: 'deleteOpenIdConnect', msg: 'audit' };
  expect(lines.map((text) => JSON.parse(text) as unknown)).toEqual(level === 'silent' ? [] : [line]);
});
