import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';

/** How long a browser may remember what it was told, in seconds. */
const REMEMBERED_S = 600;

/**
 * @param beforeAnswer is called where the request is a question of a browser (preflight), which is answered at once
 * @returns whether it was one
 */
export type Cors = (
  request: IncomingMessage,
  response: ServerResponse,
  beforeAnswer: () => void,
) => boolean;

/**
 * Lets pages of these origins call (Fetch standard, CORS protocol). No cookie is ever read, so credentials are not
 * allowed: callers send their tokens in headers.
 */
export function createCors(origins: readonly string[]): Cors {
  const handle = cors({
    origin: [...origins],
    methods: ['GET', 'POST'],
    exposedHeaders: ['X-Request-Id'],
    maxAge: REMEMBERED_S,
    optionsSuccessStatus: 204,
  });
  const isQuestion = ({ method, headers }: IncomingMessage) =>
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined;
  return (request, response, beforeAnswer) => {
    if (origins.length === 0) return false;
    const question = isQuestion(request);
    if (question) beforeAnswer();
    // Answers a question by itself, and goes on with anything else. The allowed headers are those that are asked for.
    if (question || request.method !== 'OPTIONS') handle(request, response, () => undefined);
    return question;
  };
}
