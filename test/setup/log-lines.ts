import type { IncomingMessage, ServerResponse } from 'node:http';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { GraphQLError } from 'graphql';
import { vi } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { PermissionDeniedError } from '../../src/domain/errors.ts';
import { Scrubber } from '../../src/domain/scrub/scrub.ts';
import { SharedSecrets } from '../../src/domain/scrub/shared-secrets.ts';
import type { GatewayContext } from '../../src/graph/context.ts';
import { createRequestHandler } from '../../src/server/http/handle-request.ts';
import { Slot } from '../../src/server/limits/concurrency-limit.ts';
import { createRateLimit } from '../../src/server/limits/rate-limit.ts';
import {
  logCannotListen,
  logMetrics,
  logStart,
  logStop,
} from '../../src/server/log/lifecycle-log.ts';
import { createLog } from '../../src/server/log/log.ts';
import type { Log } from '../../src/server/log/log.ts';
import { logRedis } from '../../src/server/log/redis-log.ts';
import { logUpstreamEvent } from '../../src/server/log/upstream-event-log.ts';
import {
  logNotice,
  logNotWatched,
  logUnsent,
  logWatchError,
  logWatchesRead,
  logWatching,
} from '../../src/server/log/watch-log.ts';
import { maskErrors, maskExecutionErrors } from '../../src/server/pipeline/mask-errors.ts';
import { buildSchema } from '../../src/server/schema.ts';
import { BoundedExport } from '../../src/server/tracing/bounded-export.ts';
import type { WorkerReport } from '../../src/server/workers/messages.ts';
import { createPersistedCheck } from '../../src/server/workers/persisted-check.ts';
import type { WorkerEnd } from '../../src/server/workers/worker-process.ts';
import { createWorkers } from '../../src/server/workers/workers.ts';
import { LoginFailedError, LoginRefusedError } from '../../src/transport/credentials/login.ts';
import { upstreams } from '../../src/upstreams/index.ts';

/* Makes the lines of the log that need no request, with the code that writes them. */

const REQUEST = 'f1d0c2b4-7e0b-4c56-8a52-1f3f4f0f6a11';

/** Collects what is logged. @param dropped how many lines were dropped meanwhile */
function collect(write: (log: Log) => void, dropped = 0): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const keep = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLog('trace', {
    write: keep,
    tellDropped: (describe) => {
      if (dropped > 0) keep(describe(dropped));
    },
  });
  write(log);
  return lines;
}

export async function lostSpans(): Promise<Record<string, unknown>[]> {
  let ended: Promise<void> | undefined;
  const lines = collect((log) => {
    const sender = { send: () => Promise.resolve('ECONNREFUSED'), close: () => Promise.resolve() };
    const bounded = new BoundedExport({ sender, timeoutMs: 1_000, log });
    new TracerProvider({ spanProcessors: [bounded] }).getTracer('test').startSpan('span').end();
    ended = bounded.close(60_000);
  });
  await ended;
  return lines;
}

export function startAndStop(): Record<string, unknown>[] {
  const config = readConfig('production', upstreams, {
    HOST: '127.0.0.1',
    ORDERCLOUD_API_URL: 'https://sandboxapi.ordercloud.io/v1',
    ORDERCLOUD_API_ULR: 'https://x',
  });
  const report = upstreams.map(({ id, label, urlVariables }) => ({
    label,
    urlVariables,
    baseUrl: id === 'ORDERCLOUD' ? 'https://sandboxapi.ordercloud.io/v1' : null,
    credentials: 'caller' as const,
  }));
  return collect((log) => {
    logStart(log, config, { url: 'http://127.0.0.1:4000', report });
    logMetrics(log, 'http://127.0.0.1:9464/metrics');
    logRedis(log, {
      kind: 'REACHABLE',
      forgets: ['maxmemory-policy allkeys-lru', 'appendonly no'],
      replicas: 0,
    });
    logRedis(log, { kind: 'UNREACHABLE', reason: 'ECONNREFUSED' });
    logStop(log, true);
    logStop(log, false);
    logCannotListen(log.fatal, { host: '127.0.0.1', port: 4000 }, { code: 'EADDRINUSE' });
  }, 12);
}

