/** The requests that an event is about, for the log. */
export interface RequestIds {
  /** The first of them. */
  readonly first: readonly string[];
  /** How many there are; counted up to 1,000. */
  readonly count: number;
}

/** Requests that a log line names. */
const MAX_NAMED = 10;
/** Requests that are counted for it. */
const MAX_COUNTED = 1_000;

/** Collects the requests that the next event is about, each once. */
export class RequestCollector {
  readonly #ids = new Set<string>();

  add(id: string): void {
    if (this.#ids.size < MAX_COUNTED) this.#ids.add(id);
  }

  /** Returns `own` and those collected since the last event, and starts anew. */
  take(...own: readonly string[]): RequestIds {
    const all = new Set([...own, ...this.#ids]);
    this.#ids.clear();
    return { first: [...all].slice(0, MAX_NAMED), count: all.size };
  }
}
