import { performance } from 'node:perf_hooks';

/** A `Date` header has whole seconds and comes late: less than this is no skew, in milliseconds. */
const TOLERATED_MS = 60_000;

/** Answers of several servers behind one name need not agree: that the clock is wrong is told once in this time, in milliseconds. */
const STEADY_MS = 60_000;

/** Tells once when this machine's clock goes wrong, and once when it is right again. */
export class ClockSkew {
  readonly #report: (skewMs: number) => void;
  #skewed = false;
  #steadyUntil = 0;

  /** @param report is given how far this machine's clock is ahead of the upstream's, in milliseconds; 0 when it is right again */
  constructor(report: (skewMs: number) => void) {
    this.#report = report;
  }

  /** Looks at the `Date` header of an answer that has just come (RFC 9110 section 6.6.1). */
  look(date: string | null, now: number = Date.now(), running: number = performance.now()): void {
    const skewMs = now - Date.parse(date ?? '');
    if (Number.isNaN(skewMs)) return;
    const skewed = Math.abs(skewMs) > TOLERATED_MS;
    if (skewed === this.#skewed || (skewed && running < this.#steadyUntil)) return;
    this.#skewed = skewed;
    if (skewed) this.#steadyUntil = running + STEADY_MS;
    this.#report(skewed ? skewMs : 0);
  }
}
