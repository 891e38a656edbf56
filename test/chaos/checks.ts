import type { Application, Call, UpstreamRequest } from './history.ts';
import type { Relations } from './relations.ts';
import { undoneIn } from './undone.ts';

/** Something that must hold in every storm. */
export interface Check {
  readonly name: string;
  /** Descriptions of the violations. */
  readonly violations: (relations: Relations) => string[];
}

export const CHECKS: readonly Check[] = [
  {
    name: 'no write that must not be repeated was sent again after it may have arrived',
    violations: sentAgain,
  },
  { name: 'no write was applied twice where a look would have shown it', violations: appliedTwice },
  { name: 'nothing was applied where "not applied" was promised', violations: brokenPromises },
  {
    name: 'every success was applied, and is about the object that was asked for',
    violations: emptySuccesses,
  },
  {
    name: 'no repeat undid an acknowledged write of another caller outside of the last gap',
    violations: (relations) => [...undoneIn(relations).outside],
  },
  {
    name: 'no write with expectedFingerprint overwrote what it did not expect',
    violations: staleWrites,
  },
  {
    name: 'every write on the wire has an audit line, also after SIGKILL',
    violations: unauditedWrites,
  },
  {
    name: 'every write that got a response has an audit line of its outcome',
    violations: unauditedOutcomes,
  },
  {
    name: 'no secret is in the log or in a response',
    violations: ({ history }) => [...history.log.leaks, ...history.leakyResponses],
  },
  { name: 'every line of the log is JSON', violations: ({ history }) => [...history.log.garbage] },
  { name: 'the gateway did nothing unexpected', violations: unexpected },
];

/** POST, PATCH, and the PUTs of the `/v3` API, which are creates. */
function mustNotBeRepeated({ method, path }: UpstreamRequest): boolean {
  return method === 'POST' || method === 'PATCH' || (method === 'PUT' && path.startsWith('/v3/'));
}

function sentAgain(relations: Relations): string[] {
  return relations.history.requests
    .filter((request) => request.isWrite && mustNotBeRepeated(request))
    .filter((request) => relations.attemptsBefore(request).some(({ isRefusal }) => !isRefusal))
    .map(
      (request) =>
        `${describe(relations.call(request.trace))}: ${request.method} ${request.path}, after ${relations
          .attemptsBefore(request)
          .map(({ fault }) => fault ?? 'no fault')
          .join(', ')}`,
    );
}

function appliedTwice(relations: Relations): string[] {
  return relations.history.applications.flatMap((second) => {
    const request = relations.requestOf(second);
    const attempts = new Set(relations.attemptsBefore(request).map(({ number }) => number));
    const first = relations
      .applicationsOf(second.trace ?? '')
      .find((one) => one.key === second.key && attempts.has(one.request) && one.tick < second.tick);
    if (first === undefined || second.isLate || second.isCascade) return [];
    const read = relations.lastRead(
      second.trace,
      second.key,
      relations.requestOf(first).tick,
      request.tick,
    );
    return read !== null && read.tick < first.tick
      ? []
      : [
          `${describe(relations.call(second.trace))}: ${request.method} ${request.path} (versions ${first.version} and ${second.version})`,
        ];
  });
}

function brokenPromises(relations: Relations): string[] {
  return relations.history.calls.flatMap((call) => {
    const { result, steps, code } = call;
    const applied = relations.applicationsOf(call.trace);
    if (result === 'unapplied' || result === 'refused')
      return applied.length > 0
        ? [`${describe(call)}: ${code ?? result}, but ${describeChanges(applied)}`]
        : [];
    const promised = steps.filter(
      ({ action, code: stepCode }) =>
        action === 'SKIPPED' || (action === 'FAILED' && stepCode !== 'OUTCOME_UNKNOWN'),
    );
    return promised.flatMap(({ key, action }) => {
      const changes = applied.filter((one) => one.key === key);
      return changes.length > 0
        ? [`${describe(call)}: step ${action}, but ${describeChanges(changes)}`]
        : [];
    });
  });
}

