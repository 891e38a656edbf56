import { z } from 'zod';
import { integer } from '../transport/settings.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { DocumentLimits } from './limits.ts';

/** The variables of the environment that say what callers may ask for. */
export const limitsEnvironment = z.object({
  LIMIT_DEPTH: integer({ min: 1, max: 1_000, fallback: DEFAULT_LIMITS.depth }).describe(
    'Fields inside of each other in an operation.',
  ),
  LIMIT_ALIASES: integer({ min: 0, max: 10_000, fallback: DEFAULT_LIMITS.aliases }).describe(
    'Aliases in an operation.',
  ),
  LIMIT_TOKENS: integer({ min: 1, max: 100_000, fallback: DEFAULT_LIMITS.tokens }).describe(
    'Tokens in a document.',
  ),
  LIMIT_DIRECTIVES: integer({ min: 0, max: 10_000, fallback: DEFAULT_LIMITS.directives }).describe(
    'Directives in an operation.',
  ),
  LIMIT_COST: integer({ min: 1, max: 1_000_000, fallback: DEFAULT_LIMITS.cost }).describe(
    'Cost of an operation: 150 for each write and read, 2 for an object, 1 for a field, 10 for one with arguments, up to 300 for what takes long (key sets); times the size of a page plus 12 for each item, times 5 in other lists.',
  ),
  LIMIT_REPEATED_WRITES: integer({
    min: 1,
    max: 1_000,
    fallback: DEFAULT_LIMITS.repeatedWrites,
  }).describe('How often an operation may run the same mutation field, by aliases.'),
  LIMIT_BODY_BYTES: integer({ min: 1_024, max: 16_777_216, fallback: 262_144 }).describe(
    'Bytes of a request body.',
  ),
  LIMIT_IN_FLIGHT: integer({ min: 1, max: 100_000, fallback: 1_024 }).describe(
    'Requests that are served at the same time; more are refused at once with 503. If several upstreams are configured, calls of one take at most three quarters of them.',
  ),
  LIMIT_OPERATIONS_PER_MINUTE: integer({ min: 1, max: 10_000_000, fallback: 6_000 }).describe(
    'Operations of one caller in a minute, all of them at once or spread; more get `OidcRateLimitedError`. Without inbound authentication a caller is an address.',
  ),
  LIMIT_HEADERS_MS: integer({ min: 100, max: 600_000, fallback: 10_000 }).describe(
    'How long the headers of a request may take to arrive, in milliseconds.',
  ),
  LIMIT_REQUEST_MS: integer({ min: 100, max: 600_000, fallback: 30_000 }).describe(
    'How long a whole request may take to arrive, and the caller to read its answer, in milliseconds.',
  ),
});

/** What callers may ask for. */
export interface Limits extends DocumentLimits {
  readonly bodyBytes: number;
  readonly inFlight: number;
  readonly operationsPerMinute: number;
  readonly headersMs: number;
  readonly requestMs: number;
}

export function limitsOf(set: z.output<typeof limitsEnvironment>): Limits {
  return {
    depth: set.LIMIT_DEPTH,
    aliases: set.LIMIT_ALIASES,
    tokens: set.LIMIT_TOKENS,
    directives: set.LIMIT_DIRECTIVES,
    cost: set.LIMIT_COST,
    repeatedWrites: set.LIMIT_REPEATED_WRITES,
    bodyBytes: set.LIMIT_BODY_BYTES,
    inFlight: set.LIMIT_IN_FLIGHT,
    operationsPerMinute: set.LIMIT_OPERATIONS_PER_MINUTE,
    headersMs: set.LIMIT_HEADERS_MS,
    requestMs: set.LIMIT_REQUEST_MS,
  };
}
