import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from './refusal.ts';

/**
 * Headers without any meaning but this: a page of another origin cannot send them without asking first (CORS preflight).
 * Apollo's name is among them, because its clients and tools send it.
 */
const MARKERS = ['apollo-require-preflight', 'x-graphql-yoga-csrf'];

/** Media types of bodies that forms and scripts of any page can send without asking (Fetch standard, CORS-safelisted request-header). */
const SIMPLE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

/** A token that somebody has put there: browsers themselves send only Basic, Digest, Negotiate and NTLM. */
const BEARER = /^bearer\s+\S/i;

/** @returns the refusal of a request that a page of any origin can make a browser send; null for all others */
export type CheckCrossSite = (headers: IncomingHttpHeaders) => Refusal | null;

/**
 * Refuses what a page of any origin can send in somebody's browser without asking first (CSRF). A request with a header
 * that no browser adds by itself is none of that kind: the page would have to ask, and only those of `CORS_ORIGINS` may.
 * @param tokenHeaders the headers in which callers send tokens for the upstreams, in lower case
 */
export function createCrossSiteCheck(tokenHeaders: readonly string[]): CheckCrossSite {
  const names = new Set([...tokenHeaders, 'x-api-key']);
  // What is in it may be from the browser: its scheme tells.
  names.delete('authorization');
  const tokens = [...names];
  const refusal: Refusal = {
    status: 403,
    code: 'BAD_REQUEST',
    message:
      'Send the header "Content-Type: application/json", or with another kind of request "Apollo-Require-Preflight: 1", or a token ' +
      `(${['Authorization: Bearer …', ...tokens.map(headerName)].join(', ')}): a page of any origin could have sent this one (CSRF). Nothing was executed.`,
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
