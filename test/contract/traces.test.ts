import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startOtlpReceiver } from '../setup/otlp-receiver.ts';
import type { OtlpReceiver, Reaction, ReceivedSpan } from '../setup/otlp-receiver.ts';
import { permissiveUpstream, STORED } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Responder } from '../setup/scripted-upstream.ts';

/* Traces, as a receiver gets them over OTLP. */

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const [SERVER, CLIENT, INTERNAL] = [2, 3, 1];
const READ = documentOf('openIdConnect');
const CREATE = documentOf('createOpenIdConnect');

let receiver: OtlpReceiver | null = null;
let gateway: ScriptedGateway | null = null;
afterEach(async () => {
  await gateway?.stop();
  await receiver?.close();
  [receiver, gateway] = [null, null];
});

async function start(
  environment: Readonly<Record<string, string>> = {},
  responder: Responder = permissiveUpstream,
  ...reactions: readonly Reaction[]
): Promise<{ readonly gateway: ScriptedGateway; readonly receiver: OtlpReceiver }> {
  receiver = await startOtlpReceiver(...reactions);
  gateway = await startScriptedGateway({ ...receiver.environment, ...environment });
  gateway.upstream.respondWith(responder);
  return { gateway, receiver };
}

/** Stops the gateway, which exports the last spans. */
async function exported(): Promise<readonly ReceivedSpan[]> {
  await gateway?.stop();
  return receiver?.spans() ?? [];
}

const named = (spans: readonly ReceivedSpan[], kind: number) =>
  spans.filter((span) => span.kind === kind);
const traceparents = ({ upstream }: ScriptedGateway) =>
  upstream.seen.map(({ headers }) => String(headers['traceparent']));
const send = (
  document: string,
  variables: object,
  headers: Readonly<Record<string, string>> = {},
) => gateway?.post(document, variables, { ...HEADERS, ...headers });

