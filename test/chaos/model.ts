import type { Change, Ledger } from './ledger.ts';

/** A response of an upstream; without a body it has none. */
export interface Response {
  readonly status: number;
  readonly body?: unknown;
}

/** What an upstream does with a request that reaches it whole. */
export interface Verdict extends Response {
  readonly changes: readonly Change[];
}

/** A request, its body parsed; null without one. */
export interface Incoming {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** One platform: what it would truly do, and its own words for refusals. Written from the vendors' documentation. */
export interface Model {
  readonly judge: (request: Incoming, ledger: Ledger) => Verdict;
  /** The one object that a read is about, null for a list. */
  readonly keyOf: (path: string) => string | null;
  readonly refusals: {
    /** 429 */
    readonly throttled: Response;
    /** 401 */
    readonly expired: Response;
    /** 400 that repeats what was sent */
    readonly echoing: (body: string) => Response;
    /** 5xx in its own words */
    readonly failed: Response;
    /** 503 by which nothing was applied; null if the platform documents none */
    readonly offline: Response | null;
  };
  /** Another object's response instead of this one; null if a response does not say which object it is about. */
  readonly mixUp: (body: unknown) => unknown;
  /** A complete response about an object that was not requested. */
  readonly unsolicited: unknown;
}

/** Reads what ought to be an object. */
export function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
