import { performance } from 'node:perf_hooks';
import { ExportResultCode } from '@opentelemetry/core';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { endsWithin } from '../../transport/waiting/ends-within.ts';
import type { Log } from '../log/log.ts';
import type { SpanSender } from './span-sender.ts';

/** Maximum number of spans that wait to be exported, those under way included. The processor of the SDK would hold as many, apart from those under way. */
export const MAX_WAITING = 2048;

/** Minimum time between two warnings, in milliseconds. */
const WARNING_MS = 60_000;

/** Additional time for an export after its own timeout, in milliseconds: then the SDK no longer waits for it. */
const SLACK_MS = 5_000;

export interface BoundedExportOptions {
  readonly sender: SpanSender;
  readonly timeoutMs: number;
  readonly log: Pick<Log, 'warn'>;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Exports spans in batches, as the SDK does, but never holds more than a fixed number of them, and warns of those that are
 * lost: at most once a minute, with their number and why the last ones were.
 */
export class BoundedExport implements SpanProcessor {
  readonly #inner: BatchSpanProcessor;
  readonly #sender: SpanSender;
  readonly #log: Pick<Log, 'warn'>;
  readonly #now: () => number;
  #waiting = 0;
  #lost = 0;
  #reason = '';
  #quietUntil = -Infinity;

  constructor({ sender, timeoutMs, log, now = () => performance.now() }: BoundedExportOptions) {
    this.#sender = sender;
    this.#log = log;
    this.#now = now;
    this.#inner = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) => {
          const sent = sender.send(spans).catch(() => 'FAILED');
          void sent.then((failure) => {
            this.#waiting -= spans.length;
            if (failure !== null) this.#lose(spans.length, failure);
            // Reported above; the SDK would report it once more, in its own words.
            done({ code: ExportResultCode.SUCCESS });
          });
        },
        shutdown: () => sender.close(),
      },
      maxQueueSize: MAX_WAITING,
      exportTimeoutMillis: timeoutMs + SLACK_MS,
    });
  }

  onStart(): void {
    // Only spans that have ended are exported.
  }

  onEnd(span: ReadableSpan): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#lose(1, 'QUEUE_FULL');
      return;
    }
    this.#waiting += 1;
    this.#inner.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#inner.forceFlush();
  }

  async shutdown(): Promise<void> {
    await this.#inner.shutdown().catch(() => undefined);
  }

  /** Exports what waits, and ends. Resolves after this time at the latest, in milliseconds. */
  async close(ms: number): Promise<void> {
    if (await endsWithin(ms, this.shutdown())) {
      this.#warn();
      return;
    }
    this.#lost += this.#waiting;
    this.#reason = 'SHUT_DOWN';
    this.#warn();
    // What is given up now has just been reported.
    this.#quietUntil = Infinity;
    await this.#sender.close();
  }

  #lose(count: number, reason: string): void {
    this.#lost += count;
    this.#reason = reason;
    if (this.#now() < this.#quietUntil) return;
    this.#quietUntil = this.#now() + WARNING_MS;
    this.#warn();
  }

  #warn(): void {
    if (this.#lost === 0) return;
    this.#log.warn(
      { spans: this.#lost, reason: this.#reason },
      'spans were lost: they could not be exported',
    );
    this.#lost = 0;
  }
}
