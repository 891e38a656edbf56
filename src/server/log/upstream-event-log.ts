import type { UpstreamEvent } from '../../transport/upstream-event.ts';
import { logBreaker } from './breaker-log.ts';
import { logCredentials } from './credentials-log.ts';
import type { Log } from './log.ts';

/** Logs what happens at an upstream and is not about one caller. */
export function logUpstreamEvent(log: Log, upstream: string, event: UpstreamEvent): void {
  switch (event.kind) {
    case 'BREAKER_OPENED':
    case 'BREAKER_CLOSED':
      logBreaker(log, upstream, event);
      break;
    case 'RESPONSE_LOST':
      // The line of the operation says it.
      break;
    default:
      logCredentials(log, upstream, event, event.scrubber);
  }
}
