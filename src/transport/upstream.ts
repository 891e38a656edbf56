import type { z } from 'zod';
import { UnauthenticatedError, UpstreamUnavailableError } from '../domain/errors.ts';
import type { AnswerReader } from './answer.ts';
import { callerAuthenticator } from './authenticator.ts';
import { connect } from './connection.ts';
import type { Call, Caller, Connection, ConnectOptions } from './connection.ts';
import { readCallerToken } from './credentials.ts';
import type { CallerCredentials } from './credentials.ts';
import type { StartEmulator } from './emulator.ts';
import { openOwnAccess } from './own-credentials.ts';
import type { OwnCredentials } from './own-credentials.ts';
import { Policy, shareOf } from './policy/policy.ts';
import type { PolicyOptions } from './policy/policy.ts';

/** One upstream, as its folder describes it. */
export interface UpstreamDefinition<Env extends z.ZodObject, OwnSettings, Graph> {
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
  /** The variables that say where it is: the base URL, and what may stand in its place. */
  readonly urlVariables: readonly (keyof z.output<Env> & string)[];
  /** How hard the upstream may be pushed. */
  readonly policy: (settings: z.output<Env>) => PolicyOptions;
  readonly credentials: CallerCredentials;
  readonly ownCredentials: OwnCredentials<OwnSettings>;
  /** A harmless read, by which the operator sees whether the gateway's own access works; gives what it found, in words. */
  readonly probe: (call: Call) => Promise<string>;
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
  /** Every environment variable, by name. */
  readonly variables: Readonly<Record<string, z.ZodType>>;
  /** The variables of which any says where it is. */
  readonly urlVariables: readonly string[];
  /** Everything that is wrong with these variables. */
  readonly check: (values: Readonly<Record<string, unknown>>) => readonly z.core.$ZodIssue[];
  /** Whether these variables configure it. */
  readonly isConfigured: (values: Readonly<Record<string, unknown>>) => boolean;
  /** The variable that says whose credentials are used. */
  readonly credentialsVariable: string;
  /** Whether these variables let the gateway use credentials of its own. */
  readonly usesOwnCredentials: (values: Readonly<Record<string, unknown>>) => boolean;
  readonly registerSchema: (graph: Graph) => void;
  readonly emulator: () => Promise<{ readonly startEmulator: StartEmulator }>;
  /** Opens the connections for these settings; null where they do not configure the upstream. */
  readonly connect: (
    settings: Readonly<Record<string, unknown>>,
    options: ConnectOptions,
  ) => Connection | null;
  /** The header in which a caller sends a token, with a placeholder for it. */
  readonly exampleHeaders: Readonly<Record<string, string>>;
  /** The headers in which a caller may send a token, in lower case: what is in them must not be shown. */
  readonly tokenHeaders: readonly string[];
  /** Reads something harmless with the gateway's own credentials. @throws OidcError */
  readonly probe: (caller: Caller) => Promise<string>;
}

/** Calls an upstream with the caller's credentials. All calls of a session share one deadline. */
export interface Session<Settings> {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly settings: Settings;
  /** Whose credentials it uses. */
  readonly owner: 'caller' | 'gateway';
  readonly call: Call;
}

/**
 * Opens a session for a caller.
 * @throws UpstreamUnavailableError where the upstream is not configured, UnauthenticatedError without a usable token
 */
export type OpenSession<Settings> = (caller: Caller) => Session<Settings>;

/** Makes an upstream of its description. */
export function defineUpstream<Env extends z.ZodObject, OwnSettings, Graph>(
  definition: UpstreamDefinition<Env, OwnSettings, Graph>,
): Upstream<Graph> {
  const { id, label, credentials, ownCredentials, urlVariables } = definition;
  const { variable: credentialsVariable, variables: ownVariables } = ownCredentials;
  const ownValues = (values: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => name in ownVariables));
  const reader: AnswerReader = {
    id,
    label,
    requestIdHeader: definition.requestIdHeader,
    readError: definition.readError,
    urlVariables,
    credentialsAdvice: `Get ${credentials.kind} that is valid, and send it in the header ${credentials.headers[0].name}.`,
  };

  const open: OpenSession<z.output<Env>> = (caller) => {
    const connection = caller.connections.get(id);
    if (connection === undefined) {
      throw new UpstreamUnavailableError(
        `${label} is not configured here: the operator has to set ${urlVariables.join(' or ')}. Nothing was sent.`,
      );
    }
    const authenticator = connection.own?.authenticator ?? authenticatorOf(caller);
    return {
      baseUrl: connection.baseUrl,
      // The connection was opened by `connect` below, with settings that this upstream's own schema gave.
      settings: connection.settings as z.output<Env>,
      owner: authenticator.owner,
      call: connection.begin(authenticator, caller),
    };
  };
  const authenticatorOf = (caller: Caller) => {
    const credential = readCallerToken(credentials, caller.header);
    if ('fault' in credential)
      throw new UnauthenticatedError(`${credential.fault} Nothing was sent.`);
    return callerAuthenticator(credentials, credential.token);
  };

  return {
    id,
    label,
    description: definition.description,
    variables: { ...definition.env.shape, ...ownVariables },
    urlVariables,
    check: (values) =>
      [definition.env.safeParse(values), ownCredentials.env.safeParse(ownValues(values))].flatMap(
        ({ error }) => error?.issues ?? [],
      ),
    credentialsVariable,
    usesOwnCredentials: (values) => values[credentialsVariable] === 'gateway',
    isConfigured: (values) => {
      const settings = definition.env.safeParse(values);
      return settings.success && definition.baseUrl(settings.data) !== undefined;
    },
    emulator: definition.emulator,
    registerSchema: (graph) => {
      definition.registerSchema(graph, open);
    },
    exampleHeaders: {
      [credentials.headers[0].name]:
        `${credentials.headers[0].scheme === undefined ? '' : `${credentials.headers[0].scheme} `}<token>`,
    },
    tokenHeaders: credentials.headers.map(({ name }) => name.toLowerCase()),
    probe: (caller) => definition.probe(open(caller).call),
    connect: (values, options) => {
      const settings = definition.env.parse(values);
      const baseUrl = definition.baseUrl(settings);
      if (baseUrl === undefined) return null;
      const base = new URL(baseUrl);
      const own = openOwnAccess(
        ownCredentials,
        ownCredentials.env.parse(ownValues(values)),
        { id, label, base },
        options,
      );
      const { processes, maxCalls, onBreaker } = options;
      const policy = new Policy(shareOf(definition.policy(settings), processes), {
        processes,
        maxCalls,
        onBreaker: (event) => {
          onBreaker(event, id);
        },
      });
      return connect(base, settings, reader, own, policy, options);
    },
  };
}
