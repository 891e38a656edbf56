import cluster from 'node:cluster';
import type { RetiredKeys } from '../../domain/keys/rotation/retired-keys.ts';
import { createRetiredKeys } from '../../issuer/retired-keys.ts';
import { createLoginGate } from '../../transport/credentials/login-gate.ts';
import type { LoginGate } from '../../transport/credentials/login-gate.ts';
import type { Watcher } from '../../watch/watcher.ts';
import { createMemoryStore } from '../idempotency/memory-store.ts';
import { closeInTransitAtEnd } from './connections-in-transit.ts';
import { serveStore } from './key-store.ts';
import { serveGate } from './login-gate.ts';
import { serveRetiredKeys } from './retired-keys.ts';
import { serveWatches } from './shared-watches.ts';
import type { MeasuredWorker } from './worker-metrics.ts';
import type { FromWorker, ToWorker, WorkerOrder, WorkerReport } from './messages.ts';

/** How a worker has ended. */
export interface WorkerEnd {
  /** 0 if nothing was cut off; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

/** A worker, as the primary sees it. */
export interface WorkerProcess {
  /** Unique, and in each line of the worker's log. */
  readonly id: number;
  /** Undefined if the system refused to start it. */
  readonly pid: number | undefined;
  /** What it reported about its start; null if it ended before. */
  readonly started: Promise<WorkerReport | null>;
  /** Resolves when it has ended. */
  readonly ended: Promise<WorkerEnd>;
  readonly tell: (order: WorkerOrder) => void;
  /** Asks for a sign of life. Resolves when its event loop has given one. */
  readonly ping: () => Promise<void>;
  readonly kill: () => void;
}

/** Forks workers. */
export interface Forks {
  readonly fork: () => WorkerProcess;
  /** New workers have new credentials, so refused logins no longer count. */
  readonly forgetLogins: () => void;
  /** What all workers share. */
  readonly loginGate: LoginGate;
  readonly retiredKeys: RetiredKeys;
}

/** The descriptor of the primary's stdout in a worker. */
export const WORKER_STDOUT = 4;

/** How long a worker's turn at the login gate may last after its deadline, in milliseconds. */
const TURN_SLACK_MS = 2_000;

/**
 * Forks this program. All workers listen on the same port, which the primary holds for them, and share the login gate, the store of idempotency
 * keys and what is remembered of retired keys.
 * @param options.loginMs maximum duration of a login, or of the first signed request, in milliseconds
 * @param options.onFork called for each worker, for metrics
 * @param options.readWatches reads what the primary watches
 */
export function createForks({
  loginMs,
  onFork = () => undefined,
  readWatches,
}: {
  readonly loginMs: number;
  readonly onFork?: ((worker: MeasuredWorker) => void) | undefined;
  readonly readWatches: Watcher['read'];
}): Forks {
  // The primary gives connections to workers in turn: the kernel would give most of them to a few.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  // Workers write their logs themselves, so that no line is lost with the primary. Not to descriptor 1: Node.js makes that
  // blocking, for all processes that share it, whenever one of them starts or ends.
  cluster.setupPrimary({ stdio: ['ignore', 'ignore', 'inherit', 'ipc', 1] });
  let listening = 0;
  /** With PORT=0, the port to use again after a time when no worker listened. */
  let port: string | undefined;

  let gate = createLoginGate();
  const keys = createMemoryStore();
  const retiredKeys = createRetiredKeys();

  const fork = (): WorkerProcess => {
    const worker = cluster.fork(port === undefined ? {} : { PORT: port });
    const { process: child } = worker;
    closeInTransitAtEnd(child);
    const ended = new Promise<WorkerEnd>((resolve) => {
      child.once('close', (code: number | null, signal: string | null) => {
        resolve({ code, signal });
      });
    });
    // A message that cannot be sent is for a worker that is about to end.
    worker.on('error', () => undefined);
    const started = new Promise<WorkerReport | null>((resolve) => {
      worker.on('message', (report: FromWorker) => {
        if (report.kind !== 'LISTENING' && report.kind !== 'CANNOT_LISTEN') return;
        if (report.kind === 'LISTENING') {
          const { port: found } = new URL(report.url);
          listening += 1;
          child.once('exit', () => {
            listening -= 1;
            if (listening === 0) port = found;
          });
        }
        resolve(report);
      });
      void ended.then(() => {
        resolve(null);
      });
    });
    const tell = (message: ToWorker) => {
      if (worker.isConnected()) worker.send(message);
    };
    const onMessage = (listener: (message: FromWorker) => void) => {
      worker.on('message', listener);
    };
    serveGate(gate, { send: tell, onMessage }, { ended, turnMs: loginMs + TURN_SLACK_MS });
    serveStore(keys, { send: tell, onMessage });
    serveRetiredKeys(retiredKeys, { send: tell, onMessage });
    serveWatches(readWatches, { send: tell, onMessage });
    onFork({ send: tell, onMessage, ended });
    const ping = () =>
      new Promise<void>((resolve) => {
        const onPong = ({ kind }: FromWorker) => {
          if (kind !== 'PONG') return;
          worker.off('message', onPong);
          resolve();
        };
        worker.on('message', onPong);
        tell({ kind: 'PING' });
      });
    return {
      id: worker.id,
      pid: child.pid,
      started,
      ended,
      tell,
      ping,
      kill: () => {
        child.kill('SIGKILL');
      },
    };
  };
  return {
    fork,
    forgetLogins: () => {
      gate = createLoginGate();
    },
    loginGate: { enter: (upstream) => gate.enter(upstream) },
    retiredKeys,
  };
}
