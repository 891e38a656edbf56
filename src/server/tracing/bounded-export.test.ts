import { TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { createLog } from '../log/log.ts';
import { BoundedExport, MAX_WAITING } from './bounded-export.ts';

/** Why an export failed, null if it succeeded; or an error that nobody expected. */
type Failure = string | null | Error;

/** An export whose receiver the test plays. */
function open() {
  const lines: Record<string, unknown>[] = [];
  const clock = { now: 0 };
  const exports: { spans: readonly ReadableSpan[]; done: (failure: Failure) => void }[] = [];
  const bounded = new BoundedExport({
    sender: {
      send: (spans) =>
        new Promise((resolve, reject) => {
          const done = (failure: Failure) => {
            if (failure instanceof Error) reject(failure);
            else resolve(failure);
          };
          exports.push({ spans, done });
        }),
      close: () => Promise.resolve(),
    },
    timeoutMs: 10_000,
    log: createLog('trace', {
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    }),
    now: () => clock.now,
  });
  const tracer = new TracerProvider({ spanProcessors: [bounded] }).getTracer('test');
  const record = (count: number) => {
    for (let index = 0; index < count; index += 1) tracer.startSpan('span').end();
  };
  /** Ends all exports that are under way, until there are no more. */
  const respond = async (failure: Failure) => {
    for (let spans = 0; ;) {
      const under = exports.splice(0);
      if (under.length === 0) return spans;
      for (const each of under) {
        spans += each.spans.length;
        each.done(failure);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { bounded, clock, exports, lines, record, respond };
}

const warning = (spans: number, reason: string) =>
  expect.objectContaining({
    level: 'warn',
    msg: 'spans were lost: they could not be exported',
    spans,
    reason,
  }) as unknown;

describe('an export', () => {
  it('holds no more spans than its bound, and counts the others', async () => {
    const { bounded, lines, record, respond } = open();
    record(MAX_WAITING + 1);
    expect(lines).toEqual([warning(1, 'QUEUE_FULL')]);
    record(100);
    void bounded.forceFlush();
    const spans = await respond(null);
    expect(spans).toBe(MAX_WAITING);
    record(10);
    void bounded.forceFlush();
    expect(await respond(null)).toBe(10);
    await bounded.close(0);
    expect(lines).toEqual([warning(1, 'QUEUE_FULL'), warning(100, 'QUEUE_FULL')]);
  });

  it.each<[string, Failure]>([
    ['STATUS_401', 'STATUS_401'],
    ['FAILED', new Error('canary')],
  ])('that fails is reported once a minute: %s', async (reason, failure) => {
    const { bounded, clock, lines, record, respond } = open();
    const fail = async (count: number) => {
      record(count);
      void bounded.forceFlush();
      await respond(failure);
    };
    await fail(1);
    clock.now = 59_999;
    await fail(2);
    expect(lines).toEqual([warning(1, reason)]);
    clock.now = 60_000;
    await fail(3);
    expect(lines).toEqual([warning(1, reason), warning(5, reason)]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('that does not end in time at the end is given up, and reported', async () => {
    const { bounded, lines, record } = open();
    record(3);
    await bounded.close(10);
    expect(lines).toEqual([warning(3, 'SHUT_DOWN')]);
  });
});
