import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { setCommonHeaders } from '../http/security-headers.ts';

/** How long a browser may cache the response to a preflight request, in seconds. */
const MAX_AGE_S = 600;

/** Responds to a preflight request of a browser. @returns whether it was one */
export type Cors = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => boolean;

/**
 * Lets pages of these origins call (Fetch standard, CORS protocol). Credentials are not allowed, because the gateway
 * reads no cookies: callers send their tokens in headers.
 */
export function createCors(origins: readonly string[]): Cors {
  const handle = cors({
    origin: [...origins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['X-Request-Id'],
    maxAge: MAX_AGE_S,
    optionsSuccessStatus: 204,
  });
  const isPreflight = ({ method, headers }: IncomingMessage) =>
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined;
  return (request, response, requestId) => {
    if (origins.length === 0) return false;
    const preflight = isPreflight(request);
    if (preflight) setCommonHeaders(response, requestId);
    // Responds to a preflight by itself and passes on anything else. It allows the headers that the browser requests.
    if (preflight || request.method !== 'OPTIONS') handle(request, response, () => undefined);
    return preflight;
  };
}
