import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import { OidcError, PermissionDeniedError, UnauthenticatedError } from '../domain/errors.ts';
import type { Scrubber } from '../domain/scrub.ts';
import type { SharedSecrets } from '../domain/shared-secrets.ts';
import { processAnswer, processFailure, requestIdOf } from './answer.ts';
import type { AnswerReader } from './answer.ts';
import type { Authenticator, Pass, Wait } from './authenticator.ts';
import type { HangUp } from './hang-up.ts';
import { asOutcome, send, TransportFailure } from './http.ts';
import type { HttpAnswer, HttpRequest, Outcome, SendOptions } from './http.ts';
import type { Operation, ReadOperation, WireRequest } from './operation.ts';
import { NoAccess, unavailable } from './own-access.ts';
import type { NoAccessReason } from './own-access.ts';
import type { OwnAccess } from './own-credentials.ts';
import type { Policy, PolicyCall } from './policy/policy.ts';
import type { Repeats } from './policy/repeats.ts';
import { childOf } from './trace.ts';
import type { Trace } from './trace.ts';

/** Largest response that is read, in bytes. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

/** Who calls, as far as a request to an upstream has to know. */
export interface Requester {
  readonly requestId: string;
  /** What limits of the caller are counted by: nothing that is shown or logged. */
  readonly callerKey: string;
  /** The trace that the request belongs to, null if it came with none. */
  readonly trace: Trace | null;
  /** Fires when the caller hangs up. */
  readonly hangUp: HangUp;
  /** Knows every secret of the request. */
  readonly scrubber: Scrubber;
  readonly onUpstreamCall: (event: UpstreamCallEvent) => void;
  /**
   * Called before each attempt of a write goes on the wire; nothing is sent until it resolves. Null if there is nothing to wait for.
   * @throws UpstreamUnavailableError if the write must not be sent
   */
  readonly beforeWrite: (attempt: WriteAttempt) => Promise<void> | null;
  /** Called when the request fails because the gateway's own access to an upstream does not work. */
  readonly onNoAccess: (upstream: string, reason: NoAccessReason) => void;
}

/** A write that is about to be sent. */
export interface WriteAttempt {
  readonly upstream: string;
  readonly operation: string;
  /** Id of the object, null if it is left to the upstream. Not checked, and not scrubbed. */
  readonly object: string | null;
  /** 1 for the first time that it is sent. */
  readonly attempt: number;
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
}

/** One finished request to an upstream, for the log; an operation that is repeated has several. */
export interface UpstreamCallEvent {
  readonly upstream: string;
  readonly operation: string;
  /** HTTP status, null without a response. */
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly durationMs: number;
  /** Why there is no whole response; null if there is one. */
  readonly failure: TransportFailure | null;
}

/** On whose behalf something is sent, and how long it may take. */
export interface Terms {
  readonly authenticator: Authenticator;
  readonly caller: Requester;
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
  readonly lane?: PolicyCall['lane'];
}

/** Reads, in the slot of a write and right before it, whether it may be sent. @returns whether it is sent @throws OidcError if it must not be sent */
export type Check = (read: ReadOperation) => Promise<boolean>;

/** What comes before a write is sent. */
export interface WriteSteps {
  /** Null if there is nothing to look at. */
  readonly check: Check | null;
  /** Counts a time that it is about to be sent. @returns 1 for the first */
  readonly nextAttempt: () => number;
}

/** Where one request has come to. */
interface Turn {
  /** What it carries; another one once a 401 has shown that it had grown stale. */
  pass: Pass;
  /** What its slot gave last; anything else waited for one in vain. */
  settled: Outcome | null;
}

export interface ExchangeOptions {
  readonly base: URL;
  readonly reader: AnswerReader;
  /** The gateway's own access, null if callers bring theirs. */
  readonly own: OwnAccess | null;
  /** Gets each new token of it. */
  readonly ownSecrets: SharedSecrets;
  readonly policy: Policy;
  readonly repeats: Repeats;
  readonly dispatcher: Dispatcher;
  readonly userAgent: string;
}

