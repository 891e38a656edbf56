import { GraphQLError, Kind, TypeInfo, coerceInputValue, isInputObjectType, isListType, isNonNullType, typeFromAST, visit, visitWithTypeInfo } from 'graphql';
import type { ASTNode, DocumentNode, GraphQLErrorOptions, GraphQLInputType, GraphQLSchema, NamedTypeNode, OperationDefinitionNode } from 'graphql';
import type { GatewayContext } from '../../graph/context.ts';
import { isEntityFailure } from '../../graph/federation.ts';
import { isLimitError } from '../limits.ts';
import { describeCrash, describeError } from '../log.ts';
import type { Log } from '../log.ts';

/*
 * No message about a request repeats a value of it: a secret may be anywhere in a request that GraphQL refuses.
 * Refusals come as syntax errors, literals or variables of wrong types, bad JSON and bad parameters. While the document
 * and the schema are at hand, they are told as precisely as they can be without the value; at the end `safeErrors`
 * knows which messages were written here, and replaces all others.
 */

/** What is being executed. */
export interface Execution {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: GatewayContext;
}

/** Codes of requests that GraphQL refuses, in the words that clients know from Apollo Server. */
type RequestErrorCode = 'BAD_REQUEST' | 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' | 'OPERATION_RESOLUTION_FAILURE' | 'BAD_USER_INPUT';

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
  return mark(new GraphQLError('Introspection is turned off here; the operator of the gateway can turn it on (INTROSPECTION).', { nodes: node }));
}

/** The faults of a document. */
export function safeValidationErrors(errors: readonly GraphQLError[], document: DocumentNode, schema: GraphQLSchema): readonly GraphQLError[] {
  const others = errors.filter((error) => !isLimitError(error) && !safe.has(error));
  const described = new Map(describeValidation(others, document, schema).map((error, index) => [others[index], error]));
  return errors.map((error) => mark(described.get(error) ?? error));
}

/** The errors of an execution: of its variables, or of single fields. What a resolver threw is logged here, and masked. */
export function safeExecutionErrors(errors: readonly GraphQLError[], execution: Execution, log: Log): readonly GraphQLError[] {
  const before = errors.some((error) => error.path === undefined) ? describeVariables(execution, errors).map(notExecuted) : [];
  const within = errors.filter((error) => error.path !== undefined).map((error) => describeField(error, execution, log));
  return [...before, ...within].map(mark);
}

/** The errors of any answer, as they may be shown, with the id of the request. `executed`: whatever goes wrong after that is no fault of the request. */
export function safeErrors(errors: readonly GraphQLError[], { requestId, hangUp, scrubber }: GatewayContext, executed: boolean, log: Log): readonly GraphQLError[] {
  const clean = errors.map((error) => {
    if (safe.has(error)) return error;
    // Nobody reads this; it is no fault of the server either.
    if (hangUp.aborted) return malformed('The caller hung up.');
    // A document that is nested too deeply is a fault of the request.
    if (isUnexpected(error) && (executed || !(error.originalError instanceof RangeError))) {
      log.error({ requestId, error: describeCrash(error.originalError) }, 'unexpected error outside of a resolver');
      return masked(error);
    }
    return describeRefusal(error);
  });
  // The words of a document stay in its errors, unless they are what the gateway knows to be secret.
  return clean.map((error) => new GraphQLError(scrubber.text(error.message), { ...placeOf(error), extensions: { ...error.extensions, requestId } }));
}


/** Messages about the request as a whole that hold nothing of it. */
const SAFE_MESSAGES = [
  /^Batching is not supported\.$/,
  /^Can only perform a mutation operation from a POST request\.$/,
  /^Content-Length header is invalid\.$/,
  /^Could not determine what operation to execute\.$/,
  /^Expected "(query|variables|extensions)" param to be [\w ]+, but given \w+\.$/,
  /^Expected params to be an object but given \w+\.$/,
  /^GraphQL only supports GET and POST requests\.$/,
  /^Invalid "params" in the request body$/,
  /^Must provide an operation\.$/,
  /^Must provide operation name if query contains multiple operations\.$/,
  /^Schema is not configured to execute subscription operation\.$/,
];

