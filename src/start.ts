import { takeHangUp } from './early-signals.ts';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { asksForHelp } from './command-line.ts';
import { ConfigError, environmentVariables, readConfig } from './config.ts';
import type { Config } from './config.ts';
import { describeListenError, logCannotListen, logStart, logStop } from './server/announcements.ts';
import { addFederation } from './graph/federation.ts';
import { createGateway } from './server/gateway.ts';
import { mostReferences } from './server/limits.ts';
import { openStdout } from './server/line-writer.ts';
import { createLog, describeCrash } from './server/log.ts';
import type { Log } from './server/log.ts';
import { createPersistedCheck } from './server/persisted-check.ts';
import type { PersistedCheck } from './server/persisted-check.ts';
import { readPersistedDocumentsAgain } from './server/persisted-settings.ts';
import { buildSchema } from './server/schema.ts';
import { serve } from './server/serve.ts';
import { createForks, WORKER_STDOUT } from './server/worker-process.ts';
import { runWorker, sharedLoginGate, workerId } from './server/worker.ts';
import { createWorkers } from './server/workers.ts';
import { surviveClosedPipes } from './terminal.ts';
import { upstreams } from './upstreams/index.ts';

const USAGE = `Usage: npm start

Serves the OpenID Connect configuration gateway. It is configured by the environment:

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

/** How long a worker may take to listen, in milliseconds; more workers than processors take turns. */
const START_MS = 30_000;

function configure(): Config | null {
  try {
    return readConfig('production', upstreams);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // A worker would be kept alive by its channel to the primary.
    process.stderr.write(`${error.message}\nnpm start -- --help lists every variable.\n`, () =>
      process.exit(1),
    );
    return null;
  }
}

/** What is not caught ends the process, with a line in the log. */
function exitOnCrash(log: Log): void {
  const crash = (error: unknown) => {
    log.fatal({ error: describeCrash(error) }, 'crashed');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

/** Stops on signals of terminals and process managers. */
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

/** Serves with this process alone. */
async function serveAlone(config: Config): Promise<void> {
  const log = createLog(config.logLevel, openStdout({ shared: false }));
  exitOnCrash(log);
  const gateway = createGateway(config, { upstreams, log });
  const starting = serve(gateway, config).catch((error: unknown) => {
    logCannotListen(log.fatal, config, describeListenError(error));
    process.exit(1);
  });
  // There is nobody to take over meanwhile.
  stopOnSignal(log, ['SIGTERM', 'SIGINT', 'SIGHUP'], async () => (await starting).stop());
  if (takeHangUp()) process.emit('SIGHUP', 'SIGHUP');
  const { url } = await starting;
  logStart(log, config, { url, report: gateway.report });
}

/** Serves with several processes, which this one looks after. */
async function serveByWorkers(config: Config): Promise<void> {
  const log = createLog(config.logLevel, openStdout({ shared: true }));
  exitOnCrash(log);
  const { workers: count, host, port, shutdownGraceMs: graceMs } = config;
  const { fork, forgetLogins } = createForks({ loginMs: config.upstreamTimeoutMs });
  const checkPersisted = persistedChecks(config, log);
  const onRestart = () => {
    forgetLogins();
    void checkPersisted('AGAIN');
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
  stopOnSignal(log, ['SIGTERM', 'SIGINT'], workers.stop);
  process.on('SIGHUP', workers.restart);
  if (takeHangUp()) workers.restart();
  const start = await workers.start();
  if (start === 'FAILED') process.exit(1);
  if (start === 'STOPPED') return;
  logStart(log, config, start);
  await checkPersisted('FIRST');
}

/** Checks the persisted documents for all workers: as they were at the start, or as they are now. */
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
        schema: addFederation(buildSchema(upstreams), mostReferences(limits)),
        limits,
        introspection,
      },
      log,
    );
    await check.begin(current);
  };
}

/** Serves as one of these processes. */
function serveAsWorker(config: Config, id: number): void {
  const log = createLog(config.logLevel, openStdout({ shared: true, descriptor: WORKER_STDOUT }), {
    worker: id,
  });
  exitOnCrash(log);
  runWorker(
    createGateway(config, { upstreams, log, loginGate: sharedLoginGate(), checksPersisted: false }),
    config,
  );
}

async function run(config: Config): Promise<void> {
  // What a request needs while its upstream answers looks long-lived to V8, which would then put it where only full
  // collections look: without that, a mutation takes 1 to 4 µs less, and the process 50 MB.
  setFlagsFromString('--no-allocation-site-pretenuring');
  const id = workerId();
  if (config.workers === 1) await serveAlone(config);
  else if (id === null) await serveByWorkers(config);
  else serveAsWorker(config, id);
}

surviveClosedPipes();
if (asksForHelp('npm start')) {
  process.stdout.write(USAGE + environmentHelp());
} else {
  const config = configure();
  if (config !== null) await run(config);
}
