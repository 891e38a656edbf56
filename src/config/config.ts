import * as z from 'zod';
import type { AllowedHost } from '../issuer/allowed-hosts.ts';
import type { RedisSettings } from '../redis/redis.ts';
import type { Upstream } from '../transport/upstream.ts';
import { authenticationEnvironment, authenticationSettings } from './authentication-settings.ts';
import type { AuthenticationSettings } from './authentication-settings.ts';
import { limitsOf } from './limit-settings.ts';
import type { Limits } from './limit-settings.ts';
import { persistedDocuments } from './persisted-documents.ts';
import type { PersistedDocumentsSettings } from './persisted-documents.ts';
import { redisEnvironment, redisSettings } from './redis-settings.ts';
import { serverEnvironment } from './server-settings.ts';
import type { LogLevel, Mode } from './server-settings.ts';
import { tracingEnvironment, tracingSettings } from './tracing-settings.ts';
import type { TracingSettings } from './tracing-settings.ts';
import { hintAt, unknownAmong } from './unknown-variables.ts';
import type { UnknownVariable } from './unknown-variables.ts';
import { readWatchFile } from './files/watch-file.ts';
import type { Watch } from './files/watch-file.ts';
import { issueLines, readUpstreamSettings } from './upstream-settings.ts';
import type { UpstreamSettings } from './upstream-settings.ts';
import { watchEnvironment, watchSettings } from './watch-settings.ts';
import type { WatchSettings } from './watch-settings.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Where metrics are served; null if they are turned off. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  /** Number of processes that serve; 1 means this one alone. */
  readonly workers: number;
  readonly graphiql: boolean;
  readonly upstreamTimeoutMs: number;
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
  readonly introspection: boolean;
  readonly corsOrigins: readonly string[];
  /** Whether common requests take the fast path. */
  readonly fastPath: boolean;
  /** Null if no list is configured. */
  readonly persistedDocuments: PersistedDocumentsSettings | null;
  /** The path of the list's file; undefined if no list is configured. */
  readonly persistedDocumentsFile: string | undefined;
  readonly limits: Limits;
  /** Which issuers may be read, besides public ones, and whether their endpoints may be probed; null if callers may not have any read. */
  readonly issuers: {
    readonly allowedHosts: readonly AllowedHost[];
    readonly probes: boolean;
  } | null;
  /** Who may call; null if everybody who can reach the gateway may. */
  readonly authentication: AuthenticationSettings | null;
  /** Where traces go; null if they are off. */
  readonly tracing: TracingSettings | null;
  /** What all instances share; null if each keeps its own. */
  readonly redis: RedisSettings | null;
  /** What the gateway checks by itself, except in development; null if nothing. */
  readonly watch: WatchSettings | null;
  /** The variables of every upstream by its id, as they were set; secrets are wrapped. */
  readonly upstreams: ReadonlyMap<string, UpstreamSettings>;
  /** Names in the environment that look like misspelled variables of the gateway. */
  readonly unknownVariables: readonly UnknownVariable[];
}

/** The environment is not a valid configuration. The message lists every issue and shows no value. */
export class ConfigError extends Error {
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(
      `The configuration has ${issues.length === 1 ? 'an error' : `${issues.length} errors`}:\n${issues.map((issue) => `  - ${issue}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.issues = issues;
  }
}

/** One variable of the environment, for `--help` and docs/configuration.md. */
export interface EnvironmentVariable {
  readonly name: string;
  /** As text; null if the variable has no default. */
  readonly default: string | null;
  readonly description: string;
}

/** Every variable that the gateway reads in production. */
export function environmentVariables(upstreams: readonly Upstream<never>[]): EnvironmentVariable[] {
  return shapes(upstreams).flatMap((shape) =>
    Object.entries(shape).map(([name, schema]) => {
      const { data: fallback } = z.safeParse(
        schema as z.ZodType<string | number | boolean | readonly string[] | undefined>,
        undefined,
      );
      return {
        name,
        default: fallback === undefined || String(fallback) === '' ? null : String(fallback),
        description: z.globalRegistry.get(schema)?.description ?? '',
      };
    }),
  );
}

/** The schemas of all variables by name, in groups. */
function shapes(upstreams: readonly Upstream<never>[]): readonly z.core.$ZodShape[] {
  return [
    serverEnvironment('production').shape,
    authenticationEnvironment.shape,
    redisEnvironment.shape,
    watchEnvironment.shape,
    tracingEnvironment.shape,
    ...upstreams.map(({ variables }) => variables),
  ];
}

/**
 * Reads the configuration from the environment. An empty variable counts as not set.
 * @param overrides variables that take precedence, such as the URLs of emulators
 * @throws ConfigError with all issues
 */
