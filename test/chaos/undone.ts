import type { Application, UpstreamRequest } from './history.ts';
import type { Relations } from './relations.ts';

/** Acknowledged writes of other callers that a later attempt of a write undid, in words. */
export interface Undone {
  /** Between the last read of the repeating call and its write: that gap cannot be closed. */
  readonly inside: readonly string[];
  /** What a look would have shown. */
  readonly outside: readonly string[];
  /** By an attempt that arrived, or was applied, after its connection had broken. */
  readonly late: readonly string[];
  /** By a deletion of the whole that they are a part of. */
  readonly cascade: readonly string[];
  /** By the first attempt that was not refused, of a call without a fingerprint: it never looked, and was not asked to. */
  readonly afterRefusal: readonly string[];
}

/** Finds every write that was undone by a repeat. */
export function undoneIn(relations: Relations): Undone {
  const found = {
    inside: [] as string[],
    outside: [] as string[],
    late: [] as string[],
    cascade: [] as string[],
    afterRefusal: [] as string[],
  };
  for (const change of relations.history.applications) {
    const undone = relations.version(change.previous);
    if (undone === undefined || !isAcknowledgedByOther(relations, undone, change)) continue;
    const kind = kindOf(relations, change, undone, relations.requestOf(change));
    if (kind !== null)
      found[kind].push(
        `${nameOf(relations, change)} undid ${nameOf(relations, undone)} on ${change.key}`,
      );
  }
  return found;
}

function isAcknowledgedByOther(
  relations: Relations,
  undone: Application,
  change: Application,
): boolean {
  const call = relations.call(undone.trace);
  const isSame =
    undone.trace === change.trace || (undone.marker !== null && undone.marker === change.marker);
  return (
    call?.result === 'success' && !isSame && !relations.areEqual(undone.version, change.version)
  );
}

function kindOf(
  relations: Relations,
  change: Application,
  undone: Application,
  request: UpstreamRequest,
): keyof Undone | null {
  if (change.isLate) return undone.tick > request.tick ? 'late' : null;
  // Whatever came before the first attempt was the caller's to know.
  const attempts = relations.attemptsBefore(request).filter(({ tick }) => tick < undone.tick);
  const [first] = attempts;
  if (first === undefined) return null;
  if (change.isCascade) return 'cascade';
  if (
    attempts.every(({ isRefusal }) => isRefusal) &&
    (relations.call(change.trace)?.expectedVersion ?? null) === null
  )
    return 'afterRefusal';
  const read = relations.lastRead(change.trace, change.key, first.tick, request.tick);
  return read !== null && read.tick < undone.tick ? 'inside' : 'outside';
}

function nameOf(relations: Relations, { trace, version }: Application): string {
  const call = relations.call(trace);
  return `${call === undefined ? 'a call' : `${call.mutation} ${call.id}`} (version ${version})`;
}