/** What the parser expected comes from the grammar; what it found comes from the document. */
const SYNTAX = /^Syntax Error: (Expected (?:"[^"\w]{1,3}"|"\w{1,12}"|Name|<EOF>)|Unexpected (?:Name|Int|Float|String|BlockString|<EOF>|"[^"\w]{1,3}")|Unterminated string)/;

function describeRefusal(error: GraphQLError): GraphQLError {
  if (error.originalError instanceof RangeError) return malformed('The request is nested too deeply.');
  if (error.message.startsWith('Syntax Error')) {
    const [, problem] = SYNTAX.exec(error.message) ?? [];
    return rewritten(error, `Syntax Error: ${problem ?? 'the document cannot be read'}; see locations.`, 'GRAPHQL_PARSE_FAILED');
  }
  if (error.message.startsWith('Unexpected parameter ')) {
    return rewritten(error, 'The request has a parameter other than query, documentId, variables, operationName and extensions.', 'BAD_REQUEST');
  }
  if (error.message.startsWith('Unknown operation named ')) return rewritten(error, 'The document has no operation with the name given in operationName.', 'OPERATION_RESOLUTION_FAILURE');
  return SAFE_MESSAGES.some((pattern) => pattern.test(error.message)) ? rewritten(error, error.message, 'BAD_REQUEST') : rewritten(error, 'The request is not well-formed.', 'BAD_REQUEST');
}

/** Errors about a value stand at its node; all others name only what the schema and the document call things. */
const VALUE_KINDS: ReadonlySet<string> = new Set([
  Kind.STRING, Kind.INT, Kind.FLOAT, Kind.BOOLEAN, Kind.ENUM, Kind.NULL, Kind.LIST, Kind.OBJECT, Kind.OBJECT_FIELD,
]);

/** Faults of values that are described by names of the schema and of the input alone. */
const SAFE_VALUE_FAULT = /^(OidcJwks must be a JSON object or its JSON text\.|Field "[\w.]{1,200}" of required type "[\w[\]!]+" was not provided\.|Field "\w{1,100}" is not defined by type "\w+"\.|Expected non-nullable type "[\w[\]!]+" not to be null\.)/;

function describeValidation(errors: readonly GraphQLError[], document: DocumentNode, schema: GraphQLSchema): GraphQLError[] {
  const values = errors.flatMap(({ nodes: [node] = [] }) => (node !== undefined && VALUE_KINDS.has(node.kind) ? [node] : []));
  const types = expectedTypes(new Set(values), document, schema);
  return errors.map((error) => {
    const [node] = error.nodes ?? [];
    if (node === undefined) return rewritten(error, 'The document has too many faults, or takes too long to check. Validation aborted.', 'GRAPHQL_VALIDATION_FAILED');
    if (!VALUE_KINDS.has(node.kind)) {
      const message = error.message.replace(/^Variable "\$\w+" is not defined/, 'A variable is not defined');
      return rewritten(error, message, 'GRAPHQL_VALIDATION_FAILED');
    }
    const [fault] = SAFE_VALUE_FAULT.exec(error.message) ?? [];
    return rewritten(error, fault ?? `Expected a value of type "${types.get(node) ?? 'another type'}".`, 'GRAPHQL_VALIDATION_FAILED');
  });
}

/** The types that are expected where these values stand, found in one pass. */
function expectedTypes(wanted: ReadonlySet<ASTNode>, document: DocumentNode, schema: GraphQLSchema): ReadonlyMap<ASTNode, string> {
  const types = new Map<ASTNode, string>();
  if (wanted.size === 0) return types;
  const info = new TypeInfo(schema);
  visit(document, visitWithTypeInfo(info, {
    enter: (node) => {
      if (!wanted.has(node)) return;
      // Inside of a list, the type at hand is that of its items.
      const type = node.kind === Kind.LIST ? info.getParentInputType() : info.getInputType();
      types.set(node, type?.toString() ?? 'another type');
    },
  }));
  return types;
}

/** An error of one field: what was thrown there is for the log. */
function describeField(error: GraphQLError, { context }: Execution, log: Log): GraphQLError {
  if (isEntityFailure(error.originalError)) return rewritten(error, error.message);
  if (!isUnexpected(error)) return rewritten(error, 'An argument has a value that is not allowed there, such as null where one is needed.', 'BAD_USER_INPUT');
  log.error({ requestId: context.requestId, path: error.path, error: describeError(error.originalError, context.scrubber) }, 'unexpected error');
  return masked(error);
}

