import { GraphQLError } from 'graphql';

/** Errors whose messages the gateway wrote. They quote no value of the request, so they are not masked. */
const own = new WeakSet<GraphQLError>();

/** Marks an error whose message the gateway wrote. @returns the same error */
export function markOwn(error: GraphQLError): GraphQLError {
  own.add(error);
  return error;
}

/** Whether an error was marked, so that its message may be shown. */
export function isOwn(error: unknown): boolean {
  return error instanceof GraphQLError && own.has(error);
}
