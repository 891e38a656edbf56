import type { z } from 'zod';
import type { Snapshot } from '../domain/fingerprint.ts';
import type { Secret } from '../domain/scrub/secret.ts';
import type { HttpRequest } from './http/http.ts';

/** An object at an upstream, as the upstream calls it; `id` is null if it is unknown. */
export interface Subject {
  readonly resource: string;
  readonly id: string | null;
}

/** An object that contains another one (a part). The part has no id of its own. */
export interface Whole extends Subject {
  readonly id: string;
  /** Its name in messages, e.g. "identity provider". */
  readonly called: string;
  /** Names of the parts in messages. Each key is a substring of the upstream's name for the part, reduced to lower-case letters: `protocol` for "federated_protocol". */
  readonly parts: Readonly<Record<string, string>>;
  /** The key of the part that a request is about. */
  readonly part: string;
}

/** The facts about an operation that messages, errors and the log use. */
export type OperationFacts<Args> = {
  /** For the log. */
  readonly name: string;
  /** For messages, after "to", e.g. "create the OpenID Connect configuration". */
  readonly purpose: string;
  /**
   * Whether it may be sent again after an attempt that may have been applied, provided that the stored object is
   * unchanged. Only for idempotent operations.
   */
  readonly repeatable: boolean;
  /** Whether it is sent without credentials, because what it sends is one. Only for reads. Default: false. */
  readonly anonymous?: boolean;
  /** Names of the input's fields: upstream errors about other fields are not reported as input issues. */
  readonly fields: readonly string[];
  /** Whether the credentials may lack the right to do it: then the caller gets that error, even if they are the gateway's own, and the operator no alert. */
  readonly mayBeDenied?: boolean;
  /** Names of the fields whose values are secrets. */
  readonly secretFields?: readonly string[];
  /** The input's name for a field that an upstream error mentions, if the names differ. */
  readonly fieldFor?: (field: string, args: Args) => string;
  /** The object that the operation is about. */
  readonly subject: (args: Args) => Subject;
  /** The object whose id the write claims, null if it claims none. Only if an id is claimed does a 409 mean that the id is taken. */
  readonly claims?: (args: Args) => Subject | null;
  /** For a create operation: whether the upstream chooses an id if none is given. Then the object cannot be read back. */
  readonly choosesId?: boolean;
  /** The object that the subject is a part of. A message about a missing object also names this one. */
  readonly whole?: (args: Args) => Whole;
  /** The object to report as missing if a 404 does not identify one, and what to do about it. Default: the subject. */
  readonly needs?: (args: Args) => Subject & { readonly advice: string };
} & (
  | { readonly effect: 'read' }
  /** `verifyWith`: the GraphQL query that shows whether the write was applied. */
  | { readonly effect: 'write'; readonly verifyWith: (args: Args) => string }
);

/** A request of an operation. The body becomes JSON; undefined members are left out. */
export interface WireRequest extends Pick<HttpRequest, 'method' | 'path'> {
  /** Headers of its own, by names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** One operation of an upstream: how its request is made, and what its responses mean. No function here does I/O. */
export type Operation<Args, Wire, Result> = OperationFacts<Args> & {
  readonly request: (args: Args) => WireRequest;
  /** Schema of a 2xx body: of its JSON, of its text if it is not JSON, of undefined if it is empty. */
  readonly response: z.ZodType<Wire>;
  /** The 2xx statuses that mean success, if not all of them do: a 202 only accepts a deletion. */
  readonly doneBy?: readonly number[];
  /** Whether a 2xx body is about the requested object. Omitted if bodies do not identify their object. */
  readonly isAbout?: (wire: Wire, args: Args) => boolean;
  readonly result: (wire: Wire, args: Args) => Result;
  /** Secrets of the response: later log lines and messages of the same request might contain them. */
  readonly secretsOf?: (result: Result, wire: Wire) => readonly (Secret | string)[];
  /**
   * For a write that can be read back: checks whether it was applied. Null if these arguments do not identify the object.
   */
  readonly readBack?: (args: Args, read: ReadOperation) => Promise<ReadBack<Result>> | null;
  /** For a write that changes an existing object: first reads what is stored. */
  readonly current?: (args: Args, read: ReadOperation) => Promise<Snapshot>;
  /** For a deletion: its result if it is sent again and the object is already gone. */
  readonly whenGone?: (args: Args) => Result;
};

/** Calls a read operation. */
export type ReadOperation = <Args, Wire, Result>(
  operation: Operation<Args, Wire, Result>,
  args: Args,
) => Promise<Result>;

/** The result of reading a write back: it was applied, or something else was found. */
export type ReadBack<Result> = { readonly applied: Result } | OtherFinding;

/** The write was not applied, or not yet. */
export interface OtherFinding {
  /** A sentence without its period. */
  readonly finding: string;
  /** The stored object. Omitted if there is none, or if it is unknown. */
  readonly stored?: Snapshot;
}

/** Whether two ids of an upstream may stand for the same object. Letter case is ignored, because the platforms do not document whether it matters. */
export function isSameId(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}
