import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../http/refusal.ts';

/**
 * Headers whose only purpose is that a page of another origin cannot send them without a CORS preflight.
 * Apollo's name is among them, because its clients and tools send it.
 */
const MARKERS = ['apollo-require-preflight', 'x-graphql-yoga-csrf'];

/** Media types of bodies that any page can send without a preflight (Fetch standard, CORS-safelisted request-header). */
const SIMPLE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/** A token that a caller has set: browsers by themselves send only Basic, Digest, Negotiate and NTLM. */
const BEARER = /^bearer\s+\S/i;

/** @returns the refusal of a request that any page can make a browser send; null for all others */
export type CheckCrossSite = (headers: IncomingHttpHeaders) => Refusal | null;

/**
 * Refuses requests that any page can make a browser send without a preflight (CSRF). A request with a header that no
 * browser adds by itself is safe: it needs a preflight, which only succeeds for pages of `CORS_ORIGINS`.
 * @param tokenHeaders the headers in which callers send tokens for the upstreams, in lower case
 */
export function createCrossSiteCheck(tokenHeaders: readonly string[]): CheckCrossSite {
  const names = new Set([...tokenHeaders, 'x-api-key']);
  // A browser may have set this header; its scheme shows whether it did.
  names.delete('authorization');
  const tokens = [...names];
  const refusal: Refusal = {
    status: 403,
    code: 'BAD_REQUEST',
    message:
      'Send the header "Content-Type: application/json". With other kinds of requests, send "Apollo-Require-Preflight: 1" or a token ' +
      `(${['Authorization: Bearer …', ...tokens.map(headerName)].join(', ')}): a page of any origin could have sent this request (CSRF). Nothing was executed.`,
  };
  return (headers) => {
    const type = headers['content-type']?.toLowerCase();
    if (
      type !== undefined &&
      type !== '' &&
      !SIMPLE_TYPES.some((simple) => type.startsWith(simple))
    )
      return null;
    if (MARKERS.some((name) => headers[name] !== undefined)) return null;
    if (tokens.some((name) => (headers[name] ?? '') !== '')) return null;
    return BEARER.test(headers.authorization ?? '') ? null : refusal;
  };
}

/** As it is usually written. */
function headerName(name: string): string {
  return name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