export function readConfig(
  mode: Mode,
  upstreams: readonly Upstream<never>[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
  overrides: Readonly<Record<string, string>> = {},
): Config {
  const set = setIn({ ...environment, ...overrides });
  const schema = serverEnvironment(mode);
  const server = schema.safeParse(set);
  const issues = server.success ? [] : server.error.issues.flatMap((issue) => issueLines(issue));
  const authentication = authenticationSettings(set);
  if ('issues' in authentication) issues.push(...authentication.issues);
  const persisted = persistedDocuments(set);
  if (persisted !== null && 'issues' in persisted) issues.push(...persisted.issues);
  const redis = redisSettings(set);
  issues.push(
    ...redis.unread,
    ...redis.issues.flatMap((issue) => issueLines(issue, redis.fromFiles)),
  );
  const watch = watchSettings(set, server.data?.ISSUER_ALLOWED_HOSTS ?? []);
  issues.push(
    ...watch.unread,
    ...watch.issues.flatMap((issue) => issueLines(issue, watch.fromFiles)),
  );
  const tracing = tracingSettings(set);
  if (tracing !== null && 'issues' in tracing)
    issues.push(...tracing.issues.flatMap((issue) => issueLines(issue)));
  // GraphiQL sends documents, not their ids.
  if (mode === 'production' && set['GRAPHIQL'] === 'true' && set['PERSISTED_ONLY'] === 'true')
    issues.push(
      'GRAPHIQL must not be true together with PERSISTED_ONLY, which refuses everything sent from GraphiQL',
    );
  if (server.success && server.data.METRICS_PORT === server.data.PORT && server.data.PORT !== 0)
    issues.push('METRICS_PORT must not be the same as PORT');
  const isOpen = 'settings' in authentication && authentication.settings === null;
  // Without knowing its callers, the gateway would fetch for anyone.
  const readsIssuers = server.data?.ISSUER_DISCOVERY ?? (mode === 'development' || !isOpen);
  if (set['SIGN_IN_PROBES'] === 'true' && !readsIssuers)
    issues.push('SIGN_IN_PROBES must not be true without ISSUER_DISCOVERY');
  if (mode === 'production' && watch.settings !== null && !readsIssuers && !isOpen)
    issues.push('WATCH_FILE must not be set together with ISSUER_DISCOVERY=false');
  const unknownVariables = unknownAmong(
    Object.keys(set),
    shapes(upstreams).flatMap((shape) => Object.keys(shape)),
  );
  // A warning is not enough: if the name is misspelled, everybody may call.
  const mistaken = unknownVariables.filter(
    ({ meant }) => meant !== null && meant in authenticationEnvironment.shape,
  );
  if (mode === 'production' && isOpen)
    issues.push(
      ...mistaken.map((unknown) => `${hintAt(unknown)} is not a variable of the gateway`),
    );
  const workers = schema.shape.WORKERS.safeParse(set['WORKERS']).data ?? 1;
  const ofUpstreams = readUpstreamSettings(set, upstreams, {
    workers,
    // Development only has made-up data.
    isOpen: mode === 'production' && isOpen,
  });
  issues.push(...ofUpstreams.issues);
  if (
    !server.success ||
    !('settings' in authentication) ||
    (persisted !== null && 'issues' in persisted) ||
    (tracing !== null && 'issues' in tracing) ||
    issues.length > 0
  )
    throw new ConfigError(issues);
  const { data } = server;
  return {
    host: data.HOST,
    port: data.PORT,
    metrics:
      data.METRICS_PORT === undefined ? null : { host: data.METRICS_HOST, port: data.METRICS_PORT },
    workers: mode === 'development' ? 1 : data.WORKERS,
    graphiql: data.GRAPHIQL,
    upstreamTimeoutMs: data.UPSTREAM_TIMEOUT_MS,
    shutdownGraceMs: data.SHUTDOWN_GRACE_MS,
    logLevel: data.LOG_LEVEL,
    introspection: data.INTROSPECTION || data.GRAPHIQL,
    corsOrigins: data.CORS_ORIGINS,
    fastPath: data.FAST_PATH,
    persistedDocuments: persisted,
    persistedDocumentsFile: data.PERSISTED_DOCUMENTS_FILE,
    limits: limitsOf(data),
    issuers: readsIssuers
      ? { allowedHosts: data.ISSUER_ALLOWED_HOSTS, probes: data.SIGN_IN_PROBES }
      : null,
    authentication: authentication.settings,
    tracing,
    redis: mode === 'development' ? null : redis.settings,
    watch: watch.settings,
    upstreams: ofUpstreams.settings,
    unknownVariables,
  };
}

/** The variables that are set. */
function setIn(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
}

/** Reads what is watched. @returns all issues if the file is not valid */
export async function readWatches(
  upstreams: readonly Upstream<never>[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ readonly watches: readonly Watch[] } | { readonly issues: readonly string[] }> {
  const set = setIn(environment);
  const { WATCH_FILE: file } = set;
  if (file === undefined) return { watches: [] };
  return readWatchFile(file, {
    upstreams,
    hasOwnCredentials: ({ usesGatewayCredentials }) => usesGatewayCredentials(set),
    probes: set['SIGN_IN_PROBES'] === 'true',
  });
}

/**
 * Reads the configuration for production, with what is watched.
 * @throws ConfigError with all issues of both
 */
export async function readWatchedConfig(
  upstreams: readonly Upstream<never>[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ readonly config: Config; readonly watches: readonly Watch[] }> {
  const read = await readWatches(upstreams, environment);
  const issues = 'issues' in read ? read.issues : [];
  let config: Config;
  try {
    config = readConfig('production', upstreams, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError([...error.issues, ...issues]);
  }
  if ('issues' in read) throw new ConfigError(issues);
  return { config, watches: read.watches };
}
