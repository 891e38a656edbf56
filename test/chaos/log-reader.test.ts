import { describe, expect, it } from 'vitest';
import { LogReader } from './log-reader.ts';

const line = (fields: object) => `${JSON.stringify({ level: 'info', ...fields })}\n`;

describe('the log of a storm', () => {
  it('counts lines of the audit trail by request, without an event as outcomes', () => {
    const log = new LogReader();
    log.read(
      line({ msg: 'audit', requestId: 'a' }) +
        line({ msg: 'audit', requestId: 'b', event: 'intent' }) +
        line({ msg: 'audit', requestId: 'b', event: 'outcome' }),
      false,
    );
    log.read(
      line({ msg: 'audit', requestId: 'b', event: 'INTENT' }) +
        line({ msg: 'operation', requestId: 'c' }),
      false,
    );
    expect([...log.summary().audits]).toEqual([
      ['a', { intents: 0, outcomes: 1 }],
      ['b', { intents: 2, outcomes: 1 }],
    ]);
  });

  it('takes a last line that was cut only from a process that was killed', () => {
    const log = new LogReader();
    log.read('{"msg":"au', true);
    expect(log.summary().garbage).toEqual([]);
    log.read('{"msg":"au', false);
    expect(log.summary().garbage).toEqual(['{"msg":"au']);
  });

  it('finds secrets of callers, and lines that are not JSON', () => {
    const log = new LogReader();
    log.read(`${line({ msg: 'operation', token: 'CANARY-oc-1' })}no JSON\n`, false);
    expect(log.summary()).toMatchObject({
      leaks: [expect.stringContaining('CANARY-oc-1')],
      garbage: ['no JSON'],
    });
  });
});
