import * as z from 'zod';
import { parseUrl } from '../domain/text/url.ts';
import { flag, integer, listed, wholeNumber } from '../transport/env-schema.ts';
import { issuerEnvironment } from './issuer-settings.ts';
import { limitsEnvironment } from './limit-settings.ts';
import { persistedEnvironment } from './persisted-documents.ts';

/** Development: emulators, GraphiQL, readable logs. Everything else is production. */
export type Mode = 'development' | 'production';

/** Log levels, the least urgent first; `silent` logs nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

const origins = z.string().transform((value, context): readonly string[] => {
  const list = value.split(',').map((origin) => origin.trim());
  const wrong = list.some((origin) => parseUrl(origin)?.origin !== origin);
  if (wrong)
    context.addIssue({
      code: 'custom',
      message:
        'must be a comma-separated list of origins, e.g. https://admin.example.com, without a path or trailing slash',
    });
  return list;
});

const port = wholeNumber(0, 65_535);

/** The environment variables about the server itself. */
export const serverEnvironment = (mode: Mode) =>
  z.object({
    HOST: z
      .string()
      .default(mode === 'development' ? '127.0.0.1' : '0.0.0.0')
      .describe('Address to listen on. Default in development: `127.0.0.1`.'),
    PORT: port
      .default(4000)
      .describe('Port to listen on. 0 picks a free port, which is logged at startup.'),
    METRICS_PORT: port
      .optional()
      .describe(
        'Port of the metrics for Prometheus, at `/metrics`. 0 picks a free port, which is logged at startup. Not set: no metrics.',
      ),
    METRICS_HOST: z
      .string()
      .default('127.0.0.1')
      .describe(
        'Address at which the metrics are served. They show names of operations and how much is called, no secrets, and need no credentials.',
      ),
    WORKERS: integer({ min: 1, max: 64, fallback: 1 }).describe(
      'Number of processes that serve the port, to use more than one core. `LIMIT_IN_FLIGHT` and, without `REDIS_URL`, `LIMIT_OPERATIONS_PER_MINUTE` apply to each of them; `…_MAX_IN_FLIGHT`, `…_MAX_WAITING` and `…_MAX_PER_SECOND` are divided among them. In development there is always one process.',
    ),
    GRAPHIQL: flag(mode === 'development').describe(
      'Whether to serve GraphiQL to browsers at `/graphql`. Default in development: `true`.',
    ),
    UPSTREAM_TIMEOUT_MS: integer({ min: 100, max: 60_000, fallback: 10_000 }).describe(
      'Deadline for all upstream calls of a field together, including retries, in milliseconds.',
    ),
    SHUTDOWN_GRACE_MS: integer({ min: 0, max: 600_000, fallback: 20_000 }).describe(
      'How long running requests may take to finish after SIGTERM or SIGINT, in milliseconds.',
    ),
    LOG_LEVEL: z
      .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` })
      .default('info')
      .describe(
        `One of ${listed(LOG_LEVELS)}. The audit trail is written at every level except \`silent\`.`,
      ),
    INTROSPECTION: flag(mode === 'development').describe(
      'Whether callers may read the schema, by introspection or `_service`, and get suggestions for misspelled names. Default in development, and with GraphiQL: `true`.',
    ),
    CORS_ORIGINS: origins
      .default([])
      .describe(
        'Origins whose pages may call the gateway from a browser, comma-separated, e.g. `https://admin.example.com`. Not set: none.',
      ),
    FAST_PATH: flag(true).describe(
      'Whether common requests take the fast path. `false` is for comparison: the responses are the same.',
    ),
    ...issuerEnvironment(mode === 'development').shape,
    ...persistedEnvironment.shape,
    ...limitsEnvironment.shape,
  });
