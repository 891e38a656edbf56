import { ROOT_CONTEXT } from '@opentelemetry/api';
import { SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import type { TracingSettings } from '../../config/tracing-settings.ts';
import { isSampled } from '../../transport/http/trace.ts';
import type { Trace } from '../../transport/http/trace.ts';

/** Decides whether a request is recorded, before there is any span. @param parent the caller's trace, null if it has none */
export type Sampler = (parent: Trace | null, traceId: string) => boolean;

/** Makes the sampler that `OTEL_TRACES_SAMPLER` names. */
export function createSampler({ name, ratio }: TracingSettings['sampler']): Sampler {
  const root = rootSampler(name, ratio);
  return name.startsWith('parentbased_')
    ? (parent, traceId) => (parent === null ? root(traceId) : isSampled(parent))
    : (_parent, traceId) => root(traceId);
}

function rootSampler(
  name: TracingSettings['sampler']['name'],
  ratio: number,
): (traceId: string) => boolean {
  if (name.endsWith('always_on')) return () => true;
  if (name.endsWith('always_off')) return () => false;
  // That of the SDK, so that other services choose the same traces.
  const sampler = new TraceIdRatioBasedSampler(ratio);
  return (traceId) =>
    sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;
}
