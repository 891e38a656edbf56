import { CHECKS } from './checks.ts';
import type { History } from './history.ts';
import { byFault, darkWrites, lostWrites, tally, waits } from './measures.ts';
import type { DarkWrites, FaultCount, LostWrites, Waits } from './measures.ts';
import { Relations } from './relations.ts';
import { undoneIn } from './undone.ts';
import type { Undone } from './undone.ts';

/** Of a storm, as it is kept to be compared with others. */
export interface Report {
  readonly seed: string;
  readonly minutes: number;
  readonly node: string;
  readonly checks: readonly {
    readonly name: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
  readonly calls: Readonly<Record<string, number>>;
  readonly codes: Readonly<Record<string, number>>;
  readonly warnings: Readonly<Record<string, number>>;
  readonly incidents: Readonly<Record<string, number>>;
  readonly requests: {
    readonly all: number;
    readonly writes: number;
    readonly repeatedWrites: number;
    readonly applied: number;
    readonly late: number;
  };
  readonly undone: Readonly<Record<keyof Undone, number>>;
  readonly lost: LostWrites;
  readonly dark: DarkWrites;
  readonly waits: Waits;
  readonly faults: Readonly<Record<string, FaultCount>>;
}

/** Violations that are kept of each check. */
const EXAMPLES = 20;

export function reportOf(history: History, seed: string, minutes: number): Report {
  const relations = new Relations(history);
  const { requests, applications, calls, incidents } = history;
  const { inside, outside, late, cascade, afterRefusal } = undoneIn(relations);
  const writes = requests.filter(({ isWrite }) => isWrite);
  return {
    seed,
    minutes,
    node: process.version,
    checks: CHECKS.map(({ name, violations }) => {
      const found = violations(relations);
      return { name, count: found.length, examples: found.slice(0, EXAMPLES) };
    }),
    calls: tally(calls.map(({ result }) => result)),
    codes: tally(calls.flatMap(({ code }) => code ?? [])),
    warnings: tally(calls.flatMap(({ warnings }) => warnings)),
    incidents,
    requests: {
      all: requests.length,
      writes: writes.length,
      repeatedWrites: writes.filter((request) => relations.attemptsBefore(request).length > 0)
        .length,
      applied: applications.length,
      late: applications.filter(({ isLate }) => isLate).length,
    },
    undone: {
      inside: inside.length,
      outside: outside.length,
      late: late.length,
      cascade: cascade.length,
      afterRefusal: afterRefusal.length,
    },
    lost: lostWrites(relations),
    dark: darkWrites(history),
    waits: waits(history),
    faults: byFault(relations),
  };
}

/** A report in words, beside one of another version if there is one. */
export function inWords(report: Report, before: Report | null): string[] {
  const row = (name: string, value: (one: Report) => string | number) =>
    `  ${name.padEnd(86)} ${before === null ? '' : `${String(value(before)).padStart(12)} `}${String(value(report)).padStart(12)}`;
  const names = (of: (one: Report) => Readonly<Record<string, number>>) => [
    ...new Set([...Object.keys(of(report)), ...(before === null ? [] : Object.keys(of(before)))]),
  ];
  const each = (of: (one: Report) => Readonly<Record<string, number>>) =>
    names(of).map((name) => row(name, (one) => of(one)[name] ?? 0));
  return [
    ...(before === null
      ? []
      : [`  ${''.padEnd(86)} ${'before'.padStart(12)} ${'now'.padStart(12)}`]),
    'Must be 0',
    ...report.checks.map(({ name }) =>
      row(name, (one) => one.checks.find((check) => check.name === name)?.count ?? '-'),
    ),
    'Acknowledged writes of other callers that a repeat undid',
    row(
      'outside of the gap between its last read and its write (must be 0)',
      ({ undone }) => undone.outside,
    ),
    row('inside of that gap', ({ undone }) => undone.inside),
    row('by an attempt that arrived late', ({ undone }) => undone.late),
    row('as a part of what was deleted', ({ undone }) => undone.cascade),
    row('after a refusal, without expectedFingerprint', ({ undone }) => undone.afterRefusal),
    'Aims',
    row(
      'lost but applied, confirmed as a success (95%)',
      ({ lost }) => `${percent(lost.confirmed, lost.confirmable)} of ${lost.confirmable}`,
    ),
    row(
      'the same with renamings, and with those that others wrote over meanwhile',
      ({ lost }) =>
        `${percent(lost.confirmed + lost.othersConfirmed, lost.confirmable + lost.overtaken + lost.renamed)} of ${lost.confirmable + lost.overtaken + lost.renamed}`,
    ),
    row(
      'unknown outcomes of 100 writes into a black hole',
      ({ dark }) => `${percent(dark.unknown, dark.calls)} of ${dark.calls}`,
    ),
    row(
      'the same once the first deadline has passed (a tenth of before)',
      ({ dark }) => `${percent(dark.laterUnknown, dark.laterCalls)} of ${dark.laterCalls}`,
    ),
    row('responses later than the deadlines allow', ({ waits: { tooLate } }) => tooLate),
    row('longest wait for a response, in milliseconds', ({ waits: { longest } }) => longest),
    'What happened',
    ...each((one) => ({
      ...prefixed('calls: ', one.calls),
      ...prefixed('errors: ', one.codes),
      ...prefixed('warnings: ', one.warnings),
      ...prefixed('requests: ', one.requests),
      ...prefixed('gateway and upstreams: ', one.incidents),
    })),
    `${'Faults'.padEnd(48)} requests   writes  applied     late  success  unknown  unapplied  other`,
    ...Object.entries(report.faults).map(
      ([name, { requests, writes, applied, appliedLate, success, unknown, unapplied, other }]) =>
        `  ${name.padEnd(46)} ${[requests, writes, applied, appliedLate, success, unknown, unapplied, other].map((count, index) => String(count).padStart([8, 8, 8, 8, 8, 8, 10, 6][index] ?? 8)).join(' ')}`,
    ),
  ];
}

function prefixed(
  prefix: string,
  counts: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [`${prefix}${name}`, count]),
  );
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)}%`;
}
