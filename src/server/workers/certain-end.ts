import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

/** How long after SIGKILL a worker is considered dead, in milliseconds, even if its process still exists. */
const KILL_GRACE_MS = 2_000;

/**
 * The same worker, but considered dead soon after it is killed. The system does not end a process that waits for a disk
 * or a mount that is gone, and the gateway must not wait for such a process.
 */
export function withCertainEnd(worker: WorkerProcess): WorkerProcess {
  let giveUp: (end: WorkerEnd) => void = () => undefined;
  const ended = Promise.race([
    worker.ended,
    new Promise<WorkerEnd>((resolve) => {
      giveUp = resolve;
    }),
  ]);
  return {
    ...worker,
    ended,
    started: Promise.race([worker.started, ended.then(() => null)]),
    kill: () => {
      worker.kill();
      const timer = setTimeout(() => {
        giveUp({ code: null, signal: 'SIGKILL' });
      }, KILL_GRACE_MS);
      void worker.ended.then(() => {
        clearTimeout(timer);
      });
    },
  };
}
