import type { RequestSpans } from '../../graph/context.ts';
import type { ParentSpan, Trace } from '../../transport/http/trace.ts';

/** Decides which requests are recorded as traces, and records them. */
export interface Tracing {
  /** Begins the trace of a request, or continues the caller's. @param parent null if it came with none */
  readonly begin: (parent: ParentSpan | null, request: TracedRequest) => RequestTrace;
  /** Exports what was recorded, and ends. Resolves after this time at the latest, in milliseconds. */
  readonly close: (ms: number) => Promise<void>;
}

/** What the span of a request says about it. Nothing of it is a secret, or in the body. */
export interface TracedRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
}

/** The trace that a request belongs to. */
export interface RequestTrace {
  readonly trace: Trace;
  /** Null if the request is not recorded. */
  readonly spans: ServerSpans | null;
}

/** The spans of a request that is recorded. */
export interface ServerSpans extends RequestSpans {
  /** @param status of the response, null if none was sent @param isHungUp whether the caller was gone before the response was out */
  readonly end: (status: number | null, isHungUp: boolean) => void;
}
