import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import type { Scrubber } from '../domain/scrub.ts';

/** JSON lines on stdout, unless a destination is given. What is logged is chosen field by field, never whole objects. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } };
  return pino(options, destination ?? stdout());
}

/**
 * Stdout as it is: pino's own stream to it waits for ever at the exit where nobody reads any more. What cannot be
 * written is lost, and the work goes on.
 */
function stdout(): DestinationStream {
  process.stdout.on('error', () => undefined);
  return { write: (line) => { process.stdout.write(line); } };
}

/** An error with its causes, for a log line, free of the request's secrets. */
export function describeError(error: unknown, scrubber: Scrubber): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  return {
    name: error.name,
    message: scrubber.text(error.message),
    stack: scrubber.text(error.stack ?? ''),
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...(error.cause !== undefined && { cause: describeError(error.cause, scrubber) }),
  };
}

/** An error outside of any request: where it was thrown, without its message, of which nobody knows what it holds. */
export function describeCrash(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    stack: frames.map((frame) => frame.trim()),
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
  };
}
