import { performance } from 'node:perf_hooks';
import { UpstreamUnavailableError } from '../domain/errors.ts';
import type { Wait } from './authenticator.ts';

/** Why the gateway's own access to an upstream does not work: the log has a line of this kind, or the request could not wait for it. */
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

/** The requests that an event is about, for the log. */
export interface RequestIds {
  /** The first of them. */
  readonly first: readonly string[];
  /** How many there are; counted up to 1,000. */
  readonly count: number;
}

/** Requests that a line of the log names, and those that are counted for it. */
const MAX_NAMED = 10;
const MAX_COUNTED = 1_000;

/** Collects the requests that the next event is about, each once. */
export class RequestCollector {
  readonly #ids = new Set<string>();

  add(id: string): void {
    if (this.#ids.size < MAX_COUNTED) this.#ids.add(id);
  }

  /** Those collected so far, after `own`; the next event begins with none. */
  take(...own: readonly string[]): RequestIds {
    const all = new Set([...own, ...this.#ids]);
    this.#ids.clear();
    return { first: [...all].slice(0, MAX_NAMED), count: all.size };
  }
}

/** What callers get where the gateway's own access does not work; the rest is for the operator. */
export function unavailable(label: string, cause: unknown): UpstreamUnavailableError {
  return new UpstreamUnavailableError(
    `${label} cannot be used through this gateway now: the gateway's own access to it does not work. Nothing was applied. Its operator finds the reason in the log.`,
    null,
    { cause },
  );
}

/**
 * Waits for what never fails.
 * @throws UpstreamUnavailableError where the caller's time is up, or the caller gone, before the end
 */
export function within<Result>(
  { deadline, hangUp }: Wait,
  end: Promise<Result>,
  label: string,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      hangUp.removeEventListener('abort', onHangUp);
    };
    const giveUp = (what: string, cause?: NoAccess) => {
      settle();
      reject(
        new UpstreamUnavailableError(
          `${what}. Nothing was applied: it is safe to send it again.`,
          null,
          cause && { cause },
        ),
      );
    };
    const onHangUp = () => {
      giveUp('The caller hung up');
    };
    const onTimeUp = () => {
      giveUp(
        `The deadline passed while the gateway waited for its own access to ${label}`,
        new NoAccess('WAITED_TOO_LONG'),
      );
    };
    const timer = setTimeout(onTimeUp, Math.max(0, deadline - performance.now()));
    hangUp.addEventListener('abort', onHangUp);
    if (hangUp.aborted) onHangUp();
    void end.then((result) => {
      settle();
      resolve(result);
    });
  });
}
