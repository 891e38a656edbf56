import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import { NotFoundError, OidcError, OutcomeUnknownError, PermissionDeniedError, UnauthenticatedError } from '../domain/errors.ts';
import type { Scrubber } from '../domain/scrub.ts';
import type { Warning } from '../domain/warnings.ts';
import { processAnswer, processFailure, requestIdOf } from './answer.ts';
import type { AnswerReader, Operation, ReadBack, WireRequest } from './answer.ts';
import type { Authenticator, Pass } from './authenticator.ts';
import { Line } from './hang-up.ts';
import type { HangUp } from './hang-up.ts';
import { asOutcome, send, TransportFailure } from './http.ts';
import type { HttpRequest, Outcome, SendOptions } from './http.ts';
import type { LoginGate } from './login-gate.ts';
import { NoAccess, unavailable } from './own-access.ts';
import type { NoAccessReason } from './own-access.ts';
import type { CredentialsEvent, OwnAccess } from './own-credentials.ts';
import type { BreakerEvent } from './policy/breaker.ts';
import type { Policy, PolicyCall } from './policy/policy.ts';
import { Repeats } from './policy/repeats.ts';
import type { RepeatableCall } from './policy/repeats.ts';
import { childOf } from './trace.ts';
import type { Trace } from './trace.ts';

/** Deadline of reading back a write whose answer was lost, beside its own, in milliseconds. */
const READ_BACK_MS = 3_000;

const CONFIRMED: Warning = {
  code: 'CONFIRMED_BY_READING',
  path: [],
  message: 'The answer to the write was lost. Reading back found everything as it was asked for.',
};

/** Largest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface ConnectOptions {
  /** Whole deadline of one session, in milliseconds. */
  readonly timeoutMs: number;
  readonly userAgent: string;
  /** How many processes call the upstream: its limits hold for all of them together. */
  readonly processes: number;
  readonly openDispatcher: (origin: string) => Dispatcher;
  /** Shared by all processes of the gateway. */
  readonly loginGate: LoginGate;
  /** Is told what becomes of the gateway's own credentials. The scrubber knows the secrets among them. */
  readonly onCredentials: (event: CredentialsEvent, upstream: string, scrubber: Scrubber) => void;
  /** Calls of the upstream that may be under way at the same time, in this process, whatever its own limits say. */
  readonly maxCalls: number;
  /** Called when the calls to an upstream are paused, and when they go on. */
  readonly onBreaker: (event: BreakerEvent, upstream: string) => void;
}

/** An upstream that is configured. */
export interface Connection {
  readonly baseUrl: string;
  readonly settings: unknown;
  /** The gateway's own access, null where callers bring theirs. */
  readonly own: OwnAccess | null;
  /** Begins a session: all its calls share one deadline, which begins with the first. */
  readonly begin: (authenticator: Authenticator, caller: Caller) => Call;
  /** Resolves when no call is under way. */
  readonly idle: () => Promise<void>;
  /** Closes the connections, cutting what is still under way. */
  readonly close: () => Promise<void>;
}

/** Calls an operation. @throws OidcError */
export type Call = <Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args) => Promise<Called<Result>>;

/** What a call gave. */
export interface Called<Result> {
  readonly value: Result;
  /** How it came about, where that is worth knowing. */
  readonly warnings: readonly Warning[];
}

/** Who calls, as far as a call to an upstream has to know. */
export interface Caller {
  readonly requestId: string;
  /** What limits of the caller are counted by: nothing that is shown or logged. */
  readonly callerKey: string;
  readonly header: (name: string) => string | null;
  /** The trace that the request belongs to, null where it came with none. */
  readonly trace: Trace | null;
  /** Fires when the caller hangs up. */
  readonly hangUp: HangUp;
  /** Knows every secret of the request. */
  readonly scrubber: Scrubber;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly onUpstreamCall: (event: UpstreamCallEvent) => void;
  /**
   * Called before each attempt of a write goes on the wire; nothing is sent until it resolves. Null if there is nothing to wait for.
   * @throws UpstreamUnavailableError if the write must not be sent
   */
  readonly beforeWrite: (attempt: WriteAttempt) => Promise<void> | null;
  /** Called when a write ends without anybody knowing whether it was applied. */
  readonly onOutcomeUnknown: () => void;
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
  /** HTTP status, null without an answer. */
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly durationMs: number;
  /** Why there is no whole answer; null where there is one. */
  readonly failure: TransportFailure | null;
}

