import type { Scrubber } from '../../domain/scrub/scrub.ts';
import type { NoAccessReason } from '../credentials/no-access.ts';
import type { HttpRequest, Outcome, TransportFailure } from '../http/http.ts';
import type { Trace } from '../http/trace.ts';
import type { CancelSignal } from '../waiting/cancel-signal.ts';

/** Who calls, as far as a request to an upstream has to know. */
export interface Requester {
  readonly requestId: string;
  /** The key that limits of the caller are counted by. Never shown or logged. */
  readonly callerKey: string;
  /** The trace that the request belongs to, null if it came with none. */
  readonly trace: Trace | null;
  /** Records the attempts of the request as spans of its trace; null if they are not recorded. */
  readonly spans: AttemptSpans | null;
  /** Fires when the caller hangs up. */
  readonly signal: CancelSignal;
  /** Knows every secret of the request. */
  readonly scrubber: Scrubber;
  readonly onUpstreamCall: (event: UpstreamCallEvent) => void;
  /**
   * Called before each attempt of a write is sent; nothing is sent until it resolves. Null if there is nothing to wait for.
   * @throws UpstreamUnavailableError if the write must not be sent
   */
  readonly beforeWrite: (attempt: WriteAttempt) => Promise<void> | null;
  /** Called when the request fails because the gateway's own access to an upstream does not work. */
  readonly onNoAccess: (upstream: string, reason: NoAccessReason) => void;
}

/** Records attempts to call upstreams. */
export interface AttemptSpans {
  readonly startAttempt: (attempt: Attempt) => AttemptSpan;
}

/** A request to an upstream that is about to be sent. Nothing of it depends on what the caller sent. */
export interface Attempt {
  readonly upstream: string;
  readonly operation: string;
  readonly method: HttpRequest['method'];
  /** Where the upstream is. */
  readonly base: URL;
}

/** The span of an attempt that is under way. */
export interface AttemptSpan {
  /** The header that tells the upstream about the span. */
  readonly traceparent: string;
  /** @param upstreamRequestId the upstream's id of the request, null if it gave none */
  readonly end: (outcome: Outcome, upstreamRequestId: string | null) => void;
}

/** A write that is about to be sent. */
export interface WriteAttempt {
  readonly upstream: string;
  readonly operation: string;
  /** Id of the object, null if the upstream chooses it. Not checked, and not scrubbed. */
  readonly object: string | null;
  /** 1 for the first time that it is sent. */
  readonly attempt: number;
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
}

/** One finished request to an upstream, for the log; an operation that is repeated has several. */
export interface UpstreamCallEvent {
  readonly upstream: string;
  readonly operation: string;
  /** HTTP status, null without a response. */
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly durationMs: number;
  /** Why there is no complete response; null if there is one. */
  readonly failure: TransportFailure | null;
}
