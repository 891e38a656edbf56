import { takeHangUp } from './early-signals.ts';
import { beginWatching, watchingAgain } from './begin-watching.ts';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { asksForHelp, commandList } from './command-line.ts';
import {
  ConfigError,
  environmentVariables,
  readConfig,
  readWatchedConfig,
  readWatches,
} from '../config/config.ts';
import type { Config } from '../config/config.ts';
import type { Watch } from '../config/files/watch-file.ts';
import {
  describeListenError,
  logCannotListen,
  logMetrics,
  logStart,
  logStop,
} from '../server/log/lifecycle-log.ts';
import { createGateway } from '../server/gateway.ts';
import { readerOf, serveMetrics } from '../server/metrics/serve-metrics.ts';
import type { MetricsServer } from '../server/metrics/serve-metrics.ts';
import { openStdout } from '../server/log/stdout.ts';
import { createLog, describeCrash } from '../server/log/log.ts';
import type { Log } from '../server/log/log.ts';
import { createPersistedCheck } from '../server/workers/persisted-check.ts';
import type { PersistedCheck } from '../server/workers/persisted-check.ts';
import { readPersistedDocumentsAgain } from '../config/persisted-documents.ts';
import { logRedis } from '../server/log/redis-log.ts';
import { openPrimaryWatching } from '../server/watching/primary-watching.ts';
import type { Watching } from '../server/watching/watching.ts';
import { endsWithin } from '../transport/waiting/ends-within.ts';
import { loadRedis } from '../redis/load-redis.ts';
import { loadTracing } from '../server/tracing/load-tracing.ts';
import { buildSubgraph } from '../server/schema.ts';
import { serve } from '../server/http/serve.ts';
import { createForks, WORKER_STDOUT } from '../server/workers/worker-process.ts';
import { runWorker, sharedWithWorkers, workerId } from '../server/workers/worker.ts';
import { createWorkerMetrics } from '../server/workers/worker-metrics.ts';
import { createWorkers } from '../server/workers/workers.ts';
import { upstreams } from '../upstreams/index.ts';

const usage = () => `Usage: npm start

Serves the OpenID Connect configuration gateway.

${commandList()}
The environment configures the gateway:

`;

/** The variables as a list for a terminal. */
function environmentHelp(): string {
  return environmentVariables(upstreams)
    .map(
      (variable) =>
        `  ${variable.name}${variable.default === null ? '' : ` (${variable.default})`}\n      ${variable.description}\n`,
    )
    .join('');
}

/** How long a worker may take to start listening, in milliseconds. If there are more workers than processors, they take turns. */
const START_MS = 30_000;

/** A configuration, with what this process watches. */
interface Configured {
  readonly config: Config;
  readonly watches: readonly Watch[];
}

