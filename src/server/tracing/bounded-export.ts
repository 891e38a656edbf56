import { performance } from 'node:perf_hooks';
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { systemErrorCode } from '../../domain/system-error.ts';
import { endsWithin } from '../within.ts';
import type { Log } from '../log/log.ts';

/** Maximum number of spans that wait to be exported, those under way included. The processor of the SDK would hold as many, apart from those under way. */
export const MAX_WAITING = 2048;

/** Minimum time between two warnings, in milliseconds. */
const WARNING_MS = 60_000;

/** Additional time for an export after its own timeout, in milliseconds: then the SDK no longer waits for it. */
const SLACK_MS = 5_000;

export interface BoundedExportOptions {
  readonly exporter: SpanExporter;
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
  readonly #log: Pick<Log, 'warn'>;
  readonly #now: () => number;
  #waiting = 0;
  #lost = 0;
  #reason = '';
  #quietUntil = -Infinity;

  constructor({ exporter, timeoutMs, log, now = () => performance.now() }: BoundedExportOptions) {
    this.#log = log;
    this.#now = now;
    this.#inner = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) => {
          exporter.export(spans, (result) => {
            this.#exported(spans.length, result);
            done(result);
          });
        },
        shutdown: () => exporter.shutdown(),
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
    if (!(await endsWithin(ms, this.shutdown())) && this.#waiting > 0) {
      this.#lost += this.#waiting;
      this.#reason = 'SHUT_DOWN';
    }
    this.#warn();
  }

  #exported(count: number, { code, error }: ExportResult): void {
    this.#waiting -= count;
    if (code !== ExportResultCode.SUCCESS) this.#lose(count, reasonOf(error));
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

/** Why an export failed, in a word. Messages are not shown: they may repeat what was sent, or what the receiver says. */
function reasonOf(error: Error | undefined): string {
  if (error === undefined) return 'FAILED';
  const code = systemErrorCode(error);
  if (code !== null) return code;
  if ('code' in error && typeof error.code === 'number') return `STATUS_${error.code}`;
  // As the SDK words it, when the receiver asked to try again later, again and again.
  if (error.message.includes('retryable status')) return 'RECEIVER_UNAVAILABLE';
  return error.message.includes('timed out') ? 'TIMEOUT' : 'FAILED';
}
