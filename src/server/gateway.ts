import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { Dispatcher } from 'undici';
import type { Config } from '../config/config.ts';
import type { Watch } from '../config/files/watch-file.ts';
import { SharedSecrets } from '../domain/scrub/shared-secrets.ts';
import type { Graph } from '../graph/graph.ts';
import { Issuers } from '../issuer/issuers.ts';
import type { Redis } from '../redis/redis.ts';
import { openPool } from '../transport/http/http.ts';
import type { Upstream } from '../transport/upstream.ts';
import { endsWithin } from '../transport/waiting/ends-within.ts';
import { createCors } from './browser/cors.ts';
import { createGraphiql } from './browser/graphiql.ts';
import { createHome } from './browser/home.ts';
import { createIdempotency } from './idempotency/idempotency.ts';
import { createRequestHandler } from './http/handle-request.ts';
import { createHeaderReader } from './http/request-headers.ts';
import { createHttpRouter } from './http/router.ts';
import { createAdmission } from './limits/admission.ts';
import { createRateLimit } from './limits/rate-limit.ts';
import { rateLimitsOf } from './limits/rate-limits.ts';
import { createAudit } from './log/audit.ts';
import type { Log } from './log/log.ts';
import { logUpstreamEvent } from './log/upstream-event-log.ts';
import { createFastPath } from './pipeline/fast-path/fast-path.ts';
import { createPersistedDocuments } from './pipeline/persisted-documents.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import { ParamsReader } from './pipeline/request-params.ts';
import { createYogaHandler } from './pipeline/yoga.ts';
import { createContexts } from './context/request-context.ts';
import { openSharedState } from './context/shared-state.ts';
import type { SharedByProcesses } from './context/shared-state.ts';
import { buildSubgraph } from './schema.ts';
import { createWatching } from './watching/watching.ts';
import type { Watching, WatchingDependencies } from './watching/watching.ts';
import type { Tracing } from './tracing/tracing.ts';
import { openConnections } from './context/upstream-connections.ts';
import { GatewayMetrics } from './metrics/gateway-metrics.ts';
import type { Registry } from './metrics/registry.ts';
import { createPersistedCheck } from './workers/persisted-check.ts';

/** Refusals with a reason that a caller gets in a minute, even if it may start fewer operations. */
const MIN_REFUSALS_PER_MINUTE = 600;

export interface GatewayDependencies extends SharedByProcesses {
  readonly upstreams: readonly Upstream<Graph>[];
  readonly log: Log;
  /** Headers of GraphiQL's tabs for emulators, in development. Default: placeholders. */
  readonly exampleHeaders?: Readonly<Record<string, string>>;
  /** The issuer of GraphiQL's tabs, in development. Default: a public one. */
  readonly exampleIssuer?: string | null;
  readonly openDispatcher?: (origin: string) => Dispatcher;
  /** Shared with other instances. Null, the default, if none is configured. */
  readonly redis?: Redis | null;
  /** What another process watches. Default: the gateway watches by itself. */
  readonly readWatches?: Watching['read'] | null;
  /** Of the watcher. Defaults: those of this machine. */
  readonly watchTools?: Pick<WatchingDependencies, 'clock' | 'random'>;
  /** Null if tracing is off, which is the default. */
  readonly tracing?: Tracing | null;
  /** Whether to warn about persisted documents that cannot be executed. Workers do not: the primary does it once for all. */
  readonly checksPersisted?: boolean;
}

/** A gateway that is ready to serve. */
export interface Gateway {
  readonly schema: GraphQLSchema;
  readonly listener: RequestListener;
  /** Must be called for each new connection, so that callers who stop reading are noticed. */
  readonly connect: (socket: Socket) => void;
  /** Every upstream by name, with its base URL, null if it is not configured, and whose credentials are used. */
  readonly report: readonly {
    readonly label: string;
    readonly baseUrl: string | null;
    readonly urlVariables: readonly string[];
    readonly credentials: 'caller' | 'gateway';
  }[];
  /** Null if metrics are turned off. */
  readonly metrics: Registry | null;
  /** Must be called for each request that is refused before it reaches the listener, with the code of the refusal. */
  readonly onRefused: (code: string) => void;
  /** From now on the gateway watches these, until it drains. For the process that watches. */
  readonly watch: (watches: readonly Watch[]) => void;
  /** From now on the gateway is not ready, and new operations are refused; running ones go on. */
  readonly startDraining: () => void;
  /** Resolves when every response is out and every call to an upstream has ended. */
  readonly idle: () => Promise<void>;
  /** Closes the connections to the upstreams. */
  readonly close: () => Promise<void>;
  /** Exports the last spans, and leaves Redis. To be called last. Resolves after this time at the latest, in milliseconds. */
  readonly leave: (ms: number) => Promise<void>;
}