async function configure(): Promise<Configured | null> {
  try {
    // Only the primary watches: a file that is not valid by now must keep no worker from starting.
    return workerId() === null
      ? await readWatchedConfig(upstreams)
      : { config: readConfig('production', upstreams), watches: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Otherwise the channel to the primary would keep a worker alive.
    process.stderr.write(`${error.message}\nnpm start -- --help lists every variable.\n`, () =>
      process.exit(1),
    );
    return null;
  }
}

/** Ends the process on an uncaught error, with a line in the log. */
function exitOnCrash(log: Log): void {
  const crash = (error: unknown) => {
    log.fatal({ error: describeCrash(error) }, 'crashed');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

/** Stops on the signals that terminals and process managers send. */
function stopOnSignal(
  log: Log,
  signals: readonly NodeJS.Signals[],
  stop: () => Promise<boolean>,
): void {
  const onSignal = (signal: string) => {
    log.info({ signal }, 'draining');
    void stop().then((clean) => {
      logStop(log, clean);
      process.exit(clean ? 0 : 1);
    });
  };
  for (const signal of signals) process.once(signal, onSignal);
}

/** Serves the metrics, if they are turned on. If the port cannot be used, the process ends. @param read gives their text */
async function openMetrics(
  { metrics }: Config,
  log: Log,
  read: (() => Promise<string>) | null,
): Promise<MetricsServer | null> {
  if (metrics === null || read === null) return null;
  try {
    return await serveMetrics(metrics, read);
  } catch (error) {
    logCannotListen(log.fatal, metrics, describeListenError(error), {}, 'metrics');
    process.exit(1);
  }
}

const readAgain = () => readWatches(upstreams);

/** Serves with a single process. */
async function serveAlone({ config, watches }: Configured): Promise<void> {
  const log = createLog(config.logLevel, openStdout({ shared: false }));
  exitOnCrash(log);
  const tracing = await loadTracing(config.tracing, log);
  const redis = await loadRedis(config.redis, (event) => {
    logRedis(log, event);
  });
  const gateway = createGateway(config, { upstreams, log, tracing, redis });
  // First, so that nothing is served by a gateway that cannot be watched as asked.
  const opening = openMetrics(config, log, readerOf(gateway.metrics));
  const starting = opening
    .then(() => serve(gateway, config))
    .catch((error: unknown) => {
      logCannotListen(log.fatal, config, describeListenError(error));
      process.exit(1);
    });
  // No other process could take over during a restart.
  const ends = config.watch === null ? (['SIGHUP'] as const) : [];
  stopOnSignal(log, ['SIGTERM', 'SIGINT', ...ends], async () => (await starting).stop());
  if (config.watch !== null) {
    const watchAgain = watchingAgain(readAgain, { log, watch: gateway.watch });
    process.on('SIGHUP', () => {
      void starting.then(watchAgain);
    });
  }
  if (takeHangUp()) process.emit('SIGHUP', 'SIGHUP');
  const { url } = await starting;
  const metrics = await opening;
  logStart(log, config, { url, report: gateway.report });
  if (metrics !== null) logMetrics(log, metrics.url);
  beginWatching(config.watch, { log, watches, watch: gateway.watch });
}

/** Serves with several worker processes, which this one supervises. */
async function serveByWorkers({ config, watches }: Configured): Promise<void> {
  const log = createLog(config.logLevel, openStdout({ shared: true }));
  exitOnCrash(log);
  const { workers: count, host, port, shutdownGraceMs: graceMs } = config;
  const workerMetrics = config.metrics === null ? null : createWorkerMetrics();
  let watching: Watching | null = null;
  const { fork, forgetLogins, loginGate, retiredKeys } = createForks({
    loginMs: config.upstreamTimeoutMs,
    onFork: workerMetrics?.add,
    readWatches: () => watching?.read() ?? Promise.resolve([]),
  });
  if (config.watch !== null)
    watching = await openPrimaryWatching(config, {
      upstreams,
      log,
      loginGate,
      retiredKeys,
      metrics: workerMetrics?.own ?? null,
    });
  const checkPersisted = persistedChecks(config, log);
  const watchAgain =
    watching === null ? null : watchingAgain(readAgain, { log, watch: watching.watch });
  const onRestart = () => {
    forgetLogins();
    void checkPersisted('AGAIN');
    void watchAgain?.();
  };
  const workers = createWorkers({
    count,
    host,
    port,
    graceMs,
    startMs: START_MS * Math.ceil(count / availableParallelism()),
    fork,
    onRestart,
    log,
  });
  const metrics = await openMetrics(config, log, workerMetrics?.read ?? null);
  stopOnSignal(log, ['SIGTERM', 'SIGINT'], async () => {
    const [clean] = await Promise.all([
      workers.stop(),
      endsWithin(config.shutdownGraceMs, watching?.stop() ?? Promise.resolve()),
    ]);
    return clean;
  });
  process.on('SIGHUP', workers.restart);
  if (takeHangUp()) workers.restart();
  const start = await workers.start();
  if (start === 'FAILED') process.exit(1);
  if (start === 'STOPPED') return;
  logStart(log, config, start);
  if (metrics !== null) logMetrics(log, metrics.url);
  if (watching !== null) beginWatching(config.watch, { log, watches, watch: watching.watch });
  await checkPersisted('FIRST');
}

/** Checks the persisted documents for all workers, at the start and at each restart. */
function persistedChecks(
  { persistedDocuments: persisted, persistedDocumentsFile: file, limits, introspection }: Config,
  log: Log,
): (when: 'FIRST' | 'AGAIN') => Promise<void> {
  if (persisted === null || file === undefined) return () => Promise.resolve();
  let check: PersistedCheck | null = null;
  let latest = 0;
  return async (when) => {
    latest += 1;
    const asked = latest;
    const current =
      when === 'FIRST' ? persisted : await readPersistedDocumentsAgain(file, persisted);
    if (current === null || asked !== latest) return;
    check ??= createPersistedCheck(
      {
        schema: buildSubgraph(upstreams, limits),
        limits,
        introspection,
      },
      log,
    );
    await check.begin(current);
  };
}

/** Serves as one of the worker processes. */
async function serveAsWorker(config: Config, id: number): Promise<void> {
  const log = createLog(config.logLevel, openStdout({ shared: true, descriptor: WORKER_STDOUT }), {
    worker: id,
  });
  exitOnCrash(log);
  // Before anything listens to the primary: until then, its messages are kept.
  const tracing = await loadTracing(config.tracing, log);
  const redis = await loadRedis(config.redis, (event) => {
    logRedis(log, event);
  });
  runWorker(
    createGateway(config, {
      upstreams,
      log,
      ...sharedWithWorkers(),
      checksPersisted: false,
      tracing,
      redis,
    }),
    config,
  );
}

/** Serves as the configuration says. */
async function start(configured: Configured): Promise<void> {
  const { config } = configured;
  // V8 takes objects that wait for an upstream's response for long-lived, and moves them to where only full collections
  // free them. Without that, a mutation takes 1 to 4 µs less and the process needs 50 MB.
  setFlagsFromString('--no-allocation-site-pretenuring');
  const id = workerId();
  if (config.workers === 1) await serveAlone(configured);
  else if (id === null) await serveByWorkers(configured);
  else await serveAsWorker(config, id);
}

/** Serves the gateway, or prints how to configure it. */
export async function run(args: readonly string[]): Promise<void> {
  if (asksForHelp(args, 'npm start -- --help')) {
    process.stdout.write(usage() + environmentHelp());
    return;
  }
  const configured = await configure();
  if (configured !== null) await start(configured);
}
