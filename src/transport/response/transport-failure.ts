import { UpstreamContractError, UpstreamUnavailableError } from '../../domain/errors.ts';
import type { OidcError, OutcomeUnknownReason } from '../../domain/errors.ts';
import type { Scrubber } from '../../domain/scrub/scrub.ts';
import { ending, violation } from '../http/connection-error.ts';
import { MAX_HEADER_BYTES } from '../http/http.ts';
import type { TransportFailure } from '../http/http.ts';
import { UnreadableBody } from '../http/response-body.ts';
import type { OperationFacts } from '../operation.ts';
import { outcomeUnknown } from './errors.ts';
import type { ResponseReader } from './reader.ts';
import { requestIdOf } from './request-id.ts';

/** The error for a request without a complete response. */
export function processTransportFailure<Args>(
  operation: OperationFacts<Args>,
  args: Args,
  failure: TransportFailure,
  reader: ResponseReader,
  scrubber: Scrubber,
): OidcError {
  const { label } = reader;
  const upstream = {
    upstream: reader.id,
    status: failure.status,
    requestId: requestIdOf(failure, reader, scrubber),
    details: [],
  };
  const options = { upstream, cause: failure };
  const unsent = failure.sent ? null : describeUnsent(failure, label);
  const { retryAfterSeconds: wait } = failure;
  if (unsent !== null)
    return new UpstreamUnavailableError(
      `${unsent}. Nothing was sent: it is safe to send the request again${wait === null ? '' : ` in ${wait} s`}.`,
      wait,
      options,
    );
  const { unknown, read, what } = describeLost(failure);
  // It may hold names of codings and charsets from the upstream, which may echo secrets.
  const said = scrubber.text(what);
  if (operation.effect === 'write')
    return outcomeUnknown(operation, args, reader, unknown, said, upstream, failure);
  if (read === 'CONTRACT')
    return new UpstreamContractError(
      `${label} ${said}. Report this to the operator of the gateway, with the request id.`,
      options,
    );
  return new UpstreamUnavailableError(
    `${label} ${said}. ${read === 'LATER' ? 'Try again later' : 'The operator of the gateway can find the reason in the log'}.`,
    null,
    options,
  );
}

/** Why a request was not sent, as a sentence without its period; null for failures that only a sent request can have. */
export function describeUnsent(
  { reason }: Pick<TransportFailure, 'reason'>,
  label: string,
): string | null {
  switch (reason) {
    case 'TIMEOUT':
      return `The deadline passed while waiting for a connection to ${label}`;
    case 'CONNECTION_LOST':
      return `No connection to ${label} could be made`;
    case 'TLS_FAILED':
      // The log names the certificate or setting, for the operator.
      return `No secure connection (TLS) to ${label} could be made; the operator of the gateway can find the reason in the log`;
    case 'CANCELLED':
      return 'The caller hung up';
    case 'CLOSED':
      return 'The gateway is shutting down';
    case 'QUEUE_FULL':
      return `Too many calls are waiting for ${label}: it is slow, does not respond, or gets more calls than it can handle`;
    case 'TOO_LATE':
      return `Too little time is left: ${label} would most likely not respond before the deadline`;
    case 'BREAKER_OPEN':
      return `${label} did not respond to the last calls, so the gateway has paused calls to it`;
    case 'TOO_LARGE':
    case 'HEADERS_TOO_LARGE':
    case 'UNREADABLE':
    case 'PROTOCOL_ERROR':
      return null;
  }
}

/** How the response to a request that was sent got lost. */
interface LostResponse {
  /** Why it is unknown whether a write was applied. */
  readonly unknown: OutcomeUnknownReason;
  /** What it means for a read: the upstream broke its contract, may respond later, or the operator has to look into it. */
  readonly read: 'CONTRACT' | 'LATER' | 'LOOK';
  /** A message after the name of the upstream. */
  readonly what: string;
}

/** How the response to a request that was sent got lost. */
export function describeLost({
  reason,
  status,
  cause,
}: Pick<TransportFailure, 'reason' | 'status' | 'cause'>): LostResponse {
  switch (reason) {
    case 'TIMEOUT':
      return { unknown: 'TIMEOUT', read: 'LATER', what: 'did not respond in time' };
    case 'CONNECTION_LOST':
      return { unknown: 'CONNECTION_LOST', read: 'LATER', what: ending(cause) };
    case 'TLS_FAILED':
      return {
        unknown: 'CONNECTION_LOST',
        read: 'LOOK',
        what: 'ended the secure connection (TLS) with an error before its response was complete',
      };
    case 'CANCELLED':
      return {
        unknown: 'CONNECTION_LOST',
        read: 'LATER',
        what: 'had not responded when the caller hung up',
      };
    case 'CLOSED':
      return {
        unknown: 'CONNECTION_LOST',
        read: 'LATER',
        what: 'had not responded when the gateway shut down',
      };
    case 'QUEUE_FULL':
    case 'TOO_LATE':
    case 'BREAKER_OPEN':
      return { unknown: 'CONNECTION_LOST', read: 'LATER', what: 'was not called' };
    case 'PROTOCOL_ERROR':
      return {
        unknown: 'PROTOCOL_ERROR',
        read: 'CONTRACT',
        what: violation(cause) ?? 'sent something that is not valid HTTP/1.1',
      };
    case 'HEADERS_TOO_LARGE':
      return {
        unknown: 'UNREADABLE_ANSWER',
        read: 'CONTRACT',
        what: `returned more than ${MAX_HEADER_BYTES / 1024} KiB of headers, the most that the gateway reads`,
      };
    case 'TOO_LARGE':
      return {
        unknown: 'UNREADABLE_ANSWER',
        read: 'CONTRACT',
        what:
          cause instanceof UnreadableBody
            ? `returned ${String(status)}, but ${cause.message}`
            : 'returned more than the gateway reads',
      };
    case 'UNREADABLE':
      return {
        unknown: 'UNREADABLE_ANSWER',
        read: 'CONTRACT',
        what: `returned ${String(status)}, but ${cause instanceof UnreadableBody ? cause.message : 'its body cannot be read'}`,
      };
  }
}