/** Builds a gateway. It does not listen; `serve` does. */
export function createGateway(
  config: Config,
  {
    upstreams,
    log,
    exampleHeaders,
    exampleIssuer = null,
    openDispatcher = openPool,
    redis = null,
    checksPersisted = true,
    tracing = null,
    readWatches = null,
    watchTools = {},
    ...sharedByProcesses
  }: GatewayDependencies,
): Gateway {
  const { limits } = config;
  const rateOf = rateLimitsOf(config, redis);
  const admission = createAdmission(config.authentication, limits.inFlight);
  const gatewaySecrets = new SharedSecrets();
  const metrics = config.metrics === null ? null : new GatewayMetrics();
  const shared = openSharedState(config, redis, sharedByProcesses);
  const connections = openConnections(config, upstreams, {
    openDispatcher,
    loginGate: shared.loginGate,
    gatewaySecrets,
    onEvent: (event, id) => {
      logUpstreamEvent(log, id, event);
      metrics?.onUpstreamEvent(event, id);
    },
  });
  const issuers = new Issuers({
    allowedHosts: config.issuers?.allowedHosts ?? null,
    probes: config.issuers?.probes ?? false,
    takeFetch: rateOf('issuer-fetches', limits.issuerFetchesPerMinute).take,
    onFetch: metrics?.onIssuerFetch,
  });
  const audit = createAudit(log, admission.isApiKey);
  const watching =
    config.watch === null || readWatches !== null
      ? null
      : createWatching(config, {
          connections,
          gatewaySecrets,
          retiredKeys: shared.retiredKeys,
          audit,
          log,
          metrics,
          redis,
          ...watchTools,
        });
  const schema = buildSubgraph(upstreams, limits, {
    onWrite: audit.afterWrite,
    runOnce: createIdempotency({
      store: shared.idempotencyStore,
      timeoutMs: config.upstreamTimeoutMs,
      onOutcome: metrics?.onIdempotency,
    }),
  });
  const placeholders = Object.assign(
    {},
    ...upstreams
      .filter(({ id }) => !connections.get(id)?.gatewayAccess)
      .map((upstream) => upstream.exampleHeaders),
  ) as Record<string, string>;
  const refusals = createRateLimit({
    perMinute: Math.max(MIN_REFUSALS_PER_MINUTE, limits.operationsPerMinute),
  });
  const pipeline = createPipeline({
    schema,
    limits,
    introspection: config.introspection,
    rateLimit: rateOf('operations', limits.operationsPerMinute),
    refusals,
    log,
    onOperation: metrics?.onOperation,
  });
  const development = exampleHeaders !== undefined;
  const graphiql = config.graphiql
    ? createGraphiql({
        headers: { ...admission.exampleHeaders, ...(exampleHeaders ?? placeholders) },
        writes: development,
        issuer: exampleIssuer,
      })
    : null;
  const persisted = createPersistedDocuments(config.persistedDocuments);
  const persistedCheck = createPersistedCheck(
    { schema, limits, introspection: config.introspection },
    log,
  );
  if (checksPersisted && config.persistedDocuments !== null)
    void persistedCheck.begin(config.persistedDocuments);
  const params = new ParamsReader(limits.values);
  const handler = createRequestHandler({
    limits,
    admission,
    refusals,
    readHeaders: createHeaderReader(upstreams.flatMap((upstream) => upstream.tokenHeaders)),
    contextOf: createContexts({
      upstreams,
      connections,
      issuers,
      retiredKeys: shared.retiredKeys,
      readWatches: readWatches ?? watching?.read ?? (() => Promise.resolve([])),
      ownHeaders: admission.ownHeaders,
      gatewaySecrets,
      onUpstreamCall: metrics?.onUpstreamCall,
      onSignInCheck: metrics?.onSignInCheck,
      onKeySync: metrics?.onKeySync,
      beforeWrite: audit.beforeWrite,
    }),
    serveFastPath: config.fastPath ? createFastPath({ pipeline, persisted, params, log }) : null,
    serveYoga: createYogaHandler({
      schema,
      pipeline,
      persisted,
      params,
      refusals,
      log,
      onRefused: metrics?.onRefused,
    }),
    graphiql,
    log,
    onRefused: metrics?.onRefused,
  });
  const router = createHttpRouter(
    {
      ...handler,
      home: createHome({ graphiql: graphiql !== null, development }),
      handles: graphiql?.isFor ?? (() => false),
      cors: createCors(config.corsOrigins),
      tracing,
      trouble: () => {
        const reason = log.trouble();
        return reason === null ? null : `the audit trail cannot be written (${reason})`;
      },
    },
    {
      readMs: limits.requestMs,
      onResponse: metrics?.onResponse,
      onUnread: (requestId) => {
        log.info(
          { ...(requestId !== null && { requestId }) },
          'the caller did not read the response in time: its connection is closed',
        );
      },
    },
  );

  metrics?.observe({
    schema,
    checks: upstreams.flatMap(({ signIn: { check } }) => check?.field ?? []),
    connections,
    openRequests: router.openRequests,
    slots: () => ({ used: handler.slotsUsed(), all: limits.inFlight }),
    isReady: router.isReady,
    redis,
  });

  let stopped: Promise<void> | undefined;
  return {
    schema,
    metrics: metrics?.registry ?? null,
    onRefused: (code) => metrics?.onRefused([code]),
    listener: router.listener,
    connect: router.connect,
    report: upstreams.map(({ id, label, urlVariables }) => ({
      label,
      urlVariables,
      baseUrl: connections.get(id)?.baseUrl ?? null,
      credentials: connections.get(id)?.gatewayAccess ? 'gateway' : 'caller',
    })),
    watch: watching?.watch ?? (() => undefined),
    startDraining: () => {
      router.startDraining();
      stopped = watching?.stop();
    },
    idle: async () => {
      await Promise.all([router.idle(), stopped]);
      await Promise.all([...connections.values()].map((connection) => connection.idle()));
    },
    close: async () => {
      persistedCheck.end();
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
    leave: async (ms) => {
      await Promise.all([tracing?.close(ms), endsWithin(ms, shared.close())]);
    },
  };
}
