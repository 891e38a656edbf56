/** How the figures of several processes become one. */
export type Merge = 'sum' | 'max' | 'min';

/** What a metric is, as Prometheus has to know it. */
export interface MetricOptions {
  readonly name: string;
  /** One sentence for those who read the figures. */
  readonly help: string;
  /** Names of its labels, at most two. */
  readonly labels?: readonly [] | readonly [string] | readonly [string, string];
}

/** A metric with all its series, as Prometheus has to know it. */
export interface Family extends Required<MetricOptions> {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly merge: Merge;
}

/** The figures of one process: for each metric, the value of each series. A series is what follows the metric's name, e.g. `{code="429"}`. */
export type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A number that only grows. */
export class Counter {
  value = 0;

  add(by = 1): void {
    this.value += by;
  }
}

/** A number that changes. */
export class Gauge {
  value = 0;

  set(value: number): void {
    this.value = value;
  }
}

/** Counts values by size. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** How many values are in each bucket; the last one has those above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** Its series, cumulative as Prometheus expects them. */
  series(labels: string): [series: string, value: number][] {
    let total = 0;
    const buckets = [...this.#counts].map((count, bucket): [string, number] => {
      total += count;
      const bound = `le="${this.#bounds[bucket] ?? '+Inf'}"`;
      return [`_bucket{${labels === '' ? '' : `${labels},`}${bound}}`, total];
    });
    return [...buckets, [`_sum${braced(labels)}`, this.#sum], [`_count${braced(labels)}`, total]];
  }
}

/** Maximum number of series of a metric. Labels are bounded where they are set; this limits what a mistake there can cost. */
const MAX_SERIES = 2_000;

/** The value of all labels of the series that counts what is beyond the limit. */
const OVERFLOW = 'other';

/**
 * A metric with a series for each combination of label values. The maps are nested, because joining the values into one
 * key would take longer than counting.
 */
export class Labelled<Kind> {
  readonly #make: () => Kind;
  readonly #series = new Map<string, Map<string, Kind>>();
  #size = 0;

  constructor(make: () => Kind) {
    this.#make = make;
  }

  /** The series with these label values, in the order of the labels. */
  of(first = '', second = ''): Kind {
    return this.#series.get(first)?.get(second) ?? this.#add(first, second);
  }

  #add(first: string, second: string): Kind {
    if (this.#size >= MAX_SERIES && !(first === OVERFLOW && second === OVERFLOW))
      return this.of(OVERFLOW, OVERFLOW);
    const made = this.#make();
    const known = this.#series.get(first) ?? new Map<string, Kind>();
    this.#series.set(first, known.set(second, made));
    this.#size += 1;
    return made;
  }

  /** Every series with its labels as text. */
  all(labels: readonly string[]): [labels: string, series: Kind][] {
    return [...this.#series].flatMap(([first, others]) =>
      [...others].map(([second, series]): [string, Kind] => [
        labels.map((name, index) => `${name}="${escaped(index === 0 ? first : second)}"`).join(','),
        series,
      ]),
    );
  }
}

/** The metrics of one process. Counting is a lookup and an addition; texts are made when somebody asks. */
export class Registry {
  readonly #families: Family[] = [];
  readonly #readers: (() => Figures[string])[] = [];
  readonly #collectors: (() => void)[] = [];

  get families(): readonly Family[] {
    return this.#families;
  }

  counter(options: MetricOptions): Labelled<Counter> {
    const series = new Labelled(() => new Counter());
    return this.#add(options, 'counter', 'sum', series, ({ value }) => value);
  }

  /** @param merge how the values of several processes become one */
  gauge(options: MetricOptions, merge: Merge = 'sum'): Labelled<Gauge> {
    const series = new Labelled(() => new Gauge());
    return this.#add(options, 'gauge', merge, series, ({ value }) => value);
  }

  /** @param bounds upper bounds of the buckets, the smallest first */
  histogram(options: MetricOptions, bounds: readonly number[]): Labelled<Histogram> {
    const series = new Labelled(() => new Histogram(bounds));
    return this.#add(options, 'histogram', 'sum', series, null);
  }

  /** Calls this before the figures are read, for values that are not kept up to date. */
  onCollect(collector: () => void): void {
    this.#collectors.push(collector);
  }

  /** The figures of now. */
  collect(): Figures {
    for (const collector of this.#collectors) collector();
    return Object.fromEntries(
      this.#families.map(({ name }, index) => [name, this.#readers[index]?.() ?? {}]),
    );
  }

  /** @param valueOf the value of a series; null for a histogram, which has several */
  #add<Kind extends Counter | Gauge | Histogram>(
    { name, help, labels = [] }: MetricOptions,
    type: Family['type'],
    merge: Merge,
    series: Labelled<Kind>,
    valueOf: ((series: Kind) => number) | null,
  ): Labelled<Kind> {
    if (this.#families.some((family) => family.name === name))
      throw new Error(`the metric ${name} is declared twice`);
    this.#families.push({ name, help, labels, type, merge });
    this.#readers.push(() =>
      Object.fromEntries(
        series
          .all(labels)
          .flatMap(([text, one]): [string, number][] =>
            one instanceof Histogram ? one.series(text) : [[braced(text), valueOf?.(one) ?? 0]],
          ),
      ),
    );
    return series;
  }
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
