import type { RequestListener } from 'node:http';
import { createYoga } from 'graphql-yoga';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Dispatcher } from 'undici';
import type { Config } from '../config.ts';
import { Scrubber } from '../domain/scrub.ts';
import type { GatewayContext } from '../graph/context.ts';
import { addFederation } from '../graph/federation.ts';
import type { Graph } from '../graph/graph.ts';
import { openPool } from '../transport/http.ts';
import type { Caller, UpstreamCallEvent } from '../transport/connection.ts';
import { readTrace } from '../transport/trace.ts';
import type { Upstream } from '../transport/upstream.ts';
import { useAcceptable } from './acceptable.ts';
import { openConnections } from './connections.ts';
import { logCredentials } from './credentials-log.ts';
import { graphiqlOptions, renderGraphiql } from './graphiql.ts';
import { createFront, GRAPHQL_PATH } from './listener.ts';
import type { ApiRequest } from './listener.ts';
import { describeError } from './log.ts';
import { useOperationLog } from './operation-log.ts';
import { useSafeErrors } from './safe-errors.ts';
import { buildSchema } from './schema.ts';

/** Largest request body, in bytes. */
const MAX_REQUEST_BYTES = 256 * 1024;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface GatewayDependencies {
  readonly upstreams: readonly Upstream<Graph>[];
  readonly log: Logger;
  /** Headers of GraphiQL's tabs; placeholders where they are left out. */
  readonly exampleHeaders?: Readonly<Record<string, string>>;
  readonly openDispatcher?: (origin: string) => Dispatcher;
}

/** A gateway that is ready to be listened for. */
export interface Gateway {
  readonly schema: GraphQLSchema;
  readonly listener: RequestListener;
  /** Every upstream by name, with its base URL, null where it is not configured, and whose credentials it is called with. */
  readonly report: readonly { readonly label: string; readonly baseUrl: string | null; readonly urlVariable: string; readonly credentials: 'caller' | 'gateway' }[];
  /** From now on not ready; new operations are refused, those under way go on. */
  readonly startDraining: () => void;
  /** Resolves when every answer is out and every call to an upstream has ended. */
  readonly idle: () => Promise<void>;
  /** Closes the connections to the upstreams. */
  readonly close: () => Promise<void>;
}

/** Builds a gateway. It does not listen: that is `serve`. */
export function createGateway(config: Config, { upstreams, log, exampleHeaders, openDispatcher = openPool }: GatewayDependencies): Gateway {
  const connections = openConnections(config, upstreams, { openDispatcher, onCredentials: (event, id, scrubber) => { logCredentials(log, id, event, scrubber); } });

  const schema = addFederation(buildSchema(upstreams));
  const placeholders = Object.assign({}, ...upstreams.filter(({ id }) => !connections.get(id)?.own).map((upstream) => upstream.exampleHeaders)) as Record<string, string>;
  const yoga = createYoga<GatewayContext>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    landingPage: false,
    graphiql: config.graphiql ? graphiqlOptions(exampleHeaders ?? placeholders) : false,
    renderGraphiQL: renderGraphiql,
    // Own plugins log, and mask, with the request's secrets at hand; Yoga's logger would print what it was sent.
    logging: silent,
    maskedErrors: false,
    maxRequestBodySize: MAX_REQUEST_BYTES,
    multipart: false,
    batching: false,
    cors: false,
    plugins: [useAcceptable(), useSafeErrors(log), useOperationLog(log)],
  });

  const contextOf = ({ request, requestId, hangUp }: ApiRequest): GatewayContext => {
    const header: Caller['header'] = (name) => {
      const value = request.headers[name.toLowerCase()];
      return (Array.isArray(value) ? value.join(', ') : value) ?? null;
    };
    const scrubber = new Scrubber();
    for (const upstream of upstreams) scrubber.add(...upstream.secretsOf(header));
    const context: GatewayContext = {
      requestId,
      header,
      trace: readTrace(header('traceparent')),
      hangUp,
      scrubber,
      connections,
      outcomes: [],
      onUpstreamCall: (event) => { logUpstreamCall(log, context, event); },
    };
    return context;
  };

  const front = createFront((api) => {
    // Yoga makes a URL of it, which nothing here depends on: a hostile one must not matter.
    api.request.headers.host = 'localhost';
    // Media types are case-insensitive (RFC 9110 section 8.3.1), which Yoga does not know.
    const type = api.request.headers['content-type'];
    if (type !== undefined) api.request.headers['content-type'] = type.toLowerCase();
    void yoga.handle(api.request, api.response, contextOf(api));
  }, (requestId) => { log.info({ requestId, refused: ['draining'] }, 'request refused'); });

  return {
    schema,
    listener: front.listener,
    report: upstreams.map(({ id, label, urlVariable }) => ({ label, urlVariable, baseUrl: connections.get(id)?.baseUrl ?? null, credentials: connections.get(id)?.own ? 'gateway' : 'caller' })),
    startDraining: front.startDraining,
    idle: async () => {
      await front.idle();
      await Promise.all([...connections.values()].map((connection) => connection.idle()));
    },
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}

function logUpstreamCall(log: Logger, { requestId, trace, scrubber }: GatewayContext, { failure, ...event }: UpstreamCallEvent): void {
  const fields = { requestId, ...(trace && { traceId: trace.traceId }), ...event };
  if (failure === undefined) log.info(fields, 'upstream call');
  else log.warn({ ...fields, failure: failure.reason, sent: failure.sent, ...(failure.cause !== undefined && { error: describeError(failure.cause, scrubber) }) }, 'upstream call failed');
}
