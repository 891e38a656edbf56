import { errors } from 'undici';
import { describe, expect, it } from 'vitest';
import { ending, reasonOf, violation } from './connection-error.ts';
import type { ConnectionErrorReason } from './connection-error.ts';

const coded = (code: string) => Object.assign(new Error('canary'), { code });

describe('an error of a connection', () => {
  it.each<[string, ConnectionErrorReason]>([
    ['ECONNREFUSED', 'CONNECTION_LOST'],
    ['ENOTFOUND', 'CONNECTION_LOST'],
    ['EPIPE', 'CONNECTION_LOST'],
    ['EPROTO', 'TLS_FAILED'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS_FAILED'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'TLS_FAILED'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'TLS_FAILED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_FAILED'],
    ['CERT_HAS_EXPIRED', 'TLS_FAILED'],
    ['CERT_NOT_YET_VALID', 'TLS_FAILED'],
    ['CERT_REVOKED', 'TLS_FAILED'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS_FAILED'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'TLS_FAILED'],
    ['ERR_ASSERTION', 'PROTOCOL_ERROR'],
  ])('with the code %s is %s', (code, reason) => {
    expect(reasonOf(coded(code), null)).toBe(reason);
  });

  it.each<[string, Error, number | null, ConnectionErrorReason, string | null]>([
    [
      'a status line that is none',
      new errors.HTTPParserError(
        'Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)',
      ),
      null,
      'PROTOCOL_ERROR',
      'sent something that is not valid HTTP/1.1 (Expected HTTP/, RTSP/ or ICE/)',
    ],
    [
      "words that are not the parser's",
      new errors.HTTPParserError('(canary {})'),
      200,
      'PROTOCOL_ERROR',
      'sent something that is not valid HTTP/1.1',
    ],
    [
      'an end within chunks',
      new errors.HTTPParserError(
        'Response does not match the HTTP/1.1 protocol (Invalid EOF state)',
      ),
      200,
      'CONNECTION_LOST',
      null,
    ],
    [
      'a body that is too short',
      new errors.ResponseContentLengthMismatchError(),
      200,
      'CONNECTION_LOST',
      null,
    ],
    [
      'two lengths',
      new errors.ResponseContentLengthMismatchError(),
      null,
      'PROTOCOL_ERROR',
      'sent a response whose length contradicts its headers',
    ],
    [
      'a 204 with a body',
      new errors.ResponseContentLengthMismatchError(),
      204,
      'PROTOCOL_ERROR',
      'sent a response whose length contradicts its headers',
    ],
    [
      '100 Continue',
      new errors.SocketError('bad response'),
      null,
      'PROTOCOL_ERROR',
      'sent an interim response (such as 100 Continue) that was not requested',
    ],
    [
      '101 Switching Protocols',
      new errors.SocketError('bad upgrade'),
      null,
      'PROTOCOL_ERROR',
      'switched to another protocol, which was not requested',
    ],
    ['a close', new errors.SocketError('other side closed'), null, 'CONNECTION_LOST', null],
    ['large headers', new errors.HeadersOverflowError(), null, 'HEADERS_TOO_LARGE', null],
    ['a pool that was closed', new errors.ClientDestroyedError(), null, 'CLOSED', null],
  ])('is recognized: %s', (_what, error, status, reason, words) => {
    expect(reasonOf(error, status)).toBe(reason);
    if (reason === 'PROTOCOL_ERROR') expect(violation(error)).toBe(words);
  });

  it.each([
    [coded('ECONNRESET'), 'reset the connection before its response was complete'],
    [
      new errors.SocketError('other side closed'),
      'closed the connection before its response was complete',
    ],
    [
      new errors.ResponseContentLengthMismatchError(),
      'closed the connection before its response was complete',
    ],
    [undefined, 'broke the connection before its response was complete'],
  ])('says how it ended: %s', (error, words) => {
    expect(ending(error)).toBe(words);
  });
});
