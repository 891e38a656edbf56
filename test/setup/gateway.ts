import { loadRedis } from '../../src/redis/load-redis.ts';
import { logRedis } from '../../src/server/log/redis-log.ts';
import { readWatchedConfig } from '../../src/config/config.ts';
import type { Graph } from '../../src/graph/graph.ts';
import type { SharedByProcesses } from '../../src/server/context/shared-state.ts';
import { createGateway } from '../../src/server/gateway.ts';
import type { Gateway, GatewayDependencies } from '../../src/server/gateway.ts';
import { createLog } from '../../src/server/log/log.ts';
import type { LogDestination } from '../../src/server/log/log.ts';
import { loadTracing } from '../../src/server/tracing/load-tracing.ts';
import { serve } from '../../src/server/http/serve.ts';
import type { Upstream } from '../../src/transport/upstream.ts';
import { upstreams as realUpstreams } from '../../src/upstreams/index.ts';

/** The response to a GraphQL request over HTTP. */
export interface GraphQLResponse<Data = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it came. */
  readonly text: string;
  readonly data: Data | null | undefined;
  readonly errors:
    | readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[]
    | undefined;
}

/** Sends a GraphQL request. */
export async function post(
  url: string,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<GraphQLResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text) as Pick<GraphQLResponse, 'data' | 'errors'>;
  return { status: response.status, headers: response.headers, text, data, errors };
}

/** A gateway of this process, listening on a free port. */
export interface TestGateway {
  readonly gateway: Gateway;
  /** Of the API. */
  readonly url: string;
  /** Every log line, parsed; none if they go elsewhere. */
  readonly logs: Record<string, unknown>[];
  readonly post: (
    query: string,
    variables?: object,
    headers?: Record<string, string>,
  ) => Promise<GraphQLResponse>;
  readonly stop: () => Promise<boolean>;
  readonly retire: () => Promise<boolean>;
}

/**
 * Starts a gateway with this environment, which logs everything unless that says otherwise.
 * @param destination where it logs
 * @param tools the clock of the watcher, and what the processes of an instance share
 */
export async function startGateway(
  environment: Record<string, string>,
  upstreams: readonly Upstream<Graph>[] = realUpstreams,
  destination?: LogDestination,
  tools: GatewayDependencies['watchTools'] & SharedByProcesses = {},
): Promise<TestGateway> {
  const { clock, random, ...shared } = tools;
  const logs: Record<string, unknown>[] = [];
  const { config, watches } = await readWatchedConfig(upstreams, {
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'trace',
    ...environment,
  });
  const log = createLog(
    config.logLevel,
    destination ?? {
      write: (line) => {
        logs.push(JSON.parse(line) as Record<string, unknown>);
      },
    },
  );
  const tracing = await loadTracing(config.tracing, log);
  const redis = await loadRedis(config.redis, (event) => {
    logRedis(log, event);
  });
  const gateway = createGateway(config, {
    upstreams,
    log,
    tracing,
    redis,
    watchTools: { ...(clock !== undefined && { clock }), ...(random !== undefined && { random }) },
    ...shared,
  });
  const serving = await serve(gateway, config);
  gateway.watch(watches);
  const url = `${serving.url}/graphql`;
  return {
    gateway,
    url,
    logs,
    post: (query, variables, headers) => post(url, query, variables, headers),
    stop: serving.stop,
    retire: serving.retire,
  };
}