describe('a request that is recorded', () => {
  it('is a span, with one for its operation, and one for the call to the upstream', async () => {
    const { gateway, receiver } = await start({
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=for%20the%20receiver',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    await send(CREATE, { input: STORED.openIdConnect }, { 'x-request-id': 'request-of-the-test' });
    const spans = await exported();
    const [server, operation, call] = spans;
    expect(spans).toEqual([
      expect.objectContaining({
        name: 'POST /graphql',
        kind: SERVER,
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/graphql',
          'http.response.status_code': 200,
          'url.path': '/graphql',
          'url.scheme': 'http',
          'oidc_gateway.request_id': 'request-of-the-test',
        },
      }),
      expect.objectContaining({
        name: 'mutation',
        kind: INTERNAL,
        traceId: server?.traceId,
        parentSpanId: server?.spanId,
        attributes: {
          'graphql.operation.type': 'mutation',
          'oidc_gateway.fields': ['createOpenIdConnect'],
          'oidc_gateway.members': ['CreateOpenIdConnectSuccess'],
        },
      }),
      expect.objectContaining({
        name: 'POST createOpenIdConnect',
        kind: CLIENT,
        traceId: server?.traceId,
        parentSpanId: operation?.spanId,
        attributes: {
          'http.request.method': 'POST',
          'http.response.status_code': 201,
          'server.address': '127.0.0.1',
          'server.port': Number(new URL(gateway.upstream.origin).port),
          'oidc_gateway.upstream': 'ORDERCLOUD',
          'oidc_gateway.upstream_operation': 'createOpenIdConnect',
        },
      }),
    ]);
    expect(server?.parentSpanId ?? '').toBe('');
    expect(server?.resource).toMatchObject({
      'service.name': 'oidc-config-gateway',
      'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      'process.pid': process.pid,
      'deployment.environment.name': 'test',
      'telemetry.sdk.language': 'nodejs',
    });
    expect(traceparents(gateway)).toEqual([
      `00-${String(server?.traceId)}-${String(call?.spanId)}-01`,
    ]);
    expect(receiver.exports).toMatchObject([
      { path: '/v1/traces', headers: { 'api-key': 'for the receiver' } },
    ]);
    const lines = gateway.logs.filter(({ msg }) => msg === 'operation' || msg === 'audit');
    expect(lines.map(({ traceId }) => traceId)).toEqual(lines.map(() => server?.traceId));
    expect(lines.length).toBeGreaterThan(1);
    expect(JSON.stringify(gateway.logs)).not.toContain('for the receiver');
  });

  it('has a span for each attempt, whose id the upstream gets', async () => {
    let times = 0;
    const { gateway } = await start({}, (request) =>
      (times += 1) < 3 ? { status: 503, body: '' } : permissiveUpstream(request),
    );
    await send(READ, { id: 'google' });
    const spans = await exported();
    const [operation] = named(spans, INTERNAL);
    const attempts = named(spans, CLIENT);
    expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual([
      '503',
      '503',
      undefined,
    ]);
    expect(attempts.map(({ status }) => status?.code)).toEqual([2, 2, 0]);
    expect(attempts.map(({ parentSpanId }) => parentSpanId)).toEqual(
      attempts.map(() => operation?.spanId),
    );
    expect(traceparents(gateway)).toEqual(
      attempts.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
    );
  });

  it('names an outcome that is not known', async () => {
    await start({}, (request) =>
      request.method === 'DELETE' ? { destroy: true } : permissiveUpstream(request),
    );
    await send(documentOf('deleteOpenIdConnect'), { input: { id: 'google' } });
    const spans = await exported();
    expect(named(spans, INTERNAL)).toEqual([
      expect.objectContaining({
        status: { code: 2 },
        attributes: expect.objectContaining({
          'error.type': 'OUTCOME_UNKNOWN',
          'oidc_gateway.members': ['OidcOutcomeUnknownError'],
        }) as unknown,
      }),
    ]);
    expect(named(spans, CLIENT).map(({ attributes }) => attributes['error.type'])).toContain(
      'CONNECTION_LOST',
    );
  });

  it.each([
    ['a body that is not JSON', '{', 400],
    ['an invalid document', JSON.stringify({ query: '{ nothing }' }), 400],
  ])('has no span of an operation for %s', async (_what, body, status) => {
    const { gateway } = await start();
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body,
    });
    expect(response.status).toBe(status);
    expect(await exported()).toMatchObject([
      { kind: SERVER, attributes: { 'http.response.status_code': status } },
    ]);
  });

  it('is recorded in the same way without the fast path', async () => {
    const shapes: unknown[] = [];
    for (const fastPath of ['true', 'false']) {
      await start({ FAST_PATH: fastPath });
      await send(READ, { id: 'google' }, { 'x-request-id': 'request-of-the-test' });
      const spans = await exported();
      shapes.push(
        spans
          .map(({ name, kind, attributes: { 'server.port': _port, ...attributes } }) => ({
            name,
            kind,
            attributes,
          }))
          // Which of them ends first is not the same.
          .sort((a, b) => a.kind - b.kind),
      );
      await receiver?.close();
    }
    expect(shapes[0]).toHaveLength(3);
    expect(shapes[1]).toEqual(shapes[0]);
  });

  it('is exported as Protocol Buffers by default', async () => {
    const { gateway, receiver } = await start({ OTEL_EXPORTER_OTLP_PROTOCOL: '' });
    await send(READ, { id: 'google' });
    await gateway.stop();
    const [traceparent = ''] = traceparents(gateway);
    expect(receiver.exports).toMatchObject([
      { path: '/v1/traces', headers: { 'content-type': 'application/x-protobuf' } },
    ]);
    const [, traceId = ''] = traceparent.split('-');
    expect(receiver.exports[0]?.body.toString('hex')).toContain(traceId);
  });
});

