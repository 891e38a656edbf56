import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A value of an attribute, as OTLP has it in JSON. */
interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly OtlpValue[] };
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

/** A span, as OTLP has it in JSON. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly events?: readonly unknown[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** A span that was received, with its attributes as an object. */
export interface ReceivedSpan extends Omit<OtlpSpan, 'attributes'> {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of the process that recorded it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** An export as it came over the wire. */
export interface Export {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A receiver of traces that speaks OTLP over HTTP, on loopback. */
export interface OtlpReceiver {
  readonly origin: string;
  /** The variables by which a gateway exports to it, in JSON. */
  readonly environment: Readonly<Record<string, string>>;
  readonly exports: readonly Export[];
  /** All spans that came in JSON: a span before those within it, and otherwise in the order of their start. */
  readonly spans: () => readonly ReceivedSpan[];
  readonly close: () => Promise<void>;
}

/** What a receiver does: a status with headers, or it never responds, or it closes the connection. */
export type Reaction =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | 'SILENCE'
  | 'RESET';

/** @param reactions to one request after another; the last of them to all that follow */
export async function startOtlpReceiver(...reactions: readonly Reaction[]): Promise<OtlpReceiver> {
  const exports: Export[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      exports.push({
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      });
      const reaction = reactions[exports.length - 1] ?? reactions.at(-1) ?? { status: 200 };
      if (reaction === 'RESET') request.socket.destroy();
      else if (reaction !== 'SILENCE')
        response
          .writeHead(reaction.status, { 'content-type': 'application/json', ...reaction.headers })
          .end(reaction.body ?? '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: origin,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    },
    exports,
    spans: () => inOrder(exports.flatMap(({ body }) => spansIn(body))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function spansIn(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as OtlpTraces;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: asObject(span.attributes),
        resource: asObject(resource?.attributes),
      })),
    ),
  );
}

/** Clocks are not exact enough to tell whether a span began before one within it. */
function inOrder(spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] {
  const within = (parent: string | undefined) =>
    spans
      .filter(({ parentSpanId }) =>
        parent === undefined ? !ids.has(parentSpanId ?? '') : parentSpanId === parent,
      )
      .sort(byStart);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const withChildren = (span: ReceivedSpan): ReceivedSpan[] => [
    span,
    ...within(span.spanId).flatMap(withChildren),
  ];
  return within(undefined).flatMap(withChildren);
}

function byStart(one: ReceivedSpan, other: ReceivedSpan): number {
  return Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano));
}

function asObject(attributes: readonly OtlpAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: OtlpValue): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plain);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
