import { Scrubber } from '../../domain/scrub/scrub.ts';
import type { SharedSecrets } from '../../domain/scrub/shared-secrets.ts';
import { newProgress } from '../../graph/context.ts';
import type { GatewayContext } from '../../graph/context.ts';
import type { Caller } from '../../transport/connection.ts';
import type { UpstreamCallEvent, WriteAttempt } from '../../transport/exchange/requester.ts';
import { readTrace } from '../../transport/http/trace.ts';
import type { Upstream } from '../../transport/upstream.ts';
import type { Admitted } from '../limits/admission.ts';
import { headerOf } from '../http/header-lists.ts';
import type { ApiRequest } from '../http/router.ts';
import { keepCall } from '../log/upstream-calls.ts';

/** What the contexts of all callers share. */
export interface Surroundings extends Pick<
  GatewayContext,
  'connections' | 'issuers' | 'retiredKeys' | 'readWatches'
> {
  /** Called after each request to an upstream, for metrics. */
  readonly onUpstreamCall?: ((event: UpstreamCallEvent) => void) | undefined;
  /** As in the context. */
  readonly onSignInCheck?: GatewayContext['onSignInCheck'] | undefined;
  readonly onKeySync?: GatewayContext['onKeySync'] | undefined;
  /** As `Caller.beforeWrite`. */
  readonly beforeWrite: (context: GatewayContext, attempt: WriteAttempt) => Promise<void> | null;
}

export interface ContextOptions extends Surroundings {
  readonly upstreams: readonly Pick<Upstream, 'id' | 'tokenHeaders'>[];
  /** Headers of the gateway itself: their values are never tokens for an upstream. */
  readonly ownHeaders: ReadonlySet<string>;
  /** Secrets of the gateway's own credentials. Responses of all upstreams are scrubbed of them. */
  readonly gatewaySecrets: SharedSecrets;
}

/** @param key the caller's idempotency key, null if there is none */
export type ContextOf = (api: ApiRequest, admitted: Admitted, key: string | null) => GatewayContext;

/** Makes the context of resolvers for a request that was let in. */
export function createContexts({
  upstreams,
  ownHeaders,
  gatewaySecrets,
  ...surroundings
}: ContextOptions): ContextOf {
  const { connections } = surroundings;
  // A token for an upstream that is not configured goes nowhere.
  const tokenHeaders = upstreams
    .filter(({ id }) => connections.has(id))
    .flatMap((upstream) => upstream.tokenHeaders)
    .filter((name) => !ownHeaders.has(name));
  return ({ request, requestId, signal, traced }, { identity, callerKey, secretHeaders }, key) => {
    const header: Caller['header'] = (name) => {
      const key = name.toLowerCase();
      const value = ownHeaders.has(key)
        ? undefined
        : key === 'authorization'
          ? headerOf(request, key)
          : request.headers[key];
      return (Array.isArray(value) ? value.join(', ') : value) ?? null;
    };
    const scrubber = new Scrubber(gatewaySecrets);
    for (const value of secretHeaders) scrubber.addHeader(value);
    const tokens: (string | null)[] = [];
    for (const name of tokenHeaders) {
      const value = header(name);
      if (value !== null && value !== '') scrubber.addHeader(value);
      if (key !== null) tokens.push(value);
    }
    return contextOf(
      {
        requestId,
        identity,
        callerKey,
        // Not by an address: many callers may share one.
        idempotency:
          key === null
            ? null
            : { key, caller: identity === null ? JSON.stringify(tokens) : callerKey },
        header,
        trace: traced === null ? readTrace(header('traceparent')) : traced.trace,
        spans: traced?.spans ?? null,
        signal,
        scrubber,
      },
      surroundings,
    );
  };
}

/** What a context gets from who calls. */
type Origin = Pick<
  GatewayContext,
  | 'requestId'
  | 'identity'
  | 'callerKey'
  | 'idempotency'
  | 'header'
  | 'trace'
  | 'spans'
  | 'signal'
  | 'scrubber'
>;

/** The context of somebody who calls. */
export function contextOf(
  origin: Origin,
  {
    connections,
    issuers,
    retiredKeys,
    readWatches,
    onUpstreamCall,
    onSignInCheck,
    onKeySync,
    beforeWrite,
  }: Surroundings,
): GatewayContext {
  const context: GatewayContext = {
    ...origin,
    refusal: null,
    connections,
    issuers,
    retiredKeys,
    readWatches,
    progress: newProgress(),
    onSignInCheck: onSignInCheck ?? (() => undefined),
    onKeySync: onKeySync ?? (() => undefined),
    onUpstreamCall: (event) => {
      keepCall(context, event);
      onUpstreamCall?.(event);
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
}
