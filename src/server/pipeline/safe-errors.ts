import { GraphQLError } from 'graphql';
import type { ASTNode, GraphQLErrorExtensions } from 'graphql';
import { cut } from '../../domain/visible.ts';
import type { GatewayContext } from '../../graph/context.ts';
import { isEntityFailure } from '../../graph/federation.ts';
import { ILL_FORMED, TOO_LONG_FOR_LINK } from '../../graph/scalars.ts';
import { isLimitError } from '../limits.ts';
import { describeCrash, describeError } from '../log.ts';
import type { Log } from '../log.ts';
import { syntaxMessage, validationMessages, variableFaults } from './request-messages.ts';
import type { FaultyDocument, RequestedOperation } from './request-messages.ts';

/*
 * No message about a request repeats a value of it: a secret may be anywhere in a request that GraphQL refuses.
 * Refusals come as syntax errors, literals or variables of wrong types, bad JSON and bad parameters. While the document
 * and the schema are at hand, they are told as precisely as they can be without the value; at the end `safeErrors`
 * knows which messages were written here, and replaces all others.
 */

/** What is being executed. */
export interface Execution extends RequestedOperation {
  readonly context: GatewayContext;
}

/** Codes of requests that GraphQL refuses, in the words that clients know from Apollo Server. */
type RequestErrorCode =
  | 'BAD_REQUEST'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'BAD_USER_INPUT';

/** Errors whose messages were written here. */
const safe = new WeakSet<GraphQLError>();

function mark(error: GraphQLError): GraphQLError {
  safe.add(error);
  return error;
}

/** What the parser threw, or the check of a document that is nested too deeply for it. */
export function safeSyntaxError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError && isLimitError(error)) return mark(error);
  if (error instanceof RangeError) return malformed('The request is nested too deeply.');
  if (error instanceof GraphQLError) return mark(describeRefusal(error));
  throw error;
}

/** Introspection where it is turned off. */
export function introspectionError(node: ASTNode): GraphQLError {
  return mark(
    new GraphQLError(
      'Introspection is turned off here; the operator of the gateway can turn it on (INTROSPECTION).',
      { nodes: node },
    ),
  );
}

/** The faults of a document. */
export function safeValidationErrors(
  errors: readonly GraphQLError[],
  faulty: FaultyDocument,
): readonly GraphQLError[] {
  const others = errors.filter((error) => !isLimitError(error) && !safe.has(error));
  const messages = new Map(
    validationMessages(others, faulty).map((message, index) => [others[index], message]),
  );
  return errors.map((error) => {
    const message = messages.get(error);
    return mark(
      message === undefined ? error : rewritten(error, message, 'GRAPHQL_VALIDATION_FAILED'),
    );
  });
}

/** The errors of an execution: of its variables, or of single fields. What a resolver threw is logged here, and masked. */
export function safeExecutionErrors(
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
  return [...before, ...within].map(mark);
}

/** The errors of any answer, as they may be shown, with the id of the request. `executed`: whatever goes wrong after that is not a fault of the request. */
export function safeErrors(
  errors: readonly GraphQLError[],
  { requestId, hangUp, scrubber }: GatewayContext,
  executed: boolean,
  log: Log,
): readonly GraphQLError[] {
  const clean = errors.map((error) => {
    if (safe.has(error)) return error;
    // Nobody reads this; it is no fault of the server either.
    if (hangUp.aborted) return malformed('The caller hung up.');
    // A document that is nested too deeply is a fault of the request.
    if (isUnexpected(error) && (executed || !(error.originalError instanceof RangeError))) {
      log.error(
        { requestId, error: describeCrash(error.originalError) },
        'unexpected error outside of a resolver',
      );
      return masked(error);
    }
    return describeRefusal(error);
  });
  // The words of a document stay in its errors, unless they are what the gateway knows to be secret.
  return clean.map((error) =>
    copied(error, scrubber.text(error.message), { ...error.extensions, requestId }),
  );
}

/** Messages about the request as a whole that hold nothing of it. */
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
    return malformed('The request is nested too deeply.');
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

/** Messages that hold nothing of a request. */
const LINK_REFUSALS: ReadonlySet<string> = new Set([ILL_FORMED, TOO_LONG_FOR_LINK]);

/** An error of one field: what was thrown there is for the log. */
function describeField(error: GraphQLError, { context }: Execution, log: Log): GraphQLError {
  if (isEntityFailure(error.originalError)) return rewritten(error, error.message);
  if (!isUnexpected(error))
    return rewritten(
      error,
      LINK_REFUSALS.has(error.message)
        ? error.message
        : 'An argument has a value that is not allowed there, such as null where one is needed.',
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

/** Refusals of an execution as a whole: mostly variables of wrong types, each of which is told at its place. */
function describeVariables(
  execution: Execution,
  errors: readonly GraphQLError[],
): readonly GraphQLError[] {
  const faults = variableFaults(execution);
  const [first] = errors;
  return faults.length === 0 || first === undefined
    ? errors.map(describeRefusal)
    : faults.map(({ message }) => rewritten(first, message, 'BAD_USER_INPUT'));
}

/** Something that no GraphQL rule reports: an error that was thrown. */
function isUnexpected(error: GraphQLError): boolean {
  let original: Error | undefined = error;
  while (original instanceof GraphQLError && original.originalError instanceof Error)
    original = original.originalError;
  return !(original instanceof GraphQLError);
}

function masked(error: GraphQLError): GraphQLError {
  return copied(error, 'Unexpected error.', { code: 'INTERNAL_SERVER_ERROR', unexpected: true });
}

/** No GraphQL request at all. */
function malformed(message: string): GraphQLError {
  return safeRefusal(message, 'BAD_REQUEST');
}

/** A request that is refused before it is executed, with words that hold nothing of it: status 400, whichever media type is accepted. */
export function safeRefusal(message: string, code: string): GraphQLError {
  return mark(new GraphQLError(message, { extensions: { code, http: { status: 400 } } }));
}

/**
 * A refusal by which clients of Apollo know what to send next. As its server does, it has status 200 where JSON is
 * accepted: some clients do not read the body of any other one.
 */
export function automaticRefusal(message: string, code: string): GraphQLError {
  return mark(
    new GraphQLError(message, { extensions: { code, http: { status: 400, spec: true } } }),
  );
}

/** The same error in other words; its code, and the status that it stands for, stay. `code`: for one that has none. */
function rewritten(error: GraphQLError, message: string, code?: RequestErrorCode): GraphQLError {
  const { http, code: own = code } = error.extensions;
  return copied(error, message, {
    ...(own !== undefined && { code: own }),
    ...(http !== undefined && { http }),
  });
}

/** The same error in other words. Its line and column are taken over: to find them takes a look at the whole document, 0.4 ms of one that is long. */
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

/** Refused before anything of it was executed: status 400, whichever media type is accepted. */
function notExecuted(error: GraphQLError): GraphQLError {
  return copied(error, error.message, { ...error.extensions, http: { status: 400 } });
}
