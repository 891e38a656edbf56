import type { ServerResponse } from 'node:http';
import { getOperationAST, OperationTypeNode } from 'graphql';
import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from '../../../graph/context.ts';
import type { Log } from '../../log/log.ts';
import type { RequestShape } from '../../http/request-headers.ts';
import { SECURITY_HEADERS } from '../../http/security-headers.ts';
import type { PersistedDocuments } from '../persisted-documents.ts';
import type { OperationRequest, Pipeline } from '../pipeline.ts';
import type { ParamsReader } from '../request-params.ts';
import { maskErrors } from '../mask-errors.ts';
import { statusOf } from '../result-status.ts';

export interface FastPathOptions {
  readonly pipeline: Pipeline;
  readonly persisted: PersistedDocuments;
  readonly params: ParamsReader;
  readonly log: Log;
}

/** Serves a common request. @returns null if the request is another one; then nothing has happened */
export type ServeFastPath = (
  response: ServerResponse,
  shape: RequestShape,
  body: Buffer,
  context: GatewayContext,
) => Promise<void> | null;

/** Parameters of a common request; with any other parameter it goes to Yoga. */
const PARAMS = new Set(['query', 'variables', 'operationName', 'extensions', 'documentId']);

/**
 * The way into the pipeline for the common request: a body of well-formed JSON with a valid document. It goes from
 * `node:http` straight to the execution, because creating Yoga's objects of the fetch API takes more time than all the
 * rest. Yoga handles every other request, so that unusual cases have one place.
 */
export function createFastPath(options: FastPathOptions): ServeFastPath {
  const { pipeline, log } = options;
  return (response, { bodyKind, responseType }, body, context) => {
    const operation =
      bodyKind === 'JSON' && responseType.endsWith('json')
        ? readOperation(body, context, options)
        : null;
    return operation === null
      ? null
      : pipeline.execute(operation).then((result) => {
          respond(response, responseType, result, context, log);
        });
  };
}

/** The operation to execute; null if Yoga has to report what is wrong. */
function readOperation(
  body: Buffer,
  context: GatewayContext,
  options: FastPathOptions,
): OperationRequest | null {
  let sent: unknown;
  try {
    sent = options.params.json(body);
  } catch {
    return null;
  }
  const operation = operationIn(sent, context, options);
  if (operation === null) options.params.keep(body, sent);
  return operation;
}

function operationIn(
  sent: unknown,
  context: GatewayContext,
  { pipeline, persisted }: FastPathOptions,
): OperationRequest | null {
  try {
    if (!isObject(sent) || !Object.keys(sent).every((name) => PARAMS.has(name))) return null;
    const { query, variables, operationName, extensions } = persisted.resolve(sent);
    if (
      typeof query !== 'string' ||
      !isAbsentOr(isObject, variables) ||
      !isAbsentOr(isString, operationName) ||
      !isAbsentOr(isObject, extensions)
    )
      return null;
    const { document, errors, literals } = pipeline.prepareShared(query);
    const operation =
      errors.length === 0 ? getOperationAST(document, operationName)?.operation : undefined;
    return operation === OperationTypeNode.QUERY || operation === OperationTypeNode.MUTATION
      ? { document, operationName, variables, literals, context, compilable: true }
      : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isAbsentOr<Type>(
  is: (value: unknown) => value is Type,
  value: unknown,
): value is Type | null | undefined {
  return value === undefined || value === null || is(value);
}

function respond(
  response: ServerResponse,
  type: string,
  result: ExecutionResult,
  context: GatewayContext,
  log: Log,
): void {
  const errors =
    result.errors === undefined ? undefined : maskErrors(result.errors, context, true, log);
  const text = JSON.stringify(
    errors === undefined ? result : { ...result, errors: errors.map(shown) },
  );
  const size = Buffer.byteLength(text);
  const own = [
    'x-request-id',
    context.requestId,
    'content-type',
    `${type}; charset=utf-8`,
    'content-length',
    String(size),
  ];
  // All at once and as a list: headers that are set one by one cost more than the rest of the response.
  response.writeHead(statusOf(result), [...SECURITY_HEADERS, ...own]);
  // As many bytes as characters, so all of it is ASCII. Writing it as Latin-1 skips the check of each character.
  response.end(text, size === text.length ? 'latin1' : 'utf8');
}

/** An error without the parts that are only for the server. */
function shown(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _http, unexpected: _unexpected, ...extensions } = {}, ...others } =
    error.toJSON();
  return Object.keys(extensions).length === 0 ? others : { ...others, extensions };
}
