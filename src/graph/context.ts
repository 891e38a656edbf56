import type { OidcError } from '../domain/errors.ts';
import type { Identity } from '../domain/identity.ts';
import type { SignInVerdict } from '../domain/sign-in/report.ts';
import type { WatchState } from '../domain/sign-in/watch.ts';
import type { Issuers } from '../issuer/issuers.ts';
import type { RetiredKeys } from '../domain/keys/rotation/retired-keys.ts';
import type { SyncAction } from '../domain/keys/rotation/sync-action.ts';
import type { Caller } from '../transport/connection.ts';
import type { AttemptSpans } from '../transport/exchange/requester.ts';
import type { NoAccessReason } from '../transport/credentials/no-access.ts';
import type { UpstreamCallEvent } from '../transport/exchange/requester.ts';
import type { TransportFailureReason } from '../transport/http/http.ts';

/** What a resolver knows about its request. */
export interface GatewayContext extends Caller {
  /** As `Requester.spans`, with the span of the operation that the attempts are within. */
  readonly spans: RequestSpans | null;
  /** Who calls; null if the gateway does not authenticate its callers. */
  readonly identity: Identity | null;
  /** Reads the OpenID Providers that callers name, and probes their endpoints. */
  readonly issuers: Pick<Issuers, 'read' | 'probe'>;
  /** Remembers since when issuers no longer publish keys. */
  readonly retiredKeys: RetiredKeys;
  /** What the gateway watches by itself, with the last results at all instances. */
  readonly readWatches: () => Promise<readonly WatchState[]>;
  /** Called after each check of sign-in, for metrics. */
  readonly onSignInCheck: (field: string, verdict: SignInVerdict) => void;
  /** Called after each sync of keys, for metrics. */
  readonly onKeySync: (action: SyncAction) => void;
  /** By which its writes happen at most once; null if the caller gave no key. */
  readonly idempotency: IdempotencyKey | null;
  /** Why this request may not be executed; null if it may. */
  refusal: OidcError | null;
  readonly progress: Progress;
}

/** What a caller named the writes of a request, so that sending it again does not repeat them. */
export interface IdempotencyKey {
  /** Who gave it: keys of different callers are different. It may contain tokens. Never shown or logged. */
  readonly caller: string;
  readonly key: string;
}

/** Records a request as spans of its trace. */
export interface RequestSpans extends AttemptSpans {
  /** @param type null if the document has no operation of the given name */
  readonly startOperation: (type: 'query' | 'mutation' | 'subscription' | null) => void;
  /** @param codes those of its GraphQL errors, which are from a closed set */
  readonly endOperation: (
    progress: Pick<Progress, 'outcomes' | 'unknownOutcomes'>,
    codes: readonly string[],
  ) => void;
}

/** How far a request has come. All its contexts share it. */
export interface Progress {
  /** Executed: an error from then on is not a request error. Refused: the refusal has been logged. */
  state: 'RECEIVED' | 'REFUSED' | 'EXECUTED';
  /** Which union member each root field of the operation returned, for the log. */
  readonly outcomes: Outcome[];
  /** The codes of the typed errors in the results, for the log; null if there is none. */
  codes: string[] | null;
  /** The calls to upstreams that the operation's line shows. */
  readonly upstreamCalls: LoggedCall[];
  /** How many calls to upstreams have ended. */
  upstreamCallCount: number;
  /** Whether a call to an upstream failed although neither the gateway nor the caller stopped it. */
  hasFailedCall: boolean;
  /** The upstream's request id of the latest call; null if it has none. */
  upstreamRequestId: string | null;
  /** How many writes ended with an unknown outcome. */
  unknownOutcomes: number;
  /** How many characters the arguments of links had so far, over all items of a list. */
  linkCharacters: number;
  /** How many of its writes have an idempotency key so far. */
  keyedWrites: number;
  /** Whether one of its results is that of an earlier request with the same key. */
  replayed: boolean;
  /** The root field of a mutation that is being resolved, null if none is. They are resolved one after the other. */
  write: RootWrite | null;
  /** When the query's first root field, or the mutation's current one, began, on the clock of `performance.now()`; null before that. */
  fieldBegan: number | null;
  /** Resolves when the audit trail has the outcome of all writes so far; the response waits for it. Null if there is nothing to wait for. */
  audited: Promise<unknown> | null;
  /** Why the gateway's own access to upstreams did not work for this request, each reason once; null if it did. */
  noAccess: NoAccess[] | null;
}

/** The progress of a request that has just come. */
export function newProgress(): Progress {
  return {
    state: 'RECEIVED',
    outcomes: [],
    codes: null,
    upstreamCalls: [],
    upstreamCallCount: 0,
    hasFailedCall: false,
    upstreamRequestId: null,
    unknownOutcomes: 0,
    linkCharacters: 0,
    keyedWrites: 0,
    replayed: false,
    write: null,
    fieldBegan: null,
    audited: null,
    noAccess: null,
  };
}

/** A root field of a mutation that is being resolved. */
export interface RootWrite {
  readonly field: string;
  /** Its name in the response. */
  readonly path: string;
  /** How many attempts were about to be sent for it. */
  intents: number;
}

/** A failure of the gateway's own access to an upstream. */
export interface NoAccess {
  readonly upstream: string;
  readonly reason: NoAccessReason;
}

/** A call to an upstream, as the operation's line shows it. */
export interface LoggedCall extends Omit<UpstreamCallEvent, 'failure'> {
  readonly failure?: TransportFailureReason;
  readonly sent?: boolean;
  readonly error?: Readonly<Record<string, unknown>>;
}

export interface Outcome {
  readonly field: string;
  /** Name of the GraphQL type; null if the field failed with a masked error. */
  readonly member: string | null;
}
