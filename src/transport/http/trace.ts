import { randomFillSync } from 'node:crypto';

/** A distributed trace that a request belongs to (W3C Trace Context, Recommendation of 2021-11-23). */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Two hexadecimal digits, such as `01` for a trace that is recorded. */
  readonly flags: string;
}

/** A trace, and the span in it that the caller made the request in. */
export interface ParentSpan extends Trace {
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/** Later versions may add fields after a hyphen, which are ignored. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})(?<traceId>[0-9a-f]{32})-(?!0{16})(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?:-.*)?$/;

/** Reads a `traceparent` header. @returns null if it is absent or malformed: then it must be ignored */
export function readTrace(header: string | null): ParentSpan | null {
  if (header === null) return null;
  const { traceId, spanId, flags } = TRACEPARENT.exec(header.trim())?.groups ?? {};
  return traceId === undefined || spanId === undefined || flags === undefined
    ? null
    : { traceId, spanId, flags };
}

/** Whether whoever began the trace, or passed it on, records it. */
export function isSampled({ flags }: Trace): boolean {
  return (Number.parseInt(flags, 16) & 1) === 1;
}

/** The `traceparent` of a request that is made in this span. */
export function traceparent({ traceId, spanId, flags }: ParentSpan): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

/** The `traceparent` of a request within a trace, as a span of its own. */
export function childOf({ traceId, flags }: Trace): string {
  return `00-${traceId}-${randomId(8)}-${flags}`;
}

/** Random bytes for ids, made for many at once: each call of the generator takes longer than an id. */
const POOL = Buffer.allocUnsafe(4096);
let used = POOL.length;

/** A random id of a trace (16 bytes) or a span (8 bytes) in hexadecimal. */
export function randomId(bytes: 8 | 16): string {
  for (;;) {
    if (used + bytes > POOL.length) {
      randomFillSync(POOL);
      used = 0;
    }
    const id = POOL.toString('hex', used, (used += bytes));
    // All zeros is no id.
    if (!/^0+$/.test(id)) return id;
  }
}
