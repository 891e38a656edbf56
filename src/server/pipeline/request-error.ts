import { GraphQLError } from 'graphql';
import { markOwn } from '../../graph/own-errors.ts';

/** Refuses a request before it is executed: status 400, whichever media type is accepted. */
export function requestError(message: string, code: string): GraphQLError {
  return markOwn(new GraphQLError(message, { extensions: { code, http: { status: 400 } } }));
}

/** Refuses a request that is not a GraphQL request. */
export function malformedRequest(message: string): GraphQLError {
  return requestError(message, 'BAD_REQUEST');
}

/**
 * A refusal that makes Apollo's clients send the document next. Like Apollo Server, it has status 200 if JSON is accepted:
 * some clients read the body of no other response.
 */
export function automaticRefusal(message: string, code: string): GraphQLError {
  return markOwn(
    new GraphQLError(message, { extensions: { code, http: { status: 400, spec: true } } }),
  );
}
