import cluster from 'node:cluster';
import { createLoginGate } from '../transport/login-gate.ts';
import { closeInTransitAtEnd } from './connections-in-transit.ts';
import { serveGate } from './worker-login-gate.ts';
import type { FromWorker, ToWorker, WorkerOrder, WorkerReport } from './worker-messages.ts';

/** How a worker has ended. */
export interface WorkerEnd {
  /** 0 where nothing was cut off; null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

/** A worker, as the primary sees it. */
export interface WorkerProcess {
  /** Never given twice; in each line of the worker's log. */
  readonly id: number;
  /** Undefined where the system has refused to make it. */
  readonly pid: number | undefined;
  /** What it told first; null where it ended before. */
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
  /** From now on workers have other credentials: that a login was refused says nothing of theirs. */
  readonly forgetLogins: () => void;
}

/** The descriptor of the primary's stdout in a worker. */
export const WORKER_STDOUT = 4;

/** What a worker's turn at the gate of logins may take beyond its deadline, in milliseconds. */
const TURN_SLACK_MS = 2_000;

/**
 * Forks this program again, each listening on the same port, which the primary holds for them. They share the gate of logins.
 * @param options.loginMs how long a login, or the first request with a signature, takes at most, in milliseconds
 */
export function createForks({ loginMs }: { readonly loginMs: number }): Forks {
  // The primary deals connections out in turn: the kernel would give most of them to few.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  // They write their logs themselves: what a worker has written is safe, whatever becomes of it and of the primary. Not to
  // descriptor 1: Node.js lets what is there block, for all processes that share it, whenever one of them starts or ends.
  cluster.setupPrimary({ stdio: ['ignore', 'ignore', 'inherit', 'ipc', 1] });
  let listening = 0;
  /** The port that was found free, once it had to be given up: nobody listened any more. */
  let port: string | undefined;

  let gate = createLoginGate();

  const fork = (): WorkerProcess => {
    const worker = cluster.fork(port === undefined ? {} : { PORT: port });
    const { process: child } = worker;
    closeInTransitAtEnd(child);
    const ended = new Promise<WorkerEnd>((resolve) => {
      child.once('close', (code: number | null, signal: string | null) => {
        resolve({ code, signal });
      });
    });
    // An order that cannot be told any more is for one that is about to end anyway.
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
    serveGate(
      gate,
      {
        send: tell,
        onMessage: (listener) => {
          worker.on('message', listener);
        },
      },
      { ended, turnMs: loginMs + TURN_SLACK_MS },
    );
    const ping = () =>
      new Promise<void>((resolve) => {
        const onMessage = ({ kind }: FromWorker) => {
          if (kind !== 'PONG') return;
          worker.off('message', onMessage);
          resolve();
        };
        worker.on('message', onMessage);
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
  };
}
