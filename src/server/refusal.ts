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

/** Answers in the form of a GraphQL error. Never with `Retry-After`: a router in front would repeat mutations by it. */
export function refuse(response: ServerResponse, { status, code, message, headers }: Refusal): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}
