import { z } from 'zod';
import { Secret } from './domain/secret.ts';
import { parseUrl } from './domain/url.ts';
import {
  authenticationEnvironment,
  authenticationSettings,
} from './server/authentication-settings.ts';
import type { AuthenticationSettings } from './server/authentication-settings.ts';
import { limitsEnvironment, limitsOf } from './server/limit-settings.ts';
import type { Limits } from './server/limit-settings.ts';
import { LOG_LEVELS } from './server/log.ts';
import type { LogLevel } from './server/log.ts';
import { persistedDocuments, persistedEnvironment } from './server/persisted-settings.ts';
import type { PersistedDocumentsSettings } from './server/pipeline/persisted-documents.ts';
import { hintAt, unknownAmong } from './server/unknown-variables.ts';
import type { UnknownVariable } from './server/unknown-variables.ts';
import { describeFileFailure, readSettingsFile } from './transport/settings-file.ts';
import { FILE_SUFFIX, flag, integer, listed, sharedLimits } from './transport/settings.ts';
import type { Upstream } from './transport/upstream.ts';

/** Development: emulators, GraphiQL, readable logs. Everything else is production. */
export type Mode = 'development' | 'production';

const schemaFor = (mode: Mode) =>
  z.object({
    HOST: z
      .string()
      .default(mode === 'development' ? '127.0.0.1' : '0.0.0.0')
      .describe('Address to listen on. Default in development: `127.0.0.1`.'),
    PORT: integer({ min: 0, max: 65_535, fallback: 4000 }).describe(
      'Port to listen on; 0 takes a free one, which start-up prints.',
    ),
    WORKERS: integer({ min: 1, max: 64, fallback: 1 }).describe(
      'Processes that serve the port together, for more than one core. `LIMIT_IN_FLIGHT` and `LIMIT_OPERATIONS_PER_MINUTE` hold for each of them; `…_MAX_IN_FLIGHT`, `…_MAX_WAITING` and `…_MAX_PER_SECOND` are divided among them. Development has one.',
    ),
    GRAPHIQL: flag(mode === 'development').describe(
      'GraphiQL for browsers at `/graphql`. Default in development: `true`.',
    ),
    UPSTREAM_TIMEOUT_MS: integer({ min: 100, max: 60_000, fallback: 10_000 }).describe(
      'Whole deadline of one upstream operation, in milliseconds.',
    ),
    SHUTDOWN_GRACE_MS: integer({ min: 0, max: 600_000, fallback: 20_000 }).describe(
      'How long requests under way may take to finish after SIGTERM or SIGINT, in milliseconds.',
    ),
    LOG_LEVEL: z
      .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` })
      .default('info')
      .describe(
        `One of ${listed(LOG_LEVELS)}. The audit trail is written at all of them but \`silent\`.`,
      ),
    INTROSPECTION: flag(mode === 'development').describe(
      'Whether callers may ask for the schema, by introspection or `_service`, and get suggestions for misspelt names. Default in development, and with GraphiQL: `true`.',
    ),
    CORS_ORIGINS: origins
      .default([])
      .describe(
        'Origins whose pages may call from a browser, with commas, e.g. `https://admin.example.com`. Not set: none.',
      ),
    FAST_PATH: flag(true).describe(
      'Whether common requests take the short way to their execution. `false` is for comparing: the answers are the same.',
    ),
    ...persistedEnvironment.shape,
    ...limitsEnvironment.shape,
  });

