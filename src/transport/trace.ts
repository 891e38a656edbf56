import { randomBytes } from 'node:crypto';

/** A distributed trace that a request belongs to (W3C Trace Context, Recommendation of 2021-11-23). */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Two hexadecimal digits, such as `01` for a trace that is recorded. */
  readonly flags: string;
}

/** Later versions may add fields after a hyphen, which are passed over. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})(?<traceId>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-(?<flags>[0-9a-f]{2})(?:-.*)?$/;

/** Reads a `traceparent` header. @returns null where it is absent or malformed: then it must be ignored */
export function readTrace(header: string | null): Trace | null {
  const { traceId, flags } = TRACEPARENT.exec(header?.trim() ?? '')?.groups ?? {};
  return traceId === undefined || flags === undefined ? null : { traceId, flags };
}

/** The `traceparent` of a request that is made within a trace, as a span of its own. */
export function childOf({ traceId, flags }: Trace): string {
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
}
