import type { Verdict } from './breaker.ts';
import { Latency } from './latency.ts';
import { Refusal } from './refusal.ts';

/** A timed-out attempt counts as this part of its time. If it counted as all of it, calls with their whole deadline left would be refused because others timed out. */
const TIMED_OUT_PART = 0.9;

/** Refuses calls with less time left than the upstream usually takes: a write sent that late would only get an unknown outcome. */
export class TimeLeft {
  readonly #latency = new Latency();

  /**
   * @param start when the call would be sent, on the clock of `performance.now()`
   * @param others other calls under way. Without any, the call is sent: otherwise the gateway would never learn that the upstream is faster now
   */
  refusal(deadline: number, start: number, others: number): Refusal | null {
    return others > 0 && this.#latency.isOver(deadline - start, start)
      ? new Refusal('TOO_LATE')
      : null;
  }

  /** Learns from an attempt. @returns false if it says nothing of the upstream, because waiting had used up its time */
  learn(verdict: Verdict, tookMs: number, now: number): boolean {
    if (verdict.kind === 'RESPONDED') this.#latency.add(tookMs, now);
    if (verdict.kind !== 'FAILED' || verdict.reason !== 'TIMEOUT') return true;
    if (this.#latency.isOver(tookMs, now)) return false;
    this.#latency.add(tookMs * TIMED_OUT_PART, now);
    return true;
  }
}
