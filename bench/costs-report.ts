import { median } from './statistics.ts';
import { markdownTable } from './table.ts';

/** The cost of a kind of request. */
export interface MeasuredCost {
  /** In words. */
  readonly name: string;
  /** Bytes of the request on the wire, or of the upstream's response if reading that takes the time. */
  readonly bytes: number;
  /** Whether the size of the request or of the response sets the limit. */
  readonly sizeOf: 'request' | 'response';
  /** Processor time of the gateway for each request, in milliseconds. */
  readonly cpuMs: readonly number[];
  /** The status of the last response. */
  readonly status: number;
}

/** Request sizes in bytes, and the processor time in milliseconds that a request up to that size may cost. */
const ALLOWED: readonly (readonly [bytes: number, ms: number])[] = [
  [4 * 1024, 5],
  // A body of 256 KiB with its headers.
  [324 * 1024, 50],
];

/** The largest upstream response that is read, in bytes, and the processor time that a request with one may cost, in milliseconds. */
const MAX_RESPONSE_BYTES = 1024 * 1024;
const ALLOWED_FOR_RESPONSE_MS = 50;

/** What one request of this size, or with a response of this size, may cost, in milliseconds. */
export function allowedMs({ bytes, sizeOf }: Pick<MeasuredCost, 'bytes' | 'sizeOf'>): number {
  if (sizeOf === 'response')
    return bytes <= MAX_RESPONSE_BYTES ? ALLOWED_FOR_RESPONSE_MS : Infinity;
  return ALLOWED.find(([most]) => bytes <= most)?.[1] ?? Infinity;
}

/** The requests that cost more than allowed. */
export function tooExpensive(costs: readonly MeasuredCost[]): readonly MeasuredCost[] {
  return costs.filter((cost) => median(cost.cpuMs) > allowedMs(cost));
}

/** A table in Markdown, the most expensive first. */
export function costsTable(costs: readonly MeasuredCost[]): string {
  const sorted = costs
    .map((cost) => ({ ...cost, ms: median(cost.cpuMs) }))
    .sort((one, other) => other.ms - one.ms);
  return markdownTable(
    ['request', 'KiB', 'CPU ms', 'limit ms', 'status'],
    sorted.map((cost) => {
      const allowed = allowedMs(cost);
      return [
        cost.name,
        `${cost.sizeOf === 'response' ? 'response ' : ''}${(cost.bytes / 1024).toFixed(1)}`,
        cost.ms.toFixed(2),
        `${cost.ms > allowed ? '**over** ' : ''}${allowed}`,
        String(cost.status),
      ];
    }),
  );
}
