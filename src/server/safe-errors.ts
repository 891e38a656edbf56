import { GraphQLError, Kind, TypeInfo, coerceInputValue, isInputObjectType, isListType, isNonNullType, typeFromAST, visit, visitWithTypeInfo } from 'graphql';
import type { ASTNode, DocumentNode, ExecutionResult, GraphQLErrorOptions, GraphQLInputType, GraphQLSchema, NamedTypeNode } from 'graphql';
import type { Logger } from 'pino';
import { errorsOf, executionOf } from './execution.ts';
import type { Execution, GatewayPlugin } from './execution.ts';
import type { GatewayContext } from '../graph/context.ts';
import { isEntityFailure } from '../graph/federation.ts';
import { describeCrash, describeError } from './log.ts';

/**
 * Lets no message about a request repeat a value of it: a secret may be anywhere in a request that GraphQL refuses.
 * Refusals come as syntax errors, literals or variables of wrong types, bad JSON and bad parameters; every error of
 * every result passes `onResultProcess`, which knows the messages that are safe and replaces all others. Before that,
 * while the document and the schema are at hand, refusals are told as precisely as they can be without the value.
 *
 * What a resolver throws beside the errors of its union is logged here, and masked.
 */
export function useSafeErrors(log: Logger): GatewayPlugin {
  /** Errors whose messages were written here. */
  const safe = new WeakSet<GraphQLError>();
  /** Requests that were executed, by their outcomes: whatever goes wrong from then on is no fault of theirs. */
  const executed = new WeakSet<GatewayContext['outcomes']>();
  const mark = (error: GraphQLError) => {
    safe.add(error);
    return error;
  };

  return {
    onValidate({ params }) {
      const { documentAST, schema } = params as { readonly documentAST: DocumentNode; readonly schema: GraphQLSchema };
      return ({ result, setResult }) => {
        const errors = result as readonly GraphQLError[];
        if (errors.length > 0) setResult(describeValidation(errors, documentAST, schema).map(mark));
      };
    },
    onExecute({ args }) {
      const execution = executionOf(args);
      executed.add(execution.context.outcomes);
      return {
        onExecuteDone({ result, setResult }) {
          const errors = errorsOf(result);
          if (errors.length === 0) return;
          const before = errors.some((error) => error.path === undefined) ? describeVariables(execution, errors) : [];
          const within = errors.filter((error) => error.path !== undefined).map((error) => describeField(error, execution, log));
          setResult({ ...(result as ExecutionResult), errors: [...before, ...within].map(mark) });
        },
      };
    },
    onResultProcess(hook) {
      const errors = errorsOf(hook.result);
      if (errors.length === 0) return;
      const { requestId, hangUp, scrubber, outcomes } = hook.serverContext;
      const clean = errors.map((error) => {
        if (safe.has(error)) return error;
        // Nobody reads this; it is no fault of the server either.
        if (hangUp.aborted) return malformed('The caller hung up.');
        if (isUnexpected(error) && (executed.has(outcomes) || !isRefusal(error.originalError))) {
          log.error({ requestId, error: describeCrash(error.originalError) }, 'unexpected error outside of a resolver');
          return masked(error);
        }
        return describeRefusal(error);
      });
      // The words of a document stay in its errors, unless they are what the gateway knows to be secret.
      const scrubbed = clean.map((error) => (scrubber.text(error.message) === error.message ? error : rewritten(error, scrubber.text(error.message))));
      hook.setResult({ ...(hook.result as ExecutionResult), errors: scrubbed });
    },
  };
}

/** What the parsers of JSON and of GraphQL throw about a request: bad JSON in a parameter, a document nested too deeply. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof SyntaxError || thrown instanceof RangeError;
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
  /^Must provide query string\.$/,
  /^POST body is expected to be object but received \w+$/,
  /^Request body too large$/,
  /^Schema is not configured to execute subscription operation\.$/,
];

/** What the parser expected comes from the grammar; what it found comes from the document. */
const SYNTAX = /^Syntax Error: (Expected (?:"[^"\w]{1,3}"|"\w{1,12}"|Name|<EOF>)|Unexpected (?:Name|Int|Float|String|BlockString|<EOF>|"[^"\w]{1,3}")|Unterminated string)/;

function describeRefusal(error: GraphQLError): GraphQLError {
  if (error.originalError instanceof RangeError) return malformed('The request is nested too deeply.');
  if (error.originalError instanceof SyntaxError) return malformed('A parameter of the request is no valid JSON.');
  if (error.message === 'POST body sent invalid JSON.') return malformed('The body of the request is no valid JSON.');
  if (error.message.startsWith('Syntax Error')) {
    const [, problem] = SYNTAX.exec(error.message) ?? [];
    return rewritten(error, `Syntax Error: ${problem ?? 'the document cannot be read'}; see locations.`);
  }
  if (error.message.startsWith('Unexpected parameter ')) {
    return rewritten(error, 'The request has a parameter other than query, variables, operationName and extensions.');
  }
  if (error.message.startsWith('Unknown operation named ')) return rewritten(error, 'The document has no operation with the name given in operationName.');
  return SAFE_MESSAGES.some((pattern) => pattern.test(error.message)) ? rewritten(error, error.message) : rewritten(error, 'The request is not well-formed.');
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
    if (node === undefined) return rewritten(error, 'The document has too many faults, or takes too long to check. Validation aborted.');
    if (!VALUE_KINDS.has(node.kind)) return rewritten(error, error.message.replace(/^Variable "\$\w+" is not defined/, 'A variable is not defined'));
    const [fault] = SAFE_VALUE_FAULT.exec(error.message) ?? [];
    return rewritten(error, fault ?? `Expected a value of type "${types.get(node) ?? 'another type'}".`);
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
function describeField(error: GraphQLError, { context }: Execution, log: Logger): GraphQLError {
  if (isEntityFailure(error.originalError)) return rewritten(error, error.message);
  if (!isUnexpected(error)) return rewritten(error, 'An argument has a value that is not allowed there, such as null where one is needed.');
  log.error({ requestId: context.requestId, path: error.path, error: describeError(error.originalError, context.scrubber) }, 'unexpected error');
  return masked(error);
}

/** Faults of variables that are told, as many as graphql-js itself tells. */
const MOST_FAULTS = 50;

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
  return faults.length === 0 || first === undefined ? errors.map(describeRefusal) : faults.map((message) => rewritten(first, message));
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
    coerceInputValue(variables[name], type, (path, _value, { message }) => {
      if (faults.length >= MOST_FAULTS) return;
      const [fault] = SAFE_VALUE_FAULT.exec(message) ?? [];
      faults.push(`Variable "$${name}" at "${[name, ...path].join('.')}": ${fault ?? `Expected a value of type "${typeAt(type, path)}".`}`);
    });
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

/** No GraphQL request at all: status 400, whichever media type is accepted. */
function malformed(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}

/** The same error in other words; the status that it stands for stays. */
function rewritten(error: GraphQLError, message: string): GraphQLError {
  const { http, code } = error.extensions;
  return new GraphQLError(message, {
    ...placeOf(error),
    extensions: {
      ...(code !== undefined && { code }),
      ...(http !== undefined && { http }),
    },
  });
}

function placeOf({ nodes, source, positions, path }: GraphQLError): GraphQLErrorOptions {
  return { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
}
