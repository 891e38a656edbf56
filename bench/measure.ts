import type { RunningContender } from './contender-process.ts';
import type { HelperProcess } from './helper-process.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import type { RequestTemplate } from './request-template.ts';
import type { UpstreamOrder, UpstreamReport } from './upstream.ts';

/** Connections of a busy slice. */
export const BUSY = 64;

/** The processes besides the contenders. */
export interface Helpers {
  readonly load: HelperProcess<LoadOrder, LoadResult>;
  readonly upstream: HelperProcess<UpstreamOrder, UpstreamReport>;
}

/** The figures of one contender in one scenario of one round. */
export interface Measurement {
  /** Operations per second, at 64 connections. */
  readonly throughput: number;
  /** Processor time of all processes of the contender, at 64 connections. */
  readonly cpuMsPer1000: number;
  /** How busy its core was. If it is well below 1, something else was the limit. */
  readonly busy: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** At one connection. */
  readonly singleP50Ms: number;
}

/** A contender behaved incorrectly, so its figures would be meaningless. */
export class WrongBehavior extends Error {}

/**
 * Measures one scenario, after warming up the idle contender again. Each operation must make exactly one upstream call.
 * @throws WrongBehavior
 */
export async function measure(
  running: RunningContender,
  template: RequestTemplate,
  helpers: Helpers,
  seconds: number,
): Promise<Measurement> {
  running.clearOutput();
  const busy = await slice(running, template, helpers, {
    connections: BUSY,
    heatSeconds: seconds / 2,
    seconds,
  });
  const single = await slice(running, template, helpers, {
    connections: 1,
    heatSeconds: seconds / 10,
    seconds: seconds / 2,
  });
  return {
    throughput: busy.operations / busy.seconds,
    cpuMsPer1000: (busy.cpuMs / busy.operations) * 1000,
    busy: busy.cpuMs / 1000 / busy.seconds,
    p50Ms: busy.p50Ms,
    p99Ms: busy.p99Ms,
    singleP50Ms: single.p50Ms,
  };
}

/** Sends load once. @throws WrongBehavior */
export async function slice(
  { port, pid }: RunningContender,
  template: RequestTemplate,
  { load, upstream }: Helpers,
  times: Pick<LoadOrder, 'connections' | 'heatSeconds' | 'seconds'>,
): Promise<LoadResult> {
  const { requests: before } = await upstream.ask({});
  const result = await load.ask({ port, pid, template, ...times });
  if (result.problem !== null) throw new WrongBehavior(result.problem);
  const calls = (await upstream.ask({})).requests - before;
  if (calls !== result.responses)
    throw new WrongBehavior(`${calls} calls to the upstream for ${result.responses} operations`);
  return result;
}
