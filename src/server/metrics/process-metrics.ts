import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Registry } from './registry.ts';

/** How often the delay of the event loop is measured, in milliseconds. */
const RESOLUTION_MS = 20;

/** How long a maximum of the delay is shown, at least, in milliseconds: longer than between two scrapes. */
const WINDOW_MS = 60_000;

/** A delay of the event loop, in seconds. */
interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const NO_DELAY: Delay = { p50: 0, p99: 0, max: 0 };

/**
 * Adds the figures of this process: memory, time, files and event loop.
 * @param serves whether it serves requests; otherwise its event loop does not matter
 * @returns ends the measurements
 */
export function addProcessMetrics(registry: Registry, serves = true): () => void {
  const cpu = registry.counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time that the process has used.',
  });
  const memory = registry.gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
  });
  const started = registry.gauge(
    {
      name: 'process_start_time_seconds',
      help: 'When the process started, in seconds since 1970.',
    },
    'min',
  );
  const files = registry.gauge(
    { name: 'process_open_fds', help: 'Open file descriptors of the process that has most.' },
    'max',
  );
  const maxFiles = registry.gauge(
    { name: 'process_max_fds', help: 'File descriptors that a process may open.' },
    'max',
  );
  const loop = registry.counter({
    name: 'nodejs_eventloop_time_seconds_total',
    help: 'How long the event loop was active, and how long it was idle.',
    labels: ['nodejs_eventloop_state'],
  });
  const p50 = registry.gauge(
    {
      name: 'nodejs_eventloop_delay_p50_seconds',
      help: 'Median of the delay of the event loop within the last one or two minutes.',
    },
    'max',
  );
  const p99 = registry.gauge(
    {
      name: 'nodejs_eventloop_delay_p99_seconds',
      help: 'The 99th percentile of the delay of the event loop within the last one or two minutes.',
    },
    'max',
  );
  const max = registry.gauge(
    {
      name: 'nodejs_eventloop_delay_max_seconds',
      help: 'Longest delay of the event loop within the last one or two minutes.',
    },
    'max',
  );
  registry
    .gauge(
      {
        name: 'oidc_gateway_build_info',
        help: 'Version of the gateway and of Node.js; the value is 1.',
        labels: ['version', 'nodejs_version'],
      },
      'max',
    )
    .of(ownVersion(), process.version)
    .set(1);

  started.of().set(performance.timeOrigin / 1000);
  const fileLimit = maxOpenFiles();
  if (fileLimit !== null) maxFiles.of().set(fileLimit);

  registry.onCollect(() => {
    const { user, system } = process.cpuUsage();
    cpu.of().value = (user + system) / 1e6;
    memory.of().set(process.memoryUsage.rss());
    const count = openFiles();
    if (count !== null) files.of().set(count);
  });
  if (!serves) return () => undefined;
  const { read, end } = watchEventLoop();
  registry.onCollect(() => {
    const { active, idle } = performance.eventLoopUtilization();
    loop.of('active').value = active / 1000;
    loop.of('idle').value = idle / 1000;
    const delay = read();
    p50.of().set(delay.p50);
    p99.of().set(delay.p99);
    max.of().set(delay.max);
  });
  return end;
}

/** Measures the delay of the event loop in windows, so that each reader of the figures sees the same. */
function watchEventLoop(): { readonly read: () => Delay; readonly end: () => void } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The timer's own interval is in every value.
  const seconds = (ns: number) => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1000);
  const current = (): Delay =>
    histogram.count === 0
      ? NO_DELAY
      : {
          p50: seconds(histogram.percentile(50)),
          p99: seconds(histogram.percentile(99)),
          max: seconds(histogram.max),
        };
  let last = NO_DELAY;
  const timer = setInterval(() => {
    last = current();
    histogram.reset();
  }, WINDOW_MS).unref();
  return {
    read: () => {
      const now = current();
      return {
        p50: Math.max(last.p50, now.p50),
        p99: Math.max(last.p99, now.p99),
        max: Math.max(last.max, now.max),
      };
    },
    end: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

/** Null if the system does not report it. */
function openFiles(): number | null {
  try {
    // One of them is the folder itself.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return null;
  }
}

/** Null if the system does not report it, or sets no limit. */
function maxOpenFiles(): number | null {
  try {
    const [, soft] =
      /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/** Where package.json is, seen from a file of the bundle and from this one. */
const MANIFESTS = ['../package.json', '../../../package.json'];

/** The version of the gateway. */
function ownVersion(): string {
  for (const path of MANIFESTS) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
        readonly version: unknown;
      };
      if (typeof version === 'string') return version;
    } catch {
      // It is not there.
    }
  }
  return 'unknown';
}
