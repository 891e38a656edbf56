import { performance } from 'node:perf_hooks';
import { ClientConnection } from './client-connection.ts';
import type { TimedResponse } from './client-connection.ts';
import { handleOrders } from './helper-process.ts';
import { statusOf } from './http-messages.ts';
import type { RequestTemplate } from './request-template.ts';
import { percentile } from './statistics.ts';

/** Starts a load, or stops it if it is null; if it is omitted, the load continues. The reply to each order is a report. */
export interface SoakOrder {
  readonly load?: SoakLoad | null;
}

/** Requests at a steady pace, however fast the responses are. */
export interface SoakLoad {
  readonly port: number;
  /** Each connection sends one of these. */
  readonly templates: readonly RequestTemplate[];
  readonly connections: number;
  /** Null: each connection sends its next request as soon as the last response arrives. */
  readonly perSecond: number | null;
}

/** The load since the last report. */
export interface SoakReport {
  readonly seconds: number;
  /** Responses by union member. */
  readonly responses: Readonly<Record<string, number>>;
  /** Descriptions of responses that were not a union member with status 200, and of broken connections, without duplicates. */
  readonly problems: readonly string[];
  /** NaN if there was no response. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests in flight. */
  readonly underWay: number;
}

/** How often due requests are checked for, in milliseconds. */
const TICK_MS = 5;

/** How long before the first request connections open: a busy server accepts only one in each turn of its event loop. */
const CONNECT_MS = 500;

let responses: Record<string, number> = {};
let problems = new Set<string>();
let latencies: number[] = [];
let reportedAt = performance.now();
let underWay = 0;
let running: SoakRun | null = null;

class SoakRun {
  readonly #load: SoakLoad;
  readonly #begins = performance.now() + CONNECT_MS;
  /** Idle connections, the longest-waiting first. A broken connection is not replaced: the soak has failed then. */
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

  /** Sends no more requests; those in flight still get their responses. */
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
      (response) => {
        underWay -= 1;
        record(response);
        if (this.#ended) connection.end();
        else if (this.#load.perSecond === null) this.#send(connection);
        else this.#idle.push(connection);
      },
      (error) => {
        if (error === null) return;
        problems.add(`a connection broke: ${error.message}`);
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
      // If no connection is idle, requests wait.
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

function record({ message, latencyMs }: TimedResponse): void {
  latencies.push(latencyMs);
  const text = message.body.toString('utf8');
  const member = /^\{"data":\{"\w+":\{"__typename":"(\w+)"/.exec(text)?.[1];
  if (statusOf(message) !== 200 || member === undefined)
    problems.add(`status ${statusOf(message)}: ${text.slice(0, 200)}`);
  else responses[member] = (responses[member] ?? 0) + 1;
}

handleOrders(({ load }: SoakOrder): SoakReport => {
  if (load !== undefined) {
    running?.end();
    running = load === null ? null : new SoakRun(load);
  }
  const now = performance.now();
  const sorted = Float64Array.from(latencies).sort();
  const report = {
    seconds: (now - reportedAt) / 1000,
    responses,
    problems: [...problems],
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    underWay,
  };
  responses = {};
  problems = new Set();
  latencies = [];
  reportedAt = now;
  return report;
});