const origins = z.string().transform((value, context): readonly string[] => {
  const list = value.split(',').map((origin) => origin.trim());
  const wrong = list.some((origin) => parseUrl(origin)?.origin !== origin);
  if (wrong)
    context.addIssue({
      code: 'custom',
      message:
        'must be origins with commas between, e.g. https://admin.example.com, without a path or a slash at the end',
    });
  return list;
});

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Processes that serve; 1: this one. */
  readonly workers: number;
  readonly graphiql: boolean;
  readonly upstreamTimeoutMs: number;
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
  readonly introspection: boolean;
  readonly corsOrigins: readonly string[];
  /** Whether common requests go straight from `node:http` into the pipeline. */
  readonly fastPath: boolean;
  /** Null where there is no list of them. */
  readonly persistedDocuments: PersistedDocumentsSettings | null;
  /** The path of the file with the list of them; undefined if there is no list. */
  readonly persistedDocumentsFile: string | undefined;
  readonly limits: Limits;
  /** Who may call; null where everybody may who can reach the gateway. */
  readonly authentication: AuthenticationSettings | null;
  /** The variables of every upstream, by its id, as they were given; those with a secret are wrapped. */
  readonly upstreams: ReadonlyMap<string, Settings>;
  /** Names in the environment that look like variables of the gateway and are none: perhaps misspelt. */
  readonly unknownVariables: readonly UnknownVariable[];
}

type Settings = Readonly<Record<string, string | Secret>>;

/** The environment does not make a configuration. The message names every fault and no value. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** One variable of the environment, for `--help` and the README. */
export interface EnvironmentVariable {
  readonly name: string;
  /** As text; null where there is none. */
  readonly default: string | null;
  readonly description: string;
}

