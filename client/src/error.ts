/**
 * Why a request has no result:
 * - `INVALID_REQUEST`: the URL or a header is not valid. Nothing was sent.
 * - `NETWORK`: the connection failed, before or after the request was sent.
 * - `ABORTED`: the signal ended the request.
 * - `HTTP_STATUS`: the response is not a GraphQL response, and its status is not 2xx. Redirects are not followed.
 * - `NOT_GRAPHQL`: the status is 2xx, but the response is not a GraphQL response.
 * - `TOO_LARGE`: the response has more bytes than `maxResponseBytes`.
 * - `REFUSED`: the gateway refused the request, e.g. because of a wrong type, or of its own authentication. Nothing was executed.
 * - `FAILED`: a field failed unexpectedly. A write may have been applied.
 */
export type GatewayRequestErrorCode =
  | 'INVALID_REQUEST'
  | 'NETWORK'
  | 'ABORTED'
  | 'HTTP_STATUS'
  | 'NOT_GRAPHQL'
  | 'TOO_LARGE'
  | 'REFUSED'
  | 'FAILED';

/** An error in GraphQL's `errors`. */
export interface GraphQLRequestError {
  /** For the person. Values and tokens of the request with 8 or more characters are taken out. At most 10,000 characters. */
  readonly message: string;
  /** The field that failed; absent for errors of the whole request. */
  readonly path?: readonly (string | number)[];
  /** `extensions.code`, e.g. `BAD_USER_INPUT`; null if it has none. */
  readonly code: string | null;
}

export interface GatewayRequestErrorDetails {
  readonly code: GatewayRequestErrorCode;
  readonly sent: boolean | 'unknown';
  readonly status?: number;
  readonly requestId?: string | null;
  readonly errors?: readonly GraphQLRequestError[];
  readonly data?: unknown;
  readonly cause?: unknown;
}

/** Why a request has no result: it could not be sent, or its response is not what the schema says. Its message and properties contain no secrets. */
export class GatewayRequestError extends Error {
  override readonly name = 'GatewayRequestError';
  readonly code: GatewayRequestErrorCode;
  /** Whether the gateway received the request. False: it is safe to send it again. */
  readonly sent: boolean | 'unknown';
  /** HTTP status of the response; null without a response. */
  readonly status: number | null;
  /** The gateway's id for the request, which is also in its log; null without a response of the gateway. */
  readonly requestId: string | null;
  /** What GraphQL's `errors` say: at most 100. Often empty. */
  readonly errors: readonly GraphQLRequestError[];
  readonly #data: unknown;

  constructor(
    message: string,
    { code, sent, status, requestId, errors, data, cause }: GatewayRequestErrorDetails,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.sent = sent;
    this.status = status ?? null;
    this.requestId = requestId ?? null;
    this.errors = errors ?? [];
    this.#data = data;
  }

  /** The data of a request that `FAILED`, with null for the fields that failed. Not shown when the error is logged, because it may contain secrets. */
  get data(): unknown {
    return this.#data;
  }
}
