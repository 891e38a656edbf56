import type { OidcError } from '../domain/errors.ts';
import type { Identity } from '../domain/identity.ts';
import type { Caller } from '../transport/connection.ts';
import type { NoAccessReason } from '../transport/own-access.ts';

/** What a resolver knows of the request it works for. */
export interface GatewayContext extends Caller {
  /** Who calls; null where the gateway does not authenticate its callers. */
  readonly identity: Identity | null;
  /** Why nothing of this request may be done; null where nothing speaks against it. */
  refusal: OidcError | null;
  readonly progress: Progress;
  /** Ids of the latest answers of upstreams, for the audit trail. */
  readonly upstreamRequestIds: (string | null)[];
}

/** How far a request has come. All its contexts share it. */
export interface Progress {
  /** Executed: whatever goes wrong from then on is no fault of the request. Refused: that has been logged. */
  state: 'RECEIVED' | 'REFUSED' | 'EXECUTED';
  /** Which union member each root field of the operation gave, for the log. */
  readonly outcomes: Outcome[];
  /** How many writes have ended without anybody knowing whether they were applied. */
  unknownOutcomes: number;
  /** The root field of a mutation that is being resolved, null if none is: they are resolved one after the other. */
  write: RootWrite | null;
  /** Resolves when the audit trail has what became of the writes so far: the response waits for it. Null if there is nothing to wait for. */
  told: Promise<unknown> | null;
  /** Why the gateway's own access to upstreams did not work for this request, each reason once; null where it did. */
  noAccess: NoAccess[] | null;
}

/** A root field of a mutation that is being resolved. */
export interface RootWrite {
  readonly field: string;
  /** Its name in the response. */
  readonly path: string;
  /** How many times something was about to be sent for it. */
  intents: number;
}

/** The gateway's own access to an upstream that did not work. */
export interface NoAccess {
  readonly upstream: string;
  readonly reason: NoAccessReason;
}

export interface Outcome {
  readonly field: string;
  /** Name of the GraphQL type, null where the field failed in a way that is masked. */
  readonly member: string | null;
}
