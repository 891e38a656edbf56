import cluster from 'node:cluster';
import type { Config } from '../config.ts';
import { describeListenError } from './announcements.ts';
import type { Gateway } from './gateway.ts';
import { serve } from './serve.ts';
import type { LoginGate } from '../transport/login-gate.ts';
import { gateOfWorker } from './worker-login-gate.ts';
import type { Pong, ToWorker, WorkerOrder, WorkerReport } from './worker-messages.ts';

/** The id of this process among the workers; null where it is none. */
export function workerId(): number | null {
  return cluster.worker?.id ?? null;
}

/** Serves as one of several workers: the primary tells when to end, and where it is gone, the worker ends too. */
export function runWorker(gateway: Gateway, config: Config): void {
  // A terminal and some process managers signal the whole group: what becomes of it is for the primary to say.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => undefined);

  const serving = serve(gateway, config);
  const end = (order: WorkerOrder) => {
    serving.then(
      ({ stop, retire }) => {
        void (order === 'STOP' ? stop() : retire()).then((clean) => process.exit(clean ? 0 : 1));
      },
      // Where it cannot listen, it ends by itself.
      () => undefined,
    );
  };
  process.on('message', (message: ToWorker) => {
    if (typeof message === 'string') end(message);
    else if (message.kind === 'PING') tell({ kind: 'PONG' });
  });
  cluster.worker?.on('disconnect', () => {
    // By default Node would end the process here and now.
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

/** The gate of logins that all workers share. */
export function sharedLoginGate(): LoginGate {
  return gateOfWorker({
    send: (request) => {
      process.send?.(request, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => {
      process.on('message', listener);
    },
  });
}

function tell(report: WorkerReport | Pong, done: () => void = () => undefined): void {
  process.send?.(report, undefined, undefined, done);
}
