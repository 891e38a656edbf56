import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Application, UpstreamRequest } from './history.ts';

/** JSON of an object as an upstream stores it. */
export type Stored = Readonly<Record<string, unknown>>;

/** A change that a request asks for; without a value it is a deletion. */
export interface Change {
  readonly key: string;
  readonly value?: Stored;
  readonly isCascade?: boolean;
}

/** Markers of callers, as they stand in fields that are written. */
const MARKER = /\bmark-\d+-\d+\b/;

/** The marker in a text, null if there is none. */
export function markerIn(text: string): string | null {
  return MARKER.exec(text)?.[0] ?? null;
}

/** Keeps what both upstreams store, and writes down everything that happens to it, in one order. */
export class Ledger {
  readonly requests: UpstreamRequest[] = [];
  readonly applications: Application[] = [];
  readonly #begun = performance.now();
  readonly #objects = new Map<string, Stored>();
  readonly #versions = new Map<string, number>();
  #tick = 0;

  /** The next place in the order of all events. */
  tick(): number {
    return (this.#tick += 1);
  }

  /** Milliseconds since the begin. */
  now(): number {
    return performance.now() - this.#begun;
  }

  get(key: string): Stored | undefined {
    return this.#objects.get(key);
  }

  /** Keys that begin so, with what is stored there. */
  list(prefix: string): [string, Stored][] {
    return [...this.#objects].filter(([key]) => key.startsWith(prefix));
  }

  arrive(
    facts: Pick<UpstreamRequest, 'upstream' | 'method' | 'path' | 'connection' | 'trace'>,
  ): UpstreamRequest {
    const request: UpstreamRequest = {
      ...facts,
      number: this.requests.length,
      tick: this.tick(),
      at: this.now(),
      isWrite: facts.method !== 'GET',
      bodyHash: null,
      fault: null,
      status: null,
      truth: 'kept',
      isRefusal: false,
      seen: null,
    };
    this.requests.push(request);
    return request;
  }

  /** Notes what a read sees now. */
  see(request: UpstreamRequest, key: string): void {
    request.seen = { key, version: this.#versions.get(key) ?? 0, tick: this.tick() };
  }

  apply(
    request: UpstreamRequest,
    body: string,
    { key, value, isCascade = false }: Change,
    isLate: boolean,
  ): void {
    const existed = this.#objects.has(key);
    const version = this.applications.length + 1;
    this.applications.push({
      version,
      tick: this.tick(),
      request: request.number,
      trace: request.trace,
      key,
      digest:
        value === undefined
          ? null
          : hashOf(JSON.stringify({ ...value, ConnectClientSecret: undefined })),
      marker: markerIn(body),
      kind: value === undefined ? 'delete' : existed ? 'update' : 'create',
      previous: this.#versions.get(key) ?? 0,
      isLate,
      isCascade,
    });
    this.#versions.set(key, version);
    if (value === undefined) this.#objects.delete(key);
    else this.#objects.set(key, value);
  }
}

export function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}
