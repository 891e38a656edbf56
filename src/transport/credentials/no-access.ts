import { UpstreamUnavailableError } from '../../domain/errors.ts';
import { TimeLimit } from '../waiting/time-limit.ts';
import type { GaveUp, Patience } from '../waiting/time-limit.ts';

/** Why the gateway's own access to an upstream does not work: the `kind` of the event in the log, or that the request could not wait for it. */
export type NoAccessReason = 'LOGIN_FAILED' | 'LOGIN_REFUSED' | 'CALL_REFUSED' | 'WAITED_TOO_LONG';

/** The cause of an error that callers get because the gateway's own access does not work. */
export class NoAccess extends Error {
  readonly reason: NoAccessReason;

  constructor(reason: NoAccessReason) {
    super(reason);
    this.name = 'NoAccess';
    this.reason = reason;
  }
}

/** What callers get if the gateway's own access does not work. The reason is for the operator. */
export function unavailable(label: string, cause: unknown): UpstreamUnavailableError {
  return new UpstreamUnavailableError(
    `${label} cannot be used through this gateway now: the gateway's own access to it does not work. Nothing was applied. Its operator can find the reason in the log.`,
    null,
    { cause },
  );
}

/**
 * Waits for a promise that never rejects.
 * @throws UpstreamUnavailableError if the deadline passes, or the caller hangs up, before its end
 */
export function within<Result>(
  patience: Patience,
  end: Promise<Result>,
  label: string,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = (why: GaveUp) => {
      limit.stop();
      const isLate = why === 'TIMEOUT';
      reject(
        new UpstreamUnavailableError(
          `${isLate ? `The deadline passed while the gateway waited for its own access to ${label}` : 'The caller hung up'}. Nothing was applied: it is safe to send the request again.`,
          null,
          isLate ? { cause: new NoAccess('WAITED_TOO_LONG') } : undefined,
        ),
      );
    };
    const limit = TimeLimit.at(patience, giveUp);
    if (patience.signal.aborted) giveUp('CANCELLED');
    void end.then((result) => {
      limit.stop();
      resolve(result);
    });
  });
}
