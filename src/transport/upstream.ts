import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import { NotFoundError, OidcError, OutcomeUnknownError, UnauthenticatedError, UpstreamUnavailableError } from '../domain/errors.ts';
import type { Scrubber } from '../domain/scrub.ts';
import type { Secret } from '../domain/secret.ts';
import type { Warning } from '../domain/warnings.ts';
import { processAnswer, processFailure, requestIdOf } from './answer.ts';
import type { AnswerReader, Operation, ReadBack } from './answer.ts';
import { readCallerToken, secretsOf } from './credentials.ts';
import type { CallerCredentials } from './credentials.ts';
import type { StartEmulator } from './emulator.ts';
import { send, TransportFailure } from './http.ts';
import type { HttpAnswer } from './http.ts';
import { Policy } from './policy.ts';
import type { PolicyOptions } from './policy.ts';

/** Deadline of reading back a write whose answer was lost, beside its own, in milliseconds. */
const READ_BACK_MS = 3_000;

const CONFIRMED: Warning = {
  code: 'CONFIRMED_BY_READING',
  path: [],
  message: 'The answer to the write was lost. Reading it back found all that was sent, so it is stored.',
};

/** Largest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** One upstream, as its folder describes it. */
export interface UpstreamDefinition<Env extends z.ZodObject, Graph> {
  /** Value in the GraphQL enum `OidcUpstream`. */
  readonly id: string;
  /** Name for people. */
  readonly label: string;
  /** Description of the enum value. */
  readonly description: string;
  /** Environment variables, each with a description. */
  readonly env: Env;
  /** The base URL without a slash at its end, undefined where the upstream is not configured. */
  readonly baseUrl: (settings: z.output<Env>) => string | undefined;
  /** The variable that holds the base URL. */
  readonly urlVariable: keyof z.output<Env> & string;
  /** How hard the upstream may be pushed. */
  readonly policy: (settings: z.output<Env>) => PolicyOptions;
  readonly credentials: CallerCredentials;
  readonly requestIdHeader: string | null;
  readonly readError: AnswerReader['readError'];
  /** Adds the upstream's part to the GraphQL schema. */
  readonly registerSchema: (graph: Graph, open: OpenSession<z.output<Env>>) => void;
  /** Loads the stand-in server; lazy, so that production never has it in memory. */
  readonly emulator: () => Promise<{ readonly startEmulator: StartEmulator }>;
}

/** An upstream with the types of its settings hidden, as the list of upstreams holds it. */
export interface Upstream<Graph = unknown> {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly env: z.ZodObject;
  readonly urlVariable: string;
  readonly registerSchema: (graph: Graph) => void;
  readonly emulator: () => Promise<{ readonly startEmulator: StartEmulator }>;
  /** Opens the connections for these settings; null where they do not configure the upstream. */
  readonly connect: (settings: Readonly<Record<string, unknown>>, options: ConnectOptions) => Connection | null;
  /** The header in which a caller sends a token, with a placeholder for it. */
  readonly exampleHeaders: Readonly<Record<string, string>>;
  /** Texts in a caller's headers that must not be shown. */
  readonly secretsOf: (header: Caller['header']) => string[];
}

export interface ConnectOptions {
  /** Whole deadline of one operation, in milliseconds. */
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly openDispatcher: (origin: string) => Dispatcher;
}

/** An upstream that is configured. */
export interface Connection {
  readonly baseUrl: string;
  readonly settings: unknown;
  readonly call: <Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args, token: Secret, caller: Caller) => Promise<Called<Result>>;
  /** Resolves when no call is under way. */
  readonly idle: () => Promise<void>;
  /** Closes the connections, cutting what is still under way. */
  readonly close: () => Promise<void>;
}

/** Who calls, as far as a call to an upstream has to know. */
export interface Caller {
  readonly requestId: string;
  readonly header: (name: string) => string | null;
  /** Fires when the caller hangs up. */
  readonly hangUp: AbortSignal;
  /** Knows every secret of the request. */
  readonly scrubber: Scrubber;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly onUpstreamCall: (event: UpstreamCallEvent) => void;
}

/** One finished request to an upstream, for the log; an operation that is repeated has several. */
export interface UpstreamCallEvent {
  readonly upstream: string;
  readonly operation: string;
  /** HTTP status, null without an answer. */
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly durationMs: number;
  /** Why there is no whole answer. */
  readonly failure?: TransportFailure;
}

/** Calls an upstream with the caller's credentials. */
export interface Session<Settings> {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly settings: Settings;
  /** @throws OidcError */
  readonly call: <Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args) => Promise<Called<Result>>;
}

/** What a call gave. */
export interface Called<Result> {
  readonly value: Result;
  /** How it came about, where that is worth knowing. */
  readonly warnings: readonly Warning[];
}

/**
 * Opens a session for a caller.
 * @throws UpstreamUnavailableError where the upstream is not configured, UnauthenticatedError without a usable token
 */
export type OpenSession<Settings> = (caller: Caller) => Session<Settings>;

