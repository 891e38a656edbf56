import { performance } from 'node:perf_hooks';
import { ClientConnection } from './client-connection.ts';
import type { Answered } from './client-connection.ts';
import { answerOrders } from './helper-process.ts';
import { statusOf } from './http-messages.ts';
import { usageOf } from './process-tree.ts';
import { faultOf, SLOT } from './request-template.ts';
import type { RequestTemplate } from './request-template.ts';
import { percentile } from './statistics.ts';

/** A slice of load: each connection sends its next request as soon as its last one is answered. */
export interface LoadOrder {
  readonly port: number;
  /** Of the process whose processor time is measured, with all that it started. */
  readonly pid: number;
  readonly template: RequestTemplate;
  readonly connections: number;
  /** How long the load lasts before anything is measured, at least: until every connection has been answered once. */
  readonly heatSeconds: number;
  readonly seconds: number;
}

/** What came of a slice. */
export interface LoadResult {
  /** All answers, those before and after the measurement included. */
  readonly answers: number;
  /** Answers while it was measured, how long that was, and the processor time of it. */
  readonly operations: number;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The first thing that went wrong, null where nothing did. The slice ends with it, and what was measured does not count. */
  readonly fault: string | null;
}

/** Of so many answers one is compared as a whole; of the others, the status and the number that it must hold. */
const WHOLE_CHECK_EVERY = 64;

/** How long before the first request connections are made: a server that is busy already takes one at each turn of its event loop. */
const CONNECT_MS = 100;

/** How much longer than it should a slice may take before it is given up. */
const PATIENCE_MS = 30_000;

class Slice {
  readonly #order: LoadOrder;
  readonly #done: (result: LoadResult) => void;
  readonly #connections = new Set<ClientConnection>();
  readonly #unanswered = new Set<ClientConnection>();
  readonly #began = performance.now() + CONNECT_MS;
  readonly #giveUp: NodeJS.Timeout;
  readonly #holdsNumber: boolean;
  readonly #latencies: number[] = [];
  #answers = 0;
  #start: { readonly at: number; readonly cpuMs: number } | null = null;
  #measured = { seconds: 0, cpuMs: 0 };
  #ended = false;
  #fault: string | null = null;

  constructor(order: LoadOrder, done: (result: LoadResult) => void) {
    this.#order = order;
    this.#done = done;
    this.#holdsNumber = JSON.stringify(order.template.answer.body).includes(SLOT);
    this.#giveUp = setTimeout(
      () => {
        this.#fail('no answer came any more');
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
      (answered) => {
        this.#onAnswer(connection, answered);
      },
      (error) => {
        this.#connections.delete(connection);
        if (error !== null) this.#fail(`a connection broke: ${error.message}`);
        if (this.#connections.size === 0) this.#finish();
      },
    );
    this.#connections.add(connection);
    this.#unanswered.add(connection);
  }

  #onAnswer(connection: ClientConnection, answered: Answered): void {
    this.#answers += 1;
    this.#unanswered.delete(connection);
    const fault = this.#check(answered);
    if (fault !== null) this.#fail(`answer ${this.#answers} is wrong: ${fault}`);
    if (!this.#ended) this.#advance(answered.latencyMs);
    if (this.#ended) connection.end();
    else connection.send();
  }

  #check({ message, digits }: Answered): string | null {
    const { answer } = this.#order.template;
    const seemsRight =
      statusOf(message) === answer.status && (!this.#holdsNumber || message.body.includes(digits));
    return seemsRight && this.#answers % WHOLE_CHECK_EVERY !== 1
      ? null
      : faultOf(message, answer, digits);
  }

  /** Begins and ends the measurement when it is time. */
  #advance(latencyMs: number): void {
    const { pid, heatSeconds, seconds } = this.#order;
    const now = performance.now();
    if (this.#start === null) {
      if (this.#unanswered.size > 0 || now - this.#began < heatSeconds * 1000) return;
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

  #fail(fault: string): void {
    this.#fault ??= fault;
    this.#ended = true;
    for (const connection of this.#connections) connection.end();
  }

  #finish(): void {
    clearTimeout(this.#giveUp);
    const sorted = Float64Array.from(this.#latencies).sort();
    this.#done({
      answers: this.#answers,
      operations: sorted.length,
      ...this.#measured,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      fault: this.#fault,
    });
  }
}

answerOrders((order: LoadOrder) => new Promise<LoadResult>((resolve) => new Slice(order, resolve)));
