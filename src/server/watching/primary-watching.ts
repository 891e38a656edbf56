import type { Config } from '../../config/config.ts';
import { SharedSecrets } from '../../domain/scrub/shared-secrets.ts';
import type { Graph } from '../../graph/graph.ts';
import { loadRedis } from '../../redis/load-redis.ts';
import { openPool } from '../../transport/http/http.ts';
import type { Upstream } from '../../transport/upstream.ts';
import { openSharedState } from '../context/shared-state.ts';
import type { SharedByProcesses } from '../context/shared-state.ts';
import { openConnections } from '../context/upstream-connections.ts';
import { createAudit } from '../log/audit.ts';
import type { Log } from '../log/log.ts';
import { logRedis } from '../log/redis-log.ts';
import { logUpstreamEvent } from '../log/upstream-event-log.ts';
import type { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import { createWatching } from './watching.ts';
import type { Watching } from './watching.ts';

interface PrimaryDependencies extends SharedByProcesses {
  readonly upstreams: readonly Upstream<Graph>[];
  readonly log: Log;
  /** Null if they are turned off. */
  readonly metrics: GatewayMetrics | null;
}

/** Opens the watcher of a gateway with workers, in the primary: it has connections of its own, because it serves nothing. */
export async function openPrimaryWatching(
  config: Config,
  { upstreams, log, metrics, ...sharedByProcesses }: PrimaryDependencies,
): Promise<Watching> {
  const redis = await loadRedis(config.redis, (event) => {
    logRedis(log, event);
  });
  const shared = openSharedState(config, redis, sharedByProcesses);
  const gatewaySecrets = new SharedSecrets();
  const connections = openConnections(config, upstreams, {
    openDispatcher: openPool,
    loginGate: shared.loginGate,
    gatewaySecrets,
    onEvent: (event, id) => {
      logUpstreamEvent(log, id, event);
      metrics?.onUpstreamEvent(event, id);
    },
  });
  // Nobody calls here, so no API key has to be hidden.
  const audit = createAudit(log, () => false);
  const watching = createWatching(config, {
    connections,
    gatewaySecrets,
    retiredKeys: shared.retiredKeys,
    audit,
    log,
    metrics,
    redis,
  });
  return {
    ...watching,
    stop: async () => {
      await watching.stop();
      await Promise.all([
        ...[...connections.values()].map((connection) => connection.close()),
        shared.close(),
      ]);
    },
  };
}
