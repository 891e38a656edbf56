/** The limits of calls to an upstream. */
export interface PolicyOptions {
  /** Requests under way at the same time; more wait for a slot. */
  readonly maxInFlight: number;
  /** Maximum number of waiting calls, in addition to those under way. Additional calls are refused. */
  readonly maxWaiting: number;
  /** Requests that may start within a second; null for no limit. */
  readonly maxPerSecond: number | null;
  /** Consecutive timeouts and connection failures after which calls are paused; 0: never. */
  readonly breakerFailures: number;
}

/**
 * What each of several processes may do, so that all of them together keep to the limits. In whole numbers: with a
 * fraction of a rate, each process would still start its first request at once, and all could in the same second. The
 * remainder of the division is not used. Waiting calls are no load for the upstream, so their limit is rounded up. Each
 * process finds out for itself whether the upstream responds.
 */
export function shareOf(
  { maxInFlight, maxWaiting, maxPerSecond, breakerFailures }: PolicyOptions,
  processes: number,
): PolicyOptions {
  return {
    maxInFlight: share(maxInFlight, processes),
    maxWaiting: Math.ceil(maxWaiting / processes),
    maxPerSecond: maxPerSecond === null ? null : share(maxPerSecond, processes),
    breakerFailures,
  };
}

/** The part of a limit that each process gets, at least 1. */
export function share(limit: number, processes: number): number {
  return Math.max(1, Math.floor(limit / processes));
}
