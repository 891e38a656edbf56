import type { IncomingMessage, RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { Dispatcher } from 'undici';
import type { Config } from '../config.ts';
import { SharedSecrets } from '../domain/shared-secrets.ts';
import { addFederation } from '../graph/federation.ts';
import type { Graph } from '../graph/graph.ts';
import { openPool } from '../transport/http.ts';
import { createLoginGate } from '../transport/login-gate.ts';
import type { LoginGate } from '../transport/login-gate.ts';
import { endOfTurn } from '../transport/turn.ts';
import type { Upstream } from '../transport/upstream.ts';
import { createAdmission } from './admission.ts';
import { createAudit } from './audit.ts';
import type { Mismatch } from './authentication-faults.ts';
import { logBreaker } from './breaker-log.ts';
import { openConnections } from './connections.ts';
import { createCors } from './cors.ts';
import { logCredentials } from './credentials-log.ts';
import { createGraphiql } from './graphiql.ts';
import { createHome } from './home.ts';
import { createInFlight, Place } from './in-flight.ts';
import { mostReferences } from './limits.ts';
import { createFront, notHere } from './listener.ts';
import type { ApiRequest } from './listener.ts';
import { describeCaller, describeCrash } from './log.ts';
import type { Log, LoggedCaller } from './log.ts';
import { createDirectEntry } from './pipeline/direct.ts';
import { logRefusal } from './pipeline/operation-log.ts';
import { createPersistedCheck } from './persisted-check.ts';
import { createPersistedDocuments } from './pipeline/persisted-documents.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import { createYogaEntry } from './pipeline/yoga.ts';
import { createRateLimit } from './rate-limit.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { readBody } from './request-body.ts';
import { createContexts } from './request-context.ts';
import { createHeaderReader } from './request-headers.ts';
import { buildSchema } from './schema.ts';
import { setCommonHeaders } from './security-headers.ts';

/** GraphiQL's page and its files, as many as are on their way at the same time, and as many as are sent in a minute: a browser needs four, once. */
const MOST_PAGES = 32;
const MOST_PAGES_A_MINUTE = 600;

/** Refusals with a reason that a caller gets in a minute, however few operations it may start. */
const MIN_REFUSALS_A_MINUTE = 600;

const OVERLOADED: Refusal = {
  status: 503,
  code: 'OVERLOADED',
  message:
    'The gateway serves as many requests as it may (LIMIT_IN_FLIGHT). Nothing was executed: it is safe to send it again.',
};
const TOO_MANY_PAGES: Refusal = {
  status: 429,
  code: 'RATE_LIMITED',
  message: 'Too many pages were asked for within a minute. Wait a moment, and load the page again.',
};
const SHUTTING_DOWN: Refusal = {
  status: 503,
  code: 'SHUTTING_DOWN',
  message: 'The gateway is shutting down. Nothing was executed: it is safe to send it again.',
  headers: { connection: 'close' },
};

function tooManyRefused(wait: number): Refusal {
  const message = `Too many requests of this caller were refused within a minute. Nothing was read. Send the next one in ${wait} s, or let the operator of the gateway raise LIMIT_OPERATIONS_PER_MINUTE.`;
  return { status: 429, code: 'RATE_LIMITED', message };
}

export interface GatewayDependencies {
  readonly upstreams: readonly Upstream<Graph>[];
  readonly log: Log;
  /** Given if the upstreams are emulators (development): headers of GraphiQL's tabs for them. Placeholders if left out. */
  readonly exampleHeaders?: Readonly<Record<string, string>>;
  readonly openDispatcher?: (origin: string) => Dispatcher;
  /** Shared with other processes; one of its own where it is left out. */
  readonly loginGate?: LoginGate;
  /** Whether it warns of persisted documents that cannot be executed. One of several workers does not: the primary does, once for all. */
  readonly checksPersisted?: boolean;
}

/** A gateway that is ready to be listened for. */
export interface Gateway {
  readonly schema: GraphQLSchema;
  readonly listener: RequestListener;
  /** To be called for each connection that is made, so that callers who do not read are noticed. */
  readonly connect: (socket: Socket) => void;
  /** Every upstream by name, with its base URL, null where it is not configured, and whose credentials it is called with. */
  readonly report: readonly {
    readonly label: string;
    readonly baseUrl: string | null;
    readonly urlVariables: readonly string[];
    readonly credentials: 'caller' | 'gateway';
  }[];
  /** From now on not ready; new operations are refused, those under way go on. */
  readonly startDraining: () => void;
  /** Resolves when every answer is out and every call to an upstream has ended. */
  readonly idle: () => Promise<void>;
  /** Closes the connections to the upstreams. */
  readonly close: () => Promise<void>;
}

/** Builds a gateway. It does not listen: that is `serve`. */
export function createGateway(
  config: Config,
  {
    upstreams,
    log,
    exampleHeaders,
    openDispatcher = openPool,
    loginGate = createLoginGate(),
    checksPersisted = true,
  }: GatewayDependencies,
): Gateway {
  const { limits } = config;
  const admission = createAdmission(config.authentication, limits.inFlight);
  const ownSecrets = new SharedSecrets();
  const connections = openConnections(config, upstreams, {
    openDispatcher,
    loginGate,
    ownSecrets,
    onCredentials: (event, id, scrubber) => {
      logCredentials(log, id, event, scrubber);
    },
    onBreaker: (event, id) => {
      logBreaker(log, id, event);
    },
  });
  const audit = createAudit(log, admission.isApiKey);
  const schema = addFederation(buildSchema(upstreams, audit.afterWrite), mostReferences(limits));
  const placeholders = Object.assign(
    {},
    ...upstreams
      .filter(({ id }) => !connections.get(id)?.own)
      .map((upstream) => upstream.exampleHeaders),
  ) as Record<string, string>;
  const refusals = createRateLimit({
    perMinute: Math.max(MIN_REFUSALS_A_MINUTE, limits.operationsPerMinute),
  });
  const pipeline = createPipeline({
    schema,
    limits,
    introspection: config.introspection,
    rateLimit: createRateLimit({ perMinute: limits.operationsPerMinute }),
    refusals,
    log,
  });
  const development = exampleHeaders !== undefined;
  const graphiql = config.graphiql
    ? createGraphiql({
        headers: { ...admission.exampleHeaders, ...(exampleHeaders ?? placeholders) },
        writes: development,
      })
    : null;
  const isForPage = (request: IncomingMessage, path: string) =>
    graphiql !== null && graphiql.isFor(request, path);
  const persisted = createPersistedDocuments(config.persistedDocuments);
  const persistedCheck = createPersistedCheck(
    { schema, limits, introspection: config.introspection },
    log,
  );
  if (checksPersisted && config.persistedDocuments !== null)
    void persistedCheck.begin(config.persistedDocuments);
  const serveDirect = createDirectEntry({ pipeline, persisted, log });
  const serveYoga = createYogaEntry({ schema, pipeline, persisted, log });

  const inFlight = createInFlight(limits.inFlight);
  const pages = createInFlight(MOST_PAGES);
  const pageRate = createRateLimit({ perMinute: MOST_PAGES_A_MINUTE });
  const cors = createCors(config.corsOrigins);

  const readHeaders = createHeaderReader(upstreams.flatMap((upstream) => upstream.tokenHeaders));
  const contextOf = createContexts({
    upstreams,
    connections,
    ownHeaders: admission.ownHeaders,
    ownSecrets,
    log,
    beforeWrite: audit.beforeWrite,
  });

  /** Lets a request in, reads it, and hands it on. */
  const serve = async (api: ApiRequest, place: Place): Promise<void> => {
    const { request, response, requestId, path } = api;
    await endOfTurn();
    // GraphiQL's page asks for nothing: what people send from it comes with their credentials.
    if (graphiql !== null && isForPage(request, path)) {
      // The page is large, and given to everybody: those who fetch it must not take the places of operations.
      if (!place.take(pages)) {
        turnAway(api, OVERLOADED);
        return;
      }
      // Sending a file takes up to some milliseconds, also to a caller who hangs up.
      if (pageRate.take('') !== null) {
        turnAway(api, TOO_MANY_PAGES);
        return;
      }
      setCommonHeaders(response, requestId);
      if (!(await graphiql.serve(request, response, path))) notHere(response, requestId);
      return;
    }
    const asked = admission.admit(request);
    const admitted = asked instanceof Promise ? await asked : asked;
    if ('refusal' in admitted) {
      turnAway(api, admitted.refusal, {
        reasons: [admitted.detail],
        mismatch: admitted.mismatch?.(),
      });
      return;
    }
    const refuseCaller = (refusal: Refusal) => {
      pipeline.countRefusal(admitted.callerKey);
      turnAway(api, refusal, { caller: describeCaller(admitted.identity) });
    };
    const wait = refusals.wait(admitted.callerKey);
    if (wait !== null) {
      turnAway(api, tooManyRefused(wait), { caller: describeCaller(admitted.identity) });
      return;
    }
    // Not before: who waits to be let in, e.g. for the keys of the issuer, takes no place of those who are.
    if (!place.take(inFlight)) {
      turnAway(api, OVERLOADED, { caller: describeCaller(admitted.identity) });
      return;
    }
    const shape = readHeaders(request);
    if ('status' in shape) {
      refuseCaller(shape);
      return;
    }
    const sent =
      request.method === 'GET' || request.method === 'HEAD'
        ? null
        : readBody(request, limits.bodyBytes);
    const body = sent instanceof Promise ? await sent : sent;
    if (body !== null && 'status' in body) refuseCaller(body);
    else if (!request.destroyed || request.complete) {
      const context = contextOf(api, admitted);
      const served =
        config.fastPath && body !== null ? serveDirect(response, shape, body, context) : null;
      if (served !== null) await served;
      else {
        setCommonHeaders(response, requestId);
        serveYoga(request, response, shape, body, context);
      }
    }
  };

  const turnAway = (
    { request, response, requestId }: Omit<ApiRequest, 'hangUp'>,
    refusal: Refusal,
    {
      caller,
      reasons = [],
      mismatch,
    }: {
      readonly caller?: LoggedCaller;
      readonly reasons?: readonly string[];
      readonly mismatch?: Mismatch | undefined;
    } = {},
  ) => {
    // That nobody can be let in is no fault of the caller's.
    const level = refusal.code === 'AUTHENTICATION_UNAVAILABLE' ? 'warn' : 'info';
    logRefusal(
      log,
      { requestId, ...(caller !== undefined && { caller }) },
      { codes: [refusal.code], reasons, mismatch },
      level,
    );
    setCommonHeaders(response, requestId);
    refuse(response, refusal, requestId);
    // A body that is not wanted is not waited for.
    if (!request.complete) request.resume();
  };

  const front = createFront({
    home: createHome({ graphiql: graphiql !== null, development }),
    serves: isForPage,
    prepare: (request, response, requestId) =>
      cors(request, response, () => {
        setCommonHeaders(response, requestId);
      }),
    serve: (api) => {
      const place = new Place();
      serve(api, place).catch((error: unknown) => {
        log.error(
          { requestId: api.requestId, error: describeCrash(error) },
          'unexpected error outside of an operation',
        );
        api.request.socket.destroy();
      });
      return () => {
        place.end();
      };
    },
    trouble: () => {
      const reason = log.trouble();
      return reason === null ? null : `the audit trail cannot be written (${reason})`;
    },
    answerMs: limits.requestMs,
    onUnread: (requestId) => {
      log.info(
        { ...(requestId !== null && { requestId }) },
        'the caller did not read the answer in time: its connection is closed',
      );
    },
    refuse: (api) => {
      turnAway(api, SHUTTING_DOWN);
    },
  });

  return {
    schema,
    listener: front.listener,
    connect: front.connect,
    report: upstreams.map(({ id, label, urlVariables }) => ({
      label,
      urlVariables,
      baseUrl: connections.get(id)?.baseUrl ?? null,
      credentials: connections.get(id)?.own ? 'gateway' : 'caller',
    })),
    startDraining: front.startDraining,
    idle: async () => {
      await front.idle();
      await Promise.all([...connections.values()].map((connection) => connection.idle()));
    },
    close: async () => {
      persistedCheck.end();
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}
