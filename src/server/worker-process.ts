import cluster from 'node:cluster';
import type { Start } from './announcements.ts';
import { passWholeLines } from './whole-lines.ts';

/** What a worker tells the primary, once. */
export type WorkerReport =
  | ({ readonly kind: 'LISTENING' } & Start)
  | { readonly kind: 'CANNOT_LISTEN'; readonly error: Readonly<Record<string, unknown>> };

/** How a worker is to end: with the whole gateway, or in favour of another one. */
export type WorkerOrder = 'STOP' | 'RETIRE';

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
  /** Resolves when it has ended, and its log has been passed on. */
  readonly ended: Promise<WorkerEnd>;
  readonly tell: (order: WorkerOrder) => void;
  readonly kill: () => void;
}

/** @returns what forks workers: this program again, each listening on the same port, which the primary holds for them */
export function createForks(): () => WorkerProcess {
  // The primary deals connections out in turn: the kernel would give most of them to few.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  let listening = 0;
  /** The port that was found free, once it had to be given up: nobody listened any more. */
  let port: string | undefined;

  return () => {
    const worker = cluster.fork(port === undefined ? {} : { PORT: port });
    const { process: child } = worker;
    if (child.stdout !== null) passWholeLines(child.stdout, process.stdout);
    const ended = new Promise<WorkerEnd>((resolve) => {
      child.once('close', (code: number | null, signal: string | null) => { resolve({ code, signal }); });
    });
    // An order that cannot be told any more is for one that is about to end anyway.
    worker.on('error', () => undefined);
    const started = new Promise<WorkerReport | null>((resolve) => {
      worker.once('message', (report: WorkerReport) => {
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
      void ended.then(() => { resolve(null); });
    });
    return {
      id: worker.id,
      pid: child.pid,
      started,
      ended,
      tell: (order) => { if (worker.isConnected()) worker.send(order); },
      kill: () => { child.kill('SIGKILL'); },
    };
  };
}
