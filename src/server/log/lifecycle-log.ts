import type { Config } from '../../config/config.ts';
import type { Gateway } from '../gateway.ts';
import { GRAPHQL_PATH } from '../http/router.ts';
import { systemErrorCode } from '../../domain/system-error.ts';
import { describeListenFailure, portNear } from '../http/listen-failure.ts';
import { describeCrash } from './log.ts';
import type { Log, WriteLine } from './log.ts';
import { hintAt } from '../../config/unknown-variables.ts';

/** What is known once the gateway listens. */
export interface Start {
  /** Origin, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly report: Gateway['report'];
}

/** Where the gateway tried to listen. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** What listens: its name, and what the variables of its address begin with. */
const LISTENERS = {
  gateway: { subject: 'The gateway', prefix: '' },
  metrics: { subject: 'The server of metrics', prefix: 'METRICS_' },
} as const;

/** Logs that the gateway cannot listen, and what to do about it. @param failure from `describeListenError` */
export function logCannotListen(
  write: WriteLine,
  { host, port }: Address,
  failure: Readonly<Record<string, unknown>>,
  about: Readonly<Record<string, unknown>> = {},
  listener: keyof typeof LISTENERS = 'gateway',
): void {
  const { code } = failure;
  const { subject, prefix } = LISTENERS[listener];
  const words = describeListenFailure(typeof code === 'string' ? code : 'unknown reason', {
    subject,
    host,
    port,
    variable: `${prefix}PORT`,
    command: 'npm start',
    otherPort: portNear(port),
    prefix,
  });
  write({ ...about, host, port, error: failure }, words);
}

/** Logs where the metrics are. */
export function logMetrics(log: Log, url: string): void {
  log.info({ url }, 'metrics are served');
}

/** Why listening failed, for the log: the system's code, if there is one, is enough. */
export function describeListenError(error: unknown): Readonly<Record<string, unknown>> {
  const code = systemErrorCode(error);
  return code === null ? describeCrash(error) : { code };
}

/** The warning about unknown names in the environment. */
const UNKNOWN_VARIABLES =
  'these variables resemble variables of the gateway but are not known to it; are they misspelled? See npm start -- --help.';

/** Logs what is configured, and where the gateway listens. */
export function logStart(
  log: Log,
  { workers, graphiql, authentication, persistedDocuments: persisted, unknownVariables }: Config,
  { url, report }: Start,
): void {
  if (unknownVariables.length > 0)
    log.warn({ variables: unknownVariables.map(hintAt) }, UNKNOWN_VARIABLES);
  for (const { label, baseUrl, urlVariables, credentials } of report) {
    if (baseUrl === null)
      log.warn(
        { upstream: label },
        `${label} is not configured: its operations fail with UPSTREAM_UNAVAILABLE. Set ${urlVariables.join(' or ')} to change that.`,
      );
    else log.info({ upstream: label, baseUrl, credentials }, 'upstream configured');
  }
  log.info(
    {
      url: `${url}${GRAPHQL_PATH}`,
      graphiql,
      callers: callersOf(authentication),
      ...(persisted !== null && {
        persistedDocuments: persisted.documents.size,
        persistedOnly: persisted.only,
      }),
      ...(workers > 1 && { workers }),
    },
    'listening',
  );
}

/** Logs how the gateway ended. */
export function logStop(log: Log, clean: boolean): void {
  if (clean) log.info({}, 'stopped');
  else
    log.error(
      {},
      'stopped after the grace period: requests that were still running were cut off; if any of them was a write, its outcome is unknown: see its log line above',
    );
}

/** Which callers are accepted, as shown to the operator. */
function callersOf(authentication: Config['authentication']): readonly string[] {
  if (authentication === null) return ['anybody'];
  return [
    ...(authentication.jwt === null ? [] : ['bearer tokens']),
    ...(authentication.apiKeys === null ? [] : ['API keys']),
  ];
}
