import type { ServerResponse } from 'node:http';
import { setCommonHeaders } from './security-headers.ts';

/** Why a request is refused before it is read as GraphQL. */
export interface Refusal {
  readonly status: number;
  /** Stable code, for `extensions.code`. */
  readonly code: string;
  /** For the caller: what happened and what to do. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal as a GraphQL error. */
export function textOf(
  { message, code }: Pick<Refusal, 'message' | 'code'>,
  requestId: string,
): string {
  return JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] });
}

/** Responds with a refusal. Never with `Retry-After`: it would make a router in front repeat mutations. */
export function refuse(response: ServerResponse, refusal: Refusal, requestId: string): void {
  setCommonHeaders(response, requestId);
  const body = textOf(refusal, requestId);
  response
    .writeHead(refusal.status, {
      ...refusal.headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    .end(body);
}
