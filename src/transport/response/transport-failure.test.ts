import { describe, expect, it } from 'vitest';
import { OutcomeUnknownError } from '../../domain/errors.ts';
import type { OidcErrorCode } from '../../domain/errors.ts';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import { TransportFailure } from '../http/http.ts';
import type { TransportFailureReason } from '../http/http.ts';
import type { OperationFacts } from '../operation.ts';
import { processTransportFailure } from './transport-failure.ts';
import type { ResponseReader } from './reader.ts';

interface Args {
  readonly id: string;
}
type NoteFacts = OperationFacts<Args>;

const facts = {
  fields: ['id', 'title'],
  repeatable: false,
  subject: ({ id }: Args) => ({ resource: 'Note', id }),
};
const read: NoteFacts = { ...facts, name: 'getNote', purpose: 'read the note', effect: 'read' };
const write: NoteFacts = {
  ...facts,
  name: 'createNote',
  purpose: 'create the note',
  effect: 'write',
  verifyWith: ({ id }) => `{ note(id: "${id}") { id } }`,
};

const args: Args = { id: 'n1' };
const reader: ResponseReader = {
  id: 'NOTEBOOK',
  label: 'Notebook',
  requestIdHeader: 'x-request-id',
  readError: () => ({ details: [] }),
  credentialsAdvice: 'Get a ticket.',
  urlVariables: ['NOTEBOOK_URL'],
};

describe('processTransportFailure', () => {
  const lost = (
    operation: NoteFacts,
    reason: TransportFailureReason,
    sent: boolean,
    status: number | null = null,
  ) => {
    const cause = new TransportFailure(reason, sent, status);
    const error = processTransportFailure(operation, args, cause, reader, new Scrubber());
    expect(error.cause).toBe(cause);
    expect(error.upstream).toEqual({ upstream: 'NOTEBOOK', status, requestId: null, details: [] });
    return error;
  };

  it.each<[TransportFailureReason, string]>([
    [
      'TIMEOUT',
      'The deadline passed while waiting for a connection to Notebook. Nothing was sent: it is safe to send the request again.',
    ],
    [
      'CONNECTION_LOST',
      'No connection to Notebook could be made. Nothing was sent: it is safe to send the request again.',
    ],
    [
      'TLS_FAILED',
      'No secure connection (TLS) to Notebook could be made; the operator of the gateway can find the reason in the log. Nothing was sent: it is safe to send the request again.',
    ],
    [
      'CLOSED',
      'The gateway is shutting down. Nothing was sent: it is safe to send the request again.',
    ],
    ['CANCELLED', 'The caller hung up. Nothing was sent: it is safe to send the request again.'],
  ])('%s before it was sent is unavailable, for a write too', (reason, message) => {
    for (const operation of [read, write])
      expect(lost(operation, reason, false)).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        message,
        retryAfterSeconds: null,
      });
  });

  it.each<[TransportFailureReason, OidcErrorCode, string]>([
    ['TIMEOUT', 'UPSTREAM_UNAVAILABLE', 'Notebook did not respond in time. Try again later.'],
    [
      'CONNECTION_LOST',
      'UPSTREAM_UNAVAILABLE',
      'Notebook broke the connection before its response was complete. Try again later.',
    ],
    [
      'CANCELLED',
      'UPSTREAM_UNAVAILABLE',
      'Notebook had not responded when the caller hung up. Try again later.',
    ],
    [
      'TOO_LARGE',
      'UPSTREAM_CONTRACT',
      'Notebook returned more than the gateway reads. Report this to the operator of the gateway, with the request id.',
    ],
    [
      'HEADERS_TOO_LARGE',
      'UPSTREAM_CONTRACT',
      'Notebook returned more than 64 KiB of headers, the most that the gateway reads. Report this to the operator of the gateway, with the request id.',
    ],
    [
      'UNREADABLE',
      'UPSTREAM_CONTRACT',
      'Notebook returned 200, but its body cannot be read. Report this to the operator of the gateway, with the request id.',
    ],
    [
      'PROTOCOL_ERROR',
      'UPSTREAM_CONTRACT',
      'Notebook sent something that is not valid HTTP/1.1. Report this to the operator of the gateway, with the request id.',
    ],
    [
      'TLS_FAILED',
      'UPSTREAM_UNAVAILABLE',
      'Notebook ended the secure connection (TLS) with an error before its response was complete. The operator of the gateway can find the reason in the log.',
    ],
  ])('%s after a read was sent: %s', (reason, code, message) => {
    expect(lost(read, reason, true, 200)).toMatchObject({ code, message });
  });

  it.each<[TransportFailureReason, OutcomeUnknownError['reason'], string]>([
    ['TIMEOUT', 'TIMEOUT', 'did not respond in time'],
    ['CONNECTION_LOST', 'CONNECTION_LOST', 'broke the connection before its response was complete'],
    ['CANCELLED', 'CONNECTION_LOST', 'had not responded when the caller hung up'],
    ['CLOSED', 'CONNECTION_LOST', 'had not responded when the gateway shut down'],
    ['TOO_LARGE', 'UNREADABLE_ANSWER', 'returned more than the gateway reads'],
    [
      'HEADERS_TOO_LARGE',
      'UNREADABLE_ANSWER',
      'returned more than 64 KiB of headers, the most that the gateway reads',
    ],
    ['UNREADABLE', 'UNREADABLE_ANSWER', 'returned null, but its body cannot be read'],
    ['PROTOCOL_ERROR', 'PROTOCOL_ERROR', 'sent something that is not valid HTTP/1.1'],
    [
      'TLS_FAILED',
      'CONNECTION_LOST',
      'ended the secure connection (TLS) with an error before its response was complete',
    ],
  ])('%s after a write was sent leaves its outcome unknown: %s', (failed, reason, what) => {
    const error = lost(write, failed, true);
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ reason, verifyWith: '{ note(id: "n1") { id } }' });
    expect(error.message).toContain(
      `was sent. Notebook ${what}. It may or may not have been applied (Note "n1").`,
    );
  });
});