export function upstreamEvents(): Record<string, unknown>[] {
  const requests = { first: [REQUEST], count: 1 };
  const scrubber = new Scrubber();
  return collect((log) => {
    logUpstreamEvent(log, 'ORDERCLOUD', {
      kind: 'BREAKER_OPENED',
      failures: 10,
      reason: 'TIMEOUT',
      retryMs: 4_600,
    });
    logUpstreamEvent(log, 'ORDERCLOUD', { kind: 'BREAKER_CLOSED', openMs: 41_200 });
    for (const event of [
      { kind: 'LOGGED_IN', lifetimeMs: 36_000_000 },
      { kind: 'TOKEN_SHARED', lifetimeMs: 30_000_000 },
      {
        kind: 'LOGIN_FAILED',
        error: new LoginFailedError('status 502', 0),
        retryMs: 1_000,
        advice: 'Check ORDERCLOUD_AUTH_URL and the network.',
        requests,
      },
      {
        kind: 'LOGIN_REFUSED',
        error: new LoginRefusedError(
          'status 401: invalid_client',
          'Check ORDERCLOUD_CLIENT_ID and ORDERCLOUD_CLIENT_SECRET.',
        ),
        requests,
      },
      {
        kind: 'CALL_REFUSED',
        error: new PermissionDeniedError('No.', [], {
          upstream: {
            upstream: 'ORDERCLOUD',
            status: 403,
            requestId: null,
            details: [
              {
                code: 'InsufficientRoles',
                message: 'User lacks the role OpenIDConnectAdmin',
                data: null,
              },
            ],
          },
        }),
        advice: 'Give the API client of the gateway the role OpenIDConnectAdmin.',
        requests,
      },
      { kind: 'CLOCK_SKEW', skewMs: 42_000 },
      { kind: 'CLOCK_SKEW', skewMs: 0 },
    ] as const)
      logUpstreamEvent(log, 'ORDERCLOUD', { ...event, scrubber });
  });
}

/** What the watcher logs. */
export function watches(): Record<string, unknown>[] {
  const about = { watch: 'integrationEvents', upstream: 'ORDERCLOUD', id: 'sign-in', everyMs: 1 };
  const finding = { code: 'INTEGRATION_EVENT_URL', message: 'It is null.', advice: 'Set it.' };
  const result = { findings: [], error: null, checkedAt: 0, changedAt: 0, written: null };
  const found = { ...result, status: 'FOUND', findings: [finding] } as const;
  const failed = {
    ...result,
    status: 'FAILED',
    error: { code: 'UPSTREAM_UNAVAILABLE', message: 'It cannot be reached.' },
  } as const;
  const unknown = {
    ...failed,
    error: { code: 'OUTCOME_UNKNOWN', message: 'The write was sent.' },
  } as const;
  const ok = { ...result, status: 'OK' } as const;
  const notice = { id: 'n1', written: null };
  return collect((log) => {
    logNotice(log, about, { ...notice, kind: 'FOUND', result: found });
    logNotice(log, about, { ...notice, kind: 'FAILED', result: failed });
    logNotice(log, about, { ...notice, kind: 'RECOVERED', result: ok });
    logNotice(log, about, { ...notice, kind: 'WRITTEN', result: ok, written: 'It was written.' });
    logUnsent(log, about, { ...notice, kind: 'FOUND', result: found }, '500');
    logNotice(log, about, { ...notice, kind: 'FAILED', result: unknown });
    logWatching(log, { watches: 1, webhook: true });
    logNotWatched(log);
    logWatchesRead(log, { watches: [about] });
    logWatchesRead(log, { issues: ['WATCH_FILE names a file that is empty'] });
    logWatchError(log, new TypeError('x is not a function'), new SharedSecrets());
  });
}

