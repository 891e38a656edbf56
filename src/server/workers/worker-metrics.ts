import { lasting, merged, textOf } from '../metrics/exposition.ts';
import { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import { addProcessMetrics } from '../metrics/process-metrics.ts';
import type { Figures, Registry } from '../metrics/registry.ts';
import type { Channel, FromWorker, MetricsReply, MetricsRequest, ToWorker } from './messages.ts';

/** A worker, as far as its metrics go. */
export interface MeasuredWorker extends Channel<FromWorker, MetricsRequest> {
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/** The metrics of all workers, in the primary. */
export interface WorkerMetrics {
  /** Counts a worker from its fork on. Its counters stay counted after its end. */
  readonly add: (worker: MeasuredWorker) => void;
  /** The metrics of all of them and of this process as text. A worker that does not reply in time has those of its last reply. */
  readonly read: () => Promise<string>;
  /** Those of this process. */
  readonly own: GatewayMetrics;
  readonly end: () => void;
}

/** How long a worker may take to reply, in milliseconds. Less than Prometheus waits. */
const REPLY_MS = 2_000;

/** How often workers are asked besides, in milliseconds: one that is killed takes what it counted since with it. */
const ASK_MS = 5_000;

/** How long after the end of a worker its last figures may arrive, in milliseconds. */
const LATE_MS = 1_000;

/** What is known of one worker. */
interface Known {
  figures: Figures;
  readonly ask: () => Promise<void>;
}

/** Sums the metrics of the workers. */
export function createWorkerMetrics(): WorkerMetrics {
  // The same metrics as in a worker. This process serves nothing, but it watches; most have no figures.
  const own = new GatewayMetrics();
  const { registry } = own;
  addProcessMetrics(registry, false);
  const { families } = registry;
  const workers = new Set<Known>();
  /** What ended workers have counted. */
  let past: Figures = {};

  const askAll = () => Promise.all([...workers].map(({ ask }) => ask()));
  const timer = setInterval(() => {
    void askAll();
  }, ASK_MS).unref();

  return {
    own,
    add: ({ send, onMessage, ended }) => {
      /** Those who wait for a reply. All of them get the next one. */
      const waiting = new Set<() => void>();
      const release = () => {
        for (const resolve of waiting) resolve();
      };
      let hasEnded = false;
      const known: Known = {
        figures: {},
        ask: () =>
          hasEnded
            ? Promise.resolve()
            : new Promise((resolve) => {
                const settle = () => {
                  clearTimeout(late);
                  waiting.delete(settle);
                  resolve();
                };
                const late = setTimeout(settle, REPLY_MS);
                waiting.add(settle);
                // One question is enough for all of them.
                if (waiting.size === 1) send({ kind: 'METRICS_ASK' });
              }),
      };
      workers.add(known);
      onMessage((message) => {
        if (message.kind !== 'METRICS') return;
        known.figures = hasEnded ? lasting(families, message.figures) : message.figures;
        release();
      });
      void ended.then(() => {
        hasEnded = true;
        known.figures = lasting(families, known.figures);
        release();
        setTimeout(() => {
          workers.delete(known);
          past = merged(families, [past, known.figures]);
        }, LATE_MS).unref();
      });
    },
    read: async () => {
      await askAll();
      const all = [registry.collect(), past, ...[...workers].map(({ figures }) => figures)];
      return textOf(families, merged(families, all));
    },
    end: () => {
      clearInterval(timer);
    },
  };
}

/** Reports the metrics of a worker to the primary, whenever it asks. @returns reports them a last time; resolves when they are sent */
export function reportMetrics(
  registry: Registry | null,
  {
    send,
    onMessage,
  }: Pick<Channel<ToWorker, never>, 'onMessage'> & {
    readonly send: (reply: MetricsReply, done: () => void) => void;
  },
): () => Promise<void> {
  if (registry === null) return () => Promise.resolve();
  const report = () =>
    new Promise<void>((resolve) => {
      send({ kind: 'METRICS', figures: registry.collect() }, resolve);
    });
  onMessage((message) => {
    if (typeof message !== 'string' && message.kind === 'METRICS_ASK') void report();
  });
  return report;
}
