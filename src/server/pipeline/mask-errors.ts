import { GraphQLError } from 'graphql';
import type { GraphQLErrorExtensions } from 'graphql';
import { cut } from '../../domain/text/visible.ts';
import type { GatewayContext } from '../../graph/context.ts';
import { isOwn, markOwn } from '../../graph/own-errors.ts';
import { LINK_REFUSALS } from '../../graph/link-arguments.ts';
import { describeCrash, describeError } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import { malformedRequest } from './request-error.ts';
import { syntaxMessage, validationMessages, variableErrors } from './request-messages.ts';
import type { InvalidDocument, RequestedOperation } from './request-messages.ts';

/*
 * No message about a request repeats a value of it: a secret may be anywhere in a request that GraphQL refuses.
 * Refusals are syntax errors, literals or variables of wrong types, bad JSON and bad parameters. While the document and
 * the schema are at hand, messages are as precise as they can be without the value. In the end, `maskErrors` replaces
 * every message that the gateway did not write.
 */

/** What is being executed. */
export interface Execution extends RequestedOperation {
  readonly context: GatewayContext;
}

/** Codes of requests that GraphQL refuses, as clients know them from Apollo Server. */
type RequestErrorCode =
  | 'BAD_REQUEST'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'BAD_USER_INPUT';

/** An error of the parser, or of the validation of a document that is nested too deeply for it. */
export function maskSyntaxError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError && isOwn(error)) return error;
  if (error instanceof RangeError) return malformedRequest('The request is nested too deeply.');
  if (error instanceof GraphQLError) return markOwn(describeRefusal(error));
  throw error;
}

/** The errors of a document that was parsed. */
export function maskValidationErrors(
  errors: readonly GraphQLError[],
  invalid: InvalidDocument,
): readonly GraphQLError[] {
  const others = errors.filter((error) => !isOwn(error));
  const messages = new Map(
    validationMessages(others, invalid).map((message, index) => [others[index], message]),
  );
  return errors.map((error) => {
    const message = messages.get(error);
    return message === undefined
      ? error
      : markOwn(rewritten(error, message, 'GRAPHQL_VALIDATION_FAILED'));
  });
}

/** The errors of an execution, about its variables or single fields. What a resolver threw is logged and masked. */
export function maskExecutionErrors(
  errors: readonly GraphQLError[],
  execution: Execution,
  log: Log,
): readonly GraphQLError[] {
  const before = errors.some((error) => error.path === undefined)
    ? describeVariables(execution, errors).map(notExecuted)
    : [];
  const within = errors
    .filter((error) => error.path !== undefined)
    .map((error) => describeField(error, execution, log));
  return [...before, ...within].map(markOwn);
}

/** The errors of any response, as they may be shown, with the id of the request. @param executed whether the operation was executed: then an unexpected error is never the caller's */
export function maskErrors(
  errors: readonly GraphQLError[],
  { requestId, signal, scrubber }: GatewayContext,
  executed: boolean,
  log: Log,
): readonly GraphQLError[] {
  const clean = errors.map((error) => {
    if (isOwn(error)) return error;
    // The caller has hung up, so this is not read and not an error of the gateway.
    if (signal.aborted) return malformedRequest('The caller hung up.');
    // A document that is nested too deeply is the caller's error.
    if (isUnexpected(error) && (executed || !(error.originalError instanceof RangeError))) {
      log.error(
        { requestId, error: describeCrash(error.originalError) },
        'unexpected error outside of a resolver',
      );
      return masked(error);
    }
    return describeRefusal(error);
  });
  // Names from a document stay in its errors, unless they are secrets that the gateway knows.
  return clean.map((error) =>
    copied(error, scrubber.text(error.message), { ...error.extensions, requestId }),
  );
}

/** Messages about the whole request that contain nothing from it. */
const SAFE_MESSAGES = [
  /^Batching is not supported\.$/,
  /^Can only perform a mutation operation from a POST request\.$/,
  /^Content-Length header is invalid\.$/,
  /^Expected "(query|variables|extensions)" param to be [\w ]{1,60}, but given \w{1,40}\.$/,
  /^Expected params to be an object but given \w{1,40}\.$/,
  /^GraphQL only supports GET and POST requests\.$/,
  /^Invalid "params" in the request body$/,
  /^Must provide an operation\.$/,
  /^Must provide operation name if query contains multiple operations\.$/,
  /^Schema is not configured to execute subscription operation\.$/,
];

