import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { createYoga } from 'graphql-yoga';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { DocumentNode, ExecutionArgs, GraphQLError, GraphQLSchema } from 'graphql';
import type { GatewayContext, Progress } from '../../graph/context.ts';
import { GRAPHQL_PATH } from '../listener.ts';
import { describeCaller } from '../log.ts';
import type { Log } from '../log.ts';
import type { RequestShape } from '../request-headers.ts';
import { codesOf, logRefusal } from './operation-log.ts';
import type { PersistedDocuments } from './persisted-documents.ts';
import type { Pipeline } from './pipeline.ts';
import { readParams } from './request-params.ts';
import { safeErrors, safeRefusal } from './safe-errors.ts';

/** A plugin of this gateway's server. */
export type GatewayPlugin = Plugin<GatewayContext, GatewayContext>;

export interface YogaOptions {
  readonly schema: GraphQLSchema;
  readonly pipeline: Pipeline;
  readonly persisted: PersistedDocuments;
  readonly log: Log;
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
export function createYogaEntry({ schema, pipeline, persisted, log }: YogaOptions): ServeYoga {
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
    plugins: [usePipeline(pipeline, persisted, log, readers)],
  });
  return (request, response, shape, body, context) => {
    // Yoga makes a URL of it, which nothing here depends on: a hostile one must not matter.
    request.headers.host = 'localhost';
    // What was made of the header: Yoga knows neither weights nor quotes.
    request.headers.accept = shape.responseType;
    if (request.method === 'GET' || request.method === 'POST')
      readers.set(context.progress, () =>
        readParams(request.url ?? '', shape.bodyKind, body ?? Buffer.alloc(0)),
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

/** What reads the parameters of a request, by what all its contexts share: Yoga makes its own of the one that it gets. */
type Readers = WeakMap<Progress, () => unknown>;

/** Hands everything that is about GraphQL over to the pipeline. */
function usePipeline(
  pipeline: Pipeline,
  persisted: PersistedDocuments,
  log: Log,
  readers: Readers,
): GatewayPlugin {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      const read = readers.get(serverContext.progress);
      // Its own parsers decode what is not UTF-8, and numbers that are not carried exactly, as something else.
      if (read !== undefined) setRequestParser(() => read() as GraphQLParams);
    },
    onParams({ params, setParams }) {
      const resolved = persisted.resolve(params);
      // Yoga would answer with status 200 where JSON is accepted, as for a document that is wrong.
      if ((resolved.query ?? null) === null)
        throw safeRefusal('Send the text of a document as "query".', 'BAD_REQUEST');
      setParams(resolved);
    },
    onParse({ setParseFn }) {
      setParseFn((text: string) => pipeline.prepare(text).document);
    },
    onValidate({ setValidationFn }) {
      setValidationFn((_schema: GraphQLSchema, document: DocumentNode) =>
        pipeline.faultsOf(document),
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
          planned: false,
        }),
      );
    },
    onResultProcess(hook) {
      const { result, serverContext } = hook;
      const errors = errorsOf(result);
      const { progress } = serverContext;
      const executed = progress.state === 'EXECUTED';
      const shown = errors.length === 0 ? errors : safeErrors(errors, serverContext, executed, log);
      if (errors.length > 0) hook.setResult({ ...(result as object), errors: [...shown] });
      if (progress.state !== 'RECEIVED') return;
      progress.state = 'REFUSED';
      pipeline.countRefusal(serverContext.callerKey);
      logRefusal(
        log,
        { requestId: serverContext.requestId, caller: describeCaller(serverContext.identity) },
        { codes: codesOf(shown), reasons: shown.map(({ message }) => message) },
      );
    },
    onResponse(hook) {
      const { response, serverContext } = hook;
      // Yoga lets event streams be kept (`no-cache`), and what is in them is as secret as in any other answer.
      response.headers.delete('cache-control');
      // Of streams it keeps the connection, whatever the caller asked for, and even where the server wants to close it.
      response.headers.delete('connection');
      // Refused before it was read as GraphQL.
      if (response.status < 400 || serverContext.progress.state !== 'RECEIVED') return;
      pipeline.countRefusal(serverContext.callerKey);
      logRefusal(
        log,
        { requestId: serverContext.requestId, caller: describeCaller(serverContext.identity) },
        { codes: [], reasons: [`status ${response.status}`] },
      );
    },
  };
}

/** The errors of a result, whatever the plugin system calls its type: a stream of results has none of its own. */
function errorsOf(result: unknown): readonly GraphQLError[] {
  return typeof result === 'object' && result !== null && 'errors' in result
    ? ((result.errors as readonly GraphQLError[] | undefined) ?? [])
    : [];
}
