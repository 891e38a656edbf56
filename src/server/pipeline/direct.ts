import type { ServerResponse } from 'node:http';
import { getOperationAST, OperationTypeNode } from 'graphql';
import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from '../../graph/context.ts';
import type { Log } from '../log.ts';
import type { RequestShape } from '../request-headers.ts';
import { SECURITY_HEADERS } from '../security-headers.ts';
import type { PersistedDocuments } from './persisted-documents.ts';
import type { OperationRequest, Pipeline } from './pipeline.ts';
import { readJsonBody } from './request-params.ts';
import { safeErrors } from './safe-errors.ts';

export interface DirectOptions {
  readonly pipeline: Pipeline;
  readonly persisted: PersistedDocuments;
  readonly log: Log;
}

/** Serves a request, if it is one of the common kind. @returns null where it is not: then nothing has happened */
export type ServeDirect = (
  response: ServerResponse,
  shape: RequestShape,
  body: Buffer,
  context: GatewayContext,
) => Promise<void> | null;

/** Parameters that a request may have; with any other one it is none of the common kind. */
const PARAMS = new Set(['query', 'variables', 'operationName', 'extensions', 'documentId']);

/**
 * The way into the pipeline for the common request: a body of well-formed JSON with a document that has no faults. It
 * goes from `node:http` straight to the execution: the objects of the fetch API that Yoga puts between take more time
 * than all the rest. Whatever is unusual is left to Yoga, so that it is answered in one place.
 */
export function createDirectEntry({ pipeline, persisted, log }: DirectOptions): ServeDirect {
  return (response, { bodyKind, responseType }, body, context) => {
    const operation =
      bodyKind === 'JSON' && responseType.endsWith('json')
        ? readOperation(body, context, pipeline, persisted)
        : null;
    return operation === null
      ? null
      : pipeline.execute(operation).then((result) => {
          answer(response, responseType, result, context, log);
        });
  };
}

/** The operation to execute; null where it takes more to say what is wrong. */
function readOperation(
  body: Buffer,
  context: GatewayContext,
  pipeline: Pipeline,
  persisted: PersistedDocuments,
): OperationRequest | null {
  try {
    const sent = readJsonBody(body);
    if (!isObject(sent) || !Object.keys(sent).every((name) => PARAMS.has(name))) return null;
    const { query, variables, operationName, extensions } = persisted.resolve(sent);
    if (
      typeof query !== 'string' ||
      !isAbsentOr(isObject, variables) ||
      !isAbsentOr(isString, operationName) ||
      !isAbsentOr(isObject, extensions)
    )
      return null;
    const { document, faults, literals } = pipeline.prepareShared(query);
    const operation =
      faults.length === 0 ? getOperationAST(document, operationName)?.operation : undefined;
    return operation === OperationTypeNode.QUERY || operation === OperationTypeNode.MUTATION
      ? { document, operationName, variables, literals, context, planned: true }
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

function answer(
  response: ServerResponse,
  type: string,
  result: ExecutionResult,
  context: GatewayContext,
  log: Log,
): void {
  const errors =
    result.errors === undefined ? undefined : safeErrors(result.errors, context, true, log);
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
  // All at once and as a list: headers that are set one by one cost more than the rest of the answer.
  response.writeHead(errors === undefined ? 200 : statusOf(errors, result), [
    ...SECURITY_HEADERS,
    ...own,
  ]);
  // As many bytes as characters: all of it is ASCII, which Latin-1 writes as it is, without a look at each character.
  response.end(text, size === text.length ? 'latin1' : 'utf8');
}

/** An error without what is meant for the server alone. */
function shown(error: GraphQLError): GraphQLFormattedError {
  const { extensions: { http: _http, unexpected: _unexpected, ...extensions } = {}, ...others } =
    error.toJSON();
  return Object.keys(extensions).length === 0 ? others : { ...others, extensions };
}

/** An operation that was refused as a whole has a status of its own; once it was executed, errors are a part of the answer. */
function statusOf(errors: readonly GraphQLError[], { data }: ExecutionResult): number {
  const [told = 0] = errors
    .map(
      ({ extensions }) =>
        (extensions['http'] as { readonly status?: number } | undefined)?.status ?? 0,
    )
    .sort((a, b) => b - a);
  if (told > 0) return told;
  return data === undefined && errors.some(({ extensions }) => extensions['unexpected'] === true)
    ? 500
    : 200;
}
