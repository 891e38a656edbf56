import { performance } from 'node:perf_hooks';
import { logCannotListen } from './announcements.ts';
import type { Start } from './announcements.ts';
import { withCertainEnd } from './certain-end.ts';
import { createHeartbeat, MAX_SILENCE_MS } from './heartbeat.ts';
import type { Silence } from './heartbeat.ts';
import type { Log } from './log.ts';
import type { WorkerOrder, WorkerReport } from './worker-messages.ts';
import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

/** The workers of a gateway, which this process, the primary, looks after. */
export interface Workers {
  /**
   * Forks them.
   * @returns what they told, when all of them listen; `FAILED` where one does not: all have ended then, and why is logged;
   * `STOPPED` where they are being stopped already
   */
  readonly start: () => Promise<Start | 'FAILED' | 'STOPPED'>;
  /**
   * Replaces them one after the other: each ends only when its successor listens. Asked for before all of them listen, it
   * begins when they do; asked for several times meanwhile, it happens once.
   */
  readonly restart: () => void;
  /** Stops them, all at the same time. @returns false where one has cut requests off, or was killed */
  readonly stop: () => Promise<boolean>;
}

export interface WorkersOptions {
  readonly count: number;
  /** Where they listen, for messages. */
  readonly host: string;
  readonly port: number;
  /** How long they may take to end, in milliseconds; beyond that, and a little more, they are killed. */
  readonly graceMs: number;
  /** How long one of them may take to listen, in milliseconds; beyond that it is killed. */
  readonly startMs: number;
  readonly fork: () => WorkerProcess;
  /** Called at the begin of each restart: the workers from then on have what files hold then. */
  readonly onRestart?: () => void;
  readonly log: Log;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

/** How long after a worker has ended by itself the next one is forked, in milliseconds; doubled each time, up to the most. */
const BACKOFF_MS = { first: 1_000, most: 30_000 };

/** A worker that has lived so long, in milliseconds, was well: the next one need not wait longer than the first time. */
const LONG_LIFE_MS = 60_000;

/** What a worker may take beyond the grace period, in milliseconds: last words, and the end of the process. */
const TO_END_MS = 5_000;

/** How often one worker is forked anew because a signal has ended it before it listened. */
const MAX_REPLACEMENTS = 5;

/** What is told of a worker that is killed because it is silent. */
const SILENT: Readonly<Record<Silence, string>> = {
  START:
    'a worker does not listen in time, and is killed: something that it reads at its start, such as a file on a mount that is gone, may hang, or the machine is too slow',
  RESPONSE:
    'a worker does not respond any more, and is killed: its process is stopped, or its event loop is blocked',
};

type Phase = 'STARTING' | 'RUNNING' | 'STOPPING';

/** Looks after as many workers as are asked for; how they are forked is left to `fork`. */
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
  /** Those that are to stay. */
  const staying = new Set<WorkerProcess>();
  /** Those that have been told to end. */
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

  /** How long to wait before a worker that has ended is replaced, in milliseconds. If nobody listens, the next worker does not wait. */
  const waitAfter = (worker: WorkerProcess, failures: number): number => {
    const backoff = Math.min(BACKOFF_MS.first * 2 ** failures, BACKOFF_MS.most);
    // The new worker of a restart does not count: it may not start.
    if ([...staying].some((other) => listening.has(other) || other !== successor)) return backoff;
    return listening.has(worker) ? 0 : Math.min(backoff, BACKOFF_MS.first);
  };

  /** @param failures how many before it have ended by themselves, one after the other */
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
      log.error({ worker: worker.id, ...end, waitMs }, 'a worker has ended by itself');
      setTimeout(() => {
        // During a restart its successor may be there already.
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
    // One that is not up yet has nothing to finish.
    let timer = setTimeout(worker.kill, (isUp ? graceMs : 0) + TO_END_MS);
    // It does not hear the order either, and is told again when it is up.
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
      // One that has ended by itself has its own successor.
      if (!staying.has(worker)) continue;
      const next = launch();
      successor = next;
      const report = await next.started;
      successor = null;
      if (!isIn('RUNNING')) return;
      if (report?.kind !== 'LISTENING') {
        log.error(
          { worker: next.id },
          'the restart is given up: a new worker does not start; the old ones go on',
        );
        return;
      }
      if (!staying.has(worker)) continue;
      const { code, signal } = await end(worker, 'RETIRE');
      if (code !== 0)
        log.error(
          { worker: worker.id, code, signal },
          'a worker has ended after the grace period: requests that were still running have been cut off; the outcome of a write among them is unknown',
        );
    }
    if (isIn('RUNNING')) log.info({}, 'restarted');
  };
  /** Restarts that were asked for and have not ended; more than two are as good as two: the last begins after all were asked for. */
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
   * Waits until a new worker has told what it has to. A signal to the whole group ends one that is too young to ignore it:
   * the next one takes its place, which is what a restart was asked for.
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
        // Not before the caller has heard of the start.
        if (isRestartDue)
          setImmediate(() => {
            void restart();
          });
        return start;
      }
      const refused = reports.find((report) => report?.kind === 'CANNOT_LISTEN');
      if (refused?.kind === 'CANNOT_LISTEN')
        logCannotListen(log.fatal, { host, port }, refused.error);
      else log.fatal({}, 'a worker has ended at the start');
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
