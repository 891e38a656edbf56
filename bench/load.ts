import { performance } from 'node:perf_hooks';
import { ClientConnection } from './client-connection.ts';
import type { TimedResponse } from './client-connection.ts';
import { handleOrders } from './helper-process.ts';
import { statusOf } from './http-messages.ts';
import { usageOf } from './process-tree.ts';
import { problemOf, SLOT } from './request-template.ts';
import type { RequestTemplate } from './request-template.ts';
import { percentile } from './statistics.ts';

/** A slice of load: each connection sends its next request as soon as the last response arrives. */
export interface LoadOrder {
  readonly port: number;
  /** The process whose processor time is measured, including its descendants. */
  readonly pid: number;
  readonly template: RequestTemplate;
  readonly connections: number;
  /** How long the load lasts at least before the measurement begins: until every connection has had one response. */
  readonly heatSeconds: number;
  readonly seconds: number;
}

/** The result of a slice. */
export interface LoadResult {
  /** All responses, including those before and after the measurement. */
  readonly responses: number;
  /** Responses during the measurement, its length, and its processor time. */
  readonly operations: number;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The first problem, null if there was none. It ends the slice, and the measurement does not count. */
  readonly problem: string | null;
}

/** One response in this many is compared completely; of the others, only the status and the number. */
const WHOLE_CHECK_EVERY = 64;

/** How long before the first request connections open: a busy server accepts only one in each turn of its event loop. */
const CONNECT_MS = 100;

/** How much longer than planned a slice may take before it is abandoned. */
const PATIENCE_MS = 30_000;

class Slice {
  readonly #order: LoadOrder;
  readonly #done: (result: LoadResult) => void;
  readonly #connections = new Set<ClientConnection>();
  readonly #pending = new Set<ClientConnection>();
  readonly #began = performance.now() + CONNECT_MS;
  readonly #giveUp: NodeJS.Timeout;
  readonly #holdsNumber: boolean;
  readonly #latencies: number[] = [];
  #responses = 0;
  #start: { readonly at: number; readonly cpuMs: number } | null = null;
  #measured = { seconds: 0, cpuMs: 0 };
  #ended = false;
  #problem: string | null = null;

  constructor(order: LoadOrder, done: (result: LoadResult) => void) {
    this.#order = order;
    this.#done = done;
    this.#holdsNumber = JSON.stringify(order.template.response.body).includes(SLOT);
    this.#giveUp = setTimeout(
      () => {
        this.#fail('responses stopped arriving');
      },
      CONNECT_MS + (order.heatSeconds + order.seconds) * 1000 + PATIENCE_MS,
    );
    for (let count = 0; count < order.connections; count += 1) this.#connect();
    setTimeout(() => {
      for (const connection of this.#connections) connection.send();
    }, CONNECT_MS);
  }

  #connect(): void {
    const connection = new ClientConnection(
      this.#order.port,
      this.#order.template,
      (response) => {
        this.#onResponse(connection, response);
      },
      (error) => {
        this.#connections.delete(connection);
        if (error !== null) this.#fail(`a connection broke: ${error.message}`);
        if (this.#connections.size === 0) this.#finish();
      },
    );
    this.#connections.add(connection);
    this.#pending.add(connection);
  }

  #onResponse(connection: ClientConnection, response: TimedResponse): void {
    this.#responses += 1;
    this.#pending.delete(connection);
    const problem = this.#check(response);
    if (problem !== null) this.#fail(`response ${this.#responses} is wrong: ${problem}`);
    if (!this.#ended) this.#advance(response.latencyMs);
    if (this.#ended) connection.end();
    else connection.send();
  }

  #check({ message, digits }: TimedResponse): string | null {
    const { response } = this.#order.template;
    const seemsRight =
      statusOf(message) === response.status &&
      (!this.#holdsNumber || message.body.includes(digits));
    return seemsRight && this.#responses % WHOLE_CHECK_EVERY !== 1
      ? null
      : problemOf(message, response, digits);
  }

  /** Begins and ends the measurement when it is time. */
  #advance(latencyMs: number): void {
    const { pid, heatSeconds, seconds } = this.#order;
    const now = performance.now();
    if (this.#start === null) {
      if (this.#pending.size > 0 || now - this.#began < heatSeconds * 1000) return;
      const { cpuMs } = usageOf(pid);
      this.#start = { at: performance.now(), cpuMs };
      return;
    }
    this.#latencies.push(latencyMs);
    if (now - this.#start.at < seconds * 1000) return;
    this.#measured = {
      seconds: (now - this.#start.at) / 1000,
      cpuMs: usageOf(pid).cpuMs - this.#start.cpuMs,
    };
    this.#ended = true;
  }

  #fail(problem: string): void {
    this.#problem ??= problem;
    this.#ended = true;
    for (const connection of this.#connections) connection.end();
  }

  #finish(): void {
    clearTimeout(this.#giveUp);
    const sorted = Float64Array.from(this.#latencies).sort();
    this.#done({
      responses: this.#responses,
      operations: sorted.length,
      ...this.#measured,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      problem: this.#problem,
    });
  }
}

handleOrders((order: LoadOrder) => new Promise<LoadResult>((resolve) => new Slice(order, resolve)));
