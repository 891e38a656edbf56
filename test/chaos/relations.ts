import type { Application, Call, History, UpstreamRequest } from './history.ts';

/** A history, with what belongs together found quickly. */
export class Relations {
  readonly history: History;
  readonly #requests = new Map<string, UpstreamRequest[]>();
  readonly #applications = new Map<string, Application[]>();
  readonly #byKey = new Map<string, Application[]>();
  readonly #calls = new Map<string, Call>();

  constructor(history: History) {
    this.history = history;
    for (const request of history.requests)
      if (request.trace !== null) append(this.#requests, request.trace, request);
    for (const application of history.applications) {
      if (application.trace !== null) append(this.#applications, application.trace, application);
      append(this.#byKey, application.key, application);
    }
    for (const call of history.calls) this.#calls.set(call.trace, call);
  }

  call(trace: string | null): Call | undefined {
    return trace === null ? undefined : this.#calls.get(trace);
  }

  /** Requests of a call, in order. */
  requestsOf(trace: string): readonly UpstreamRequest[] {
    return this.#requests.get(trace) ?? [];
  }

  writesOf(trace: string): readonly UpstreamRequest[] {
    return this.requestsOf(trace).filter(({ isWrite }) => isWrite);
  }

  applicationsOf(trace: string): readonly Application[] {
    return this.#applications.get(trace) ?? [];
  }

  /** Changes of an object, in order. */
  changesOf(key: string): readonly Application[] {
    return this.#byKey.get(key) ?? [];
  }

  requestOf({ request }: Application): UpstreamRequest {
    const found = this.history.requests[request];
    if (found === undefined) throw new Error('a change without a request');
    return found;
  }

  version(version: number): Application | undefined {
    return this.history.applications[version - 1];
  }

  /** Earlier attempts of the same write of the same call. */
  attemptsBefore(request: UpstreamRequest): readonly UpstreamRequest[] {
    if (request.trace === null) return [];
    return this.writesOf(request.trace).filter(
      (one) =>
        one.tick < request.tick && one.method === request.method && one.path === request.path,
    );
  }

  /**
   * The last read of an object by a call with a true response, between two places in the order; if there is none, the
   * first one whose response may be true.
   */
  lastRead(
    trace: string | null,
    key: string,
    after: number,
    before: number,
  ): UpstreamRequest['seen'] {
    if (trace === null) return null;
    const reads = this.requestsOf(trace).filter(
      ({ seen, tick, truth }) =>
        truth !== 'kept' && seen?.key === key && tick > after && tick < before,
    );
    return (reads.filter(({ truth }) => truth === 'told').at(-1) ?? reads[0])?.seen ?? null;
  }

  /** Whether two versions of an object have the same content. */
  areEqual(one: number, other: number): boolean {
    if (one === other) return true;
    const digest = this.version(one)?.digest ?? null;
    return digest !== null && digest === this.version(other)?.digest;
  }
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
