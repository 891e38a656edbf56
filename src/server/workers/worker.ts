import cluster from 'node:cluster';
import type { Config } from '../../config/config.ts';
import type { RetiredKeys } from '../../domain/keys/rotation/retired-keys.ts';
import { describeListenError } from '../log/lifecycle-log.ts';
import type { Gateway } from '../gateway.ts';
import { addProcessMetrics } from '../metrics/process-metrics.ts';
import { endsWithin } from '../../transport/waiting/ends-within.ts';
import { serve } from '../http/serve.ts';
import type { LocalLoginGate } from '../../transport/credentials/login-gate.ts';
import { digested } from '../idempotency/digested.ts';
import type { IdempotencyStore } from '../idempotency/store.ts';
import { storeOfWorker } from './key-store.ts';
import { gateOfWorker } from './login-gate.ts';
import type {
  MetricsReply,
  Pong,
  Request,
  ToWorker,
  WorkerOrder,
  WorkerReport,
} from './messages.ts';
import { retiredKeysOfWorker } from './retired-keys.ts';
import type { Watcher } from '../../watch/watcher.ts';
import { watchesOfPrimary } from './shared-watches.ts';
import { reportMetrics } from './worker-metrics.ts';

/** How long a worker that ends may take to report its metrics, in milliseconds. */
const LAST_METRICS_MS = 1_000;

/** The id of this process among the workers; null if it is not a worker. */
export function workerId(): number | null {
  return cluster.worker?.id ?? null;
}

/** Serves as one of several workers. It exits when the primary tells it to, or when the primary is gone. */
export function runWorker(gateway: Gateway, config: Config): void {
  // Terminals and some process managers signal the whole group, but only the primary decides when workers exit.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => undefined);

  if (gateway.metrics !== null) addProcessMetrics(gateway.metrics);
  const lastMetrics = reportMetrics(gateway.metrics, {
    send: tell,
    onMessage: (listener) => {
      process.on('message', listener);
    },
  });
  const serving = serve(gateway, config);
  const end = (order: WorkerOrder) => {
    serving.then(
      ({ stop, retire }) => {
        void (order === 'STOP' ? stop() : retire())
          .then((clean) => endsWithin(LAST_METRICS_MS, lastMetrics()).then(() => clean))
          .then((clean) => process.exit(clean ? 0 : 1));
      },
      // A worker that cannot listen exits on its own.
      () => undefined,
    );
  };
  process.on('message', (message: ToWorker) => {
    if (typeof message === 'string') end(message);
    else if (message.kind === 'PING') tell({ kind: 'PONG' });
  });
  cluster.worker?.on('disconnect', () => {
    // Without this, Node would end the process immediately.
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
    end('STOP');
  });

  serving.then(
    ({ url }) => {
      tell({ kind: 'LISTENING', url, report: gateway.report });
    },
    (error: unknown) => {
      tell({ kind: 'CANNOT_LISTEN', error: describeListenError(error) }, () => process.exit(1));
    },
  );
}

/** What all workers share by the primary. */
export function sharedWithWorkers(): {
  readonly loginGate: LocalLoginGate;
  readonly idempotencyStore: IdempotencyStore;
  readonly retiredKeys: RetiredKeys;
  readonly readWatches: Watcher['read'];
} {
  const channel = {
    send: (request: Request) => {
      process.send?.(request, undefined, undefined, () => undefined);
    },
    onMessage: (listener: (message: ToWorker) => void) => {
      process.on('message', listener);
    },
  };
  return {
    loginGate: gateOfWorker(channel),
    idempotencyStore: digested(storeOfWorker(channel)),
    retiredKeys: retiredKeysOfWorker(channel),
    readWatches: watchesOfPrimary(channel),
  };
}

function tell(
  report: WorkerReport | Pong | MetricsReply,
  done: () => void = () => undefined,
): void {
  process.send?.(report, undefined, undefined, done);
}
