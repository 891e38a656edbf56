import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import type { MetricsReply, ToWorker } from './messages.ts';
import { createWorkerMetrics, reportMetrics } from './worker-metrics.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A worker that replies at once, until it hangs or ends. */
function fakeWorker() {
  const metrics = new GatewayMetrics();
  const [toWorker, toPrimary] = [new EventEmitter(), new EventEmitter()];
  const asked: string[] = [];
  let hangs = false;
  const last = reportMetrics(metrics.registry, {
    send: (reply: MetricsReply, done) => {
      if (!hangs) toPrimary.emit('message', structuredClone(reply));
      done();
    },
    onMessage: (listener) => toWorker.on('message', listener),
  });
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    metrics,
    asked,
    last,
    hang: () => {
      hangs = true;
    },
    goOn: () => {
      hangs = false;
    },
    end: async () => {
      end();
      await vi.advanceTimersByTimeAsync(0);
    },
    seen: {
      send: (message: ToWorker) => {
        asked.push(JSON.stringify(message));
        setImmediate(() => toWorker.emit('message', message));
      },
      onMessage: (listener: (message: MetricsReply) => void) => toPrimary.on('message', listener),
      ended,
    },
  };
}

function start(count: number) {
  const primary = createWorkerMetrics();
  const workers = Array.from({ length: count }, () => fakeWorker());
  for (const { seen } of workers)
    primary.add({ ...seen, onMessage: (listener) => void seen.onMessage(listener) });
  const overloaded = async () =>
    Number(
      /^oidc_gateway_refused_requests_total\{code="OVERLOADED"\} (\d+)$/m.exec(
        await primary.read(),
      )?.[1] ?? NaN,
    );
  return { primary, workers, overloaded };
}

it('sums what the workers counted, and adds this process', async () => {
  const { primary, workers, overloaded } = start(2);
  for (const { metrics } of workers) metrics.onRefused(['OVERLOADED']);
  expect(await overloaded()).toBe(2);
  workers[0]?.metrics.onRefused(['OVERLOADED']);
  expect(await overloaded()).toBe(3);
  expect(await primary.read()).toMatch(/^process_resident_memory_bytes \d+$/m);
  primary.end();
});

it('asks a worker once for all who wait', async () => {
  const { primary, workers } = start(1);
  await Promise.all([primary.read(), primary.read(), primary.read()]);
  expect(workers[0]?.asked).toHaveLength(1);
});

it('takes the last figures of a worker that hangs, after a time limit', async () => {
  const { workers, overloaded } = start(2);
  for (const { metrics } of workers) metrics.onRefused(['OVERLOADED']);
  expect(await overloaded()).toBe(2);
  workers[0]?.hang();
  workers[0]?.metrics.onRefused(['OVERLOADED']);
  workers[1]?.metrics.onRefused(['OVERLOADED']);
  const reading = overloaded();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await reading).toBe(3);
  workers[0]?.goOn();
  expect(await overloaded()).toBe(4);
});

it('keeps what a worker counted before it ended, also what it reports last', async () => {
  const { workers, overloaded } = start(2);
  const [first, second] = workers;
  for (const { metrics } of workers) metrics.onRefused(['OVERLOADED']);
  expect(await overloaded()).toBe(2);
  first?.metrics.onRefused(['OVERLOADED']);
  await first?.last();
  await first?.end();
  expect(await overloaded()).toBe(3);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await overloaded()).toBe(3);
  second?.metrics.onRefused(['OVERLOADED']);
  expect(await overloaded()).toBe(4);
});

it('does not wait for a worker that ends', async () => {
  const { workers, overloaded } = start(2);
  workers[1]?.metrics.onRefused(['OVERLOADED']);
  workers[0]?.hang();
  const reading = overloaded();
  await workers[0]?.end();
  expect(await reading).toBe(1);
});

it('asks from time to time, so that little is lost when a worker is killed', async () => {
  const { primary, workers } = start(1);
  await vi.advanceTimersByTimeAsync(15_000);
  vi.useRealTimers();
  await delay(1);
  expect(workers[0]?.asked.length).toBeGreaterThanOrEqual(3);
  primary.end();
});
