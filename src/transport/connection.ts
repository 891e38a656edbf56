import { performance } from 'node:perf_hooks';
import { OutcomeUnknownError, StaleError } from '../domain/errors.ts';
import type { ResponseReader } from './response/reader.ts';
import type { Authenticator } from './credentials/authenticator.ts';
import { callContext } from './exchange/call-context.ts';
import { Exchange } from './exchange/exchange.ts';
import type { Requester } from './exchange/requester.ts';
import { CONFIRMED, Write } from './exchange/write.ts';
import type { Called, StartingPoint } from './exchange/write.ts';
import type { Operation } from './operation.ts';
import type { AccessOptions, GatewayAccess } from './credentials/gateway-access.ts';
import type { Policy, PolicyState } from './policy/policy.ts';
import { Repeats } from './policy/repeats.ts';
import type { LostResponseOutcome } from './upstream-event.ts';
import { OpenCount } from './waiting/open-count.ts';

export interface ConnectOptions extends AccessOptions {
  /** How many processes call the upstream and share its limits. */
  readonly processes: number;
  /** Maximum number of calls to the upstream at the same time in this process, whatever its own limits are. */
  readonly maxCalls: number;
}

/** The load of a connection, for metrics. */
export interface ConnectionState extends PolicyState {
  /** Calls that have begun and not ended, and how many may. */
  readonly calls: number;
  readonly maxCalls: number;
}

/** An upstream that is configured. */
export interface Connection {
  readonly baseUrl: string;
  readonly settings: unknown;
  /** The gateway's own access, null if callers bring theirs. */
  readonly gatewayAccess: GatewayAccess | null;
  readonly begin: (authenticator: Authenticator, caller: Caller) => CallSession;
  /** Resolves when no call is under way. */
  readonly idle: () => Promise<void>;
  readonly state: () => ConnectionState;
  /** Closes the connections and aborts open calls. */
  readonly close: () => Promise<void>;
}

/** Calls an operation; `start` is for writes. @throws OidcError */
export type Call = <Args, Wire, Result>(
  operation: Operation<Args, Wire, Result>,
  args: Args,
  start?: StartingPoint,
) => Promise<Called<Result>>;

/** Who calls, as far as a call to an upstream has to know. */
export interface Caller extends Requester {
  readonly header: (name: string) => string | null;
  readonly connections: ReadonlyMap<string, Connection>;
  /** Whether writes are only read back, because an earlier request may have applied them. False if left out. */
  readonly sendsNothing?: boolean;
  /** Called when a write ends and it is unknown whether it was applied. */
  readonly onOutcomeUnknown: () => void;
}

/** A session of calls, which share one deadline. */
export interface CallSession {
  readonly call: Call;
  /**
   * Starts the deadline before the first call, which starts it otherwise: other work for the caller takes time too.
   * @param since when that work began, on the clock of `performance.now()`; now if left out
   */
  readonly startDeadline: (since?: number) => void;
}

const NOTHING_KNOWN: StartingPoint = {};

/** Opens the connection to an upstream. */
export function connect(
  base: URL,
  settings: unknown,
  reader: ResponseReader,
  gatewayAccess: GatewayAccess | null,
  policy: Policy,
  options: ConnectOptions,
): Connection {
  const dispatcher = options.openDispatcher(base.origin);
  const repeats = new Repeats();
  const exchange = new Exchange({
    base,
    reader,
    gatewayAccess,
    gatewaySecrets: options.gatewaySecrets,
    policy,
    repeats,
    dispatcher,
    userAgent: options.userAgent,
  });
  // A caller who hung up no longer waits for a write, but `idle` does.
  const calls = new OpenCount();
  const lost = (outcome: LostResponseOutcome) => {
    options.onEvent({ kind: 'RESPONSE_LOST', outcome }, reader.id);
  };

  async function call<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    start: StartingPoint,
    authenticator: Authenticator,
    caller: Caller,
    deadline: number,
  ): Promise<Called<Result>> {
    const context = callContext(authenticator, caller, deadline);
    calls.begin();
    try {
      if (operation.effect === 'read')
        return { value: await exchange.read(operation, args, context), warnings: [] };
      const write = new Write(operation, args, start, context, exchange, repeats);
      const called = await (caller.sendsNothing === true
        ? write.readBackOnly(earlierRequest(operation.purpose, operation.verifyWith(args)))
        : write.run());
      if (called.warnings.includes(CONFIRMED)) lost('CONFIRMED');
      return called;
    } catch (error) {
      // After somebody else's change it cannot be known whether the write had been applied before.
      const isStale = error instanceof StaleError && error.cause instanceof OutcomeUnknownError;
      if (isStale || error instanceof OutcomeUnknownError) {
        caller.onOutcomeUnknown();
        const isRead = operation.readBack !== undefined;
        lost(isStale ? 'CHANGED' : isRead ? 'UNKNOWN' : 'NOT_READ');
      }
      throw error;
    } finally {
      calls.end();
    }
  }

  return {
    baseUrl: base.href.replace(/\/$/, ''),
    settings,
    gatewayAccess,
    begin: (authenticator, caller) => {
      let deadline: number | undefined;
      let hasCalled = false;
      return {
        call: (operation, args, start = NOTHING_KNOWN) => {
          // Only the first call of a session is refused: a session that has begun may finish.
          const full = hasCalled ? null : policy.refusal(calls.count);
          if (full !== null) return Promise.reject(exchange.refused(operation, args, full, caller));
          hasCalled = true;
          deadline ??= performance.now() + options.timeoutMs;
          return call(operation, args, start, authenticator, caller, deadline);
        },
        startDeadline: (since = performance.now()) => {
          deadline ??= since + options.timeoutMs;
        },
      };
    },
    idle: () => calls.idle(),
    state: () => ({ ...policy.state, calls: calls.count, maxCalls: policy.maxCalls }),
    close: async () => {
      repeats.close();
      await Promise.all([dispatcher.destroy(), gatewayAccess?.close()]);
    },
  };
}

/** Why it is unknown whether an earlier request with the same idempotency key applied a write. */
function earlierRequest(purpose: string, verifyWith: string): OutcomeUnknownError {
  return new OutcomeUnknownError(
    `An earlier request with the same Idempotency-Key may have been applied, so the request to ${purpose} was not sent again.`,
    'EARLIER_REQUEST',
    verifyWith,
  );
}