/** Opens the connection to an upstream. */
export function connect(base: URL, settings: unknown, reader: AnswerReader, own: OwnAccess | null, policy: Policy, options: ConnectOptions): Connection {
  const dispatcher = options.openDispatcher(base.origin);
  const repeats = new Repeats();
  const basePath = base.pathname.replace(/\/$/, '');
  let underWay = 0;
  let waiting: (() => void)[] = [];
  let closed = false;

  async function perform<Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args, authenticator: Authenticator, caller: Caller, deadline: number, lane?: PolicyCall['lane']): Promise<Result> {
    const { hangUp, scrubber } = caller;
    const request = requestFor(operation.request(args), caller);
    const wait = { deadline, hangUp, requestId: caller.requestId };
    const call: RepeatableCall & PolicyCall = { repeatable: operation.repeatable, deadline, hangUp, caller: caller.callerKey, lane };
    const limits: SendOptions = { deadline, maxBytes: MAX_ANSWER_BYTES, hangUp, cancellable: operation.effect === 'read' };
    const start = performance.now();

    const report = (outcome: Outcome, began: number) => {
      caller.onUpstreamCall({
        upstream: reader.id,
        operation: operation.name,
        status: outcome.status,
        upstreamRequestId: requestIdOf(outcome, reader, scrubber),
        durationMs: Math.round((performance.now() - began) * 10) / 10,
        failure: outcome instanceof TransportFailure ? outcome : null,
      });
    };
    const outcomes: Outcome[] = [];
    const sendWith = ({ headers, secrets, check, heard, ended: onEnd }: Pass): Promise<Outcome> => {
      scrubber.add(...secrets);
      // Not by spreading them: the second spread of a literal takes 0.3 µs, this takes nothing.
      const dressed: HttpRequest = { method: request.method, path: request.path, body: request.body, headers: Object.assign({}, request.headers, headers) };
      const sendOnce = async (): Promise<Outcome> => {
        check?.();
        const intent = operation.effect === 'write' ? caller.beforeWrite({ upstream: reader.id, operation: operation.name, object: operation.subject(args).id, attempt: outcomes.length + 1, deadline }) : null;
        if (intent !== null) await intent;
        const began = performance.now();
        const settle = (outcome: Outcome) => {
          outcomes.push(outcome);
          heard?.(outcome);
          own?.clock.look(outcome.header('date'));
          report(outcome, began);
          return outcome;
        };
        return send(dispatcher, dressed, limits).then(settle, (error: unknown) => settle(asOutcome(error)));
      };
      const sent = repeats.run(call, () => policy.attempt(call, sendOnce));
      // Hardly any pass has it: all others are not to pay for one more promise.
      if (onEnd !== undefined) sent.then(onEnd, onEnd);
      return sent;
    };
    const read = (outcome: Outcome): Result => {
      if (outcome instanceof TransportFailure) throw processFailure(operation, args, outcome, reader, scrubber);
      return processAnswer(operation, args, outcome, reader, scrubber);
    };

    let last: Outcome | null = null;
    try {
      const passed = authenticator.pass(request, wait);
      const pass = passed instanceof Promise ? await passed : passed;
      last = await sendWith(pass);
      if (!(last instanceof TransportFailure) && last.status === 401) {
        // Refused, so nothing was applied: also what must not be repeated may be sent with another token.
        const renewed = await authenticator.refused(pass, last, request, wait);
        if (renewed !== null) last = await sendWith(renewed);
      }
      // It waited for its turn in vain.
      if (!outcomes.includes(last)) report(last, start);
      return read(last);
    } catch (thrown) {
      const error = authenticator.owner === 'gateway' ? withoutRefusal(thrown, caller) : thrown;
      const unknown = outcomes.filter((outcome) => outcome !== last).map((outcome) => errorOf(() => read(outcome))).find((earlier) => earlier instanceof OutcomeUnknownError);
      if (unknown === undefined || !(error instanceof OidcError) || error instanceof OutcomeUnknownError) throw error;
      // What was sent before may have been applied, whatever became of the repeat.
      if (error instanceof NotFoundError && error.attested && operation.whenGone !== undefined) return operation.whenGone(args);
      throw extended(unknown, `It was sent again, which is safe for this operation, but that failed (${error.code}).`);
    }
  }

  function requestFor({ method, path, body }: WireRequest, { trace }: Caller): HttpRequest {
    const headers: Record<string, string> = { accept: 'application/json', 'accept-encoding': 'identity', 'content-type': 'application/json', 'user-agent': options.userAgent };
    if (trace !== null) headers['traceparent'] = childOf(trace);
    return { method, path: `${basePath}${path}`, headers, body: body === undefined ? undefined : JSON.stringify(body) };
  }

  /** A refusal of the gateway's own credentials is told to the operator; the caller can do nothing about it. */
  function withoutRefusal(error: unknown, { requestId, onNoAccess }: Caller): unknown {
    if (error instanceof OidcError && error.cause instanceof NoAccess) onNoAccess(reader.id, error.cause.reason);
    if (!(error instanceof UnauthenticatedError) && !(error instanceof PermissionDeniedError)) return error;
    onNoAccess(reader.id, 'CALL_REFUSED');
    own?.report({
      kind: 'CALL_REFUSED',
      error,
      advice: error.attested ? own.advice(error) : `Look first at what stands between the gateway and ${reader.label}, such as a proxy: it may have refused the call. If it did not: ${own.advice(error)}`,
      requests: own.authenticator.failing?.(requestId) ?? { first: [requestId], count: 1 },
    });
    return unavailable(reader.label, error);
  }

  /** A caller who hung up leaves nobody to wait for a write: the drain does. */
  function ended(): void {
    underWay -= 1;
    if (underWay > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  async function call<Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args, authenticator: Authenticator, caller: Caller, deadline: number): Promise<Called<Result>> {
    underWay += 1;
    let isOutcomeUnknown = false;
    try {
      return { value: await perform(operation, args, authenticator, caller, deadline), warnings: [] };
    } catch (error) {
      isOutcomeUnknown = error instanceof OutcomeUnknownError;
      if (closed || !(error instanceof OutcomeUnknownError)) throw error;
      // Also for a caller who has hung up: what became of a write belongs into the log.
      const reader = { ...caller, hangUp: new Line() };
      const until = performance.now() + READ_BACK_MS;
      const reading = operation.readBack?.(args, (read, key) => perform(read, key, authenticator, reader, until, 'READ_BACK'));
      if (reading === undefined || reading === null) throw error;
      const value = await confirm(reading, error);
      isOutcomeUnknown = false;
      return { value, warnings: [CONFIRMED] };
    } finally {
      if (isOutcomeUnknown) caller.onOutcomeUnknown();
      ended();
    }
  }

  return {
    baseUrl: base.href.replace(/\/$/, ''),
    settings,
    own,
    begin: (authenticator, caller) => {
      let deadline: number | undefined;
      return (operation, args) => {
        // What a session has begun it may end: only its first call is refused.
        const full = deadline === undefined ? policy.refusal(underWay) : null;
        if (full !== null) return Promise.reject(processFailure(operation, args, full, reader, caller.scrubber));
        deadline ??= performance.now() + options.timeoutMs;
        return call(operation, args, authenticator, caller, deadline);
      };
    },
    idle: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => { waiting.push(resolve); })),
    close: async () => {
      closed = true;
      repeats.close();
      await Promise.all([dispatcher.destroy(), own?.close()]);
    },
  };
}

/**
 * The result of a write, where reading back shows that it was applied.
 * @throws OutcomeUnknownError with what was found: that nothing is there proves nothing while the write may be under way
 */
async function confirm<Result>(reading: Promise<ReadBack<Result>>, unknown: OutcomeUnknownError): Promise<Result> {
  let finding: string;
  try {
    const found = await reading;
    if ('applied' in found) return found.applied;
    finding = `Reading it back ${found.finding}.`;
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    const found = error instanceof NotFoundError && (error.attested ? 'found nothing, but it may still be under way' : 'met a 404 that is not in its own words, and may come from something in between');
    finding = found !== false ? `Reading it back ${found}.` : `It could not be read back (${error.code}).`;
  }
  throw extended(unknown, finding);
}

/** The same error with another sentence at its end. */
function extended(unknown: OutcomeUnknownError, sentence: string): OutcomeUnknownError {
  return new OutcomeUnknownError(`${unknown.message} ${sentence}`, unknown.reason, unknown.verifyWith, {
    ...(unknown.upstream !== null && { upstream: unknown.upstream }),
    cause: unknown.cause,
  });
}

function errorOf(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
