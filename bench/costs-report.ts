import { median } from './statistics.ts';
import { markdownTable } from './table.ts';

/** What a kind of request cost. */
export interface MeasuredCost {
  /** In words. */
  readonly name: string;
  /** Bytes of the request on the wire, or of the upstream's response if that is what it takes time to read. */
  readonly bytes: number;
  /** Whose size limits what it may cost. */
  readonly sizeOf: 'request' | 'response';
  /** Processor time of the gateway for each request, in milliseconds. */
  readonly cpuMs: readonly number[];
  /** The status of the last response. */
  readonly status: number;
}

/** Sizes of requests, in bytes, and what the gateway may spend on one of at most that size, in milliseconds of processor time. */
const ALLOWED: readonly (readonly [bytes: number, ms: number])[] = [
  [4 * 1024, 5],
  // A body of 256 KiB with its headers.
  [324 * 1024, 50],
];

/** The largest response of an upstream that is read, in bytes, and what the gateway may spend on a request with one, in milliseconds. */
const MAX_RESPONSE_BYTES = 1024 * 1024;
const ALLOWED_FOR_RESPONSE_MS = 50;

/** What one request of this size, or with a response of this size, may cost, in milliseconds. */
export function allowedMs({ bytes, sizeOf }: Pick<MeasuredCost, 'bytes' | 'sizeOf'>): number {
  if (sizeOf === 'response')
    return bytes <= MAX_RESPONSE_BYTES ? ALLOWED_FOR_RESPONSE_MS : Infinity;
  return ALLOWED.find(([most]) => bytes <= most)?.[1] ?? Infinity;
}

/** Those that cost more than they may. */
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
