import { performance } from 'node:perf_hooks';
import { logCannotListen } from '../log/lifecycle-log.ts';
import type { Start } from '../log/lifecycle-log.ts';
import { withCertainEnd } from './certain-end.ts';
import { createHeartbeat, MAX_SILENCE_MS } from './heartbeat.ts';
import type { Silence } from './heartbeat.ts';
import type { Log } from '../log/log.ts';
import type { WorkerOrder, WorkerReport } from './messages.ts';
import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

/** The workers of a gateway, supervised by this process, the primary. */
export interface Workers {
  /**
   * Forks them.
   * @returns what they reported once all of them listen; `FAILED` if one does not, after all have ended and the reason was
   * logged; `STOPPED` if they are already being stopped
   */
  readonly start: () => Promise<Start | 'FAILED' | 'STOPPED'>;
  /**
   * Replaces them one after the other: each ends only when its successor listens. A call before all of them listen takes
   * effect when they do; several calls in that time count as one.
   */
  readonly restart: () => void;
  /** Stops them, all at the same time. @returns false if one of them cut off requests or was killed */
  readonly stop: () => Promise<boolean>;
}

export interface WorkersOptions {
  readonly count: number;
  /** The address in messages. */
  readonly host: string;
  readonly port: number;
  /** How long they may take to end, in milliseconds. A little later they are killed. */
  readonly graceMs: number;
  /** How long a worker may take to listen, in milliseconds. Then it is killed. */
  readonly startMs: number;
  readonly fork: () => WorkerProcess;
  /** Called at the start of each restart: new workers read all files again. */
  readonly onRestart?: () => void;
  readonly log: Log;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

/** How long to wait before a worker that ended by itself is replaced, in milliseconds. Doubled each time, up to the maximum. */
const BACKOFF_MS = { first: 1_000, max: 30_000 };

/** If a worker ran for this long, in milliseconds, the wait for its replacement starts again from the first value. */
const LONG_LIFE_MS = 60_000;

/** How long a worker may take after the grace period, in milliseconds, for its last responses and the end of the process. */
const TO_END_MS = 5_000;

/** How often a worker is forked again because a signal ended it before it listened. */
const MAX_REPLACEMENTS = 5;

/** Log messages about workers that are killed because they are silent. */
const SILENT: Readonly<Record<Silence, string>> = {
  START:
    'a worker did not listen in time and is killed: something that it reads at startup may hang, such as a file on a mount that is gone, or the machine is too slow',
  RESPONSE:
    'a worker no longer responds and is killed: its process is stopped, or its event loop is blocked',
};

type Phase = 'STARTING' | 'RUNNING' | 'STOPPING';

/** Keeps this many workers running. */
export function createWorkers({
  count,
  host,
  port,
  graceMs,
  startMs,
  fork,
  onRestart = () => undefined,
  log,
  now = () => performance.now(),
}: WorkersOptions): Workers {
  let phase: Phase = 'STARTING';
  const isIn = (asked: Phase) => phase === asked;
  /** Workers that have not been asked to end. */
  const staying = new Set<WorkerProcess>();
  /** Workers that have been asked to end. */
  const leaving = new Set<WorkerProcess>();
  const listening = new WeakSet<WorkerProcess>();
  /** The new worker that a restart waits for. */
  let successor: WorkerProcess | null = null;

  const heartbeat = createHeartbeat({
    startMs,
    now,
    onSilent: (worker, silence) => {
      log.error(
        {
          worker: worker.id,
          pid: worker.pid,
          silentMs: silence === 'START' ? startMs : MAX_SILENCE_MS,
        },
        SILENT[silence],
      );
      worker.kill();
    },
  });

  /** How long to wait before a worker that ended is replaced, in milliseconds. If no worker listens, there is no wait. */
  const waitAfter = (worker: WorkerProcess, failures: number): number => {
    const backoff = Math.min(BACKOFF_MS.first * 2 ** failures, BACKOFF_MS.max);
    // The successor in a restart does not count: it may fail to start.
    if ([...staying].some((other) => listening.has(other) || other !== successor)) return backoff;
    return listening.has(worker) ? 0 : Math.min(backoff, BACKOFF_MS.first);
  };

  /** @param failures how many workers before it ended by themselves, one after the other */
  const launch = (failures = 0): WorkerProcess => {
    const worker = withCertainEnd(fork());
    const begun = now();
    staying.add(worker);
    heartbeat.watch(worker);
    log.debug({ worker: worker.id, pid: worker.pid }, 'worker forked');
    void worker.started.then((report) => {
      if (report?.kind === 'LISTENING') listening.add(worker);
      if (report?.kind === 'CANNOT_LISTEN' && isIn('RUNNING'))
        logCannotListen(log.error, { host, port }, report.error, { worker: worker.id });
    });
    void worker.ended.then((end) => {
      leaving.delete(worker);
      if (!staying.delete(worker) || !isIn('RUNNING')) return;
      const before = now() - begun >= LONG_LIFE_MS ? 0 : failures;
      const waitMs = waitAfter(worker, before);
      log.error({ worker: worker.id, ...end, waitMs }, 'a worker ended unexpectedly');
      setTimeout(() => {
        // During a restart there may already be a successor.
        if (isIn('RUNNING') && staying.size < count) launch(before + 1);
      }, waitMs);
    });
    return worker;
  };

  const end = async (worker: WorkerProcess, order: WorkerOrder): Promise<WorkerEnd> => {
    staying.delete(worker);
    leaving.add(worker);
    worker.tell(order);
    const isUp = listening.has(worker);
    // A worker that does not listen yet has nothing to finish.
    let timer = setTimeout(worker.kill, (isUp ? graceMs : 0) + TO_END_MS);
    // It does not receive the order either, and gets it again when it listens.
    if (!isUp) {
      void worker.started.then((report) => {
        if (report === null) return;
        worker.tell(order);
        clearTimeout(timer);
        timer = setTimeout(worker.kill, graceMs + TO_END_MS);
      });
    }
    const ended = await worker.ended;
    clearTimeout(timer);
    return ended;
  };

  const stop = async () => {
    phase = 'STOPPING';
    const ends = await Promise.all(
      [...staying, ...leaving].map(async (worker) => {
        const { code } = await end(worker, 'STOP');
        return code === 0 || !listening.has(worker);
      }),
    );
    return ends.every((clean) => clean);
  };

  const replaceAll = async () => {
    log.info({}, 'restarting the workers, one after the other');
    onRestart();
    for (const worker of [...staying]) {
      if (!isIn('RUNNING')) return;
      // A worker that ended by itself has its own successor.
      if (!staying.has(worker)) continue;
      const next = launch();
      successor = next;
      const report = await next.started;
      successor = null;
      if (!isIn('RUNNING')) return;
      if (report?.kind !== 'LISTENING') {
        log.error(
          { worker: next.id },
          'the restart was abandoned: a new worker did not start; the old ones keep running',
        );
        return;
      }
      if (!staying.has(worker)) continue;
      const { code, signal } = await end(worker, 'RETIRE');
      if (code !== 0)
        log.error(
          { worker: worker.id, code, signal },
          'a worker ended after the grace period: requests that were still running were cut off; the outcome of a write among them is unknown',
        );
    }
    if (isIn('RUNNING')) log.info({}, 'restarted');
  };
  /** Restarts that have not ended. Two are enough: the second starts after every call for one. */
  let restarts = 0;
  const restart = async () => {
    if (restarts === 2) return;
    restarts += 1;
    if (restarts === 2) return;
    for (; restarts > 0 && isIn('RUNNING'); restarts -= 1) await replaceAll();
  };

  /** Whether a restart was asked for before all workers listened. */
  let isRestartDue = false;

  /**
   * Waits for the report of a new worker. A signal to the whole group ends a worker that does not ignore it yet. Another
   * one replaces it, which is what the signal asked for.
   */
  const reportOf = async (
    worker: WorkerProcess,
    replacements = MAX_REPLACEMENTS,
  ): Promise<WorkerReport | null> => {
    const report = await worker.started;
    if (
      report !== null ||
      replacements === 0 ||
      !isIn('STARTING') ||
      (await worker.ended).signal !== 'SIGHUP'
    )
      return report;
    return reportOf(launch(), replacements - 1);
  };

  return {
    start: async () => {
      const workers = Array.from({ length: count }, () => launch());
      const reports = await Promise.all(workers.map((worker) => reportOf(worker)));
      if (!isIn('STARTING')) return 'STOPPED';
      const [start] = reports;
      if (
        start?.kind === 'LISTENING' &&
        reports.every((report) => report?.kind === 'LISTENING') &&
        staying.size === count
      ) {
        phase = 'RUNNING';
        // After the caller has seen the start.
        if (isRestartDue)
          setImmediate(() => {
            void restart();
          });
        return start;
      }
      const refused = reports.find((report) => report?.kind === 'CANNOT_LISTEN');
      if (refused?.kind === 'CANNOT_LISTEN')
        logCannotListen(log.fatal, { host, port }, refused.error);
      else log.fatal({}, 'a worker ended during startup');
      await stop();
      return 'FAILED';
    },
    restart: () => {
      if (isIn('STARTING')) isRestartDue = true;
      else if (isIn('RUNNING')) void restart();
    },
    stop,
  };
}
