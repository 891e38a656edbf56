import { median } from './statistics.ts';
import { markdownTable } from './table.ts';

/** What a kind of request cost. */
export interface MeasuredCost {
  /** In words. */
  readonly name: string;
  /** Bytes of the request on the wire. */
  readonly bytes: number;
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

/** What one request of this size may cost, in milliseconds. */
export function allowedMs(bytes: number): number {
  return ALLOWED.find(([most]) => bytes <= most)?.[1] ?? Infinity;
}

/** Those that cost more than they may. */
export function tooExpensive(costs: readonly MeasuredCost[]): readonly MeasuredCost[] {
  return costs.filter(({ bytes, cpuMs }) => median(cpuMs) > allowedMs(bytes));
}

/** A table in Markdown, the most expensive first. */
export function costsTable(costs: readonly MeasuredCost[]): string {
  const sorted = costs.map((cost) => ({ ...cost, ms: median(cost.cpuMs) })).sort((one, other) => other.ms - one.ms);
  return markdownTable(
    ['request', 'KiB', 'CPU ms', 'limit ms', 'status'],
    sorted.map(({ name, bytes, ms, status }) => [name, (bytes / 1024).toFixed(1), ms.toFixed(2), `${ms > allowedMs(bytes) ? '**over** ' : ''}${allowedMs(bytes)}`, String(status)]),
  );
}
