import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import { OutcomeUnknownError, StaleError } from '../domain/errors.ts';
import type { Scrubber } from '../domain/scrub.ts';
import type { SharedSecrets } from '../domain/shared-secrets.ts';
import { processFailure } from './answer.ts';
import type { AnswerReader } from './answer.ts';
import type { Authenticator } from './authenticator.ts';
import { Exchange } from './exchange.ts';
import type { Requester } from './exchange.ts';
import type { LoginGate } from './login-gate.ts';
import type { Operation } from './operation.ts';
import type { CredentialsEvent, OwnAccess } from './own-credentials.ts';
import type { BreakerEvent } from './policy/breaker.ts';
import type { Policy } from './policy/policy.ts';
import { Repeats } from './policy/repeats.ts';
import { Write } from './write.ts';
import type { Called, StartingPoint } from './write.ts';

export interface ConnectOptions {
  /** Whole deadline of one session, in milliseconds. */
  readonly timeoutMs: number;
  readonly userAgent: string;
  /** How many processes call the upstream: its limits hold for all of them together. */
  readonly processes: number;
  readonly openDispatcher: (origin: string) => Dispatcher;
  /** Shared by all processes of the gateway. */
  readonly loginGate: LoginGate;
  /** Gets the secrets of the gateway's own credentials, of whichever upstream: those of one may stand in what another one sends. */
  readonly ownSecrets: SharedSecrets;
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
  /** Called when a write ends without anybody knowing whether it was applied. */
  readonly onOutcomeUnknown: () => void;
}

const NOTHING_KNOWN: StartingPoint = {};

/** Opens the connection to an upstream. */
export function connect(
  base: URL,
  settings: unknown,
  reader: AnswerReader,
  own: OwnAccess | null,
  policy: Policy,
  options: ConnectOptions,
): Connection {
  const dispatcher = options.openDispatcher(base.origin);
  const repeats = new Repeats();
  const exchange = new Exchange({
    base,
    reader,
    own,
    ownSecrets: options.ownSecrets,
    policy,
    repeats,
    dispatcher,
    userAgent: options.userAgent,
  });
  let underWay = 0;
  let waiting: (() => void)[] = [];
  let closed = false;
  const writing = { exchange, repeats, isClosed: () => closed };

  /** A caller who hung up leaves nobody to wait for a write: the drain does. */
  function ended(): void {
    underWay -= 1;
    if (underWay > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  async function call<Args, Wire, Result>(
    operation: Operation<Args, Wire, Result>,
    args: Args,
    start: StartingPoint,
    authenticator: Authenticator,
    caller: Caller,
    deadline: number,
  ): Promise<Called<Result>> {
    const terms = { authenticator, caller, deadline };
    underWay += 1;
    try {
      if (operation.effect === 'read')
        return { value: await exchange.read(operation, args, terms), warnings: [] };
      return await new Write(operation, args, start, terms, writing).run();
    } catch (error) {
      // A write that somebody else's change came after may have been applied before it.
      if (
        error instanceof OutcomeUnknownError ||
        (error instanceof StaleError && error.cause instanceof OutcomeUnknownError)
      )
        caller.onOutcomeUnknown();
      throw error;
    } finally {
      ended();
    }
  }

  return {
    baseUrl: base.href.replace(/\/$/, ''),
    settings,
    own,
    begin: (authenticator, caller) => {
      let deadline: number | undefined;
      return (operation, args, start = NOTHING_KNOWN) => {
        // What a session has begun it may end: only its first call is refused.
        const full = deadline === undefined ? policy.refusal(underWay) : null;
        if (full !== null)
          return Promise.reject(processFailure(operation, args, full, reader, caller.scrubber));
        deadline ??= performance.now() + options.timeoutMs;
        return call(operation, args, start, authenticator, caller, deadline);
      };
    },
    idle: () =>
      underWay === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
    close: async () => {
      closed = true;
      repeats.close();
      await Promise.all([dispatcher.destroy(), own?.close()]);
    },
  };
}
