import { NotFoundError, OidcError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json/json.ts';
import type { Warning } from '../../domain/warnings.ts';
import type { Call } from '../connection.ts';
import type { Operation } from '../operation.ts';
import type { StartingPoint } from '../exchange/write.ts';

/** One field that a step sets. */
export interface ProvisionChange {
  readonly path: readonly string[];
  /** What is stored; null if there is nothing. */
  readonly from: Json;
  readonly to: Json;
}

/** What reading found; null if nothing is stored. */
export type Reading<Stored> = { readonly stored: Stored | null } | { readonly error: OidcError };

/** A step before it is taken; without `write` there is nothing to do. */
export interface PlannedStep<Target extends string = string> {
  /** The kind of object that it brings to its desired state. */
  readonly target: Target;
  /** Null if the id cannot be determined because a read failed. */
  readonly id: string | null;
  readonly changes: readonly ProvisionChange[];
  /** Why it cannot be taken. */
  readonly error: OidcError | null;
  /** The input's name for the id of its object, if it is not `id` as in the operations. */
  readonly idField?: string;
  readonly write?: {
    readonly action: 'CREATED' | 'UPDATED';
    /** Warnings that are known before it runs. */
    readonly warnings?: readonly Warning[];
    readonly run: () => Promise<readonly Warning[]>;
    /** If a create operation came too late: whether the object that exists now is as desired. */
    readonly isDone?: () => Promise<boolean>;
  };
}

/** Reads what is stored, or the error of reading it. */
export async function read<Args, Wire, Stored>(
  call: Call,
  operation: Operation<Args, Wire, Stored>,
  args: Args,
): Promise<Reading<Stored>> {
  try {
    return { stored: (await call(operation, args)).value };
  } catch (error) {
    if (error instanceof NotFoundError && error.attested) return { stored: null };
    if (error instanceof OidcError) return { error };
    throw error;
  }
}

/** Whether there is nothing to do any more. */
export async function isDone<Stored>(
  reading: Promise<Reading<Stored>>,
  plan: (reading: Reading<Stored>) => PlannedStep,
): Promise<boolean> {
  const { write, error } = plan(await reading);
  return write === undefined && error === null;
}

/** A write without its value. */
export function writing<Args, Wire, Result>(
  call: Call,
  operation: Operation<Args, Wire, Result>,
  args: Args,
  take: (value: Result) => void = () => undefined,
  start: StartingPoint = {},
) {
  return async () => {
    const { value, warnings } = await call(operation, args, start);
    take(value);
    return warnings;
  };
}

/** Fields whose value differs from before; those that were and stay empty are left out. */
export function changesOf(
  after: Readonly<Record<string, Json>>,
  before: Readonly<Record<string, Json>> | null,
): ProvisionChange[] {
  return Object.entries(after)
    .map(([field, to]) => ({ path: [field], from: before?.[field] ?? null, to }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}
