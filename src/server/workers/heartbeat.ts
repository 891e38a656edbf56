import { performance } from 'node:perf_hooks';
import type { WorkerProcess } from './worker-process.ts';

/** Checks that workers start, and that their event loops keep running. */
export interface Heartbeat {
  /** Watches a worker from its fork to its end. */
  readonly watch: (worker: WorkerProcess) => void;
}

/** What a silent worker failed to do: listen, or respond. */
export type Silence = 'START' | 'RESPONSE';

export interface HeartbeatOptions {
  /** How long a worker may take to listen, in milliseconds. */
  readonly startMs: number;
  /** Called once for a worker that is silent for too long. */
  readonly onSilent: (worker: WorkerProcess, silence: Silence) => void;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

/** How often workers are checked, in milliseconds. */
const BEAT_MS = 1_000;

/** How long a worker that listens may be silent, in milliseconds. */
export const MAX_SILENCE_MS = 30_000;

/** If a beat is later than this, in milliseconds, this process itself did not run: the machine was suspended or overloaded, or the whole group was stopped. */
const LATE_MS = 2_500;

/** What is known of one worker. */
interface Pulse {
  silence: Silence;
  /** Whether a sign of life is due. */
  isDue: boolean;
  /** For how many beats it has been due. */
  beats: number;
}

/**
 * Counts time in beats of this process, and only if they are on time: what stops this process stops the workers too.
 */
export function createHeartbeat({
  startMs,
  onSilent,
  now = () => performance.now(),
}: HeartbeatOptions): Heartbeat {
  const pulses = new Map<WorkerProcess, Pulse>();
  let timer: NodeJS.Timeout | null = null;
  let last = now();

  const ask = (worker: WorkerProcess, pulse: Pulse) => {
    pulse.isDue = true;
    void worker.ping().then(() => {
      pulse.isDue = false;
      pulse.beats = 0;
    });
  };

  const beat = () => {
    const isLate = now() - last > BEAT_MS + LATE_MS;
    last = now();
    for (const [worker, pulse] of pulses) {
      if (!pulse.isDue) ask(worker, pulse);
      else if (isLate) pulse.beats = 0;
      else {
        pulse.beats += 1;
        if (pulse.beats * BEAT_MS < (pulse.silence === 'START' ? startMs : MAX_SILENCE_MS))
          continue;
        pulses.delete(worker);
        onSilent(worker, pulse.silence);
      }
    }
    timer = pulses.size === 0 ? null : setTimeout(beat, BEAT_MS).unref();
  };

  return {
    watch: (worker) => {
      const pulse: Pulse = { silence: 'START', isDue: true, beats: 0 };
      pulses.set(worker, pulse);
      void worker.started.then(() => {
        pulse.silence = 'RESPONSE';
        pulse.isDue = false;
        pulse.beats = 0;
      });
      void worker.ended.then(() => {
        pulses.delete(worker);
      });
      if (timer !== null) return;
      last = now();
      timer = setTimeout(beat, BEAT_MS).unref();
    },
  };
}
