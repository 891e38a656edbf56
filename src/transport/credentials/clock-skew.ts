import { performance } from 'node:perf_hooks';

/** Largest difference that is not reported, in milliseconds: a `Date` header has whole seconds and arrives late. */
const TOLERATED_MS = 60_000;

/** Shortest time between two reports of skew, in milliseconds: several servers behind one name need not agree. */
const STEADY_MS = 60_000;

/** Reports once when this machine's clock goes wrong, and once when it is right again. */
export class ClockSkew {
  readonly #report: (skewMs: number) => void;
  #skewed = false;
  #steadyUntil = 0;

  /** @param report gets how far this machine's clock is ahead of the upstream's, in milliseconds; 0 when it is right again */
  constructor(report: (skewMs: number) => void) {
    this.#report = report;
  }

  /** Checks the `Date` header of a response that has just arrived (RFC 9110 section 6.6.1). */
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
