import { errors } from 'undici';

/** Why an HTTP client gave no whole response. `CLOSED`: its pool was closed. */
export type ConnectionErrorReason =
  'CONNECTION_LOST' | 'TLS_FAILED' | 'HEADERS_TOO_LARGE' | 'PROTOCOL_ERROR' | 'CLOSED';

/**
 * Tells errors of undici, and those that Node gives it, apart.
 * @param status of the response that began, null if none did
 */
export function reasonOf(error: unknown, status: number | null): ConnectionErrorReason {
  if (error instanceof errors.ClientDestroyedError) return 'CLOSED';
  if (error instanceof errors.HeadersOverflowError) return 'HEADERS_TOO_LARGE';
  if (isCut(error, status)) return 'CONNECTION_LOST';
  if (violation(error) !== null) return 'PROTOCOL_ERROR';
  return isTlsError(error) ? 'TLS_FAILED' : 'CONNECTION_LOST';
}

/** Whether the connection was closed within a response, which undici reports in the words of its parser if it was to be closed anyway. */
function isCut(error: unknown, status: number | null): boolean {
  if (error instanceof errors.HTTPParserError) return error.message.includes('Invalid EOF state');
  return (
    error instanceof errors.ResponseContentLengthMismatchError &&
    status !== null &&
    status !== 204 &&
    status !== 304
  );
}

/** What of HTTP/1.1 a response violates, after the name of the upstream; null if the error says nothing like that. */
export function violation(error: unknown): string | null {
  if (error instanceof errors.HTTPParserError) {
    // The parser's own constant words, in parentheses.
    const [, words = ''] = /\(([\w ,/'-]{1,80})\)$/.exec(error.message) ?? [];
    return `sent something that is not valid HTTP/1.1${words === '' ? '' : ` (${words})`}`;
  }
  if (error instanceof errors.ResponseContentLengthMismatchError)
    return 'sent a response whose length contradicts its headers';
  if (error instanceof errors.SocketError) {
    if (error.message === 'bad response')
      return 'sent an interim response (such as 100 Continue) that was not asked for';
    if (error.message === 'bad upgrade')
      return 'switched to another protocol, which was not asked for';
  }
  // The client takes for granted what a parser of HTTP lets through: status 101 without an Upgrade header, status 099.
  if (error instanceof Error && 'code' in error && error.code === 'ERR_ASSERTION')
    return 'sent a response with a status that HTTP/1.1 does not have there';
  return null;
}

/** How a connection ended, after the name of the upstream. */
export function ending(error: unknown): string {
  if (codeOf(error) === 'ECONNRESET')
    return 'reset the connection before its response was complete';
  if (
    error instanceof errors.SocketError ||
    error instanceof errors.ResponseContentLengthMismatchError ||
    error instanceof errors.HTTPParserError
  )
    return 'closed the connection before its response was complete';
  return 'broke the connection before its response was complete';
}

/** Codes of OpenSSL, which come with the name of a system call (EPROTO) or of their own, and of certificates that do not hold (Node's `X509_V_ERR_…`). */
const TLS_CODE =
  /^(?:EPROTO$|ERR_SSL_|ERR_TLS_|ERR_OSSL_|UNABLE_TO_|CERT_|CRL_|ERROR_IN_C[ER]|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|NO_EXPLICIT_POLICY$|EE_KEY_|CA_|UNSPECIFIED$)/;

/** Whether the encrypted connection failed as such. */
export function isTlsError(error: unknown): boolean {
  return TLS_CODE.test(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}
