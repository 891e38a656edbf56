import type { Config } from '../../config/config.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Connection, ConnectOptions } from '../../transport/connection.ts';
import type { Upstream } from '../../transport/upstream.ts';
import { maxCallsOf } from '../limits/concurrency-limit.ts';

/** Opens the connections to every upstream that is configured, by its id. */
export function openConnections(
  config: Config,
  upstreams: readonly Upstream<Graph>[],
  given: Pick<ConnectOptions, 'openDispatcher' | 'loginGate' | 'gatewaySecrets' | 'onEvent'>,
): ReadonlyMap<string, Connection> {
  const settingsOf = (id: string) => config.upstreams.get(id) ?? {};
  const configured = upstreams.filter(({ id, isConfigured }) =>
    isConfigured(settingsOf(id)),
  ).length;
  const options: ConnectOptions = {
    timeoutMs: config.upstreamTimeoutMs,
    userAgent: 'oidc-config-gateway',
    processes: config.workers,
    maxCalls: maxCallsOf(config.limits.inFlight, configured),
    ...given,
  };
  const connections = new Map<string, Connection>();
  for (const { id, connect } of upstreams) {
    const connection = connect(settingsOf(id), options);
    if (connection !== null) connections.set(id, connection);
  }
  return connections;
}
