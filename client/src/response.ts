import { GatewayRequestError } from './error.ts';
import type { GatewayRequestErrorCode, GraphQLRequestError } from './error.ts';
import { redact, secretsIn } from './redact.ts';

/** How many errors of a response are read. */
const MAX_ERRORS = 100;

export interface Reading {
  /** Largest body, in bytes. */
  readonly maxBytes: number;
  /** What was sent and is taken out of messages: the gateway's own repeat no values, but those of a router in front of it may. */
  readonly sent: unknown;
}

/**
 * The data of a GraphQL response.
 * @throws GatewayRequestError without data, or if some is missing
 */
export async function readResponse(response: Response, reading: Reading): Promise<unknown> {
  const { status, headers } = response;
  const text = await readText(response, reading.maxBytes);
  const body = text === null ? null : parse(text);
  const fail = (
    message: string,
    code: GatewayRequestErrorCode,
    details: { errors?: readonly GraphQLRequestError[]; data?: unknown; requestId?: string } = {},
  ): never => {
    const requestId = headers.get('x-request-id') ?? details.requestId ?? null;
    // Something between may have answered instead of the gateway.
    const sent = code === 'HTTP_STATUS' || code === 'NOT_GRAPHQL' ? 'unknown' : true;
    throw new GatewayRequestError(message, { ...details, code, sent, status, requestId });
  };
  if (text === null)
    return fail(`The response has more than ${reading.maxBytes} bytes.`, 'TOO_LARGE');
  if (body === null) {
    return response.ok
      ? fail('The response is not a GraphQL response. Check the URL.', 'NOT_GRAPHQL')
      : fail(
          response.type === 'opaqueredirect' || (status >= 300 && status < 400)
            ? 'The response is a redirect, which is not followed. Check the URL.'
            : `The response is not a GraphQL response, and has HTTP status ${status}.`,
          'HTTP_STATUS',
        );
  }
  const { data } = body;
  if (body.errors === undefined && typeof data === 'object' && data !== null) return data;
  const secrets = secretsIn(reading.sent);
  const errors = (body.errors ?? []).slice(0, MAX_ERRORS).map((error) => readError(error, secrets));
  const [first] = errors;
  const about = first === undefined ? '' : `: ${first.message}`;
  const requestId = requestIdIn(body.errors);
  const details = { errors, ...(requestId !== null && { requestId }) };
  // Only such a response says that nothing was executed. A router in front of the gateway also has others without data.
  const refused = (data === undefined || data === null) && (status === 503 || is4xx(status));
  return refused
    ? fail(`The gateway refused the request${about}`, 'REFUSED', details)
    : fail(`The gateway could not complete the request${about}`, 'FAILED', { ...details, data });
}

function is4xx(status: number): boolean {
  return status >= 400 && status < 500;
}

/** A body as text; null if it is too large. */
async function readText(response: Response, maxBytes: number): Promise<string | null> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

interface GraphQLResponse {
  readonly data?: unknown;
  readonly errors?: readonly unknown[] | undefined;
}

/** A GraphQL response; null if it is something else. */
function parse(text: string): GraphQLResponse | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  const { data, errors } = record(body);
  if (Array.isArray(errors) && errors.length > 0) return { data, errors };
  return typeof data === 'object' && data !== null ? { data } : null;
}

function readError(error: unknown, secrets: readonly string[]): GraphQLRequestError {
  const { message, path, extensions } = record(error);
  const { code } = record(extensions);
  return {
    message: typeof message === 'string' ? redact(message, secrets) : '',
    code: typeof code === 'string' ? code : null,
    ...(Array.isArray(path) && { path: path as (string | number)[] }),
  };
}

function requestIdIn(errors: GraphQLResponse['errors']): string | null {
  const { requestId } = record(record(errors?.[0])['extensions']);
  return typeof requestId === 'string' ? requestId : null;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
