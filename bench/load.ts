import { performance } from 'node:perf_hooks';
import { ClientConnection } from './client-connection.ts';
import type { Answered } from './client-connection.ts';
import { answerOrders } from './helper-process.ts';
import { statusOf } from './http-messages.ts';
import { faultOf, SLOT } from './request-template.ts';
import type { RequestTemplate } from './request-template.ts';
import { percentile } from './statistics.ts';

/** A slice of load: each connection sends its next request as soon as its last one is answered. */
export interface LoadOrder {
  readonly port: number;
  readonly template: RequestTemplate;
  readonly connections: number;
  /** How long requests are sent; 0 sends one on each connection. */
  readonly seconds: number;
}

/** What came of a slice. */
export interface LoadResult {
  readonly operations: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** NaN where nothing was answered. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The first answer that is wrong, null where there is none. The slice ends with it. */
  readonly fault: string | null;
}

/** Of so many answers one is compared as a whole; of the others, the status and the number that it must hold. */
const WHOLE_CHECK_EVERY = 64;

function run({ port, template, connections, seconds }: LoadOrder): Promise<LoadResult> {
  const began = performance.now();
  const latencies: number[] = [];
  const holdsNumber = JSON.stringify(template.answer.body).includes(SLOT);
  let open = connections;
  let fault: string | null = null;

  const check = ({ message, digits }: Answered): string | null => {
    const quick = statusOf(message) === template.answer.status && (!holdsNumber || message.body.includes(digits));
    return quick && latencies.length % WHOLE_CHECK_EVERY !== 1 ? null : faultOf(message, template.answer, digits);
  };

  return new Promise((resolve) => {
    const connectOne = () => {
      const connection = new ClientConnection(
        port,
        template,
        (answered) => {
          latencies.push(answered.latencyMs);
          fault ??= check(answered);
          if (fault === null && performance.now() - began < seconds * 1000) connection.send();
          else connection.end();
        },
        (error) => {
          if (error !== null) fault ??= `a connection broke: ${error.message}`;
          open -= 1;
          if (open > 0) return;
          const sorted = Float64Array.from(latencies).sort();
          resolve({ operations: sorted.length, seconds: (performance.now() - began) / 1000, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99), fault });
        },
      );
      connection.send();
    };
    for (let count = 0; count < connections; count += 1) connectOne();
  });
}

answerOrders(run);
