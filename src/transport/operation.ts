import type { z } from 'zod';
import type { Snapshot } from '../domain/fingerprint.ts';
import type { HttpRequest } from './http.ts';
import type { Whole } from './response-words.ts';

/** An object at an upstream, in the upstream's own word; `id` is null where it is not known. */
export interface Subject {
  readonly resource: string;
  readonly id: string | null;
}

/** What an operation is about and what it does, for messages, errors and the log. */
export type OperationFacts<Args> = {
  /** For the log. */
  readonly name: string;
  /** For messages, after "to", e.g. "create the OpenID Connect configuration". */
  readonly purpose: string;
  /**
   * Whether it may be sent again after it may have been applied, if reading shows that what is stored is as it was before:
   * a second time must do nothing that the first did not.
   */
  readonly repeatable: boolean;
  /** Names of the input's fields: what an upstream says about other fields is no fault of the input. */
  readonly fields: readonly string[];
  /** The input's word for a field that an error names, where it is another one than usual. */
  readonly fieldFor?: (field: string, args: Args) => string;
  /** The object that the operation is about. */
  readonly subject: (args: Args) => Subject;
  /** The object whose id the write takes, null where it takes none; only where it may is a 409 about an id that is taken. */
  readonly claims?: (args: Args) => Subject | null;
  /** The object that the subject is a part of: what is missing is named together with it. */
  readonly whole?: (args: Args) => Whole;
  /** What is missing when a 404 does not say, with advice; the subject itself where this is left out. */
  readonly needs?: (args: Args) => Subject & { readonly advice: string };
} & (
  | { readonly effect: 'read' }
  /** `verifyWith`: the GraphQL query that shows whether the write was applied. */
  | { readonly effect: 'write'; readonly verifyWith: (args: Args) => string }
);

/** A request as the upstream's operation has it; the body becomes JSON, in which members that are undefined are left out. */
export interface WireRequest extends Pick<HttpRequest, 'method' | 'path'> {
  readonly body?: object;
}

/** One operation of an upstream: how its request looks, and what its answers mean. Nothing here does I/O. */
export type Operation<Args, Wire, Result> = OperationFacts<Args> & {
  readonly request: (args: Args) => WireRequest;
  /** Schema of a 2xx body: of its JSON, of its text where it is none, of undefined where it is empty. */
  readonly response: z.ZodType<Wire>;
  /** The statuses that say that it was done, if not every 2xx does: a 202 has only taken note of a deletion. */
  readonly doneBy?: readonly number[];
  /** Whether a 2xx body is about what was asked for; left out if the body does not say what it is about. */
  readonly isAbout?: (wire: Wire, args: Args) => boolean;
  readonly result: (wire: Wire, args: Args) => Result;
  /**
   * For a write that can be read back: looks whether it was applied. Null if these arguments leave nothing to look
   * it up by.
   */
  readonly readBack?: (args: Args, read: ReadOperation) => Promise<ReadBack<Result>> | null;
  /** For a write that changes an object which exists: reads it as it is before. */
  readonly current?: (args: Args, read: ReadOperation) => Promise<Snapshot>;
  /** For a deletion: its result if it is sent again and nothing is there any more. */
  readonly whenGone?: (args: Args) => Result;
};

/** Calls a read operation. */
export type ReadOperation = <Args, Wire, Result>(
  operation: Operation<Args, Wire, Result>,
  args: Args,
) => Promise<Result>;

/** What reading a write back found: that it was applied, or what else, as a sentence without its full stop. */
export type ReadBack<Result> = { readonly applied: Result } | OtherFinding;

/** The write was not applied, or not yet. */
export interface OtherFinding {
  /** A sentence without its full stop. */
  readonly finding: string;
  /** What is there; left out if nothing is, or if nobody knows. */
  readonly stored?: Snapshot;
}

/** Whether two ids of an upstream may stand for the same object. The platforms do not document whether letter case counts, so that it does not. */
export function isSameId(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}
