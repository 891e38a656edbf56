import type { BreakerEvent } from '../../transport/policy/breaker.ts';
import type { Log } from './log.ts';

/** Logs that calls to an upstream are paused, and that they go on: one line each, however many calls are refused in between. */
export function logBreaker(log: Log, upstream: string, event: BreakerEvent): void {
  if (event.kind === 'BREAKER_OPENED') {
    log.warn(
      {
        upstream,
        failures: event.failures,
        failure: event.reason,
        retryS: inSeconds(event.retryMs),
      },
      'the upstream does not respond: calls to it are refused before they are sent, and one is tried from time to time',
    );
  } else
    log.info(
      { upstream, openS: inSeconds(event.openMs) },
      'the upstream responds again: calls to it resume',
    );
}

function inSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