/** Requests to one upstream and what comes back. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #basePath: string;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#basePath = options.base.pathname.replace(/\/$/, '');
  }

  /** Calls a read operation. @throws OidcError */
  async read<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    terms: Terms,
  ): Promise<Result> {
    try {
      return this.result(operation, args, await this.send(operation, args, terms, null), terms);
    } catch (error) {
      throw this.forCaller(error, terms);
    }
  }

  /**
   * Sends the request of an operation when its turn has come: a read as often as it may be, a write once. Refused with a
   * token that has grown stale, nothing was applied: then it is sent once more with another one.
   * @param steps of a write, each time that it is sent; null for a read
   * @returns what became of it, or of the last read of the check if that says not to send it
   */
  async send<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    terms: Terms,
    steps: WriteSteps | null,
  ): Promise<Outcome> {
    const { policy, repeats } = this.#options;
    const { authenticator, caller, deadline, lane } = terms;
    const { hangUp } = caller;
    const request = this.#requestFor(operation.request(args), caller);
    const wait: Wait & PolicyCall = {
      deadline,
      hangUp,
      requestId: caller.requestId,
      caller: caller.callerKey,
      lane,
    };
    const start = performance.now();

    const passed = authenticator.pass(request, wait);
    const turn: Turn = { pass: passed instanceof Promise ? await passed : passed, settled: null };

    const once = async (): Promise<Outcome> => {
      turn.settled =
        steps === null
          ? await this.#transmit(operation, request, turn.pass, terms)
          : await this.#transmitWrite(operation, args, request, turn, terms, steps, wait);
      return turn.settled;
    };
    const sendNow = (): Promise<Outcome> => {
      const { ended } = turn.pass;
      const isRepeated = operation.effect === 'read' && lane === undefined;
      const sent =
        steps !== null
          ? policy.hold(wait, once)
          : isRepeated
            ? repeats.run({ repeatable: operation.repeatable, deadline, hangUp }, () =>
                policy.attempt(wait, once),
              )
            : policy.attempt(wait, once);
      // Hardly any pass has it: all others are not to pay for one more promise.
      if (ended !== undefined) sent.then(ended, ended);
      return sent;
    };

    let last = await sendNow();
    if (isUnauthorized(last)) {
      const renewed = await authenticator.refused(turn.pass, last, request, wait);
      if (renewed !== null) {
        turn.pass = renewed;
        last = await sendNow();
      }
    }
    if (last !== turn.settled) this.#report(operation, last, start, caller);
    return last;
  }

  /** The result that an outcome stands for. @throws OidcError */
  result<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    outcome: Outcome,
    { caller: { scrubber } }: Terms,
  ): Result {
    const { reader } = this.#options;
    if (outcome instanceof TransportFailure)
      throw processFailure(operation, args, outcome, reader, scrubber);
    try {
      return processAnswer(operation, args, outcome, reader, scrubber);
    } catch (error) {
      // A success that is not what was asked for may belong to another request, and what comes next on its connection to this one.
      if (outcome.status >= 200 && outcome.status <= 299) outcome.disconnect?.();
      throw error;
    }
  }

  /** A refusal of the gateway's own credentials is told to the operator; the caller can do nothing about it. */
  forCaller(
    error: unknown,
    { authenticator: { owner }, caller: { requestId, onNoAccess } }: Terms,
  ): unknown {
    if (owner !== 'gateway') return error;
    const { reader, own } = this.#options;
    if (error instanceof OidcError && error.cause instanceof NoAccess)
      onNoAccess(reader.id, error.cause.reason);
    if (!(error instanceof UnauthenticatedError) && !(error instanceof PermissionDeniedError))
      return error;
    onNoAccess(reader.id, 'CALL_REFUSED');
    own?.report({
      kind: 'CALL_REFUSED',
      error,
      advice: error.attested
        ? own.advice(error)
        : `Look first at what stands between the gateway and ${reader.label}, such as a proxy: it may have refused the call. If it did not: ${own.advice(error)}`,
      requests: own.authenticator.failing?.(requestId) ?? { first: [requestId], count: 1 },
    });
    return unavailable(reader.label, error);
  }

  /** Sends a request once, on the slot that is held for it. */
  async #transmit<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    request: HttpRequest,
    pass: Pass,
    { caller, deadline }: Terms,
  ): Promise<Outcome> {
    const { reader, own, ownSecrets, dispatcher } = this.#options;
    const { hangUp, scrubber } = caller;
    if (pass.isShared === true) ownSecrets.renew(reader.id, pass.secrets);
    else scrubber.add(...pass.secrets);
    // Not by spreading them: the second spread of a literal takes 0.3 µs, this takes nothing.
    const dressed: HttpRequest = {
      method: request.method,
      path: request.path,
      body: request.body,
      headers: Object.assign({}, request.headers, pass.headers),
    };
    pass.check?.();
    const began = performance.now();
    const limits: SendOptions = {
      deadline,
      maxBytes: MAX_RESPONSE_BYTES,
      hangUp,
      cancellable: operation.effect === 'read',
    };
    const outcome = await send(dispatcher, dressed, limits).catch(asOutcome);
    pass.heard?.(outcome);
    own?.clock.look(outcome.header('date'));
    this.#report(operation, outcome, began, caller);
    return outcome;
  }

  /** Sends a write in its slot, after a check that reads in the same slot. Nothing comes between the two but the line of the audit trail. */
  async #transmitWrite<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    request: HttpRequest,
    turn: Turn,
    terms: Terms,
    { check, nextAttempt }: WriteSteps,
    wait: Wait & PolicyCall,
  ): Promise<Outcome> {
    const { policy, reader } = this.#options;
    const { caller, deadline } = terms;
    if (check !== null) {
      let last = null as Outcome | null;
      const read: ReadOperation = async (reading, key) => {
        const readRequest = this.#requestFor(reading.request(key), caller);
        const attempt = () =>
          policy.paced(wait, () =>
            this.#transmit(
              reading,
              readRequest,
              turn.pass.along?.(readRequest) ?? turn.pass,
              terms,
            ),
          );
        last = await attempt();
        if (isUnauthorized(last)) {
          const renewed = await terms.authenticator.refused(turn.pass, last, readRequest, wait);
          if (renewed !== null) {
            turn.pass = renewed;
            last = await attempt();
          }
        }
        return this.result(reading, key, last, terms);
      };
      if (!(await check(read))) {
        if (last === null)
          throw new Error(`the check of ${operation.name} refused it without a look`);
        return last;
      }
      const late = policy.lateness(wait);
      if (late !== null) return this.#unsent(operation, late, caller);
    }
    turn.pass.check?.();
    const intent = caller.beforeWrite({
      upstream: reader.id,
      operation: operation.name,
      object: operation.subject(args).id,
      attempt: nextAttempt(),
      deadline,
    });
    if (intent !== null) {
      await intent;
      const late = policy.lateness(wait);
      if (late !== null) return this.#unsent(operation, late, caller);
    }
    return policy.observe(wait, () => this.#transmit(operation, request, turn.pass, terms));
  }

  #unsent(
    operation: { readonly name: string },
    why: TransportFailure,
    caller: Requester,
  ): TransportFailure {
    this.#report(operation, why, performance.now(), caller);
    return why;
  }

  #report(
    { name }: { readonly name: string },
    outcome: Outcome,
    began: number,
    { onUpstreamCall, scrubber }: Requester,
  ): void {
    const { reader } = this.#options;
    onUpstreamCall({
      upstream: reader.id,
      operation: name,
      status: outcome.status,
      upstreamRequestId: requestIdOf(outcome, reader, scrubber),
      durationMs: Math.round((performance.now() - began) * 10) / 10,
      failure: outcome instanceof TransportFailure ? outcome : null,
    });
  }

  #requestFor({ method, path, body }: WireRequest, { trace }: Requester): HttpRequest {
    const headers: Record<string, string> = {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'user-agent': this.#options.userAgent,
    };
    if (trace !== null) headers['traceparent'] = childOf(trace);
    return {
      method,
      path: `${this.#basePath}${path}`,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    };
  }
}

function isUnauthorized(outcome: Outcome): outcome is HttpAnswer {
  return !(outcome instanceof TransportFailure) && outcome.status === 401;
}
