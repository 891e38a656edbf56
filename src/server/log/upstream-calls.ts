import type { Scrubber } from '../../domain/scrub/scrub.ts';
import type { GatewayContext, LoggedCall } from '../../graph/context.ts';
import type { UpstreamCallEvent } from '../../transport/exchange/requester.ts';
import type { TransportFailure } from '../../transport/http/http.ts';
import { Refusal } from '../../transport/policy/refusal.ts';
import { describeError } from './log.ts';

/** How many calls the line of an operation shows; failed ones are shown up to the second number. */
const MAX_CALLS = 8;
const MAX_CALLS_WITH_FAILED = 10;

/** Keeps a call to an upstream that has ended for the line of its operation. */
export function keepCall(
  { progress, scrubber }: Pick<GatewayContext, 'progress' | 'scrubber'>,
  event: UpstreamCallEvent,
): void {
  const { failure, upstreamRequestId } = event;
  progress.upstreamCallCount += 1;
  progress.upstreamRequestId = upstreamRequestId;
  if (failure !== null && isUnexpected(failure)) progress.hasFailedCall = true;
  if (progress.upstreamCalls.length < (failure === null ? MAX_CALLS : MAX_CALLS_WITH_FAILED))
    progress.upstreamCalls.push(describeCall(event, scrubber));
}

/** Neither the gateway refused to send it, nor did the caller hang up. */
function isUnexpected(failure: TransportFailure): boolean {
  return !(failure instanceof Refusal) && failure.reason !== 'CANCELLED';
}

function describeCall(
  { upstream, operation, status, upstreamRequestId, durationMs, failure }: UpstreamCallEvent,
  scrubber: Scrubber,
): LoggedCall {
  if (failure === null) return { upstream, operation, status, upstreamRequestId, durationMs };
  const { reason, sent, cause } = failure;
  return {
    upstream,
    operation,
    status,
    upstreamRequestId,
    durationMs,
    failure: reason,
    sent,
    // Its stack would only name functions of Node and of the HTTP client.
    ...(cause !== undefined && { error: describeError(cause, scrubber, { stack: false }) }),
  };
}
