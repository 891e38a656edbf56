import type { z } from 'zod';
import { UnauthenticatedError, UpstreamUnavailableError } from '../domain/errors.ts';
import type { Evidence } from '../domain/sign-in/evidence.ts';
import type { Finding } from '../domain/sign-in/findings.ts';
import type { Issuer } from '../domain/sign-in/issuer.ts';
import type { Check } from '../domain/sign-in/report.ts';
import type { WatchKind } from '../domain/sign-in/watch.ts';
import type { ResponseReader } from './response/reader.ts';
import { callerAuthenticator } from './credentials/authenticator.ts';
import { connect } from './connection.ts';
import type { Call, Caller, CallSession, Connection, ConnectOptions } from './connection.ts';
import { readCallerToken } from './credentials/caller-credentials.ts';
import type { CallerCredentials } from './credentials/caller-credentials.ts';
import type { StartEmulator } from './emulator/emulator.ts';
import { openGatewayAccess } from './credentials/gateway-access.ts';
import type { GatewayCredentials } from './credentials/gateway-credentials.ts';
import { shareOf } from './policy/options.ts';
import type { PolicyOptions } from './policy/options.ts';
import { Policy } from './policy/policy.ts';
import type { SignInPart } from './provision/part.ts';

/** What an upstream needs of the OpenID Provider whose users sign in to it. */
export interface SignIn<Opened = Caller> {
  /** The codes of findings about it alone, each with its description. */
  readonly findingCodes: Readonly<Record<string, string>>;
  /** What keeps the users of an issuer from signing in, as far as its metadata and keys show. */
  readonly findings: (issuer: Issuer) => Iterable<Finding>;
  /** Null if the gateway cannot check whether people can sign in. */
  readonly check: SignInCheck<Opened> | null;
  /** Null if the mutation that sets up sign-in on several platforms leaves it out. */
  readonly provision: SignInPart<Opened> | null;
  /** What can be watched besides the check; null if nothing can. */
  readonly watch: readonly WatchKind<Opened>[] | null;
}

/** Checks whether people can sign in with a stored configuration. It reads, and writes nothing. */
export interface SignInCheck<Opened> {
  /** The mutation, e.g. `checkOidcConfig`. Its other names are made of it. */
  readonly field: string;
  readonly description: string;
  /** The field of its input that identifies a configuration. */
  readonly key: string;
  readonly aboutKey: string;
  readonly id: z.ZodType<string>;
  /** Which issuer is read if the caller names none; the rest of a sentence. */
  readonly defaultIssuer: string;
  /** Whether claims without an ID token tell it anything. */
  readonly takesClaims: boolean;
  /** What its probes send, and to whom; the rest of a sentence. */
  readonly probes: string;
  /** The codes of checks that only it makes, each with its meaning. */
  readonly codes: Readonly<Record<string, string>>;
  /** @throws OidcError if what is stored cannot be read */
  readonly run: (opened: Opened, id: string, evidence: Evidence) => Promise<readonly Check[]>;
}

/** One upstream, as its folder describes it. */
export interface UpstreamDefinition<Env extends z.ZodObject, OwnSettings, Graph> {
  /** Value in the GraphQL enum `OidcUpstream`. */
  readonly id: string;
  /** Human-readable name. */
  readonly label: string;
  /** Description of the enum value. */
  readonly description: string;
  /** The codes of warnings about it alone, each with its description. */
  readonly warningCodes: Readonly<Record<string, string>>;
  readonly signIn: SignIn<Session<z.output<Env>>>;
  /** Environment variables, each with a description. */
  readonly env: Env;
  /** The base URL without a trailing slash, undefined if the upstream is not configured. */
  readonly baseUrl: (settings: z.output<Env>) => string | undefined;
  /** The variables that hold its address: the base URL, or what replaces it. */
  readonly urlVariables: readonly (keyof z.output<Env> & string)[];
  /** The limits of calls to the upstream. */
  readonly policy: (settings: z.output<Env>) => PolicyOptions;
  readonly credentials: CallerCredentials;
  readonly gatewayCredentials: GatewayCredentials<OwnSettings>;
  /** A harmless read that shows the operator whether the gateway's own access works. @returns what it found, in words */
  readonly probe: (call: Call) => Promise<string>;
  readonly requestIdHeader: string | null;
  readonly readError: ResponseReader['readError'];
  /** Adds the upstream's part to the GraphQL schema. */
  readonly registerSchema: (graph: Graph, open: OpenSession<z.output<Env>>) => void;
  /** Loads the stand-in server. Lazy, so that production never loads it. */
  readonly emulator: () => Promise<{ readonly startEmulator: StartEmulator }>;
}

