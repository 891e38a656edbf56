import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { createYoga } from 'graphql-yoga';
import type { Plugin } from 'graphql-yoga';
import type { DocumentNode, ExecutionArgs, GraphQLError, GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../../graph/context.ts';
import type { Graphiql } from '../graphiql.ts';
import { GRAPHQL_PATH } from '../listener.ts';
import { describeCaller } from '../log.ts';
import type { Log } from '../log.ts';
import { textOf } from '../refusal.ts';
import type { Refusal } from '../refusal.ts';
import { useAcceptable } from './acceptable.ts';
import { codesOf, logRefusal } from './operation-log.ts';
import type { PersistedDocuments } from './persisted-documents.ts';
import type { Pipeline } from './pipeline.ts';
import { safeErrors, safeRefusal } from './safe-errors.ts';

/** A plugin of this gateway's server. */
export type GatewayPlugin = Plugin<GatewayContext, GatewayContext>;

/**
 * A header that a page of another origin cannot send without asking first (CORS preflight): requests that browsers send
 * without asking need one of these. Apollo's name is among them, because its clients and tools send it.
 */
const CSRF_HEADERS = ['x-graphql-yoga-csrf', 'apollo-require-preflight'];

export interface YogaOptions {
  readonly schema: GraphQLSchema;
  readonly pipeline: Pipeline;
  readonly persisted: PersistedDocuments;
  readonly log: Log;
  /** Null where it is turned off. */
  readonly graphiql: Graphiql | null;
}

/** Serves one request for the API whose body has been read. */
export type ServeYoga = (request: IncomingMessage, response: ServerResponse, body: Buffer | null, context: GatewayContext) => void;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The way into the pipeline for every kind of request: media types, GET, forms, event streams, GraphiQL, and all that is malformed. */
export function createYogaEntry({ schema, pipeline, persisted, log, graphiql }: YogaOptions): ServeYoga {
  const yoga = createYoga<GatewayContext>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    graphiql: graphiql?.options ?? false,
    ...(graphiql && { renderGraphiQL: graphiql.render }),
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
    plugins: [useAcceptable(), useCSRFPrevention({ requestHeaders: CSRF_HEADERS }), usePipeline(pipeline, persisted, log)],
  });
  return (request, response, body, context) => {
    // Yoga makes a URL of it, which nothing here depends on: a hostile one must not matter.
    request.headers.host = 'localhost';
    // Media types are case-insensitive (RFC 9110 section 8.3.1), which Yoga does not know.
    const type = request.headers['content-type'];
    if (type !== undefined) request.headers['content-type'] = type.toLowerCase();
    void yoga.handle(body === null ? request : withBody(request, body), response, context);
  };
}

/** A request that can be read once more. */
function withBody({ method, url, headers, socket }: IncomingMessage, body: Buffer): IncomingMessage {
  return Object.assign(Readable.from([body], { objectMode: false }), { method, url, headers, socket }) as unknown as IncomingMessage;
}

/** What is refused by its media type, which Yoga does without a word. */
const UNREAD: ReadonlyMap<number, Pick<Refusal, 'code' | 'message'>> = new Map([
  [406, { code: 'NOT_ACCEPTABLE', message: 'The header Accept must allow for one of application/json, application/graphql-response+json, text/event-stream and multipart/mixed. Nothing was executed.' }],
  [415, { code: 'UNSUPPORTED_MEDIA_TYPE', message: 'Send JSON, with the header "Content-Type: application/json". Nothing was executed.' }],
]);

/** Hands everything that is about GraphQL over to the pipeline. */
function usePipeline(pipeline: Pipeline, persisted: PersistedDocuments, log: Log): GatewayPlugin {
  return {
    onParams({ params, request, setParams }) {
      // Of a query string, Yoga reads only the parameters that it knows.
      const documentId = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : null;
      const resolved = persisted.resolve(documentId === null ? params : { ...params, documentId });
      // Yoga would answer with status 200 where JSON is accepted, as for a document that is wrong.
      if ((resolved.query ?? null) === null) throw safeRefusal('Send the text of a document as "query".', 'BAD_REQUEST');
      setParams(resolved);
    },
    onParse({ setParseFn }) {
      setParseFn((text: string) => pipeline.prepare(text).document);
    },
    onValidate({ setValidationFn }) {
      setValidationFn((_schema: GraphQLSchema, document: DocumentNode) => pipeline.faultsOf(document));
    },
    onExecute({ setExecuteFn }) {
      setExecuteFn(({ document, operationName, variableValues, contextValue }: ExecutionArgs) =>
        pipeline.execute({ document, operationName, variables: variableValues, literals: null, context: contextValue as GatewayContext, planned: false }),
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
      logRefusal(log, { requestId: serverContext.requestId, caller: describeCaller(serverContext.identity) }, { codes: codesOf(shown), reasons: shown.map(({ message }) => message) });
    },
    onResponse(hook) {
      const { response, serverContext, fetchAPI } = hook;
      // Yoga lets event streams be kept (`no-cache`), and what is in them is as secret as in any other answer.
      response.headers.delete('cache-control');
      // Refused before it was read as GraphQL, by its media type for example.
      if (response.status < 400 || serverContext.progress.state !== 'RECEIVED') return;
      const refusal = UNREAD.get(response.status);
      logRefusal(log, { requestId: serverContext.requestId, caller: describeCaller(serverContext.identity) }, { codes: refusal === undefined ? [] : [refusal.code], reasons: [`status ${response.status}`] });
      if (refusal === undefined) return;
      hook.setResponse(new fetchAPI.Response(textOf(refusal), { status: response.status, headers: { ...Object.fromEntries(response.headers), 'content-type': 'application/json; charset=utf-8' } }));
    },
  };
}

/** The errors of a result, whatever the plugin system calls its type: a stream of results has none of its own. */
function errorsOf(result: unknown): readonly GraphQLError[] {
  return typeof result === 'object' && result !== null && 'errors' in result ? (result.errors as readonly GraphQLError[] | undefined) ?? [] : [];
}
