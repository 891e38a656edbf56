import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { createYoga } from 'graphql-yoga';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { DocumentNode, ExecutionArgs, GraphQLError, GraphQLSchema } from 'graphql';
import type { GatewayContext, Progress } from '../../graph/context.ts';
import { GRAPHQL_PATH } from '../http/router.ts';
import type { RateLimit } from '../limits/rate-limit.ts';
import { describeCaller } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import type { RequestShape } from '../http/request-headers.ts';
import { codesOf, logRefusal } from './operation-log.ts';
import type { PersistedDocuments } from './persisted-documents.ts';
import type { Pipeline } from './pipeline.ts';
import type { ParamsReader } from './request-params.ts';
import { maskErrors } from './mask-errors.ts';
import { malformedRequest } from './request-error.ts';

/** A plugin of this gateway's server. */
export type GatewayPlugin = Plugin<GatewayContext, GatewayContext>;

export interface YogaOptions {
  readonly schema: GraphQLSchema;
  readonly pipeline: Pipeline;
  readonly persisted: PersistedDocuments;
  readonly params: ParamsReader;
  /** Counts the requests of each caller that are refused. */
  readonly refusals: RateLimit;
  readonly log: Log;
  /** Called for each request that is refused, for metrics. */
  readonly onRefused?: ((codes: readonly string[]) => void) | undefined;
}

/** Serves one request for the API whose body has been read. */
export type ServeYoga = (
  request: IncomingMessage,
  response: ServerResponse,
  shape: RequestShape,
  body: Buffer | null,
  context: GatewayContext,
) => void;

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** The way into the pipeline for every kind of request: media types, GET, forms, event streams, and all that is malformed. */
export function createYogaHandler({ schema, params, ...options }: YogaOptions): ServeYoga {
  const readers: Readers = new WeakMap();
  const yoga = createYoga<GatewayContext>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    graphiql: false,
    // The pipeline logs, and masks, with the request's secrets at hand; Yoga's logger would print what it was sent.
    logging: silent,
    maskedErrors: false,
    // The body was read, and its size checked, before.
    maxRequestBodySize: false,
    // The pipeline remembers what it parsed and validated.
    parserAndValidationCache: false,
    multipart: false,
    batching: false,
    cors: false,
    extraParamNames: ['documentId'],
    plugins: [usePipeline(options, readers)],
  });
  return (request, response, shape, body, context) => {
    // Yoga makes a URL of it, on which nothing depends. A hostile one must not matter.
    request.headers.host = 'localhost';
    // The negotiated type: Yoga reads neither weights nor quotes.
    request.headers.accept = shape.responseType;
    if (request.method === 'GET' || request.method === 'POST')
      readers.set(context.progress, () =>
        params.read(request.url ?? '', shape.bodyKind, body ?? Buffer.alloc(0)),
      );
    void yoga.handle(body === null ? request : withoutBody(request), response, context);
  };
}

/** A request whose body was read before. */
function withoutBody({ method, url, headers, socket }: IncomingMessage): IncomingMessage {
  return Object.assign(Readable.from([], { objectMode: false }), {
    method,
    url,
    headers,
    socket,
  }) as unknown as IncomingMessage;
}

/** The functions that read the parameters of requests, by the part of the context that Yoga's copy shares. */
type Readers = WeakMap<Progress, () => unknown>;

/** Hands everything that is about GraphQL over to the pipeline. */
function usePipeline(
  { pipeline, persisted, refusals, log, onRefused }: Omit<YogaOptions, 'schema' | 'params'>,
  readers: Readers,
): GatewayPlugin {
  const countRefused = (
    { callerKey, requestId, identity }: GatewayContext,
    codes: readonly string[],
    reasons: readonly string[],
  ) => {
    refusals.take(callerKey);
    onRefused?.(codes);
    logRefusal(log, { requestId, caller: describeCaller(identity) }, { codes, reasons });
  };
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      const read = readers.get(serverContext.progress);
      // Yoga's own parsers change what is not UTF-8, and numbers that have no exact value.
      if (read !== undefined) setRequestParser(() => read() as GraphQLParams);
    },
    onParams({ params, setParams }) {
      const resolved = persisted.resolve(params);
      // Yoga would respond with status 200 if JSON is accepted, as for an invalid document.
      if ((resolved.query ?? null) === null)
        throw malformedRequest('Send the text of a document as "query".');
      setParams(resolved);
    },
    onParse({ setParseFn }) {
      setParseFn((text: string) => pipeline.prepare(text).document);
    },
    onValidate({ setValidationFn }) {
      setValidationFn((_schema: GraphQLSchema, document: DocumentNode) =>
        pipeline.errorsOf(document),
      );
    },
    onExecute({ setExecuteFn }) {
      setExecuteFn(({ document, operationName, variableValues, contextValue }: ExecutionArgs) =>
        pipeline.execute({
          document,
          operationName,
          variables: variableValues,
          literals: null,
          context: contextValue as GatewayContext,
          compilable: false,
        }),
      );
    },
    onResultProcess(hook) {
      const { result, serverContext } = hook;
      const errors = errorsOf(result);
      const { progress } = serverContext;
      const executed = progress.state === 'EXECUTED';
      const shown = errors.length === 0 ? errors : maskErrors(errors, serverContext, executed, log);
      if (errors.length > 0) hook.setResult({ ...(result as object), errors: [...shown] });
      if (progress.state !== 'RECEIVED') return;
      progress.state = 'REFUSED';
      countRefused(
        serverContext,
        codesOf(shown),
        shown.map(({ message }) => message),
      );
    },
    onResponse(hook) {
      const { response, serverContext } = hook;
      // Yoga allows event streams to be stored (`no-cache`), but they are as secret as other responses.
      response.headers.delete('cache-control');
      // For streams, Yoga keeps the connection open, even if the caller or the server wants to close it.
      response.headers.delete('connection');
      // Refused before it was read as GraphQL.
      if (response.status < 400 || serverContext.progress.state !== 'RECEIVED') return;
      countRefused(serverContext, [], [`status ${response.status}`]);
    },
  };
}

/** The errors of a result. A stream of results has none of its own. */
function errorsOf(result: unknown): readonly GraphQLError[] {
  return typeof result === 'object' && result !== null && 'errors' in result
    ? ((result.errors as readonly GraphQLError[] | undefined) ?? [])
    : [];
}
