import { z } from 'zod';
import { flag, integer } from './transport/settings.ts';
import type { Upstream } from './transport/upstream.ts';

/** Development: emulators, GraphiQL, readable logs. Everything else is production. */
export type Mode = 'development' | 'production';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const schemaFor = (mode: Mode) =>
  z.object({
    HOST: z.string().default(mode === 'development' ? '127.0.0.1' : '0.0.0.0').describe('Address to listen on. Default in development: `127.0.0.1`.'),
    PORT: integer({ min: 0, max: 65_535, fallback: 4000 }).describe('Port to listen on; 0 takes a free one, which start-up prints.'),
    GRAPHIQL: flag(mode === 'development').describe('GraphiQL for browsers at `/graphql`. Default in development: `true`.'),
    UPSTREAM_TIMEOUT_MS: integer({ min: 100, max: 60_000, fallback: 10_000 }).describe('Whole deadline of one upstream operation, in milliseconds.'),
    SHUTDOWN_GRACE_MS: integer({ min: 0, max: 600_000, fallback: 20_000 }).describe('How long requests under way may take to finish after SIGTERM or SIGINT, in milliseconds.'),
    LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info').describe(`One of ${LOG_LEVELS.map((level) => `\`${level}\``).join(', ')}.`),
  });

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly graphiql: boolean;
  readonly upstreamTimeoutMs: number;
  readonly shutdownGraceMs: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** The variables of every upstream, by its id, as they were given. */
  readonly upstreams: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** The environment does not make a configuration. The message names every fault and no value. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
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
  return [schemaFor('production'), ...upstreams.map(({ env }) => env)].flatMap(({ shape }) =>
    Object.entries(shape).map(([name, schema]) => {
      const fallback = z.safeParse(schema, undefined);
      return { name, default: fallback.success && fallback.data !== undefined ? String(fallback.data) : null, description: z.globalRegistry.get(schema)?.description ?? '' };
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
  const set = Object.fromEntries(Object.entries({ ...environment, ...overrides }).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''));
  const server = schemaFor(mode).safeParse(set);
  const faults = server.success ? [] : faultsOf(server.error);
  const settings = new Map<string, Record<string, string>>();
  for (const { id, env } of upstreams) {
    const own = Object.fromEntries(Object.entries(set).filter(([name]) => name in env.shape));
    const parsed = env.safeParse(own);
    if (!parsed.success) faults.push(...faultsOf(parsed.error));
    settings.set(id, own);
  }
  // A variable that is set wrongly has a fault of its own.
  const meant = upstreams.some(({ id, urlVariable, isConfigured }) => urlVariable in set || isConfigured(settings.get(id) ?? {}));
  if (upstreams.length > 0 && !meant) faults.push(`no upstream is configured: set ${upstreams.map(({ urlVariable }) => urlVariable).join(' or ')}`);
  if (!server.success || faults.length > 0) throw new ConfigError(faults);
  const { data } = server;
  return {
    host: data.HOST,
    port: data.PORT,
    graphiql: data.GRAPHIQL,
    upstreamTimeoutMs: data.UPSTREAM_TIMEOUT_MS,
    shutdownGraceMs: data.SHUTDOWN_GRACE_MS,
    logLevel: data.LOG_LEVEL,
    upstreams: settings,
  };
}

function faultsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.map(String).join('.')} ${issue.message}`);
}
