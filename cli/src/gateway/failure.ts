import type { GatewayRequestError, OidcError } from 'oidc-config-client';
import { isOidcError } from 'oidc-config-client';
import { nameOfSet } from './settings.ts';
import type { Environment } from './settings.ts';

/** A result that is not a success, as the error that it is. @throws Error if it is something else */
export function errorOf(result: { readonly __typename: string }): OidcError {
  if (isOidcError(result)) return result;
  throw new Error(`The result ${result.__typename} is unknown.`);
}

/**
 * An error of the gateway in one line: what happened, what to do, and how to find it in the gateway's log.
 * @param env what has the tokens
 */
export function describeError(error: OidcError, env: Environment = process.env): string {
  const { code, message, requestId } = error;
  const advice = code === 'UNAUTHENTICATED' ? ` ${tokenAdvice(error, env)}` : '';
  return `${message}${advice} (${code}, request ${requestId})`;
}

/** The variables with the tokens of the platforms. What was not sent names no platform, but the header that is missing. */
const PLATFORM_TOKENS = [
  { upstream: 'ORDERCLOUD', variable: 'ORDERCLOUD_TOKEN', header: 'X-OrderCloud-Authorization' },
  { upstream: 'HUAWEI_IAM', variable: 'HUAWEI_TOKEN', header: 'X-Auth-Token' },
] as const;

function tokenAdvice({ upstream, message }: OidcError, env: Environment): string {
  const token = PLATFORM_TOKENS.find((one) =>
    upstream === null ? message.includes(one.header) : upstream.upstream === one.upstream,
  );
  if (token === undefined) return 'ORDERCLOUD_TOKEN and HUAWEI_TOKEN have the tokens.';
  const source = nameOfSet(token.variable, env);
  if (source === null) return `Set ${token.variable}.`;
  return source === token.variable
    ? `The token in ${source} is not accepted.`
    : `The token in the file that ${source} names is not accepted.`;
}

/**
 * What kept a request from having a result, and what to do.
 * @param url of the gateway
 */
export function describeRequestError(error: GatewayRequestError, url: string): string {
  const { code, status, requestId, errors, message } = error;
  const request = requestId === null ? '' : ` (request ${requestId})`;
  switch (code) {
    case 'INVALID_REQUEST':
    case 'ABORTED':
    case 'TOO_LARGE':
    case 'FAILED':
      return [message, ...errors.map((one) => one.message)].join(' ') + request;
    case 'NETWORK':
      return `${message} Is it running at ${url}? OIDC_CONFIG_URL or --url names another one.`;
    case 'HTTP_STATUS':
      return status === 404
        ? `Nothing answers at ${url} (404). The URL of the gateway usually ends with /graphql.`
        : `${message} The URL is ${url}.${request}`;
    case 'NOT_GRAPHQL':
      return `${message} Is ${url} the gateway's GraphQL endpoint?`;
    case 'REFUSED': {
      const advice =
        status === 401
          ? ' Set OIDC_CONFIG_TOKEN to a token, or OIDC_CONFIG_API_KEY to an API key, that the gateway accepts.'
          : '';
      const reasons = errors.map((one) => one.message);
      return `The gateway refused the request: ${reasons.length === 0 ? message : reasons.join(' ')}${advice}${request}`;
    }
  }
}
