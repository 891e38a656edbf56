import { ConfigError, readWatchedConfig } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import type { Watch } from '../config/files/watch-file.ts';
import { SharedSecrets } from '../domain/scrub/shared-secrets.ts';
import type { WatchResult, WatchState, WatchStatus } from '../domain/sign-in/watch.ts';
import { visible } from '../domain/text/visible.ts';
import { createRetiredKeys } from '../issuer/retired-keys.ts';
import { openConnections } from '../server/context/upstream-connections.ts';
import { createAudit } from '../server/log/audit.ts';
import { createLog } from '../server/log/log.ts';
import { logUpstreamEvent } from '../server/log/upstream-event-log.ts';
import { logWatchError } from '../server/log/watch-log.ts';
import { checkDeadlineOf, createRunners, REAL_CLOCK } from '../server/watching/watching.ts';
import { createLoginGate } from '../transport/credentials/login-gate.ts';
import { openPool } from '../transport/http/http.ts';
import { CancelSource } from '../transport/waiting/cancel-signal.ts';
import { Semaphore } from '../transport/waiting/semaphore.ts';
import { upstreams } from '../upstreams/index.ts';
import { checkWatch } from '../watch/check-watch.ts';
import { MAX_AT_ONCE } from '../watch/watcher.ts';
import { readCheckOptions } from './command-line.ts';

const USAGE = `Usage: oidc-config-gateway check [--json]

Makes one round of what WATCH_FILE names, with the configuration of the gateway in the environment. It only reads: entries
with \`mode: sync\` are reported as with \`mode: report\`.

  --json      Prints the results as one JSON object on stdout.
  -h, --help  Shows this text. npm start -- --help lists the variables.

Exits with 0 if nothing was found, with 2 if something was, and with 1 if a check, or the configuration, failed.
`;

const LABELS: Readonly<Record<WatchStatus, string>> = {
  OK: 'ok    ',
  FOUND: 'FOUND ',
  FAILED: 'FAILED',
};

/** A watch that was checked. */
interface Checked extends WatchState {
  readonly result: WatchResult;
}

/** Makes every check once. Nothing is written, and no webhook is sent. */
async function checkAll(config: Config, watches: readonly Watch[]): Promise<readonly Checked[]> {
  // Only what operators should know: stdout is for the results.
  const log = createLog(config.logLevel === 'silent' ? 'silent' : 'warn', process.stderr);
  const gatewaySecrets = new SharedSecrets();
  const connections = openConnections(config, upstreams, {
    openDispatcher: openPool,
    loginGate: createLoginGate(),
    gatewaySecrets,
    onEvent: (event, id) => {
      logUpstreamEvent(log, id, event);
    },
  });
  const runnerOf = createRunners(config, {
    connections,
    gatewaySecrets,
    retiredKeys: createRetiredKeys(),
    audit: createAudit(log, () => false),
    metrics: null,
    mayWrite: false,
  });
  const onUnexpected = (error: unknown) => {
    logWatchError(log, error, gatewaySecrets);
  };
  const places = new Semaphore(MAX_AT_ONCE);
  try {
    const checked = await Promise.all(
      watches.map(async (watch) => {
        const { kind, upstream, id, everyMs } = watch;
        const done = await places.run(() =>
          checkWatch(runnerOf(watch), {
            clock: REAL_CLOCK,
            deadlineMs: checkDeadlineOf(config),
            stop: new CancelSource(),
            holds: () => Promise.resolve(false),
            before: null,
            onUnexpected,
          }),
        );
        const about = { watch: kind.name, upstream, id, everyMs };
        return done === null ? [] : [{ ...about, result: done.result }];
      }),
    );
    return checked.flat();
  } finally {
    await Promise.all([...connections.values()].map((connection) => connection.close()));
  }
}

/** A result as lines for a terminal. */
function linesOf({ watch, id, result: { status, findings, error } }: Checked): string {
  const problems = error === null ? findings : [{ ...error, advice: null }];
  const details = problems.map(
    ({ code, message, advice }) =>
      `          ${code}: ${visible(message)}\n${advice === null ? '' : `            -> ${visible(advice)}\n`}`,
  );
  return `${LABELS[status]}  ${watch} ${id}\n${details.join('')}`;
}

function jsonOf(checked: readonly Checked[]): string {
  const watches = checked.map(({ watch, upstream, id, result: { status, findings, error } }) => ({
    watch,
    upstream,
    id,
    status,
    findings,
    error,
  }));
  return `${JSON.stringify({ watches })}\n`;
}

/** The exit code: a check that failed says more than one that found something, because it may have found more. */
function exitCodeOf(checked: readonly Checked[]): 0 | 1 | 2 {
  const has = (status: WatchStatus) => checked.some(({ result }) => result.status === status);
  return has('FAILED') ? 1 : has('FOUND') ? 2 : 0;
}

/** Makes one round of checks, or prints the help. */
export async function run(args: readonly string[]): Promise<void> {
  const options = readCheckOptions(args);
  if (options === null) {
    process.stderr.write(`An argument is unknown.\n\n${USAGE}`);
    process.exitCode = 1;
    return;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  try {
    const { config, watches } = await readWatchedConfig(upstreams);
    if (config.watch === null)
      throw new ConfigError(['WATCH_FILE must be set: it names what is checked']);
    const checked = await checkAll(config, watches);
    process.stdout.write(options.json ? jsonOf(checked) : checked.map(linesOf).join(''));
    process.exitCode = exitCodeOf(checked);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\nnpm start -- --help lists every variable.\n`);
    process.exitCode = 1;
  }
}