function describeRefusal(error: GraphQLError): GraphQLError {
  if (error.originalError instanceof RangeError)
    return malformedRequest('The request is nested too deeply.');
  if (error.message.startsWith('Syntax Error'))
    return rewritten(error, syntaxMessage(error.message), 'GRAPHQL_PARSE_FAILED');
  if (error.message.startsWith('Unexpected parameter ')) {
    return rewritten(
      error,
      'The request has a parameter other than query, documentId, variables, operationName and extensions.',
      'BAD_REQUEST',
    );
  }
  if (error.message === 'Could not determine what operation to execute.') {
    return rewritten(
      error,
      'It is not clear which operation to execute: send a document with one operation, or the name of one of its operations as operationName.',
      'OPERATION_RESOLUTION_FAILURE',
    );
  }
  if (error.message.startsWith('Unknown operation named '))
    return rewritten(
      error,
      'The document has no operation with the name given in operationName.',
      'OPERATION_RESOLUTION_FAILURE',
    );
  return SAFE_MESSAGES.some((pattern) => pattern.test(error.message))
    ? rewritten(error, error.message, 'BAD_REQUEST')
    : rewritten(error, 'The request is not well-formed.', 'BAD_REQUEST');
}

/** An error of one field. What a resolver threw goes to the log. */
function describeField(error: GraphQLError, { context }: Execution, log: Log): GraphQLError {
  if (isOwn(error.originalError)) return rewritten(error, error.message);
  if (!isUnexpected(error))
    return rewritten(
      error,
      LINK_REFUSALS.has(error.message)
        ? error.message
        : 'An argument has a value that is not allowed there, such as null where a value is required.',
      'BAD_USER_INPUT',
    );
  log.error(
    {
      requestId: context.requestId,
      path: error.path?.map((key) => (typeof key === 'string' ? cut(key) : key)),
      error: describeError(error.originalError, context.scrubber),
    },
    'unexpected error',
  );
  return masked(error);
}

/** Errors of the whole execution: mostly variables of wrong types, each reported at its place. */
function describeVariables(
  execution: Execution,
  errors: readonly GraphQLError[],
): readonly GraphQLError[] {
  const found = variableErrors(execution);
  const [first] = errors;
  return found.length === 0 || first === undefined
    ? errors.map(describeRefusal)
    : found.map(({ message }) => rewritten(first, message, 'BAD_USER_INPUT'));
}

/** Whether an error was thrown, and not reported by a rule of GraphQL. */
function isUnexpected(error: GraphQLError): boolean {
  let original: Error | undefined = error;
  while (original instanceof GraphQLError && original.originalError instanceof Error)
    original = original.originalError;
  return !(original instanceof GraphQLError);
}

function masked(error: GraphQLError): GraphQLError {
  return copied(error, 'Unexpected error.', { code: 'INTERNAL_SERVER_ERROR', unexpected: true });
}

/** The same error with another message. It keeps its code and status. @param code for an error that has none */
function rewritten(error: GraphQLError, message: string, code?: RequestErrorCode): GraphQLError {
  const { http, code: own = code } = error.extensions;
  return copied(error, message, {
    ...(own !== undefined && { code: own }),
    ...(http !== undefined && { http }),
  });
}

/** The same error with another message. Line and column are copied: finding them again in a long document takes 0.4 ms. */
function copied(
  { nodes, source, positions, locations, path }: GraphQLError,
  message: string,
  extensions: GraphQLErrorExtensions,
): GraphQLError {
  return Object.assign(new GraphQLError(message, { path: path ?? null, extensions }), {
    nodes,
    source,
    positions,
    locations,
  });
}

/** An error before anything was executed: status 400, whichever media type is accepted. */
function notExecuted(error: GraphQLError): GraphQLError {
  return copied(error, error.message, { ...error.extensions, http: { status: 400 } });
}
