import { performance } from 'node:perf_hooks';
import { OidcError, PermissionDeniedError, UnauthenticatedError } from '../../domain/errors.ts';
import type { RequestCredentials } from '../credentials/authenticator.ts';
import { NoAccess, unavailable } from '../credentials/no-access.ts';
import { isSuccess, TransportFailure } from '../http/http.ts';
import type { HttpRequest, HttpResponse, Outcome } from '../http/http.ts';
import type { Operation, ReadOperation } from '../operation.ts';
import type { Policy } from '../policy/policy.ts';
import type { Refusal } from '../policy/refusal.ts';
import type { Repeats } from '../policy/repeats.ts';
import { processTransportFailure } from '../response/transport-failure.ts';
import { processResponse } from '../response/process-response.ts';
import type { CallContext } from './call-context.ts';
import type { Requester } from './requester.ts';
import { Sender } from './sender.ts';
import type { SenderOptions } from './sender.ts';

/**
 * Runs right before a write, in the write's slot, and reads to decide whether the write may be sent.
 * @returns whether it is sent
 * @throws OidcError if it must not be sent
 */
export type Check = (read: ReadOperation) => Promise<boolean>;

/** The steps before a write is sent. */
export interface WriteSteps {
  /** Null if there is nothing to check. */
  readonly check: Check | null;
  /** Counts an attempt that is about to be sent. @returns 1 for the first */
  readonly nextAttempt: () => number;
}

/** The state of a request that is being sent. */
interface Sending {
  readonly request: HttpRequest;
  /** Replaced after a 401 that shows that they are no longer valid. */
  credentials: RequestCredentials;
  /** The outcome of the last attempt. If the final outcome differs from this one, the request never got a slot. */
  last: Outcome | null;
}

/** The credentials of an operation that is sent without any. */
const NONE: RequestCredentials = { headers: {}, secrets: [] };

export interface ExchangeOptions extends SenderOptions {
  readonly policy: Policy;
  readonly repeats: Repeats;
}

