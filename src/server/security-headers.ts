import type { ServerResponse } from 'node:http';

/** Answers are data for who asked: nothing to keep, to frame or to run (OWASP Secure Headers Project). Names and values by turns. */
export const SECURITY_HEADERS: readonly string[] = [
  'cache-control', 'no-store',
  'content-security-policy', "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy', 'same-origin',
  'referrer-policy', 'no-referrer',
  'x-content-type-options', 'nosniff',
  'x-frame-options', 'DENY',
];

/** Sets the headers that every answer has. */
export function setCommonHeaders(response: ServerResponse, requestId: string): void {
  response.setHeader('x-request-id', requestId);
  for (let index = 0; index < SECURITY_HEADERS.length; index += 2) response.setHeader(SECURITY_HEADERS[index] ?? '', SECURITY_HEADERS[index + 1] ?? '');
}

/**
 * The policy of the page of GraphiQL: only the scripts that are in it, known by their hashes, and calls to this
 * gateway. Its editor makes styles as it goes, and workers of its own text.
 */
export function pagePolicy(scriptHashes: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${scriptHashes.map((hash) => `'sha256-${hash}'`).join(' ')}`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    'font-src data:',
    'worker-src blob: data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
