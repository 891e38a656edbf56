import { GatewayRequestError } from './error.ts';
import type { GatewayRequestErrorDetails } from './error.ts';
import type { ClientOptions, MutationOptions } from './options.ts';
import { readResponse } from './response.ts';

/** What is executed. */
export interface Operation {
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal; null if it is not a persisted document. */
  readonly hash: string | null;
}

/** Codes of errors of Node.js before anything of a request is sent. */
const BEFORE_SENDING =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

/**
 * Sends an operation.
 * @returns its data
 * @throws GatewayRequestError
 */
export async function send(
  client: ClientOptions,
  { text, hash }: Operation,
  variables: unknown,
  { signal, headers, idempotencyKey }: MutationOptions,
): Promise<unknown> {
  const own = typeof client.headers === 'function' ? await client.headers() : client.headers;
  const given = { ...lowerCased(own), ...lowerCased(headers) };
  const request: RequestInit = {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      ...given,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    body: JSON.stringify({
      ...(client.persisted === true && hash !== null
        ? { documentId: `sha256:${hash}` }
        : { query: text }),
      variables,
    }),
    // The caller's tokens are for this address, not for another one that it names.
    redirect: 'manual',
    signal: signal ?? null,
  };
  check(client.url, request);
  if (signal?.aborted === true) throw aborted(signal, { sent: false });
  let response: Response | undefined;
  try {
    response = await (client.fetch ?? fetch)(client.url, request);
    return await readResponse(response, {
      maxBytes: client.maxResponseBytes ?? 33_554_432,
      sent: [variables, given],
    });
  } catch (error) {
    throw error instanceof GatewayRequestError ? error : failure(error, signal, response);
  }
}

function lowerCased(headers: ClientOptions['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** Messages of the runtime about URLs and headers repeat them, with the secrets in them: so both are checked here. */
function check(url: string, request: RequestInit): void {
  try {
    new Request(url, request);
  } catch {
    throw new GatewayRequestError(
      'The URL or a header is not valid: the URL must be absolute and without a user, and a header must not contain line breaks or characters beyond Latin-1. Nothing was sent.',
      { code: 'INVALID_REQUEST', sent: false },
    );
  }
}

function aborted(
  { reason }: AbortSignal,
  details: Omit<GatewayRequestErrorDetails, 'code'>,
): GatewayRequestError {
  return new GatewayRequestError('The request was aborted.', {
    ...details,
    code: 'ABORTED',
    cause: reason as unknown,
  });
}

function failure(
  error: unknown,
  signal: AbortSignal | undefined,
  response: Response | undefined,
): GatewayRequestError {
  const answered = response && {
    status: response.status,
    requestId: response.headers.get('x-request-id'),
  };
  if (signal?.aborted === true)
    return aborted(signal, { ...answered, sent: response ? true : 'unknown' });
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = codeOf(cause);
  const sent = response ? true : code !== null && BEFORE_SENDING.test(code) ? false : 'unknown';
  return new GatewayRequestError(
    `${sent === false ? 'The gateway cannot be reached' : 'The connection to the gateway failed'}${code === null ? '' : ` (${code})`}.`,
    { ...answered, code: 'NETWORK', sent, cause },
  );
}

function codeOf(cause: unknown): string | null {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null;
  return typeof code === 'string' ? code : null;
}
