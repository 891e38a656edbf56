import { describe, expect, it } from 'vitest';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import { newProgress } from '../../graph/context.ts';
import type { UpstreamCallEvent } from '../../transport/exchange/requester.ts';
import { TransportFailure } from '../../transport/http/http.ts';
import { Refusal } from '../../transport/policy/refusal.ts';
import { createLog } from './log.ts';
import { keepCall } from './upstream-calls.ts';

const CALL: UpstreamCallEvent = {
  upstream: 'SHOP',
  operation: 'getThing',
  status: 200,
  upstreamRequestId: 'shop-1',
  durationMs: 1.5,
  failure: null,
};
const failed = (failure: TransportFailure): UpstreamCallEvent => ({
  ...CALL,
  status: null,
  upstreamRequestId: null,
  failure,
});
const cause = (length: number) =>
  Object.assign(new Error('x'.repeat(length), { cause: new Error('y'.repeat(length)) }), {
    code: 'ECONNRESET',
  });
const lost = (length = 10) =>
  failed(new TransportFailure('CONNECTION_LOST', true, null, cause(length)));

/** The progress of a request after these calls. */
function after(calls: readonly UpstreamCallEvent[], scrubber = new Scrubber()) {
  const progress = newProgress();
  for (const call of calls) keepCall({ progress, scrubber }, call);
  return progress;
}

describe('the calls of a request', () => {
  it('are kept as they are, in order', () => {
    const { upstreamCalls, upstreamRequestId } = after([CALL, { ...CALL, operation: 'other' }]);
    const { failure: _none, ...shown } = CALL;
    expect(upstreamCalls).toEqual([shown, { ...shown, operation: 'other' }]);
    expect(upstreamRequestId).toBe('shop-1');
  });

  it('that failed say why, without a stack and without secrets', () => {
    const scrubber = new Scrubber();
    scrubber.add('xxxxxxxxxx');
    expect(after([lost()], scrubber).upstreamCalls).toMatchObject([
      {
        status: null,
        failure: 'CONNECTION_LOST',
        sent: true,
        error: {
          name: 'Error',
          message: '[redacted]',
          code: 'ECONNRESET',
          cause: { name: 'Error', message: 'yyyyyyyyyy' },
        },
      },
    ]);
    expect(JSON.stringify(after([lost()]))).not.toContain('stack');
  });

  it.each<[string, TransportFailure, boolean]>([
    ['the gateway does not send', new Refusal('QUEUE_FULL'), false],
    ['the caller gives up', new TransportFailure('CANCELLED', true, null), false],
    ['runs out of time', new TransportFailure('TIMEOUT', true, null), true],
    ['shutdown cuts off', new TransportFailure('CLOSED', true, null), true],
    ['loses its connection', new TransportFailure('CONNECTION_LOST', false, null), true],
  ])('that %s are unexpected or not', (_what, failure, unexpected) => {
    expect(after([failed(failure), CALL])).toMatchObject({
      hasFailedCall: unexpected,
      upstreamCalls: [{ failure: failure.reason, sent: failure.sent }, { status: 200 }],
    });
  });

  it('are counted, but only the first 8 are kept, and 10 if some failed', () => {
    const many = Array.from({ length: 20 }, () => CALL);
    expect(after(many)).toMatchObject({ upstreamCallCount: 20, hasFailedCall: false });
    expect(after(many).upstreamCalls).toHaveLength(8);
    const { upstreamCalls, upstreamCallCount } = after([...many, lost(), lost(), lost()]);
    expect(upstreamCalls.map(({ failure }) => failure)).toEqual([
      ...Array.from({ length: 8 }, () => undefined),
      'CONNECTION_LOST',
      'CONNECTION_LOST',
    ]);
    expect(upstreamCallCount).toBe(23);
  });

  it.each([10, 100, 10_000])(
    'fit into a line that keeps its request id, with messages of %i characters',
    (length) => {
      const lines: string[] = [];
      const requestId = 'r'.repeat(128);
      const { upstreamCalls } = after(Array.from({ length: 20 }, () => lost(length)));
      createLog('info', { write: (line) => lines.push(line) }).info(
        { requestId, upstreamCalls },
        'x',
      );
      const [line = ''] = lines;
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4_096);
      expect(JSON.parse(line)).toMatchObject({
        requestId,
        upstreamCalls: Array.from({ length: 10 }, () => ({ failure: 'CONNECTION_LOST' })),
      });
    },
  );
});
