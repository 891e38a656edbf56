import { endOfBatch } from '../../transport/http/event-loop-batch.ts';
import type { Limits } from '../../config/limit-settings.ts';
import type { Mismatch } from '../auth/authentication-errors.ts';
import type { Graphiql } from '../browser/graphiql.ts';
import type { Admission, Admitted } from '../limits/admission.ts';
import { OVERLOADED } from '../limits/concurrency-limit.ts';
import type { Slot } from '../limits/concurrency-limit.ts';
import { Semaphore } from '../../transport/waiting/semaphore.ts';
import type { RateLimit } from '../limits/rate-limit.ts';
import { describeCaller, describeCrash } from '../log/log.ts';
import type { Log, LoggedCaller } from '../log/log.ts';
import type { ServeFastPath } from '../pipeline/fast-path/fast-path.ts';
import { KEY_HEADER, readKeyHeader } from '../idempotency/key-header.ts';
import type { ContextOf } from '../context/request-context.ts';
import { headerOf } from './header-lists.ts';
import { logRefusal } from '../pipeline/operation-log.ts';
import type { ServeYoga } from '../pipeline/yoga.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { readBody } from './request-body.ts';
import type { ReadHeaders } from './request-headers.ts';
import type { ApiRequest, RouteHandlers } from './router.ts';
import { setCommonHeaders } from './security-headers.ts';

const SHUTTING_DOWN: Refusal = {
  status: 503,
  code: 'SHUTTING_DOWN',
  message:
    'The gateway is shutting down. Nothing was executed: it is safe to send the request again.',
  headers: { connection: 'close' },
};

function tooManyRefused(wait: number): Refusal {
  const message = `Too many requests from this caller were refused within a minute. Nothing was read. Send the next one in ${wait} s, or ask the operator of the gateway to raise LIMIT_OPERATIONS_PER_MINUTE.`;
  return { status: 429, code: 'RATE_LIMITED', message };
}

export interface RequestHandlerOptions {
  readonly limits: Pick<Limits, 'inFlight' | 'bodyBytes'>;
  readonly admission: Pick<Admission, 'admit'>;
  /** Limits how many refused requests each caller may send. Beyond the limit, requests are refused without being read. */
  readonly refusals: RateLimit;
  readonly readHeaders: ReadHeaders;
  readonly contextOf: ContextOf;
  /** Null if every request goes through Yoga. */
  readonly serveFastPath: ServeFastPath | null;
  readonly serveYoga: ServeYoga;
  /** Null if it is turned off. */
  readonly graphiql: Graphiql | null;
  readonly log: Log;
  /** Called for each request that is refused, for metrics. */
  readonly onRefused?: ((codes: readonly string[]) => void) | undefined;
}

export interface RequestHandler extends Pick<RouteHandlers, 'handle' | 'refuseDraining'> {
  /** How many requests hold a slot. */
  readonly slotsUsed: () => number;
}

/** Admits or refuses each request. Reads an admitted one and passes it to the fast path or to Yoga. */
export function createRequestHandler({
  limits,
  admission,
  refusals,
  readHeaders,
  contextOf,
  serveFastPath,
  serveYoga,
  graphiql,
  log,
  onRefused,
}: RequestHandlerOptions): RequestHandler {
  const slots = new Semaphore(limits.inFlight);

  const refuseRequest = (
    { request, response, requestId }: Omit<ApiRequest, 'signal' | 'traced'>,
    refusal: Refusal,
    caller?: LoggedCaller,
    reasons: readonly string[] = [],
    mismatch?: Mismatch,
  ) => {
    // If no caller can be accepted, the operator has to act, not the caller.
    const level = refusal.code === 'AUTHENTICATION_UNAVAILABLE' ? 'warn' : 'info';
    logRefusal(
      log,
      { requestId, ...(caller !== undefined && { caller }) },
      { codes: [refusal.code], reasons, mismatch },
      level,
    );
    onRefused?.([refusal.code]);
    refuse(response, refusal, requestId);
    // Do not wait for a body that will not be read.
    if (!request.complete) request.resume();
  };

  /** Refuses a request of an admitted caller, and counts it toward the limit for refused requests. */
  const refuseCaller = (api: ApiRequest, { identity, callerKey }: Admitted, refusal: Refusal) => {
    refusals.take(callerKey);
    refuseRequest(api, refusal, describeCaller(identity));
  };

  const respond = async (api: ApiRequest, slot: Slot): Promise<void> => {
    const { request, response, requestId, path } = api;
    await endOfBatch();
    // GraphiQL's page needs no credentials: the requests sent from the page carry their own credentials.
    if (graphiql !== null && graphiql.isFor(request, path)) {
      const refusal = await graphiql.serve(api, slot);
      if (refusal !== null) refuseRequest(api, refusal);
      return;
    }
    const decision = admission.admit(request);
    const admitted = decision instanceof Promise ? await decision : decision;
    if ('refusal' in admitted) {
      const { refusal, detail, mismatch } = admitted;
      refuseRequest(api, refusal, undefined, [detail], mismatch?.());
      return;
    }
    const wait = refusals.wait(admitted.callerKey);
    if (wait !== null) {
      refuseRequest(api, tooManyRefused(wait), describeCaller(admitted.identity));
      return;
    }
    // Do not take the slot earlier: a caller who waits for admission, e.g. for the issuer's keys, must not hold one.
    if (!slot.take(slots)) {
      refuseRequest(api, OVERLOADED, describeCaller(admitted.identity));
      return;
    }
    const shape = readHeaders(request);
    if ('status' in shape) {
      refuseCaller(api, admitted, shape);
      return;
    }
    const key = readKeyHeader(headerOf(request, KEY_HEADER));
    if (typeof key === 'object' && key !== null) {
      refuseCaller(api, admitted, key);
      return;
    }
    const reading =
      request.method === 'GET' || request.method === 'HEAD'
        ? null
        : readBody(request, limits.bodyBytes);
    const body = reading instanceof Promise ? await reading : reading;
    if (body !== null && 'status' in body) {
      refuseCaller(api, admitted, body);
      return;
    }
    // The caller hung up before the request was complete.
    if (request.destroyed && !request.complete) return;
    const context = contextOf(api, admitted, key);
    const served =
      serveFastPath === null || body === null
        ? null
        : serveFastPath(response, shape, body, context);
    if (served === null) {
      setCommonHeaders(response, requestId);
      serveYoga(request, response, shape, body, context);
    } else await served;
  };

  return {
    slotsUsed: () => slots.running,
    handle: (api, slot) => {
      respond(api, slot).catch((error: unknown) => {
        log.error(
          { requestId: api.requestId, error: describeCrash(error) },
          'unexpected error outside of an operation',
        );
        api.request.socket.destroy();
      });
    },
    refuseDraining: (api) => {
      refuseRequest(api, SHUTTING_DOWN);
    },
  };
}