function emptySuccesses(relations: Relations): string[] {
  return relations.history.calls
    .filter(({ result }) => result === 'success')
    .flatMap((call) => {
      const { marker, returned, resultKey, steps } = call;
      if (marker === null)
        return wasGone(relations, call) ? [] : [`${describe(call)}: it was there all the time`];
      if (
        steps.length > 0 &&
        steps.every(({ key, action }) => key !== resultKey || action === 'UNCHANGED')
      )
        return [];
      if (returned !== null && (returned.key !== resultKey || returned.marker !== marker))
        return [`${describe(call)}: got ${returned.key} with ${returned.marker ?? 'no marker'}`];
      return relations.changesOf(resultKey).some((change) => change.marker === marker)
        ? []
        : [`${describe(call)}: never applied`];
    });
}

/** Whether the object was not there at some time between the first attempt of its deletion and the response. */
function wasGone(relations: Relations, { trace, key, endedTick }: Call): boolean {
  const [first] = relations.writesOf(trace);
  const changes = relations.changesOf(key);
  const before = changes.filter(({ tick }) => first === undefined || tick < first.tick).at(-1);
  if (before === undefined || before.kind === 'delete') return true;
  return changes.some(
    ({ kind, tick }) =>
      kind === 'delete' && first !== undefined && tick > first.tick && tick < endedTick,
  );
}

function staleWrites(relations: Relations): string[] {
  return relations.history.calls.flatMap((call) => {
    const { expectedVersion, trace, key } = call;
    if (expectedVersion === null) return [];
    return relations
      .applicationsOf(trace)
      .filter(
        (change) =>
          change.key === key &&
          !change.isLate &&
          !relations.areEqual(change.previous, expectedVersion),
      )
      .flatMap((change) => {
        const request = relations.requestOf(change);
        const [latest] = relations.attemptsBefore(request).slice(-1);
        const read = relations.lastRead(trace, key, latest?.tick ?? 0, request.tick);
        return read !== null && relations.areEqual(read.version, expectedVersion)
          ? []
          : [
              `${describe(call)}: expected version ${expectedVersion}, overwrote ${change.previous}, ${read === null ? 'without a look' : `having seen ${read.version}`}`,
            ];
      });
  });
}

function unauditedWrites(relations: Relations): string[] {
  const { calls, log } = relations.history;
  // A gateway that writes no intents at all is judged by its outcomes.
  const hasIntents = [...log.audits.values()].some(({ intents }) => intents > 0);
  return calls.flatMap((call) => {
    const writes = relations.writesOf(call.trace).length;
    const { intents, outcomes } = log.audits.get(call.id) ?? { intents: 0, outcomes: 0 };
    const isMissing = hasIntents ? intents < writes : writes > 0 && outcomes === 0;
    return isMissing
      ? [
          `${describe(call)} (${call.result}): ${writes} writes, ${intents} intents, ${outcomes} outcomes`,
        ]
      : [];
  });
}

function unauditedOutcomes(relations: Relations): string[] {
  const { calls, log } = relations.history;
  const completed = new Set(['success', 'unapplied', 'unknown', 'incomplete']);
  return calls
    .filter(
      ({ result, id, trace }) =>
        completed.has(result) &&
        relations.writesOf(trace).length > 0 &&
        (log.audits.get(id)?.outcomes ?? 0) === 0,
    )
    .map((call) => `${describe(call)} (${call.result})`);
}

function unexpected({ history }: Relations): string[] {
  return [
    ...history.accidents,
    ...history.calls
      .filter(({ result }) => result === 'broken')
      .map((call) => `${describe(call)}: an unexpected error`),
  ];
}

function describe(call: Call | undefined): string {
  return call === undefined ? 'an unknown call' : `${call.mutation} ${call.id}`;
}

function describeChanges(changes: readonly Application[]): string {
  return changes
    .map(
      ({ kind, key, version, isLate }) =>
        `${kind} of ${key}${isLate ? ', late' : ''} (version ${version})`,
    )
    .join(', ');
}
