import type { WatchError, WatchOutcome, WatchResult } from '../domain/sign-in/watch.ts';
import { OidcError, OutcomeUnknownError, PermissionDeniedError } from '../domain/errors.ts';
import { cut, visible } from '../domain/text/visible.ts';
import { CancelSource } from '../transport/waiting/cancel-signal.ts';
import type { CancelSignal } from '../transport/waiting/cancel-signal.ts';
import { boundedFindings, signatureOf } from './notice.ts';

/** Time, which tests let pass. */
export interface WatchClock {
  /** In milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back once, after this time in milliseconds. @returns what stops that */
  readonly wait: (ms: number, callback: () => void) => () => void;
}

/** What a check may do. */
export interface Leave {
  /** Fires when the check has to end. */
  readonly signal: CancelSignal;
  /** Asked before each write. @returns why nothing may be written any more; null if it may */
  readonly refusal: () => Promise<string | null>;
}

/** Makes a check. @throws any error, with what it says free of secrets */
export type RunCheck = (leave: Leave) => Promise<WatchOutcome>;

export interface CheckOptions {
  readonly clock: WatchClock;
  readonly deadlineMs: number;
  /** Fires if the check is not needed any more. */
  readonly stop: CancelSignal;
  /** Whether somebody else may make the check by now. */
  readonly holds: () => Promise<boolean>;
  readonly before: WatchResult | null;
  /** Called with an error that no operator can act on. */
  readonly onUnexpected: (error: unknown) => void;
}

/** Makes a check in time. @returns its result, and what was written; null if it was stopped */
export async function checkWatch(
  run: RunCheck,
  { clock, deadlineMs, stop, holds, before, onUnexpected }: CheckOptions,
): Promise<{ readonly result: WatchResult; readonly written: string | null } | null> {
  const signal = new CancelSource();
  const cancel = () => {
    signal.cancel();
  };
  stop.addEventListener('abort', cancel);
  let endWait: () => void = cancel;
  const late = new Promise<WatchError>((resolve) => {
    endWait = clock.wait(deadlineMs, () => {
      resolve({
        code: 'TIMEOUT',
        message: `The check did not end within ${Math.round(deadlineMs / 1_000)} seconds.`,
      });
      cancel();
    });
  });
  const refusal = async () => {
    if (signal.aborted) return 'The time of the check is over.';
    return (await holds().catch(() => false))
      ? null
      : 'Another instance may make the check by now.';
  };
  try {
    const ran = run({ signal, refusal }).catch((error: unknown): WatchError => {
      if (error instanceof OidcError)
        return { code: error.code, message: cut(wordsOf(error), 500) };
      onUnexpected(error);
      return { code: 'INTERNAL', message: 'An unexpected error occurred; the log has it.' };
    });
    const outcome = await Promise.race([ran, late]);
    if (stop.aborted) return null;
    return 'findings' in outcome
      ? {
          result: resultOf(outcome, null, before, clock.now()),
          written: outcome.written,
        }
      : {
          result: resultOf({ findings: [], written: null }, outcome, before, clock.now()),
          written: null,
        };
  } finally {
    endWait();
    stop.removeEventListener('abort', cancel);
  }
}

/** What an error says to operators. Messages of errors are for callers: they point to what a watch has not, and keep back what is for its operator. */
function wordsOf(error: OidcError): string {
  if (error instanceof OutcomeUnknownError)
    return 'The write was sent, and it is unknown whether it was applied. The next check reads what is stored, and writes only if that is not as it should be.';
  const { cause } = error;
  if (!(cause instanceof PermissionDeniedError)) return error.message;
  const { missing } = cause;
  const rights =
    missing.length === 0
      ? 'a right'
      : `${missing.length === 1 ? '' : 'one of '}${visible(missing.join(', '))}`;
  return `The platform refused the gateway's own credentials: they need ${rights}. The log has what it said, and what to do.`;
}

function resultOf(
  { findings, written }: WatchOutcome,
  error: WatchError | null,
  before: WatchResult | null,
  now: number,
): WatchResult {
  const result: WatchResult = {
    status: error !== null ? 'FAILED' : findings.length > 0 ? 'FOUND' : 'OK',
    findings: boundedFindings(findings),
    error,
    checkedAt: now,
    changedAt: now,
    written: written === null ? (before?.written ?? null) : { at: now, what: written },
  };
  return before !== null && signatureOf(before) === signatureOf(result)
    ? { ...result, changedAt: before.changedAt }
    : result;
}
