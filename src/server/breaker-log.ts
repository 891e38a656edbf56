import type { BreakerEvent } from '../transport/policy/breaker.ts';
import type { Log } from './log.ts';

/** Tells the operator that calls to an upstream are paused, and that they go on: one line each, however many calls are refused meanwhile. */
export function logBreaker(log: Log, upstream: string, event: BreakerEvent): void {
  if (event.kind === 'BREAKER_OPENED') {
    log.warn(
      {
        upstream,
        failures: event.failures,
        failure: event.reason,
        retryS: inSeconds(event.retryMs),
      },
      'the upstream does not respond: its calls are refused unsent, and one is tried from time to time',
    );
  } else
    log.info(
      { upstream, openS: inSeconds(event.openMs) },
      'the upstream responds again: its calls go on',
    );
}

function inSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
