import type { Config } from '../config.ts';
import type { Gateway } from './gateway.ts';
import { GRAPHQL_PATH } from './listener.ts';
import { describeListenFailure, listenFailureCode, portBeside } from './listen-failure.ts';
import { describeCrash } from './log.ts';
import type { Log, WriteLine } from './log.ts';
import { hintAt } from './unknown-variables.ts';

/** What is known once the gateway listens. */
export interface Start {
  /** Origin, e.g. `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly report: Gateway['report'];
}

/** Where the gateway was to listen. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** Tells that the gateway cannot listen, and what to do about it. @param failure as `describeListenError` has it */
export function logCannotListen(
  write: WriteLine,
  { host, port }: Place,
  failure: Readonly<Record<string, unknown>>,
  about: Readonly<Record<string, unknown>> = {},
): void {
  const { code } = failure;
  const words = describeListenFailure(typeof code === 'string' ? code : 'unknown reason', {
    who: 'The gateway',
    host,
    port,
    variable: 'PORT',
    command: 'npm start',
    otherPort: portBeside(port),
  });
  write({ ...about, host, port, error: failure }, words);
}

/** Why listening has failed, for the log: the system's code says it all, where there is one. */
export function describeListenError(error: unknown): Readonly<Record<string, unknown>> {
  const code = listenFailureCode(error);
  return code === null ? describeCrash(error) : { code };
}

/** What the operator has to look at where the environment has names that are not known. */
const UNKNOWN_VARIABLES =
  'these variables look like those of the gateway, which has none of that name: are they misspelt? See npm start -- --help.';

/** Tells what is configured, and where the gateway listens. */
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
        `${label} is not configured: its operations answer that it is unavailable. Set ${urlVariables.join(' or ')} to change that.`,
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

/** Tells how the gateway ended. */
export function logStop(log: Log, clean: boolean): void {
  if (clean) log.info({}, 'stopped');
  else
    log.error(
      {},
      'stopped after the grace period: requests that were still running have been cut off; the outcome of a write among them is unknown, and its line above says so',
    );
}

/** Who is let in, for the operator. */
function callersOf(authentication: Config['authentication']): readonly string[] {
  if (authentication === null) return ['anybody'];
  return [
    ...(authentication.jwt === null ? [] : ['bearer tokens']),
    ...(authentication.apiKeys === null ? [] : ['API keys']),
  ];
}
