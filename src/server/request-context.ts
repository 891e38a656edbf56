import { Scrubber } from '../domain/scrub.ts';
import type { SharedSecrets } from '../domain/shared-secrets.ts';
import type { GatewayContext } from '../graph/context.ts';
import type { Caller } from '../transport/connection.ts';
import type { UpstreamCallEvent, WriteAttempt } from '../transport/exchange.ts';
import { Refusal } from '../transport/policy/refusal.ts';
import { readTrace } from '../transport/trace.ts';
import type { Upstream } from '../transport/upstream.ts';
import { headerOf } from './admission.ts';
import type { Admitted } from './admission.ts';
import type { ApiRequest } from './listener.ts';
import { describeError } from './log.ts';
import type { Log } from './log.ts';

export interface ContextOptions {
  readonly upstreams: readonly Pick<Upstream, 'id' | 'tokenHeaders'>[];
  readonly connections: Caller['connections'];
  /** Headers that belong to the gateway itself: what is in them is no token for an upstream, whatever it looks like. */
  readonly ownHeaders: ReadonlySet<string>;
  /** Secrets of the gateway's own credentials: any upstream may repeat them to anybody. */
  readonly ownSecrets: SharedSecrets;
  readonly log: Log;
  /** As `Caller.beforeWrite`. */
  readonly beforeWrite: (context: GatewayContext, attempt: WriteAttempt) => Promise<void> | null;
}

/** Makes what resolvers know of a request that was let in. */
export function createContexts({
  upstreams,
  connections,
  ownHeaders,
  ownSecrets,
  log,
  beforeWrite,
}: ContextOptions): (api: ApiRequest, admitted: Admitted) => GatewayContext {
  // What no upstream that is configured reads goes nowhere.
  const tokenHeaders = upstreams
    .filter(({ id }) => connections.has(id))
    .flatMap((upstream) => upstream.tokenHeaders)
    .filter((name) => !ownHeaders.has(name));
  return ({ request, requestId, hangUp }, { identity, callerKey, secretHeaders }) => {
    const header: Caller['header'] = (name) => {
      const key = name.toLowerCase();
      const value = ownHeaders.has(key)
        ? undefined
        : key === 'authorization'
          ? headerOf(request, key)
          : request.headers[key];
      return (Array.isArray(value) ? value.join(', ') : value) ?? null;
    };
    const scrubber = new Scrubber(ownSecrets);
    for (const value of secretHeaders) scrubber.addHeader(value);
    for (const name of tokenHeaders) {
      const value = header(name);
      if (value !== null && value !== '') scrubber.addHeader(value);
    }
    const context: GatewayContext = {
      requestId,
      identity,
      callerKey,
      refusal: null,
      header,
      trace: readTrace(header('traceparent')),
      hangUp,
      scrubber,
      connections,
      progress: {
        state: 'RECEIVED',
        outcomes: [],
        unknownOutcomes: 0,
        write: null,
        told: null,
        noAccess: null,
      },
      upstreamRequestIds: [],
      onUpstreamCall: (event) => {
        context.upstreamRequestIds.push(event.upstreamRequestId);
        logUpstreamCall(log, context, event);
      },
      beforeWrite: (attempt) => beforeWrite(context, attempt),
      onOutcomeUnknown: () => {
        context.progress.unknownOutcomes += 1;
      },
      onNoAccess: (upstream, reason) => {
        const known = (context.progress.noAccess ??= []);
        if (!known.some((one) => one.upstream === upstream && one.reason === reason))
          known.push({ upstream, reason });
      },
    };
    return context;
  };
}

function logUpstreamCall(
  log: Log,
  { requestId, trace, scrubber }: GatewayContext,
  { upstream, operation, status, upstreamRequestId, durationMs, failure }: UpstreamCallEvent,
): void {
  const fields = {
    requestId,
    traceId: trace?.traceId,
    upstream,
    operation,
    status,
    upstreamRequestId,
    durationMs,
  };
  if (failure === null) log.info(fields, 'upstream call');
  // The operation has its own line; when an upstream does not respond, there may be thousands a second.
  else if (failure instanceof Refusal)
    log.debug({ ...fields, failure: failure.reason, sent: false }, 'upstream call refused');
  else
    log.warn(
      {
        ...fields,
        failure: failure.reason,
        sent: failure.sent,
        ...(failure.cause !== undefined && { error: describeError(failure.cause, scrubber) }),
      },
      'upstream call failed',
    );
}
