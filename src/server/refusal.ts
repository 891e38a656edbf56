import type { ServerResponse } from 'node:http';

/** Why a request is refused before it is read as GraphQL. */
export interface Refusal {
  readonly status: number;
  /** Stable code, for `extensions.code`. */
  readonly code: string;
  /** For the caller: what happened and what to do. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal in the form of a GraphQL error. */
export function textOf(
  { message, code }: Pick<Refusal, 'message' | 'code'>,
  requestId: string,
): string {
  return JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] });
}

/** Answers with a refusal. Never with `Retry-After`: a router in front would repeat mutations by it. */
export function refuse(response: ServerResponse, refusal: Refusal, requestId: string): void {
  const body = textOf(refusal, requestId);
  response
    .writeHead(refusal.status, {
      ...refusal.headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    .end(body);
}
