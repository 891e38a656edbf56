import type { ServerResponse } from 'node:http';

/** Answers of the API are data for who asked: nothing to keep, to frame or to run (OWASP Secure Headers Project). */
const API_HEADERS: readonly (readonly [string, string])[] = [
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
];

export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of API_HEADERS) response.setHeader(name, value);
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
