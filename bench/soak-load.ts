import { performance } from 'node:perf_hooks';
import { ClientConnection } from './client-connection.ts';
import type { Answered } from './client-connection.ts';
import { answerOrders } from './helper-process.ts';
import { statusOf } from './http-messages.ts';
import type { RequestTemplate } from './request-template.ts';
import { percentile } from './statistics.ts';

/** Begins a load, or ends one where it is null; without either, the load goes on. Each order is answered with a report. */
export interface SoakOrder {
  readonly load?: SoakLoad | null;
}

/** Requests at a steady pace, however fast they are answered. */
export interface SoakLoad {
  readonly port: number;
  /** Each connection sends one of them. */
  readonly templates: readonly RequestTemplate[];
  readonly connections: number;
  /** Null: each connection sends its next request as soon as its last one is answered. */
  readonly perSecond: number | null;
}

/** What happened since the last report. */
export interface SoakReport {
  readonly seconds: number;
  /** How many answers of each member of a union. */
  readonly answers: Readonly<Record<string, number>>;
  /** What was no member of a union with status 200, in words, each once; broken connections too. */
  readonly faults: readonly string[];
  /** NaN where nothing was answered. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests that are under way. */
  readonly underWay: number;
}

/** How often it is looked which requests are due, in milliseconds. */
const TICK_MS = 5;

/** How long before the first request connections are made: a server that is busy already takes one at each turn of its event loop. */
const CONNECT_MS = 500;

let answers: Record<string, number> = {};
let faults = new Set<string>();
let latencies: number[] = [];
let reportedAt = performance.now();
let underWay = 0;
let running: SoakRun | null = null;

class SoakRun {
  readonly #load: SoakLoad;
  readonly #begins = performance.now() + CONNECT_MS;
  /** Those that wait for their turn, the one that waits longest first. A connection that breaks is not replaced: the soak has failed then. */
  readonly #idle: ClientConnection[] = [];
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #ended = false;

  constructor(load: SoakLoad) {
    this.#load = load;
    for (let index = 0; index < load.connections; index += 1)
      this.#connect(load.templates[index % load.templates.length]);
    this.#timer = setInterval(() => {
      this.#sendDue();
    }, TICK_MS);
  }

  /** Sends nothing more; what is under way is still answered. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    for (const connection of this.#idle) connection.end();
  }

  #connect(template: RequestTemplate | undefined): void {
    if (template === undefined) return;
    const connection = new ClientConnection(
      this.#load.port,
      template,
      (answered) => {
        underWay -= 1;
        record(answered);
        if (this.#ended) connection.end();
        else if (this.#load.perSecond === null) this.#send(connection);
        else this.#idle.push(connection);
      },
      (error) => {
        if (error === null) return;
        faults.add(`a connection broke: ${error.message}`);
        const waiting = this.#idle.indexOf(connection);
        if (waiting === -1) underWay -= 1;
        else this.#idle.splice(waiting, 1);
      },
    );
    this.#idle.push(connection);
  }

  #sendDue(): void {
    const { perSecond } = this.#load;
    const due = ((performance.now() - this.#begins) / 1000) * (perSecond ?? Infinity);
    while (this.#sent < due) {
      // Where none is idle, requests wait.
      const connection = this.#idle.shift();
      if (connection === undefined) return;
      this.#send(connection);
    }
  }

  #send(connection: ClientConnection): void {
    this.#sent += 1;
    underWay += 1;
    connection.send();
  }
}

function record({ message, latencyMs }: Answered): void {
  latencies.push(latencyMs);
  const text = message.body.toString('utf8');
  const member = /^\{"data":\{"\w+":\{"__typename":"(\w+)"/.exec(text)?.[1];
  if (statusOf(message) !== 200 || member === undefined)
    faults.add(`status ${statusOf(message)}: ${text.slice(0, 200)}`);
  else answers[member] = (answers[member] ?? 0) + 1;
}

answerOrders(({ load }: SoakOrder): SoakReport => {
  if (load !== undefined) {
    running?.end();
    running = load === null ? null : new SoakRun(load);
  }
  const now = performance.now();
  const sorted = Float64Array.from(latencies).sort();
  const report = {
    seconds: (now - reportedAt) / 1000,
    answers,
    faults: [...faults],
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    underWay,
  };
  answers = {};
  faults = new Set();
  latencies = [];
  reportedAt = now;
  return report;
});
