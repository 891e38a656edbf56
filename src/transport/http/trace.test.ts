import { describe, expect, it } from 'vitest';
import { childOf, isSampled, randomId, readTrace, traceparent } from './trace.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it.each([
    [`00-${ID}-${SPAN}-01`, { traceId: ID, spanId: SPAN, flags: '01' }],
    [` 00-${ID}-${SPAN}-00 `, { traceId: ID, spanId: SPAN, flags: '00' }],
    [`cc-${ID}-${SPAN}-01-what-comes-later`, { traceId: ID, spanId: SPAN, flags: '01' }],
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

  it('of a request within a trace has the same trace and flags, and a new span', () => {
    const [one, other] = [
      childOf({ traceId: ID, flags: '01' }),
      childOf({ traceId: ID, flags: '01' }),
    ];
    expect(readTrace(one)).toMatchObject({ traceId: ID, flags: '01' });
    expect(one).not.toBe(other);
    expect(one).not.toContain(SPAN);
  });

  it('is written as it was read', () => {
    const header = `00-${ID}-${SPAN}-01`;
    const read = readTrace(header);
    expect(read === null ? null : traceparent(read)).toBe(header);
  });

  it.each([
    ['00', false],
    ['01', true],
    ['02', false],
    ['03', true],
    ['ff', true],
  ])('with the flags %s is sampled: %s', (flags, expected) => {
    expect(isSampled({ traceId: ID, flags })).toBe(expected);
  });
});

it('ids of traces and spans are all different', () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => randomId(index % 2 === 0 ? 8 : 16));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(ids[1]).toMatch(/^[0-9a-f]{32}$/);
});
