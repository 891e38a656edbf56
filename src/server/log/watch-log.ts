import { Scrubber } from '../../domain/scrub/scrub.ts';
import type { SharedSecrets } from '../../domain/scrub/shared-secrets.ts';
import type { WatchState } from '../../domain/sign-in/watch.ts';
import type { Notice, NoticeKind } from '../../watch/notice.ts';
import { describeError } from './log.ts';
import type { Log } from './log.ts';

/** The messages of notices. */
const MESSAGES: Readonly<Record<NoticeKind, string>> = {
  FOUND: 'a watch found something to act on',
  FAILED: 'a watch could not be checked',
  RECOVERED: 'what a watch found, or why it failed, is over',
  WRITTEN: 'a watch wrote',
};

/** The message of a failure that is about a write. */
const UNKNOWN = 'it is unknown whether the write of a watch was applied';

type About = Omit<WatchState, 'result'>;

/** Logs a notice about a watch: one line for each change. */
export function logNotice(
  log: Log,
  { watch, upstream, id }: About,
  { kind, result: { findings, error }, written }: Notice,
): void {
  const isBad = kind === 'FOUND' || kind === 'FAILED';
  log[isBad ? 'warn' : 'info'](
    {
      watch,
      upstream,
      id,
      ...(findings.length > 0 && { findings }),
      ...(error !== null && { error }),
      ...(written !== null && { written }),
    },
    kind === 'FAILED' && error?.code === 'OUTCOME_UNKNOWN' ? UNKNOWN : MESSAGES[kind],
  );
}

/** Logs that the webhook took no notice. @param reason a code or a status */
export function logUnsent(
  log: Log,
  { watch, upstream, id }: About,
  { kind }: Notice,
  reason: string,
): void {
  log.warn(
    { watch, upstream, id, notice: kind, reason },
    'a webhook was not delivered: it is sent again after the next check',
  );
}

/** Logs an error of a check that no operator can act on. */
export function logWatchError(log: Log, error: unknown, gatewaySecrets: SharedSecrets): void {
  log.error(
    { error: describeError(error, new Scrubber(gatewaySecrets)) },
    'a watch failed unexpectedly',
  );
}

/** Logs at startup what is watched. @param webhook whether notices are sent to one */
export function logWatching(
  log: Log,
  { watches, webhook }: { readonly watches: number; readonly webhook: boolean },
): void {
  log.info({ watches, webhook }, 'WATCH_FILE is watched');
}

/** Logs that nothing is watched, although the file is set. */
export function logNotWatched(log: Log): void {
  log.warn({}, 'WATCH_FILE is set, but nothing is watched in development: use npm start');
}

/** Logs what became of reading the file of watches again. @param issues why it is not used */
export function logWatchesRead(
  log: Log,
  read: { readonly watches: readonly unknown[] } | { readonly issues: readonly string[] },
): void {
  if ('watches' in read) log.info({ watches: read.watches.length }, 'WATCH_FILE was read again');
  else
    log.error(
      { issues: read.issues },
      'WATCH_FILE was read again and is not valid: what was watched before is watched on',
    );
}
