import type { Config } from '../../config/config.ts';
import type { RetiredKeys } from '../../domain/keys/rotation/retired-keys.ts';
import { SharedSecrets } from '../../domain/scrub/shared-secrets.ts';
import type { Graph } from '../../graph/graph.ts';
import { createSharedRetiredKeys } from '../../redis/retired-keys.ts';
import { loadRedis } from '../../redis/load-redis.ts';
import { openPool } from '../../transport/http/http.ts';
import type { LoginGate } from '../../transport/credentials/login-gate.ts';
import type { Upstream } from '../../transport/upstream.ts';
import { openConnections } from '../context/upstream-connections.ts';
import { createAudit } from '../log/audit.ts';
import type { Log } from '../log/log.ts';
import { logRedis } from '../log/redis-log.ts';
import { logUpstreamEvent } from '../log/upstream-event-log.ts';
import type { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import { createWatching } from './watching.ts';
import type { Watching } from './watching.ts';

interface PrimaryDependencies {
  readonly upstreams: readonly Upstream<Graph>[];
  readonly log: Log;
  /** Null if they are turned off. */
  readonly metrics: GatewayMetrics | null;
  /** Those of the workers. */
  readonly loginGate: LoginGate;
  readonly retiredKeys: RetiredKeys;
}

/** Opens the watcher of a gateway with workers, in the primary: it has connections of its own, because it serves nothing. */
export async function openPrimaryWatching(
  config: Config,
  { upstreams, log, metrics, loginGate, retiredKeys }: PrimaryDependencies,
): Promise<Watching> {
  const gatewaySecrets = new SharedSecrets();
  const connections = openConnections(config, upstreams, {
    openDispatcher: openPool,
    loginGate,
    gatewaySecrets,
    onEvent: (event, id) => {
      logUpstreamEvent(log, id, event);
      metrics?.onUpstreamEvent(event, id);
    },
  });
  const redis = await loadRedis(config.redis, (event) => {
    logRedis(log, event);
  });
  // Nobody calls here, so there is no API key to hide.
  const audit = createAudit(log, () => false);
  const watching = createWatching(config, {
    connections,
    gatewaySecrets,
    retiredKeys: redis === null ? retiredKeys : createSharedRetiredKeys(redis),
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
        redis?.close(),
      ]);
    },
  };
}