/** Every variable that the gateway reads in production. */
export function environmentVariables(upstreams: readonly Upstream<never>[]): EnvironmentVariable[] {
  return [
    schemaFor('production').shape,
    authenticationEnvironment.shape,
    ...upstreams.map(({ variables }) => variables),
  ].flatMap((shape) =>
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

/**
 * Reads the configuration from the environment; a variable that is empty counts as not set.
 * @param overrides variables that take precedence, such as the URLs of emulators
 * @throws ConfigError with every fault at once
 */
export function readConfig(
  mode: Mode,
  upstreams: readonly Upstream<never>[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
  overrides: Readonly<Record<string, string>> = {},
): Config {
  const set = Object.fromEntries(
    Object.entries({ ...environment, ...overrides }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
  const schema = schemaFor(mode);
  const server = schema.safeParse(set);
  const faults = server.success ? [] : server.error.issues.flatMap((issue) => faultsIn(issue));
  const authentication = authenticationSettings(set);
  if ('faults' in authentication) faults.push(...authentication.faults);
  const persisted = persistedDocuments(set);
  if (persisted !== null && 'faults' in persisted) faults.push(...persisted.faults);
  // It sends its documents as they are.
  if (mode === 'production' && set['GRAPHIQL'] === 'true' && set['PERSISTED_ONLY'] === 'true')
    faults.push(
      'GRAPHIQL must not be true beside PERSISTED_ONLY, which refuses all that people send from it',
    );
  const workers = schema.shape.WORKERS.safeParse(set['WORKERS']).data ?? 1;
  const isOpen = 'settings' in authentication && authentication.settings === null;
  const unknownVariables = unknownAmong(
    Object.keys(set),
    environmentVariables(upstreams).map(({ name }) => name),
  );
  // A warning is not enough: with the name misspelt, everybody would be let in.
  const mistaken = unknownVariables.filter(
    ({ meant }) => meant !== null && meant in authenticationEnvironment.shape,
  );
  if (mode === 'production' && isOpen)
    faults.push(...mistaken.map((unknown) => `${hintAt(unknown)} is no variable of the gateway`));
  // A variable that is set wrongly has a fault of its own.
  const isMeant = (urlVariables: readonly string[]) => urlVariables.some((name) => name in set);
  const settings = new Map<string, Settings>();
  for (const {
    id,
    variables,
    check,
    usesOwnCredentials,
    isConfigured,
    credentialsVariable,
    urlVariables,
  } of upstreams) {
    const { values, faults: unread, fromFiles } = withSecrets(set, variables);
    const issues = check(values);
    faults.push(...unread, ...issues.flatMap((issue) => faultsIn(issue, fromFiles)));
    faults.push(
      ...sharedLimits(variables, values)
        .filter(({ limit }) => limit < workers)
        .map(({ name }) => `${name} must be at least WORKERS, among which it is divided`),
    );
    if (usesOwnCredentials(values) && !isConfigured(values) && !isMeant(urlVariables))
      faults.push(
        `${credentialsVariable} must not be gateway without ${urlVariables.join(' or ')}`,
      );
    // Whoever can reach the gateway would act with its credentials. Development has only what is made up.
    if (mode === 'production' && usesOwnCredentials(values) && isOpen)
      faults.push(
        `${credentialsVariable} must not be gateway without inbound authentication: set AUTH_JWKS_URL, AUTH_JWKS_FILE or AUTH_API_KEYS_FILE`,
      );
    settings.set(id, values);
  }
  const meant = upstreams.some(
    ({ id, urlVariables, isConfigured }) =>
      isMeant(urlVariables) || isConfigured(settings.get(id) ?? {}),
  );
  if (upstreams.length > 0 && !meant)
    faults.push(
      `no upstream is configured: set ${upstreams.flatMap(({ urlVariables }) => urlVariables).join(' or ')}`,
    );
  if (
    !server.success ||
    !('settings' in authentication) ||
    (persisted !== null && 'faults' in persisted) ||
    faults.length > 0
  )
    throw new ConfigError(faults);
  const { data } = server;
  return {
    host: data.HOST,
    port: data.PORT,
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
    authentication: authentication.settings,
    upstreams: settings,
    unknownVariables,
  };
}

/** The variables of an upstream, those with a secret wrapped, which come from the files that are named for them. */
function withSecrets(
  set: Readonly<Record<string, string>>,
  variables: Upstream['variables'],
): {
  readonly values: Settings;
  readonly faults: readonly string[];
  readonly fromFiles: ReadonlySet<string>;
} {
  const fromFiles = new Set<string>();
  const values: Record<string, string | Secret> = Object.fromEntries(
    Object.entries(set).filter(([name]) => name in variables && !name.endsWith(FILE_SUFFIX)),
  );
  const faults: string[] = [];
  for (const fileVariable of Object.keys(variables).filter((name) => name.endsWith(FILE_SUFFIX))) {
    const name = fileVariable.slice(0, -FILE_SUFFIX.length);
    const { [name]: value, [fileVariable]: file } = set;
    if (value !== undefined) values[name] = new Secret(value);
    if (file === undefined) continue;
    if (value !== undefined) faults.push(`${fileVariable} must not be set beside ${name}`);
    else {
      fromFiles.add(name);
      const read = readSecret(file);
      if ('fault' in read) faults.push(`${fileVariable} ${read.fault}`);
      // What is wrong is named: as for the rest, the secret is set.
      values[name] = 'fault' in read ? new Secret('unread') : read.secret;
    }
  }
  return { values, faults, fromFiles };
}

/** Largest file with a secret, in bytes: longer than any header may be. */
const MAX_SECRET_BYTES = 64 * 1024;

/** What is in a file, or what is wrong with it. */
function readSecret(file: string): { readonly secret: Secret } | { readonly fault: string } {
  try {
    // The line break that editors put at the end is no part of it.
    return {
      secret: new Secret(
        readSettingsFile(file, { maxBytes: MAX_SECRET_BYTES }).replace(/\r?\n$/, ''),
      ),
    };
  } catch (error) {
    return { fault: describeFileFailure(error) };
  }
}

/** @param fromFiles variables whose values are those of files: what is named is the variable that was set */
function faultsIn(issue: z.core.$ZodIssue, fromFiles: ReadonlySet<string> = new Set()): string[] {
  const names =
    issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.map(String).join('.')];
  return names.map(
    (name) => `${fromFiles.has(name) ? `${name}${FILE_SUFFIX}` : name} ${issue.message}`,
  );
}
