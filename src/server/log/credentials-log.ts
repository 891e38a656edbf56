import type { Scrubber } from '../../domain/scrub/scrub.ts';
import { cut } from '../../domain/text/visible.ts';
import type { RequestIds } from '../../transport/credentials/request-collector.ts';
import type { CredentialsEvent } from '../../transport/credentials/gateway-credentials.ts';
import { describeError } from './log.ts';
import type { Log } from './log.ts';

/** Logs events of the gateway's own credentials, and what the operator has to fix. */
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
    case 'TOKEN_SHARED':
      log.info(
        { upstream, lifetimeS: Math.round(event.lifetimeMs / 1000) },
        'the gateway uses the token of a login of another instance',
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
        'the gateway could not log in; it tries again when a login is needed',
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
        'the login of the gateway was refused and is not retried, because accounts lock: fix the cause and restart the gateway',
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
        "the upstream refused the gateway's own credentials; the caller gets UPSTREAM_UNAVAILABLE",
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

/** The requests that failed for this reason: the first ids, and how many there are. */
function namesOf({ first, count }: RequestIds): {
  readonly requestIds: readonly string[];
  readonly requests: number;
} {
  return { requestIds: first, requests: count };
}