export async function unexpected(): Promise<Record<string, unknown>[]> {
  const schema = buildSchema(upstreams);
  const context = {
    requestId: REQUEST,
    signal: { aborted: false },
    scrubber: new Scrubber(),
  } as unknown as GatewayContext;
  const crash = new TypeError("Cannot read properties of undefined (reading 'id')");
  const thrown = new GraphQLError('x', { path: ['openIdConnect'], originalError: crash });
  const limits = readConfig('production', upstreams, {
    ORDERCLOUD_API_URL: 'https://sandboxapi.ordercloud.io/v1',
  }).limits;
  const lines = collect((log) => {
    maskExecutionErrors([thrown], { schema, operation: null, variables: {}, context }, log);
    maskErrors([new GraphQLError('x', { originalError: crash })], context, true, log);
    void createPersistedCheck({ schema, limits, introspection: false }, log).begin({
      documents: new Map([['orders-v1', '{ nothing }']]),
      only: true,
    });
  });
  const outside: Record<string, unknown>[] = [];
  const handler = createRequestHandler({
    limits: { inFlight: 1, bodyBytes: 1 },
    admission: {
      admit: () => {
        throw crash;
      },
    },
    refusals: createRateLimit({ perMinute: 1 }),
    readHeaders: () => ({ bodyKind: 'JSON', responseType: 'application/json' }) as never,
    contextOf: () => context,
    serveFastPath: null,
    serveYoga: () => undefined,
    graphiql: null,
    log: createLog('trace', {
      write: (line) => outside.push(JSON.parse(line) as Record<string, unknown>),
    }),
  });
  const request = { socket: { destroy: () => undefined } } as unknown as IncomingMessage;
  handler.handle(
    {
      request,
      response: {} as unknown as ServerResponse,
      requestId: REQUEST,
      path: '/graphql',
      traced: null,
      signal: context.signal,
    },
    new Slot(),
  );
  await vi.waitUntil(() => outside.length > 0);
  return [...lines, ...outside];
}

/** A worker that does what this file says. */
function fakeWorker(id: number) {
  let report: (value: WorkerReport | null) => void = () => undefined;
  let end: (value: WorkerEnd) => void = () => undefined;
  const started = new Promise<WorkerReport | null>((resolve) => (report = resolve));
  const ended = new Promise<WorkerEnd>((resolve) => (end = resolve));
  const worker = {
    id,
    pid: 4_710 + id,
    started,
    ended,
    tell: () => undefined,
    kill: () => undefined,
  };
  const ping = () => new Promise<void>(() => undefined);
  return {
    worker: { ...worker, ping },
    listen: () => {
      report({ kind: 'LISTENING', url: 'http://127.0.0.1:4000', report: [] });
    },
    end: (code: number | null, signal: string | null = null) => {
      end({ code, signal });
      report(null);
    },
  };
}

/** The lines of workers that hang, end and are replaced. */
export async function workers(): Promise<Record<string, unknown>[]> {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 30, 8) });
  const lines: Record<string, unknown>[] = [];
  const supervise = (count: number) => {
    const forked: ReturnType<typeof fakeWorker>[] = [];
    const all = createWorkers({
      count,
      host: '127.0.0.1',
      port: 4000,
      graceMs: 1_000,
      startMs: 30_000,
      fork: () => {
        const fake = fakeWorker(forked.length + 1);
        forked.push(fake);
        return fake.worker;
      },
      log: createLog('trace', {
        write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
      }),
      now: () => Date.now(),
    });
    return { all, forked };
  };
  const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  try {
    const failing = supervise(1);
    const failed = failing.all.start();
    failing.forked[0]?.end(1);
    await pass();
    await failed;
    const { all, forked } = supervise(1);
    void all.start();
    forked[0]?.listen();
    await pass(35_000); // it does not respond
    await pass(35_000); // its successor does not listen in time
    forked[2]?.listen();
    await pass();
    all.restart();
    await pass();
    forked[3]?.listen();
    await pass();
    forked[2]?.end(1);
    await pass();
    all.restart();
    await pass();
    forked[4]?.end(1);
    await pass();
  } finally {
    vi.useRealTimers();
  }
  return lines;
}
