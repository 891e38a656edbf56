import { performance } from 'node:perf_hooks';
import { isUnionType, getNamedType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { SYNC_ACTIONS } from '../../domain/keys/rotation/sync-action.ts';
import type { SyncAction } from '../../domain/keys/rotation/sync-action.ts';
import { SIGN_IN_VERDICTS } from '../../domain/sign-in/report.ts';
import type { SignInVerdict } from '../../domain/sign-in/report.ts';
import { WATCH_STATUSES } from '../../domain/sign-in/watch.ts';
import type { WatchResult, WatchState } from '../../domain/sign-in/watch.ts';
import type { IssuerFetch } from '../../issuer/issuers.ts';
import type { Connection } from '../../transport/connection.ts';
import type { LostResponseOutcome, UpstreamEvent } from '../../transport/upstream-event.ts';
import type { UpstreamCallEvent } from '../../transport/exchange/requester.ts';
import { IDEMPOTENCY_OUTCOMES } from '../idempotency/idempotency.ts';
import type { IdempotencyOutcome } from '../idempotency/idempotency.ts';
import { codesOf } from '../pipeline/operation-log.ts';
import type { EndedOperation } from '../pipeline/operation-log.ts';
import { declareMetrics } from './declared-metrics.ts';
import { Registry } from './registry.ts';

/** The value of a label for what is not in its list. */
const OTHER = 'other';

/** Codes with which requests are refused before they become operations. */
const REFUSAL_CODES: ReadonlySet<string> = new Set([
  'AUTHENTICATION_UNAVAILABLE',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'INTERNAL_SERVER_ERROR',
  'LIMIT_EXCEEDED',
  'NOT_ACCEPTABLE',
  'OPERATION_RESOLUTION_FAILURE',
  'OVERLOADED',
  'PERSISTED_DOCUMENT_NOT_FOUND',
  'PERSISTED_DOCUMENT_REQUIRED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'RATE_LIMITED',
  'REQUEST_ENTITY_TOO_LARGE',
  'REQUEST_HEADER_FIELDS_TOO_LARGE',
  'REQUEST_TIMEOUT',
  'SHUTTING_DOWN',
  'UNAUTHENTICATED',
  'UNSUPPORTED_MEDIA_TYPE',
]);

/** What checks of watches come to, as labels. */
const STATUSES = Object.keys(WATCH_STATUSES).map((status) => status.toLowerCase());

const BREAKER_STATES = ['CLOSED', 'OPEN', 'TRYING'] as const;
const LOGIN_OUTCOMES = ['succeeded', 'shared', 'failed', 'refused'] as const;
const READ_BACK_OUTCOMES: readonly LostResponseOutcome[] = [
  'CONFIRMED',
  'CHANGED',
  'UNKNOWN',
  'NOT_READ',
];

/** What the figures of a gateway are read from. */
export interface Observed {
  readonly schema: GraphQLSchema;
  /** The mutations that check sign-in. */
  readonly checks: readonly string[];
  readonly connections: ReadonlyMap<string, Connection>;
  /** Requests for the API that are open. */
  readonly openRequests: () => number;
  /** Requests that hold a slot, and how many slots there are. */
  readonly slots: () => { readonly used: number; readonly all: number };
  readonly isReady: () => boolean;
  /** Null if none is configured. */
  readonly redis: { readonly isReachable: () => boolean } | null;
}

/** Counts what happens in a gateway. Each method is called where it happens; the figures are read from `registry`. */
export class GatewayMetrics {
  readonly registry = new Registry();

  readonly #metrics = declareMetrics(this.registry);
  /** Upstreams that refused a login. Each refusal is reported again and again, and counts once. */
  readonly #loginsRefused = new Set<string>();
  #watches: {
    readonly kinds: ReadonlySet<string>;
    readonly known: Parameters<GatewayMetrics['observeWatches']>[1];
  } = { kinds: new Set(), known: () => [] };

  constructor() {
    this.registry.onCollect(() => {
      this.#countWatches();
    });
  }

  /** Names what the figures are read from. Series that could be missed, because they are rare, begin with 0. */
  observe({ schema, checks, connections, openRequests, slots, isReady, redis }: Observed): void {
    for (const root of [schema.getQueryType(), schema.getMutationType()]) {
      for (const { name, type } of Object.values(root?.getFields() ?? {})) {
        const union = getNamedType(type);
        if (!isUnionType(union) || name.startsWith('_')) continue;
        for (const member of union.getTypes()) this.#metrics.operations.of(name, member.name);
        this.#metrics.operations.of(name, OTHER);
      }
    }
    for (const field of checks)
      for (const verdict of Object.keys(SIGN_IN_VERDICTS))
        this.#metrics.signInChecks.of(field, verdict.toLowerCase());
    for (const action of Object.keys(SYNC_ACTIONS)) this.#metrics.keySyncs.of(action.toLowerCase());
    for (const code of [...REFUSAL_CODES, OTHER]) this.#metrics.refused.of(code);
    this.#metrics.rateLimited.of();
    for (const outcome of IDEMPOTENCY_OUTCOMES)
      this.#metrics.idempotencyKeys.of(outcome.toLowerCase());
    for (const document of ['metadata', 'keys', 'probe'])
      this.#metrics.issuerSeconds.of(document, 'succeeded');
    for (const [id, { gatewayAccess }] of connections) {
      this.#metrics.openings.of(id);
      this.#metrics.unknownOutcomes.of(id);
      for (const outcome of READ_BACK_OUTCOMES)
        this.#metrics.readBacks.of(id, outcome.toLowerCase());
      if (gatewayAccess === null) continue;
      for (const outcome of LOGIN_OUTCOMES) this.#metrics.logins.of(id, outcome);
      this.#metrics.loginRefused.of(id);
      this.#metrics.refusedCalls.of(id);
    }
    this.registry.onCollect(() => {
      const { used, all } = slots();
      this.#metrics.activeRequests.of().set(openRequests());
      this.#metrics.slotsUsed.of().set(used);
      this.#metrics.slots.of().set(all);
      this.#metrics.ready.of().set(Number(isReady()));
      if (redis !== null) this.#metrics.redisReachable.of().set(Number(redis.isReachable()));
      for (const [id, connection] of connections) this.#look(id, connection);
    });
  }

  #look(id: string, connection: Connection): void {
    const { calls, maxCalls, running, waiting, readBacks, breaker } = connection.state();
    this.#metrics.openCalls.of(id).set(calls);
    this.#metrics.maxOpenCalls.of(id).set(maxCalls);
    this.#metrics.inFlight.of(id).set(running);
    this.#metrics.waiting.of(id).set(waiting);
    this.#metrics.readingBack.of(id).set(readBacks);
    for (const state of BREAKER_STATES)
      this.#metrics.breaker.of(id, state.toLowerCase()).set(Number(state === breaker));
  }

  /** @param status null if the connection was gone before the response */
  readonly onResponse = (route: string, status: number | null, began: number): void => {
    this.#metrics.requestSeconds
      .of(route, status === null ? 'none' : String(status))
      .observe((performance.now() - began) / 1000);
  };

  readonly onRefused = (codes: readonly string[]): void => {
    const [code = OTHER] = codes;
    this.#metrics.refused.of(REFUSAL_CODES.has(code) ? code : OTHER).add();
  };

  readonly onOperation = ({
    context: { refusal, progress },
    result: { errors = [] },
  }: EndedOperation): void => {
    if (refusal !== null) this.#metrics.rateLimited.of().add();
    // Nothing was executed, e.g. because a variable has the wrong type.
    if (errors.length > 0 && progress.outcomes.length === 0) this.onRefused(codesOf(errors));
    for (const { field, member } of progress.outcomes)
      this.#metrics.operations.of(field, member ?? OTHER).add();
  };

  readonly onIdempotency = (outcome: IdempotencyOutcome): void => {
    this.#metrics.idempotencyKeys.of(outcome.toLowerCase()).add();
  };

  readonly onUpstreamCall = ({
    upstream,
    status,
    durationMs,
    failure,
  }: UpstreamCallEvent): void => {
    if (failure?.sent === false) this.#metrics.unsent.of(upstream, failure.reason).add();
    else
      this.#metrics.callSeconds
        .of(upstream, failure?.reason ?? outcomeOf(status))
        .observe(durationMs / 1000);
  };

  readonly onIssuerFetch = ({ document, reason, durationMs }: IssuerFetch): void => {
    this.#metrics.issuerSeconds
      .of(document, reason?.toLowerCase() ?? 'succeeded')
      .observe(durationMs / 1000);
  };

  readonly onSignInCheck = (field: string, verdict: SignInVerdict): void => {
    this.#metrics.signInChecks.of(field, verdict.toLowerCase()).add();
  };

  readonly onKeySync = (action: SyncAction): void => {
    this.#metrics.keySyncs.of(action.toLowerCase()).add();
  };

  /** @param known their last results, as far as this process knows */
  readonly observeWatches = (
    kinds: readonly string[],
    known: () => readonly (WatchState & { readonly isOverdue: boolean })[],
  ): void => {
    for (const kind of kinds) {
      for (const status of STATUSES) this.#metrics.watchChecks.of(kind, status);
      this.#metrics.watchWrites.of(kind);
    }
    for (const outcome of ['delivered', 'failed']) this.#metrics.webhooks.of(outcome);
    this.#watches = { kinds: new Set([...this.#watches.kinds, ...kinds]), known };
  };

  #countWatches(): void {
    const { kinds, known } = this.#watches;
    const all = known();
    for (const kind of kinds) {
      const own = all.filter(({ watch }) => watch === kind);
      for (const status of ['pending', ...STATUSES])
        this.#metrics.watches
          .of(kind, status)
          .set(own.filter(({ result }) => statusOf(result) === status).length);
      this.#metrics.watchesOverdue.of(kind).set(own.filter(({ isOverdue }) => isOverdue).length);
    }
  }

  readonly onWatchChecked = (
    { watch }: Pick<WatchState, 'watch'>,
    result: WatchResult,
    written: string | null,
  ): void => {
    this.#metrics.watchChecks.of(watch, statusOf(result)).add();
    if (written !== null) this.#metrics.watchWrites.of(watch).add();
  };

  readonly onNoticeSent = (isDelivered: boolean): void => {
    this.#metrics.webhooks.of(isDelivered ? 'delivered' : 'failed').add();
  };

  readonly onUpstreamEvent = (event: UpstreamEvent, upstream: string): void => {
    switch (event.kind) {
      case 'BREAKER_OPENED':
        this.#metrics.openings.of(upstream).add();
        break;
      case 'RESPONSE_LOST':
        this.#metrics.readBacks.of(upstream, event.outcome.toLowerCase()).add();
        if (event.outcome !== 'CONFIRMED') this.#metrics.unknownOutcomes.of(upstream).add();
        break;
      case 'LOGGED_IN':
        this.#metrics.logins.of(upstream, 'succeeded').add();
        break;
      case 'TOKEN_SHARED':
        this.#metrics.logins.of(upstream, 'shared').add();
        break;
      case 'LOGIN_FAILED':
        this.#metrics.logins.of(upstream, 'failed').add();
        break;
      case 'LOGIN_REFUSED':
        if (this.#loginsRefused.has(upstream)) break;
        this.#loginsRefused.add(upstream);
        this.#metrics.loginRefused.of(upstream).set(1);
        this.#metrics.logins.of(upstream, 'refused').add();
        break;
      case 'CALL_REFUSED':
        this.#metrics.refusedCalls.of(upstream).add();
        break;
      case 'BREAKER_CLOSED':
      case 'CLOCK_SKEW':
        break;
    }
  };
}

/** The label of the last result of a watch. */
function statusOf(result: WatchResult | null): string {
  return result === null ? 'pending' : result.status.toLowerCase();
}

/** The outcome of a request by its status: its class, and 429 by itself. */
function outcomeOf(status: number | null): string {
  if (status === null) return OTHER;
  return status === 429 ? '429' : `${Math.floor(status / 100)}xx`;
}
