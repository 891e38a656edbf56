import type { ServerResponse } from 'node:http';

/** Responses are data for the caller: they must not be cached, framed or run (OWASP Secure Headers Project). Alternating names and values. */
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

/** Sets the headers that every response has. */
export function setCommonHeaders(response: ServerResponse, requestId: string): void {
  response.setHeader('x-request-id', requestId);
  for (let index = 0; index < SECURITY_HEADERS.length; index += 2)
    response.setHeader(SECURITY_HEADERS[index] ?? '', SECURITY_HEADERS[index + 1] ?? '');
}

/**
 * The policy of GraphiQL's page: scripts, styles and requests are limited to this gateway. Browsers do not run responses
 * of the API as scripts (`nosniff`). The editor injects inline styles and starts workers from blob and data URLs.
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

/** The policy of the page at `/`: some text, a link and an icon. */
export const HOME_POLICY =
  "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
