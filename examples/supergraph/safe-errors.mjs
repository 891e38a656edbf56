/*
 * Error masking for routers. Routers refuse requests with GraphQL's own messages, which quote the values of the request:
 * `Variable "$input" got invalid value "…"` prints the whole input, including client secrets. So callers see only
 * messages that the gateway wrote, which have its codes. All others are replaced, and keep their path and code.
 */

/** The codes of the gateway: `OidcErrorCode`. */
const CODES = new Set([
  'ALREADY_EXISTS',
  'INVALID_INPUT',
  'NOT_FOUND',
  'OUTCOME_UNKNOWN',
  'PERMISSION_DENIED',
  'RATE_LIMITED',
  'STALE',
  'UNAUTHENTICATED',
  'UPSTREAM_CONTRACT',
  'UPSTREAM_REJECTED',
  'UPSTREAM_UNAVAILABLE',
]);

/**
 * An error as callers may see it.
 * @param {Pick<import('graphql').GraphQLFormattedError, 'message' | 'path' | 'locations' | 'extensions'>} error
 * @returns {import('graphql').GraphQLFormattedError}
 */
export function safeError({ message, path, locations, extensions }) {
  const code = extensions?.['code'];
  const known = typeof code === 'string' && CODES.has(code) && path !== undefined;
  return {
    message: known
      ? message
      : 'The request does not fit the schema, or failed on its way through the router.',
    ...(path && { path }),
    ...(locations && { locations }),
    // No other extensions: routers put subgraph responses and stack traces there.
    ...(typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) && { extensions: { code } }),
  };
}
