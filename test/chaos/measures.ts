import { FAULTS } from './faults.ts';
import type { BlackHole, Call, History } from './history.ts';
import type { Relations } from './relations.ts';

/** Writes that were applied, but whose response was lost, by what the caller got. */
export interface LostWrites {
  /** Writes that reading can confirm: no other write meanwhile, no hang-up, and the upstream and the gateway were up. */
  readonly confirmable: number;
  readonly confirmed: number;
  /** Overwritten or deleted by others before the caller got a response. */
  readonly overtaken: number;
  /** Renamings: what has the new id may be another object. */
  readonly renamed: number;
  /** Those of these two that became a success all the same. */
  readonly othersConfirmed: number;
}

export function lostWrites(relations: Relations): LostWrites {
  const counts = { confirmable: 0, confirmed: 0, overtaken: 0, renamed: 0, othersConfirmed: 0 };
  for (const call of relations.history.calls) {
    const { result, key, resultKey, trace, upstream, steps, returned, marker } = call;
    if (
      (result !== 'success' && result !== 'unknown') ||
      steps.length > 0 ||
      isInDark(relations.history.blackHoles, upstream, call)
    )
      continue;
    // A late one was not there to be read.
    const own = relations
      .applicationsOf(trace)
      .filter((change) => change.key === resultKey && !change.isLate);
    const [first] = own;
    if (first === undefined || relations.requestOf(first).truth !== 'kept') continue;
    const isConfirmed =
      result === 'success' &&
      (returned === null || (returned.key === resultKey && returned.marker === marker));
    const isOvertaken = relations
      .changesOf(key)
      .some(
        (change) =>
          change.tick > first.tick && change.tick < call.endedTick && change.trace !== trace,
      );
    const kind = key !== resultKey ? 'renamed' : isOvertaken ? 'overtaken' : 'confirmable';
    counts[kind] += 1;
    if (isConfirmed) counts[kind === 'confirmable' ? 'confirmed' : 'othersConfirmed'] += 1;
  }
  return counts;
}

function isInDark(
  holes: readonly BlackHole[],
  upstream: string,
  { begunAt, endedAt }: Pick<Call, 'begunAt' | 'endedAt'>,
): boolean {
  return holes.some(
    (hole) => hole.upstream === upstream && begunAt < hole.to && endedAt > hole.from,
  );
}

/** What became of the writes to an upstream in its black holes. */
export interface DarkWrites {
  readonly calls: number;
  readonly unknown: number;
  /** Those that began when the first of them had met their deadline, so that a breaker could know. */
  readonly laterCalls: number;
  readonly laterUnknown: number;
  readonly seconds: number;
}

/** How long after the first deadline a breaker has to open, in milliseconds. */
const BREAKER_SLACK_MS = 500;

export function darkWrites({ calls, blackHoles, timeoutMs }: History): DarkWrites {
  const counts = { calls: 0, unknown: 0, laterCalls: 0, laterUnknown: 0, seconds: 0 };
  for (const { upstream, from, to } of blackHoles) {
    counts.seconds += (to - from) / 1000;
    for (const { begunAt, result } of calls.filter(
      (call) => call.upstream === upstream && call.begunAt >= from && call.begunAt <= to,
    )) {
      const isLater = begunAt > from + timeoutMs + BREAKER_SLACK_MS;
      counts.calls += 1;
      if (result === 'unknown') counts.unknown += 1;
      if (isLater) counts.laterCalls += 1;
      if (isLater && result === 'unknown') counts.laterUnknown += 1;
    }
  }
  return { ...counts, seconds: Math.round(counts.seconds) };
}

/** What became of the requests that met a fault. */
export interface FaultCount {
  requests: number;
  writes: number;
  applied: number;
  appliedLate: number;
  /** Results of the calls that these writes belong to. */
  success: number;
  unknown: number;
  unapplied: number;
  other: number;
}

export function byFault(relations: Relations): Readonly<Record<string, FaultCount>> {
  const counts: Record<string, FaultCount> = {};
  const names = [...FAULTS.map(({ name }) => name), 'black hole', 'none'];
  for (const name of names)
    counts[name] = {
      requests: 0,
      writes: 0,
      applied: 0,
      appliedLate: 0,
      success: 0,
      unknown: 0,
      unapplied: 0,
      other: 0,
    };
  const late = new Map(
    relations.history.applications.map(({ request, isLate }) => [request, isLate]),
  );
  for (const { fault, isWrite, number, trace } of relations.history.requests) {
    const count = counts[fault ?? 'none'];
    if (count === undefined) continue;
    count.requests += 1;
    if (!isWrite) continue;
    count.writes += 1;
    const isLate = late.get(number);
    if (isLate === true) count.appliedLate += 1;
    if (isLate === false) count.applied += 1;
    const result = relations.call(trace)?.result;
    if (result === 'success' || result === 'unknown' || result === 'unapplied') count[result] += 1;
    else count.other += 1;
  }
  return counts;
}

/** How long callers waited for a response, in milliseconds. */
export interface Waits {
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  /** Responses that came later than the deadline, and that of reading back, allow; a second of slack. */
  readonly tooLate: number;
}

const READ_BACK_MS = 3_000;
const SLACK_MS = 1_000;

export function waits({ calls, timeoutMs }: History): Waits {
  const durations = calls
    .filter(({ result }) => result !== 'hungUp' && result !== 'lost')
    .map(({ begunAt, endedAt }) => endedAt - begunAt)
    .toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(
      durations[Math.min(durations.length - 1, Math.floor(durations.length * share))] ?? 0,
    );
  return {
    median: at(0.5),
    p99: at(0.99),
    longest: at(1),
    tooLate: durations.filter((each) => each > timeoutMs + READ_BACK_MS + SLACK_MS).length,
  };
}

/** How many of each. */
export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
