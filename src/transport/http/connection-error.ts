import { systemErrorCode } from '../../domain/system-error.ts';
import { errors } from 'undici';

/** Why an HTTP client did not receive a complete response. `CLOSED`: its pool was closed. */
export type ConnectionErrorReason =
  'CONNECTION_LOST' | 'TLS_FAILED' | 'HEADERS_TOO_LARGE' | 'PROTOCOL_ERROR' | 'CLOSED';

/**
 * Classifies errors of undici, and those that it passes on from Node.
 * @param status of the response that began, null if none did
 */
export function reasonOf(error: unknown, status: number | null): ConnectionErrorReason {
  if (error instanceof errors.ClientDestroyedError) return 'CLOSED';
  if (error instanceof errors.HeadersOverflowError) return 'HEADERS_TOO_LARGE';
  if (isCut(error, status)) return 'CONNECTION_LOST';
  if (violation(error) !== null) return 'PROTOCOL_ERROR';
  return isTlsError(error) ? 'TLS_FAILED' : 'CONNECTION_LOST';
}

/** Whether the connection was closed in the middle of a response. If the response has `Connection: close`, undici reports this as a parser error. */
function isCut(error: unknown, status: number | null): boolean {
  if (error instanceof errors.HTTPParserError) return error.message.includes('Invalid EOF state');
  return (
    error instanceof errors.ResponseContentLengthMismatchError &&
    status !== null &&
    status !== 204 &&
    status !== 304
  );
}

/** A phrase to follow the upstream's name in a message, saying how a response violates HTTP/1.1; null for any other error. */
export function violation(error: unknown): string | null {
  if (error instanceof errors.HTTPParserError) {
    // The parser puts its own fixed error text in parentheses.
    const [, words = ''] = /\(([\w ,/'-]{1,80})\)$/.exec(error.message) ?? [];
    return `sent something that is not valid HTTP/1.1${words === '' ? '' : ` (${words})`}`;
  }
  if (error instanceof errors.ResponseContentLengthMismatchError)
    return 'sent a response whose length contradicts its headers';
  if (error instanceof errors.SocketError) {
    if (error.message === 'bad response')
      return 'sent an interim response (such as 100 Continue) that was not requested';
    if (error.message === 'bad upgrade')
      return 'switched to another protocol, which was not requested';
  }
  // Some invalid responses get past undici's parser and trip an assertion instead: status 101 without an Upgrade header, status 099.
  if (systemErrorCode(error) === 'ERR_ASSERTION')
    return 'sent a response with a status that HTTP/1.1 does not allow there';
  return null;
}

/** A phrase to follow the upstream's name in a message, saying how a connection ended. */
export function ending(error: unknown): string {
  if (systemErrorCode(error) === 'ECONNRESET')
    return 'reset the connection before its response was complete';
  if (
    error instanceof errors.SocketError ||
    error instanceof errors.ResponseContentLengthMismatchError ||
    error instanceof errors.HTTPParserError
  )
    return 'closed the connection before its response was complete';
  return 'broke the connection before its response was complete';
}

/** Codes of OpenSSL, as a system error (EPROTO) or as its own, and of invalid certificates (Node's `X509_V_ERR_…`). */
const TLS_CODE =
  /^(?:EPROTO$|ERR_SSL_|ERR_TLS_|ERR_OSSL_|UNABLE_TO_|CERT_|CRL_|ERROR_IN_C[ER]|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|NO_EXPLICIT_POLICY$|EE_KEY_|CA_|UNSPECIFIED$)/;

/** Whether TLS itself failed. */
export function isTlsError(error: unknown): boolean {
  return TLS_CODE.test(systemErrorCode(error) ?? '');
}