/** Runs operations against one upstream: gets credentials, applies the policies, sends the request and interprets the response. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #sender: Sender;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#sender = new Sender(options);
  }

  /** Calls a read operation. @throws OidcError */
  async read<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    context: CallContext,
  ): Promise<Result> {
    try {
      return this.result(operation, args, await this.send(operation, args, context, null), context);
    } catch (error) {
      const isForCaller =
        operation.anonymous === true ||
        (operation.mayBeDenied === true && error instanceof PermissionDeniedError);
      throw isForCaller ? error : this.forCaller(error, context);
    }
  }

  /**
   * Sends the request of an operation as the policies allow: a read as often as it may be repeated, a write once. A 401
   * shows that nothing was applied: if the credentials are no longer valid, the request is sent once more with new ones.
   * @param steps before each attempt of a write; null for a read
   * @returns the outcome of the request; if the check decided against sending it, the outcome of the check's last read
   */
  async send<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    context: CallContext,
    steps: WriteSteps | null,
  ): Promise<Outcome> {
    const { policy, repeats } = this.#options;
    const request = this.#sender.requestFor(operation.request(args), context.requester);
    const start = performance.now();

    const isAnonymous = operation.anonymous === true;
    const given = isAnonymous ? NONE : context.authenticator.credentialsFor(request, context);
    const sending: Sending = {
      request,
      credentials: given instanceof Promise ? await given : given,
      last: null,
    };

    const attempt = async (): Promise<Outcome> => {
      sending.last =
        steps === null
          ? await this.#sender.send(operation, request, sending.credentials, context)
          : await this.#sendWrite(operation, args, sending, context, steps);
      return sending.last;
    };
    const sendNow = (): Promise<Outcome> => {
      const { ended } = sending.credentials;
      const isRepeated = operation.effect === 'read' && context.lane === undefined;
      const sent =
        steps !== null
          ? policy.hold(context, attempt)
          : isRepeated
            ? repeats.run(operation.repeatable, context, () => policy.attempt(context, attempt))
            : policy.attempt(context, attempt);
      // Most credentials do not have `ended`; for them, no extra promise is created.
      if (ended !== undefined) sent.then(ended, ended);
      return sent;
    };

    let outcome = await sendNow();
    if (
      !isAnonymous &&
      isUnauthorized(outcome) &&
      (await this.#renew(sending, outcome, request, context))
    )
      outcome = await sendNow();
    if (outcome !== sending.last) this.#sender.report(operation, outcome, start, context.requester);
    return outcome;
  }

  /** The error of a call that is refused before it begins. */
  refused<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    refusal: Refusal,
    requester: Requester,
  ): OidcError {
    this.#sender.report(operation, refusal, performance.now(), requester);
    return processTransportFailure(
      operation,
      args,
      refusal,
      this.#options.reader,
      requester.scrubber,
    );
  }

  /** The result that an outcome stands for. @throws OidcError */
  result<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    outcome: Outcome,
    { requester: { scrubber } }: CallContext,
  ): Result {
    const { reader } = this.#options;
    if (outcome instanceof TransportFailure)
      throw processTransportFailure(operation, args, outcome, reader, scrubber);
    try {
      return processResponse(operation, args, outcome, reader, scrubber);
    } catch (error) {
      // If a success is about a different object, the responses of the connection may be out of step with its requests, so close it.
      if (isSuccess(outcome.status)) outcome.disconnect?.();
      throw error;
    }
  }

  /** The error that the caller gets. A refusal of the gateway's own credentials goes to the operator: the caller can do nothing about it. */
  forCaller(
    error: unknown,
    { authenticator, requestId, requester: { onNoAccess } }: CallContext,
  ): unknown {
    if (authenticator.owner !== 'gateway') return error;
    const { reader, gatewayAccess } = this.#options;
    if (error instanceof OidcError && error.cause instanceof NoAccess)
      onNoAccess(reader.id, error.cause.reason);
    if (!(error instanceof UnauthenticatedError) && !(error instanceof PermissionDeniedError))
      return error;
    onNoAccess(reader.id, 'CALL_REFUSED');
    gatewayAccess?.report({
      kind: 'CALL_REFUSED',
      error,
      advice: error.attested
        ? gatewayAccess.advice(error)
        : `First check anything between the gateway and ${reader.label}, such as a proxy: it may have refused the call. If it did not: ${gatewayAccess.advice(error)}`,
      requests: authenticator.failing?.(requestId) ?? { first: [requestId], count: 1 },
    });
    return unavailable(reader.label, error);
  }

  /** Replaces credentials that were refused because they are no longer valid. @returns whether there are new ones to try */
  async #renew(
    sending: Sending,
    refused: HttpResponse,
    request: HttpRequest,
    context: CallContext,
  ): Promise<boolean> {
    const { authenticator } = context;
    const renewed = await authenticator.refused(sending.credentials, refused, request, context);
    if (renewed !== null) sending.credentials = renewed;
    return renewed !== null;
  }

  /** Sends a write in its slot, after a check that reads in the same slot. Only the audit line is written between the two. */
  async #sendWrite<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    sending: Sending,
    context: CallContext,
    { check, nextAttempt }: WriteSteps,
  ): Promise<Outcome> {
    const { policy, reader } = this.#options;
    const { requester, deadline } = context;
    if (check !== null) {
      let last = null as Outcome | null;
      const mayBeSent = await check(async (reading, key) => {
        last = await this.#readInSlot(reading, key, sending, context);
        return this.result(reading, key, last, context);
      });
      if (!mayBeSent) {
        if (last === null)
          throw new Error(
            `the check for ${operation.name} refused the write without reading anything`,
          );
        return last;
      }
      const late = this.#late(operation, context);
      if (late !== null) return late;
    }
    sending.credentials.check?.();
    const intent = requester.beforeWrite({
      upstream: reader.id,
      operation: operation.name,
      object: operation.subject(args).id,
      attempt: nextAttempt(),
      deadline,
    });
    if (intent !== null) {
      await intent;
      const late = this.#late(operation, context);
      if (late !== null) return late;
    }
    return policy.observe(context, () =>
      this.#sender.send(operation, sending.request, sending.credentials, context),
    );
  }

  /** Sends a read in the slot of a write, with the write's credentials. */
  async #readInSlot<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    sending: Sending,
    context: CallContext,
  ): Promise<Outcome> {
    const request = this.#sender.requestFor(operation.request(args), context.requester);
    const attempt = () =>
      this.#options.policy.paced(context, () => {
        const { credentials } = sending;
        const own = credentials.forAdditionalRequest?.(request) ?? credentials;
        return this.#sender.send(operation, request, own, context);
      });
    const outcome = await attempt();
    return isUnauthorized(outcome) && (await this.#renew(sending, outcome, request, context))
      ? attempt()
      : outcome;
  }

  /** The failure to report if too little time is left to send a write; otherwise null. */
  #late(operation: { readonly name: string }, context: CallContext): TransportFailure | null {
    const late = this.#options.policy.lateness(context);
    if (late !== null) this.#sender.report(operation, late, performance.now(), context.requester);
    return late;
  }
}

function isUnauthorized(outcome: Outcome): outcome is HttpResponse {
  return !(outcome instanceof TransportFailure) && outcome.status === 401;
}
