import type { WatchError, WatchOutcome, WatchResult } from '../domain/sign-in/watch.ts';
import { OidcError } from '../domain/errors.ts';
import { cut } from '../domain/text/visible.ts';
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
      if (error instanceof OidcError) return { code: error.code, message: cut(error.message, 500) };
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
