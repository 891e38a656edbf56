import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { addProcessMetrics } from './process-metrics.ts';
import { Registry } from './registry.ts';
import type { Figures } from './registry.ts';

const manifest = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { readonly version: string };

function start(serves?: boolean): () => Figures {
  const registry = new Registry();
  onTestFinished(addProcessMetrics(registry, serves));
  return () => registry.collect();
}

/** Keeps the event loop busy, for so many milliseconds. */
function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

it('tells what the process uses', () => {
  const figures = start()();
  const value = (name: string) => figures[name]?.[''] ?? NaN;
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  expect(value('process_open_fds')).toBeGreaterThan(2);
  expect(value('process_max_fds')).toBeGreaterThan(value('process_open_fds'));
  expect(Math.abs(value('process_start_time_seconds') - Date.now() / 1000)).toBeLessThan(86_400);
  expect(figures['oidc_gateway_build_info']).toEqual({
    [`{version="${manifest.version}",nodejs_version="${process.version}"}`]: 1,
  });
});

it('tells how late the event loop is', async () => {
  const collect = start();
  await delay(100);
  const idle = collect()['nodejs_eventloop_delay_max_seconds']?.[''] ?? NaN;
  expect(idle).toBeGreaterThanOrEqual(0);
  block(400);
  await delay(100);
  const figures = collect();
  expect(figures['nodejs_eventloop_delay_max_seconds']?.['']).toBeGreaterThan(0.3);
  expect(figures['nodejs_eventloop_delay_p99_seconds']?.['']).toBeGreaterThan(0.3);
  expect(figures['nodejs_eventloop_time_seconds_total']).toEqual({
    '{nodejs_eventloop_state="active"}': expect.any(Number) as unknown,
    '{nodejs_eventloop_state="idle"}': expect.any(Number) as unknown,
  });
});

it('says nothing about the event loop of a process that serves nothing', () => {
  expect(start(false)()['nodejs_eventloop_delay_max_seconds']).toEqual({});
});