/** Faults of variables that are told, as many as graphql-js itself tells. */
const MOST_FAULTS = 50;

/** Ends the search for more of them. */
const ENOUGH = new Error('enough faults');

function firstOf<Item>(items: Iterable<Item>, most: number): Item[] {
  const first: Item[] = [];
  for (const item of items) {
    if (first.length >= most) break;
    first.push(item);
  }
  return first;
}

/** Refusals of an execution as a whole: mostly variables of wrong types, each of which is told at its place. */
function describeVariables(execution: Execution, errors: readonly GraphQLError[]): readonly GraphQLError[] {
  const faults = firstOf(variableFaults(execution), MOST_FAULTS);
  const [first] = errors;
  return faults.length === 0 || first === undefined ? errors.map(describeRefusal) : faults.map((message) => rewritten(first, message, 'BAD_USER_INPUT'));
}

function* variableFaults({ schema, operation, variables }: Execution): Iterable<string> {
  for (const { variable, type: typeNode, defaultValue } of operation?.variableDefinitions ?? []) {
    const { value: name } = variable.name;
    // Validation has made sure that the type exists and is an input type.
    const type = typeFromAST(schema, typeNode as NamedTypeNode) as GraphQLInputType;
    if (!Object.hasOwn(variables, name)) {
      if (isNonNullType(type) && defaultValue === undefined) yield `Variable "$${name}" of required type "${type.toString()}" was not provided.`;
      continue;
    }
    const faults: string[] = [];
    try {
      coerceInputValue(variables[name], type, (path, _value, { message }) => {
        // The rest is not looked at: a list of 80,000 wrong items took more than a second.
        if (faults.length >= MOST_FAULTS) throw ENOUGH;
        const [fault] = SAFE_VALUE_FAULT.exec(message) ?? [];
        faults.push(`Variable "$${name}" at "${[name, ...path].join('.')}": ${fault ?? `Expected a value of type "${typeAt(type, path)}".`}`);
      });
    } catch (error) {
      if (error !== ENOUGH) throw error;
    }
    yield* faults;
  }
}

function typeAt(type: GraphQLInputType, path: readonly (string | number)[]): string {
  let current: GraphQLInputType | undefined = type;
  for (const step of path) {
    if (isNonNullType(current)) current = current.ofType;
    if (isListType(current) && typeof step === 'number') current = current.ofType;
    else if (isInputObjectType(current)) current = current.getFields()[step]?.type;
  }
  return current?.toString() ?? 'another type';
}

/** Something that no GraphQL rule reports: an error that was thrown. */
function isUnexpected(error: GraphQLError): boolean {
  let original: Error | undefined = error;
  while (original instanceof GraphQLError && original.originalError instanceof Error) original = original.originalError;
  return !(original instanceof GraphQLError);
}

function masked(error: GraphQLError): GraphQLError {
  return new GraphQLError('Unexpected error.', { ...placeOf(error), extensions: { code: 'INTERNAL_SERVER_ERROR', unexpected: true } });
}

/** No GraphQL request at all. */
function malformed(message: string): GraphQLError {
  return safeRefusal(message, 'BAD_REQUEST');
}

/** A request that is refused before it is executed, with words that hold nothing of it: status 400, whichever media type is accepted. */
export function safeRefusal(message: string, code: string): GraphQLError {
  return mark(new GraphQLError(message, { extensions: { code, http: { status: 400 } } }));
}

/** The same error in other words; its code, and the status that it stands for, stay. `code`: for one that has none. */
function rewritten(error: GraphQLError, message: string, code?: RequestErrorCode): GraphQLError {
  const { http, code: own = code } = error.extensions;
  return new GraphQLError(message, {
    ...placeOf(error),
    extensions: {
      ...(own !== undefined && { code: own }),
      ...(http !== undefined && { http }),
    },
  });
}

/** Refused before anything of it was executed: status 400, whichever media type is accepted. */
function notExecuted(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, { ...placeOf(error), extensions: { ...error.extensions, http: { status: 400 } } });
}

function placeOf({ nodes, source, positions, path }: GraphQLError): GraphQLErrorOptions {
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
}
