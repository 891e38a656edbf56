import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import { UnauthenticatedError, UpstreamUnavailableError } from '../domain/errors.ts';
import type { Scrubber } from '../domain/scrub.ts';
import type { Secret } from '../domain/secret.ts';
import { processAnswer, processFailure, requestIdOf } from './answer.ts';
import type { AnswerReader, Operation } from './answer.ts';
import { readCallerToken, secretsOf } from './credentials.ts';
import type { CallerCredentials } from './credentials.ts';
import type { StartEmulator } from './emulator.ts';
import { send, TransportFailure } from './http.ts';

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
  readonly call: <Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args, token: Secret, caller: Caller) => Promise<Result>;
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

/** One finished call to an upstream, for the log. */
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
  readonly settings: Settings;
  /** @throws OidcError */
  readonly call: <Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args) => Promise<Result>;
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
      return baseUrl === undefined ? null : connect(new URL(baseUrl), settings, reader, credentials, options);
    },
  };
}

function connect(base: URL, settings: unknown, reader: AnswerReader, credentials: CallerCredentials, options: ConnectOptions): Connection {
  const dispatcher = options.openDispatcher(base.origin);
  const basePath = base.pathname.replace(/\/$/, '');
  const underWay = new Set<Promise<unknown>>();

  async function call<Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args, token: Secret, caller: Caller): Promise<Result> {
    const { method, path, body } = operation.request(args);
    const began = performance.now();
    const report = (status: number | null, upstreamRequestId: string | null, failure?: TransportFailure) => {
      const durationMs = Math.round((performance.now() - began) * 10) / 10;
      caller.onUpstreamCall({ upstream: reader.id, operation: operation.name, status, upstreamRequestId, durationMs, ...(failure && { failure }) });
    };
    try {
      const answer = await send(
        dispatcher,
        {
          method,
          path: `${basePath}${path}`,
          headers: {
            accept: 'application/json',
            'content-type': 'application/json',
            'user-agent': options.userAgent,
            ...credentials.toUpstream(token),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        },
        { deadline: began + options.timeoutMs, maxBytes: MAX_ANSWER_BYTES, hangUp: caller.hangUp, cancellable: operation.effect === 'read' },
      );
      report(answer.status, requestIdOf(answer, reader, caller.scrubber));
      return processAnswer(operation, args, answer, reader, caller.scrubber);
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      report(error.status, requestIdOf(error, reader, caller.scrubber), error);
      throw processFailure(operation, args, error, reader, caller.scrubber);
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
    close: () => dispatcher.destroy(),
  };
}
