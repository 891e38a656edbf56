/** Buckets for each doubling of the latency, from 1 ms on: a bucket's bounds are 9% apart. */
const BUCKETS_PER_DOUBLING = 8;

/** Up to 131 s, longer than any deadline. */
const BUCKETS = 17 * BUCKETS_PER_DOUBLING + 1;

/** The longest latency in each bucket, in milliseconds. */
const UPPER_MS = Float64Array.from(
  { length: BUCKETS },
  (_, bucket) => 2 ** (bucket / BUCKETS_PER_DOUBLING),
);

/** Samples count for 30 s, and are dropped in slices of 5 s. */
const SLICE_MS = 5_000;
const SLICES = 6;

/** Samples by latency: how many are in each bucket, and the sum of them in milliseconds. */
class Histogram {
  readonly counts = new Uint32Array(BUCKETS);
  readonly sums = new Float64Array(BUCKETS);

  add(bucket: number, count: number, sum: number): void {
    this.counts[bucket] = (this.counts[bucket] ?? 0) + count;
    this.sums[bucket] = (this.sums[bucket] ?? 0) + sum;
  }

  clear(): void {
    this.counts.fill(0);
    this.sums.fill(0);
  }
}

/**
 * How long attempts took in the last 30 s. Memory does not depend on their number, and nothing is sorted: the median is
 * the mean of its bucket.
 */
export class Latency {
  readonly #all = new Histogram();
  readonly #slices = Array.from({ length: SLICES }, () => new Histogram());
  #newest = new Histogram();
  /** The number of the newest slice, counted from the start of the clock. */
  #slice = -1;
  #total = 0;
  /** No bucket above it has samples. */
  #highest = 0;

  /**
   * @param ms how long an attempt took
   * @param now the time on the clock of `performance.now()`
   */
  add(ms: number, now: number): void {
    this.#turn(now);
    const bucket = Math.min(
      BUCKETS - 1,
      Math.max(0, Math.ceil(Math.log2(ms) * BUCKETS_PER_DOUBLING)),
    );
    this.#all.add(bucket, 1, ms);
    this.#newest.add(bucket, 1, ms);
    this.#total += 1;
    this.#highest = Math.max(this.#highest, bucket);
  }

  /** Whether the median is longer than this, in milliseconds. False if nothing is known. */
  isOver(ms: number, now: number): boolean {
    this.#turn(now);
    const { counts, sums } = this.#all;
    let longer = 0;
    for (let bucket = this.#highest; bucket >= 0; bucket -= 1) {
      // Nearly every call has more time than all samples took, and ends here.
      if ((UPPER_MS[bucket] ?? 0) <= ms) return false;
      const count = counts[bucket] ?? 0;
      longer += count;
      if (longer * 2 > this.#total) return (sums[bucket] ?? 0) / count > ms;
    }
    return false;
  }

  /** Drops what is too old. */
  #turn(now: number): void {
    const current = Math.floor(now / SLICE_MS);
    if (current === this.#slice) return;
    const passed = Math.min(SLICES, current - this.#slice);
    this.#slice = current;
    for (let index = 0; index < passed; index += 1)
      this.#slices[(current - index) % SLICES]?.clear();
    this.#newest = this.#slices[current % SLICES] ?? this.#newest;
    const { counts } = this.#all;
    this.#all.clear();
    for (const slice of this.#slices) {
      for (let bucket = 0; bucket < BUCKETS; bucket += 1)
        this.#all.add(bucket, slice.counts[bucket] ?? 0, slice.sums[bucket] ?? 0);
    }
    this.#total = counts.reduce((sum, count) => sum + count, 0);
    this.#highest = Math.max(
      0,
      counts.findLastIndex((count) => count > 0),
    );
  }
}
