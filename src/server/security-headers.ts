import type { ServerResponse } from 'node:http';

/** Answers are data for who asked: nothing to keep, to frame or to run (OWASP Secure Headers Project). Names and values by turns. */
export const SECURITY_HEADERS: readonly string[] = [
  'cache-control',
  'no-store',
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy',
  'same-origin',
  'referrer-policy',
  'no-referrer',
  'x-content-type-options',
  'nosniff',
  'x-frame-options',
  'DENY',
];

/** Sets the headers that every answer has. */
export function setCommonHeaders(response: ServerResponse, requestId: string): void {
  response.setHeader('x-request-id', requestId);
  for (let index = 0; index < SECURITY_HEADERS.length; index += 2)
    response.setHeader(SECURITY_HEADERS[index] ?? '', SECURITY_HEADERS[index + 1] ?? '');
}

/**
 * The policy of the page of GraphiQL: scripts and styles of this gateway alone, and calls to it. What the API answers
 * does not count as a script in a browser (`nosniff`). Its editor makes styles as it goes, and workers of its own text.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  'worker-src blob: data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The policy of the page at `/`: a text, a link and an icon. */
export const HOME_POLICY =
  "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
