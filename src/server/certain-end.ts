import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

/** How long after it was killed a worker counts as ended, in milliseconds, whatever the system says. */
const TO_DIE_MS = 2_000;

/**
 * The same worker, which counts as ended soon after it is killed. The system does not end a process that waits for a
 * disk or a mount that is gone; nobody must wait for it.
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
      }, TO_DIE_MS);
      void worker.ended.then(() => {
        clearTimeout(timer);
      });
    },
  };
}
