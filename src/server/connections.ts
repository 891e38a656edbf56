import type { Config } from '../config.ts';
import type { Graph } from '../graph/graph.ts';
import type { Connection, ConnectOptions } from '../transport/connection.ts';
import type { Upstream } from '../transport/upstream.ts';

/** Opens the connections to every upstream that is configured, by its id. */
export function openConnections(
  config: Config,
  upstreams: readonly Upstream<Graph>[],
  options: Pick<ConnectOptions, 'openDispatcher' | 'loginGate' | 'onCredentials'>,
): ReadonlyMap<string, Connection> {
  const connections = new Map<string, Connection>();
  for (const { id, connect } of upstreams) {
    const connection = connect(config.upstreams.get(id) ?? {}, { timeoutMs: config.upstreamTimeoutMs, userAgent: 'oidc-config-gateway', processes: config.workers, ...options });
    if (connection !== null) connections.set(id, connection);
  }
  return connections;
}
