import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../transport/http/http.ts';
import type { Outcome } from '../../transport/http/http.ts';
import { readTrace } from '../../transport/http/trace.ts';
import { RecordedRequest } from './request-spans.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = { traceId: TRACE, spanId: '00f067aa0ba902b7', flags: '01' };
const REQUEST = { requestId: 'mine', method: 'POST', path: '/graphql' };
const BASE = new URL('https://api.example.com/v1');

/** A request that is recorded, and the spans that have ended. */
function recorded(parent: typeof PARENT | null = null, method = 'POST') {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const spans = new RecordedRequest(provider.getTracer('test'), parent, { ...REQUEST, method });
  return {
    spans,
    ended: () =>
      exporter.getFinishedSpans().map((span) => ({
        name: span.name,
        kind: span.kind,
        spanId: span.spanContext().spanId,
        parent: span.parentSpanContext?.spanId,
        attributes: span.attributes,
        status: span.status,
      })),
  };
}

const attempt = { upstream: 'SHOP', operation: 'getThing', method: 'GET', base: BASE } as const;
const response = (status: number): Outcome => ({ status, header: () => null, body: '' });

describe('the spans of a request', () => {
  it('are within each other, and the first is within that of the caller', () => {
    const { spans, ended } = recorded(PARENT);
    spans.startOperation('query');
    const { traceparent, end } = spans.startAttempt(attempt);
    end(response(200), 'upstream-1');
    spans.endOperation(
      { outcomes: [{ field: 'thing', member: 'ThingSuccess' }], unknownOutcomes: 0 },
      [],
    );
    spans.end(200, false);
    const [call, operation, server] = ended();
    expect([server?.parent, operation?.parent, call?.parent]).toEqual([
      PARENT.spanId,
      server?.spanId,
      operation?.spanId,
    ]);
    expect(readTrace(traceparent)).toEqual({ traceId: TRACE, spanId: call?.spanId, flags: '01' });
    expect(ended()).toEqual([
      expect.objectContaining({
        name: 'GET getThing',
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          'server.address': 'api.example.com',
          'server.port': 443,
          'oidc_gateway.upstream': 'SHOP',
          'oidc_gateway.upstream_operation': 'getThing',
          'oidc_gateway.upstream_request_id': 'upstream-1',
        },
        status: { code: SpanStatusCode.UNSET },
      }),
      expect.objectContaining({
        name: 'query',
        kind: SpanKind.INTERNAL,
        attributes: {
          'graphql.operation.type': 'query',
          'oidc_gateway.fields': ['thing'],
          'oidc_gateway.members': ['ThingSuccess'],
        },
        status: { code: SpanStatusCode.UNSET },
      }),
      expect.objectContaining({
        name: 'POST /graphql',
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': 'POST',
          'http.response.status_code': 200,
          'http.route': '/graphql',
          'url.path': '/graphql',
          'url.scheme': 'http',
          'oidc_gateway.request_id': 'mine',
        },
        status: { code: SpanStatusCode.UNSET },
      }),
    ]);
  });

  it.each<[string, Outcome, object, SpanStatusCode]>([
    [
      'an error of the upstream',
      response(404),
      { 'http.response.status_code': 404, 'error.type': '404' },
      SpanStatusCode.ERROR,
    ],
    [
      'a lost connection',
      new TransportFailure('CONNECTION_LOST', true, null, new Error('canary')),
      { 'error.type': 'CONNECTION_LOST', 'oidc_gateway.sent': true },
      SpanStatusCode.ERROR,
    ],
    [
      'a redirect, which is not followed',
      response(302),
      { 'http.response.status_code': 302 },
      SpanStatusCode.UNSET,
    ],
  ])('say of an attempt that ended with %s', (_what, outcome, attributes, code) => {
    const { spans, ended } = recorded();
    spans.startAttempt(attempt).end(outcome, null);
    expect(ended()).toEqual([
      expect.objectContaining({
        attributes: expect.objectContaining(attributes) as unknown,
        status: { code },
      }),
    ]);
  });

  it.each<[string, number, readonly string[], string]>([
    ['an unknown outcome', 1, ['INTERNAL_SERVER_ERROR'], 'OUTCOME_UNKNOWN'],
    ['a GraphQL error', 0, ['INTERNAL_SERVER_ERROR', 'OTHER'], 'INTERNAL_SERVER_ERROR'],
  ])('name the error of an operation with %s', (_what, unknownOutcomes, codes, type) => {
    const { spans, ended } = recorded();
    spans.startOperation('mutation');
    spans.endOperation({ outcomes: [], unknownOutcomes }, codes);
    expect(ended()).toEqual([
      expect.objectContaining({
        attributes: expect.objectContaining({ 'error.type': type }) as unknown,
        status: { code: SpanStatusCode.ERROR },
      }),
    ]);
  });

  it.each<[string, number | null, boolean, object, SpanStatusCode]>([
    ['500', 500, false, { 'error.type': '500' }, SpanStatusCode.ERROR],
    ['a caller who hung up', null, true, { 'error.type': 'HUNG_UP' }, SpanStatusCode.UNSET],
    ['400', 400, false, { 'http.response.status_code': 400 }, SpanStatusCode.UNSET],
  ])('end with %s', (_what, status, isHungUp, attributes, code) => {
    const { spans, ended } = recorded();
    spans.end(status, isHungUp);
    expect(ended()).toEqual([
      expect.objectContaining({
        attributes: expect.objectContaining(attributes) as unknown,
        status: { code },
      }),
    ]);
  });

  it('name no method that is not expected, and not more fields than twenty', () => {
    const { spans, ended } = recorded(null, 'M-SEARCH');
    spans.startOperation('query');
    const outcomes = Array.from({ length: 30 }, () => ({ field: 'thing', member: null }));
    spans.endOperation({ outcomes, unknownOutcomes: 0 }, []);
    spans.end(405, false);
    const [operation, server] = ended();
    expect(operation?.attributes['oidc_gateway.fields']).toHaveLength(20);
    expect(operation?.attributes['oidc_gateway.members']).toEqual(Array(20).fill('null'));
    expect(server).toMatchObject({
      name: 'HTTP /graphql',
      attributes: { 'http.request.method': '_OTHER' },
    });
  });
});
