import { randomUUID } from 'node:crypto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { TracingSettings } from '../../config/tracing-settings.ts';
import { randomId } from '../../transport/http/trace.ts';
import type { Log } from '../log/log.ts';
import { BoundedExport } from './bounded-export.ts';
import { RecordedRequest, SAMPLED } from './request-spans.ts';
import { createSampler } from './sampler.ts';
import { openSpanSender } from './span-sender.ts';
import type { Tracing } from './tracing.ts';

/** The flags of a trace that is not recorded. */
const NOT_SAMPLED = '00';

/** Opens tracing with the SDK of OpenTelemetry. This module is only loaded if tracing is on. */
export function openTracing(settings: TracingSettings, log: Pick<Log, 'warn'>): Tracing {
  const { timeoutMs, resource, sampler } = settings;
  const bounded = new BoundedExport({ sender: openSpanSender(settings), timeoutMs, log });
  /** The id of the trace that is about to begin: whether it is recorded was decided by it. */
  let nextTraceId = '';
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        // Workers are told apart by these.
        'service.instance.id': randomUUID(),
        'process.pid': process.pid,
        ...Object.fromEntries(resource),
      }),
    ),
    sampler: new AlwaysOnSampler(),
    idGenerator: {
      generateTraceId: () => nextTraceId,
      generateSpanId: () => randomId(8),
    },
    spanProcessors: [bounded],
  });
  const tracer = provider.getTracer('oidc-config-gateway');
  const isRecorded = createSampler(sampler);
  return {
    begin: (parent, request) => {
      const traceId = parent?.traceId ?? randomId(16);
      if (!isRecorded(parent, traceId))
        return { trace: { traceId, flags: NOT_SAMPLED }, spans: null };
      nextTraceId = traceId;
      return {
        trace: { traceId, flags: SAMPLED },
        spans: new RecordedRequest(tracer, parent, request),
      };
    },
    close: (ms) => bounded.close(ms),
  };
}