describe('the trace of the caller', () => {
  it('is continued if it is recorded', async () => {
    const { gateway } = await start({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
    await send(READ, { id: 'google' }, { traceparent: `00-${TRACE}-${SPAN}-01` });
    await send(READ, { id: 'google' });
    const spans = await exported();
    expect(spans.map(({ traceId }) => traceId)).toEqual([TRACE, TRACE, TRACE]);
    expect(spans[0]).toMatchObject({ kind: SERVER, parentSpanId: SPAN });
    expect(
      gateway.logs.filter(({ msg }) => msg === 'operation').map(({ traceId }) => traceId)[0],
    ).toBe(TRACE);
  });

  it.each([
    ['is not recorded', {}, { traceparent: `00-${TRACE}-${SPAN}-00` }],
    [
      'is recorded, but the gateway records nothing',
      { OTEL_TRACES_SAMPLER: 'always_off' },
      { traceparent: `00-${TRACE}-${SPAN}-01` },
    ],
  ])('goes on as not recorded if it %s', async (_when, environment, headers) => {
    const { gateway, receiver } = await start(environment);
    await send(READ, { id: 'google' }, headers);
    expect(await exported()).toEqual([]);
    expect(receiver.exports).toEqual([]);
    expect(traceparents(gateway)).toEqual([
      expect.stringMatching(new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-00$`)),
    ]);
    const [line] = gateway.logs.filter(({ msg }) => msg === 'operation');
    expect(line?.['traceId']).toBe(TRACE);
  });

  it('is begun by the gateway if there is none, also if it is not recorded', async () => {
    const { gateway } = await start({ OTEL_TRACES_SAMPLER: 'always_off' });
    await send(READ, { id: 'google' }, { traceparent: 'canary' });
    const [line] = gateway.logs.filter(({ msg }) => msg === 'operation');
    expect(traceparents(gateway)).toEqual([
      expect.stringMatching(new RegExp(`^00-${String(line?.['traceId'])}-[0-9a-f]{16}-00$`)),
    ]);
  });
});

describe('a receiver that', () => {
  /** A port of this machine on which nothing listens. */
  const closedPort = async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  };
  const warnings = ({ logs }: ScriptedGateway) =>
    logs.filter(({ msg }) => msg === 'spans were lost: they could not be exported');

  it('is down is reported once, and neither requests nor the end wait for it', async () => {
    const { gateway } = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await closedPort()}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    });
    for (let times = 0; times < 20; times += 1)
      expect((await send(READ, { id: 'google' }))?.status).toBe(200);
    expect(await gateway.stop()).toBe(true);
    expect(warnings(gateway)).toEqual([
      expect.objectContaining({ level: 'warn', spans: 60, reason: 'ECONNREFUSED' }),
    ]);
  });

  it('never responds delays the end by the grace period at most', async () => {
    const { gateway } = await start({ SHUTDOWN_GRACE_MS: '0' }, permissiveUpstream, 'SILENCE');
    await send(READ, { id: 'google' });
    const began = performance.now();
    await gateway.stop();
    // Its own timeout is ten seconds.
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(warnings(gateway)).toEqual([expect.objectContaining({ spans: 3, reason: 'SHUT_DOWN' })]);
  });

  it('refuses an export is reported with the status, without its words or the headers', async () => {
    const { gateway } = await start(
      { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=canary-of-the-export' },
      permissiveUpstream,
      { status: 401, body: 'canary-of-the-export' },
    );
    await send(READ, { id: 'google' });
    await gateway.stop();
    expect(warnings(gateway)).toEqual([
      expect.objectContaining({ spans: 3, reason: 'STATUS_401' }),
    ]);
    expect(JSON.stringify(gateway.logs)).not.toContain('canary-of-the-export');
  });

  it.each<[string, Reaction]>([
    ['is busy', { status: 503 }],
    ['asks for time', { status: 429, headers: { 'retry-after': '1' } }],
    ['closes the connection', 'RESET'],
  ])('%s gets the spans once more', async (_what, reaction) => {
    const { gateway, receiver } = await start({}, permissiveUpstream, reaction, { status: 200 });
    await send(READ, { id: 'google' });
    await gateway.stop();
    expect(receiver.exports).toHaveLength(2);
    expect(receiver.exports[1]?.body).toEqual(receiver.exports[0]?.body);
    expect(warnings(gateway)).toEqual([]);
  });

  it.each<[string, Reaction, string]>([
    [
      'asks for more time than there is',
      { status: 503, headers: { 'retry-after': '60' } },
      'STATUS_503',
    ],
    [
      'redirects',
      { status: 307, headers: { location: 'https://elsewhere.example.com/' } },
      'STATUS_307',
    ],
    ['responds with too much', { status: 200, body: 'x'.repeat(65 * 1024) }, 'TOO_LARGE'],
  ])('%s gets the spans once, and they are reported as lost', async (_what, reaction, reason) => {
    const { gateway, receiver } = await start({}, permissiveUpstream, reaction);
    await send(READ, { id: 'google' });
    await gateway.stop();
    expect(receiver.exports).toHaveLength(1);
    expect(warnings(gateway)).toEqual([expect.objectContaining({ spans: 3, reason })]);
  });
});