/** Makes an upstream of its description. */
export function defineUpstream<Env extends z.ZodObject, Graph>(definition: UpstreamDefinition<Env, Graph>): Upstream<Graph> {
  const { id, label, credentials, urlVariable } = definition;
  const reader: AnswerReader = {
    id,
    label,
    requestIdHeader: definition.requestIdHeader,
    readError: definition.readError,
    credentialsAdvice: `Get ${credentials.kind} that is valid, and send it in the header ${credentials.headers[0].name}.`,
  };

  const open: OpenSession<z.output<Env>> = (caller) => {
    const connection = caller.connections.get(id);
    if (connection === undefined) {
      throw new UpstreamUnavailableError(`${label} is not configured here: the operator has to set ${urlVariable}. Nothing was sent.`);
    }
    const credential = readCallerToken(credentials, caller.header);
    if ('fault' in credential) throw new UnauthenticatedError(`${credential.fault} Nothing was sent.`);
    return {
      baseUrl: connection.baseUrl,
      // The connection was opened by `connect` below, with settings that this upstream's own schema gave.
      settings: connection.settings as z.output<Env>,
      call: (operation, args) => connection.call(operation, args, credential.token, caller),
    };
  };

  return {
    id,
    label,
    description: definition.description,
    env: definition.env,
    urlVariable,
    emulator: definition.emulator,
    registerSchema: (graph) => { definition.registerSchema(graph, open); },
    exampleHeaders: { [credentials.headers[0].name]: `${credentials.headers[0].scheme === undefined ? '' : `${credentials.headers[0].scheme} `}<token>` },
    secretsOf: (header) => secretsOf(credentials, header),
    connect: (values, options) => {
      const settings = definition.env.parse(values);
      const baseUrl = definition.baseUrl(settings);
      return baseUrl === undefined ? null : connect(new URL(baseUrl), settings, reader, credentials, new Policy(definition.policy(settings)), options);
    },
  };
}

function connect(base: URL, settings: unknown, reader: AnswerReader, credentials: CallerCredentials, policy: Policy, options: ConnectOptions): Connection {
  const dispatcher = options.openDispatcher(base.origin);
  const basePath = base.pathname.replace(/\/$/, '');
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  async function perform<Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args, token: Secret, caller: Caller, timeoutMs: number): Promise<Result> {
    const { method, path, body } = operation.request(args);
    const request = {
      method,
      path: `${basePath}${path}`,
      headers: { accept: 'application/json', 'content-type': 'application/json', 'user-agent': options.userAgent, ...credentials.toUpstream(token) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const { hangUp, scrubber } = caller;
    const start = performance.now();
    const deadline = start + timeoutMs;

    let reported: unknown;
    const report = (outcome: HttpAnswer | TransportFailure, began: number) => {
      caller.onUpstreamCall({
        upstream: reader.id,
        operation: operation.name,
        status: outcome.status,
        upstreamRequestId: requestIdOf(outcome, reader, scrubber),
        durationMs: Math.round((performance.now() - began) * 10) / 10,
        ...(outcome instanceof TransportFailure && { failure: outcome }),
      });
    };
    const attempt = async () => {
      const began = performance.now();
      try {
        const answer = await send(dispatcher, request, { deadline, maxBytes: MAX_ANSWER_BYTES, hangUp, cancellable: operation.effect === 'read' });
        report(answer, began);
        return answer;
      } catch (error) {
        if (error instanceof TransportFailure) report(error, began);
        reported = error;
        throw error;
      }
    };

    try {
      const answer = await policy.run({ repeatable: operation.repeatable, deadline, hangUp }, attempt);
      return processAnswer(operation, args, answer, reader, scrubber);
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      // It waited for its turn in vain.
      if (error !== reported) report(error, start);
      throw processFailure(operation, args, error, reader, scrubber);
    }
  }

  async function call<Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args, token: Secret, caller: Caller): Promise<Called<Result>> {
    try {
      return { value: await perform(operation, args, token, caller, options.timeoutMs), warnings: [] };
    } catch (error) {
      if (closed || !(error instanceof OutcomeUnknownError)) throw error;
      // Also for a caller who has hung up: what became of a write belongs into the log.
      const reader = { ...caller, hangUp: new AbortController().signal };
      const reading = operation.readBack?.(args, (read, key) => perform(read, key, token, reader, READ_BACK_MS));
      if (reading === undefined || reading === null) throw error;
      return { value: await confirm(reading, error), warnings: [CONFIRMED] };
    }
  }

  return {
    baseUrl: base.href.replace(/\/$/, ''),
    settings,
    call: (operation, args, token, caller) => {
      const result = call(operation, args, token, caller);
      // A caller who hung up leaves nobody to wait for a write: the drain does.
      const tracked = result.then(() => undefined, () => undefined).finally(() => underWay.delete(tracked));
      underWay.add(tracked);
      return result;
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: () => {
      closed = true;
      policy.close();
      return dispatcher.destroy();
    },
  };
}

/**
 * What was stored, where reading back shows that it was all that was sent.
 * @throws OutcomeUnknownError with what was found: that nothing is there proves nothing while the write may be under way
 */
async function confirm<Result>(reading: Promise<ReadBack<Result>>, unknown: OutcomeUnknownError): Promise<Result> {
  let finding: string;
  try {
    const { found, differences } = await reading;
    if (differences.length === 0) return found;
    finding = `Reading it back found another one, which differs in ${differences.join(', ')}.`;
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    finding = error instanceof NotFoundError ? 'Reading it back found nothing, but it may still be under way.' : `It could not be read back (${error.code}).`;
  }
  throw new OutcomeUnknownError(`${unknown.message} ${finding}`, unknown.reason, unknown.verifyWith, {
    ...(unknown.upstream !== null && { upstream: unknown.upstream }),
    cause: unknown.cause,
  });
}