/** An upstream as the list of upstreams holds it: the types of its settings are hidden. */
export interface Upstream<Graph = unknown> {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly warningCodes: Readonly<Record<string, string>>;
  readonly signIn: SignIn;
  /** Every environment variable, by name. */
  readonly variables: Readonly<Record<string, z.ZodType>>;
  /** The variables of which any one holds its address. */
  readonly urlVariables: readonly string[];
  /** All issues of these variables. */
  readonly check: (values: Readonly<Record<string, unknown>>) => readonly z.core.$ZodIssue[];
  /** Whether these variables configure it. */
  readonly isConfigured: (values: Readonly<Record<string, unknown>>) => boolean;
  /** The variable that selects whose credentials are used. */
  readonly credentialsVariable: string;
  /** Whether these variables let the gateway use credentials of its own. */
  readonly usesGatewayCredentials: (values: Readonly<Record<string, unknown>>) => boolean;
  readonly registerSchema: (graph: Graph) => void;
  readonly emulator: () => Promise<{ readonly startEmulator: StartEmulator }>;
  /** Opens the connections for these settings; null if they do not configure the upstream. */
  readonly connect: (
    settings: Readonly<Record<string, unknown>>,
    options: ConnectOptions,
  ) => Connection | null;
  /** The header in which a caller sends a token, with a placeholder for it. */
  readonly exampleHeaders: Readonly<Record<string, string>>;
  /** The headers in which a caller may send a token, in lower case. Their values must not be shown. */
  readonly tokenHeaders: readonly string[];
  /** Reads something harmless with the gateway's own credentials. @throws OidcError */
  readonly probe: (caller: Caller) => Promise<string>;
}

/** Calls an upstream with the caller's credentials. All calls of a session share one deadline. */
export interface Session<Settings> extends CallSession {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly settings: Settings;
  /** Whose credentials it uses. */
  readonly owner: 'caller' | 'gateway';
}

/**
 * Opens a session for a caller.
 * @throws UpstreamUnavailableError if the upstream is not configured, UnauthenticatedError without a usable token
 */
export type OpenSession<Settings> = (caller: Caller) => Session<Settings>;

/** Makes an upstream from its definition. */
export function defineUpstream<Env extends z.ZodObject, OwnSettings, Graph>(
  definition: UpstreamDefinition<Env, OwnSettings, Graph>,
): Upstream<Graph> {
  const { id, label, credentials, gatewayCredentials, urlVariables } = definition;
  const { check, provision, watch } = definition.signIn;
  const { variable: credentialsVariable, variables: ownVariables } = gatewayCredentials;
  const ownValues = (values: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => name in ownVariables));
  const reader: ResponseReader = {
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
        `${label} is not configured here: the operator must set ${urlVariables.join(' or ')}. Nothing was sent.`,
      );
    }
    const authenticator = connection.gatewayAccess?.authenticator ?? authenticatorOf(caller);
    return {
      baseUrl: connection.baseUrl,
      // `connect` below opened the connection with settings that this upstream's own schema parsed.
      settings: connection.settings as z.output<Env>,
      owner: authenticator.owner,
      ...connection.begin(authenticator, caller),
    };
  };
  const authenticatorOf = (caller: Caller) => {
    const credential = readCallerToken(credentials, caller.header);
    if ('issue' in credential)
      throw new UnauthenticatedError(`${credential.issue} Nothing was sent.`);
    return callerAuthenticator(credentials, credential.token);
  };

  return {
    id,
    label,
    description: definition.description,
    warningCodes: definition.warningCodes,
    signIn: {
      ...definition.signIn,
      check: check && {
        ...check,
        run: (caller, key, evidence) => check.run(open(caller), key, evidence),
      },
      provision: provision && {
        ...provision,
        begin: (caller) => provision.begin(open(caller)),
      },
      watch:
        watch?.map((kind) => ({
          ...kind,
          prepare: (given) => {
            const entry = kind.prepare(given);
            return { ...entry, run: (caller, round) => entry.run(open(caller), round) };
          },
        })) ?? null,
    },
    variables: { ...definition.env.shape, ...ownVariables },
    urlVariables,
    check: (values) =>
      [
        definition.env.safeParse(values),
        gatewayCredentials.env.safeParse(ownValues(values)),
      ].flatMap(({ error }) => error?.issues ?? []),
    credentialsVariable,
    usesGatewayCredentials: (values) => values[credentialsVariable] === 'gateway',
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
      const gatewayAccess = openGatewayAccess(
        gatewayCredentials,
        gatewayCredentials.env.parse(ownValues(values)),
        { id, label, base },
        options,
      );
      const { processes, maxCalls } = options;
      const policy = new Policy(shareOf(definition.policy(settings), processes), {
        processes,
        maxCalls,
        onEvent: (event) => {
          options.onEvent(event, id);
        },
      });
      return connect(base, settings, reader, gatewayAccess, policy, options);
    },
  };
}
