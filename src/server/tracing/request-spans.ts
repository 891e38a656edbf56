import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import type { Progress } from '../../graph/context.ts';
import type { Attempt, AttemptSpan } from '../../transport/exchange/requester.ts';
import { TransportFailure } from '../../transport/http/http.ts';
import { traceparent } from '../../transport/http/trace.ts';
import type { ParentSpan } from '../../transport/http/trace.ts';
import type { ServerSpans, TracedRequest } from './tracing.ts';

/** The methods that a span names; any other one is not expected (OpenTelemetry, Semantic Conventions for HTTP). */
const METHODS = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
]);

/** How many root fields a span names: aliases can select a field many times. */
const MAX_FIELDS = 20;

/**
 * Records a request: a span for itself, one for its operation, and one for each attempt to call an upstream. Parents are
 * passed by hand, because the context of asynchronous calls would cost every request several microseconds on Node.js 20.
 *
 * Attributes come from the schema, the code and the configuration. The exceptions are ids: that of the request, and those
 * of the upstreams' responses. No span has a document, a variable, the name of an operation, a header or a filled-in URL.
 */
export class RecordedRequest implements ServerSpans {
  readonly #tracer: Tracer;
  readonly #server: Span;
  readonly #inServer: Context;
  #operation: Span | null = null;
  #inOperation: Context | null = null;

  constructor(
    tracer: Tracer,
    parent: ParentSpan | null,
    { requestId, method, path }: TracedRequest,
  ) {
    this.#tracer = tracer;
    const known = METHODS.has(method);
    this.#server = tracer.startSpan(
      `${known ? method : 'HTTP'} ${path}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': known ? method : '_OTHER',
          'http.route': path,
          'url.path': path,
          'url.scheme': 'http',
          'oidc_gateway.request_id': requestId,
        },
      },
      parent === null ? ROOT_CONTEXT : contextOf(parent),
    );
    this.#inServer = trace.setSpan(ROOT_CONTEXT, this.#server);
  }

  startOperation(type: 'query' | 'mutation' | 'subscription' | null): void {
    this.#operation = this.#tracer.startSpan(
      type ?? 'operation',
      type === null ? {} : { attributes: { 'graphql.operation.type': type } },
      this.#inServer,
    );
    this.#inOperation = trace.setSpan(ROOT_CONTEXT, this.#operation);
  }

  endOperation(
    { outcomes, unknownOutcomes }: Pick<Progress, 'outcomes' | 'unknownOutcomes'>,
    codes: readonly string[],
  ): void {
    const operation = this.#operation;
    if (operation === null) return;
    const named = outcomes.slice(0, MAX_FIELDS);
    operation.setAttributes({
      'oidc_gateway.fields': named.map(({ field }) => field),
      'oidc_gateway.members': named.map(({ member }) => member ?? 'null'),
    });
    const [error] = unknownOutcomes > 0 ? ['OUTCOME_UNKNOWN'] : codes;
    if (error !== undefined) fail(operation, error);
    operation.end();
  }

  startAttempt({ upstream, operation, method, base }: Attempt): AttemptSpan {
    const span = this.#tracer.startSpan(
      `${method} ${operation}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': method,
          'server.address': base.hostname,
          'server.port': portOf(base),
          'oidc_gateway.upstream': upstream,
          'oidc_gateway.upstream_operation': operation,
        },
      },
      this.#inOperation ?? this.#inServer,
    );
    const { traceId, spanId } = span.spanContext();
    return {
      traceparent: traceparent({ traceId, spanId, flags: SAMPLED }),
      end: (outcome, upstreamRequestId) => {
        const attributes: Attributes = {};
        if (outcome.status !== null) attributes['http.response.status_code'] = outcome.status;
        if (upstreamRequestId !== null)
          attributes['oidc_gateway.upstream_request_id'] = upstreamRequestId;
        if (outcome instanceof TransportFailure) {
          attributes['oidc_gateway.sent'] = outcome.sent;
          fail(span, outcome.reason);
        } else if (outcome.status >= 400) fail(span, String(outcome.status));
        span.setAttributes(attributes).end();
      },
    };
  }

  end(status: number | null, isHungUp: boolean): void {
    if (status !== null) this.#server.setAttribute('http.response.status_code', status);
    // A status below 500 is the caller's matter, and no failure of the server.
    if (status !== null && status >= 500) fail(this.#server, String(status));
    else if (isHungUp) this.#server.setAttribute('error.type', 'HUNG_UP');
    this.#server.end();
  }
}

/** The flags of a trace that is recorded. */
export const SAMPLED = '01';

/** A failure has a name from a closed set, and no message: that could repeat what was sent. */
function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}

function contextOf({ traceId, spanId, flags }: ParentSpan): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

function portOf({ port, protocol }: URL): number {
  return port !== '' ? Number(port) : protocol === 'https:' ? 443 : 80;
}
