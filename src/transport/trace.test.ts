import { describe, expect, it } from 'vitest';
import { childOf, readTrace } from './trace.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it.each([
    [`00-${ID}-${SPAN}-01`, { traceId: ID, flags: '01' }],
    [` 00-${ID}-${SPAN}-00 `, { traceId: ID, flags: '00' }],
    [`cc-${ID}-${SPAN}-01-what-comes-later`, { traceId: ID, flags: '01' }],
    [null, null],
    ['', null],
    [`ff-${ID}-${SPAN}-01`, null],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, null],
    [`00-${ID}-${'0'.repeat(16)}-01`, null],
    [`00-${ID.toUpperCase()}-${SPAN}-01`, null],
    [`00-${ID}-${SPAN}`, null],
    [`00-${ID}-${SPAN}-01\r\nx: y`, null],
  ])('%j is read as %j', (header, trace) => {
    expect(readTrace(header)).toEqual(trace);
  });

  it('of a request within a trace has the same trace and flags, and a span of its own', () => {
    const [one, other] = [
      childOf({ traceId: ID, flags: '01' }),
      childOf({ traceId: ID, flags: '01' }),
    ];
    expect(readTrace(one)).toEqual({ traceId: ID, flags: '01' });
    expect(one).not.toBe(other);
    expect(one).not.toContain(SPAN);
  });
});
