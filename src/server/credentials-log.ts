import type { Scrubber } from '../domain/scrub.ts';
import { cut } from '../domain/visible.ts';
import type { RequestIds } from '../transport/own-access.ts';
import type { CredentialsEvent } from '../transport/own-credentials.ts';
import { describeError } from './log.ts';
import type { Log } from './log.ts';

/** Tells the operator what becomes of the gateway's own credentials, and what there is to mend. */
export function logCredentials(
  log: Log,
  upstream: string,
  event: CredentialsEvent,
  scrubber: Scrubber,
): void {
  switch (event.kind) {
    case 'LOGGED_IN':
      log.info(
        { upstream, lifetimeS: Math.round(event.lifetimeMs / 1000) },
        'the gateway logged in',
      );
      break;
    case 'LOGIN_FAILED':
      log.warn(
        {
          upstream,
          retryS: event.retryMs / 1000,
          error: describeError(event.error, scrubber),
          advice: event.advice,
          ...namesOf(event.requests),
        },
        'the gateway could not log in; it tries again when it is needed',
      );
      break;
    case 'LOGIN_REFUSED':
      log.error(
        {
          upstream,
          said: cut(scrubber.text(event.error.message)),
          advice: event.error.advice,
          ...namesOf(event.requests),
        },
        'the login of the gateway was refused, and is not tried again, because accounts lock: mend what is wrong and start the gateway again',
      );
      break;
    case 'CALL_REFUSED': {
      const { status = null, requestId = null, details = [] } = event.error.upstream ?? {};
      log.error(
        {
          upstream,
          status,
          upstreamRequestId: requestId,
          said: details.map(({ code, message }) => ({
            code: code === null ? null : cut(code),
            message: message === null ? null : cut(scrubber.text(message)),
          })),
          advice: event.advice,
          ...namesOf(event.requests),
        },
        "the upstream refused the gateway's own credentials; the caller was told that it is unavailable",
      );
      break;
    }
    case 'CLOCK_SKEW': {
      const seconds = Math.abs(Math.round(event.skewMs / 1000));
      if (seconds === 0)
        log.info({ upstream }, "this machine's clock agrees with the upstream's again");
      else
        log.warn(
          { upstream, skewS: Math.round(event.skewMs / 1000) },
          `this machine's clock is ${seconds} s ${event.skewMs > 0 ? 'ahead of' : 'behind'} the upstream's: set it (NTP), or signatures and tokens will be refused`,
        );
      break;
    }
  }
}

/** The requests of callers that failed for this reason: the first ones by their ids, and how many there are. */
function namesOf({ first, count }: RequestIds): {
  readonly requestIds: readonly string[];
  readonly requests: number;
} {
  return { requestIds: first, requests: count };
}
