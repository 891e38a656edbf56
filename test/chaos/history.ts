/*
 * What happened in a storm, as data: the checks judge it, and know nothing of how it came about. A tick is a place in the
 * one order of all events; times are milliseconds since the begin of the storm.
 */

export const UPSTREAMS = ['ORDERCLOUD', 'HUAWEI_IAM'] as const;

export type UpstreamName = (typeof UPSTREAMS)[number];

/** A request that arrived at an upstream, at least its headers. */
export interface UpstreamRequest {
  readonly number: number;
  readonly tick: number;
  readonly at: number;
  readonly upstream: UpstreamName;
  readonly method: string;
  readonly path: string;
  /** The connection that it came on. */
  readonly connection: number;
  /** The call that it belongs to, by its trace; null if it names none. */
  readonly trace: string | null;
  readonly isWrite: boolean;
  /** SHA-256 of the body, null if it never came. */
  bodyHash: string | null;
  fault: string | null;
  /** Status that was sent, null for none. */
  status: number | null;
  /** Whether the true response went out whole and in time; `doubtful` if something else may have been taken for it. */
  truth: 'told' | 'doubtful' | 'kept';
  /** Whether it was refused in a way that says that nothing was applied. */
  isRefusal: boolean;
  /** The object that a read saw, its version (0 if it never was there) and when. */
  seen: { readonly key: string; readonly version: number; readonly tick: number } | null;
}

/** A change of an object. Its number is the version that the object has from then on. */
export interface Application {
  readonly version: number;
  readonly tick: number;
  readonly request: number;
  readonly trace: string | null;
  readonly key: string;
  /** Hash of what is stored from then on, its secret left out as in a fingerprint; null after a deletion. */
  readonly digest: string | null;
  /** Whose content it is, by the marker in the body; null if there is none. */
  readonly marker: string | null;
  readonly kind: 'create' | 'update' | 'delete';
  /** The version before it. */
  readonly previous: number;
  /** Whether it happened after the response was sent or the connection broke. */
  readonly isLate: boolean;
  /** Whether the object was deleted along with another one. */
  readonly isCascade: boolean;
}

/** What a caller got. */
export type CallResult =
  /** It was done. */
  | 'success'
  /** A typed error that promises that nothing was applied. */
  | 'unapplied'
  /** `OUTCOME_UNKNOWN`, or a `STALE` with `mayHaveBeenApplied`. */
  | 'unknown'
  /** A provisioning that stopped on its way: its steps say what became of each. */
  | 'incomplete'
  /** Refused by the gateway before it read GraphQL, by the status of HTTP. */
  | 'refused'
  /** An unexpected error, or a response that is not GraphQL. */
  | 'broken'
  | 'hungUp'
  /** The connection broke: the gateway was killed. */
  | 'lost';

/** A step of a provisioning. */
export interface ProvisionStep {
  readonly key: string;
  readonly action: string;
  /** Code of its error, null without one. */
  readonly code: string | null;
}

/** A call of a mutation. */
export interface Call {
  /** Also its `X-Request-Id`. */
  readonly id: string;
  readonly trace: string;
  readonly mutation: string;
  readonly upstream: UpstreamName;
  /** The object that it is about. */
  readonly key: string;
  /** The object that a success is about: another one after a renaming. */
  readonly resultKey: string;
  /** Stands in a field that is written; null for a deletion. */
  readonly marker: string | null;
  /** The version that `expectedFingerprint` stands for, null without one. */
  readonly expectedVersion: number | null;
  readonly begunAt: number;
  readonly endedAt: number;
  readonly endedTick: number;
  readonly result: CallResult;
  readonly code: string | null;
  readonly warnings: readonly string[];
  /** Key and marker of the object that a success returned, null if it returned none. */
  readonly returned: { readonly key: string; readonly marker: string | null } | null;
  readonly steps: readonly ProvisionStep[];
}

/** A period in which an upstream accepted requests and never responded. */
export interface BlackHole {
  readonly upstream: UpstreamName;
  readonly from: number;
  readonly to: number;
}

/** Lines of the audit trail about one request. */
export interface AuditCount {
  /** One for each attempt that goes on the wire. */
  intents: number;
  outcomes: number;
}

/** What the log of all processes of the gateway gave. */
export interface LogSummary {
  /** By request id. */
  readonly audits: ReadonlyMap<string, AuditCount>;
  /** Lines that hold a secret of a caller. */
  readonly leaks: readonly string[];
  /** Lines that are not JSON, except the last one of a killed process. */
  readonly garbage: readonly string[];
}

/** Everything that happened. */
export interface History {
  readonly requests: readonly UpstreamRequest[];
  readonly applications: readonly Application[];
  readonly calls: readonly Call[];
  readonly blackHoles: readonly BlackHole[];
  readonly log: LogSummary;
  /** Responses that hold a secret of a caller. */
  readonly leakyResponses: readonly string[];
  /** Unrequested actions of the gateway, such as an exit. */
  readonly accidents: readonly string[];
  /** What was done to the gateway: kills and restarts, by name. */
  readonly incidents: Readonly<Record<string, number>>;
  /** Deadline of one call, in milliseconds. */
  readonly timeoutMs: number;
}
