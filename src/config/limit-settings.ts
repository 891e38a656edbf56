import * as z from 'zod';
import { integer } from '../transport/env-schema.ts';

/** Limits of a document. Each applies to every operation in it, executed or not. A fragment counts each time it is spread. */
export interface DocumentLimits {
  /**
   * Maximum depth of selections; a fragment does not add a level. Below `__schema` and `__type`, where tools nest
   * deeply, at least 20 are allowed.
   */
  readonly depth: number;
  /** Maximum number of fields with an alias, including `__typename`. */
  readonly aliases: number;
  /** Maximum number of tokens in the document: names, values and punctuation, without commas and comments. */
  readonly tokens: number;
  /** Maximum number of directives on the operation, its variables, its fields, and fragments and their spreads. */
  readonly directives: number;
  /**
   * Maximum sum over all fields, roughly in microseconds of processor time. A root field, which calls an upstream, costs
   * 150, unless it declares its cost. A field that leads to another object costs as much for each call that it may take, or 20
   * if one call reads such objects together. A field with subfields costs 2, a field with arguments, such as a link, 10, and any other 1, unless the field
   * declares its cost. For a page, the cost of an item's selection plus 12 is multiplied by the maximum page size. For any
   * other list of objects, the cost of the selection is multiplied by 5. In introspection, the list of all types costs
   * 1,000 and any other list 120, and the selection of a list counts once. Each object that `_entities` refers to costs
   * as much as a root field.
   */
  readonly cost: number;
  /** How many times an operation may run the same mutation field, which limits writes of one kind. Aliases of a field count as the same field. */
  readonly repeatedWrites: number;
}

/**
 * The default limits. The default cost is about twice that of the largest field with everything selected, and more than
 * that of a full introspection query. It allows one operation to read ten objects or more, and to write a few.
 */
export const DEFAULT_LIMITS: DocumentLimits = {
  depth: 10,
  aliases: 20,
  tokens: 1000,
  directives: 50,
  cost: 5000,
  repeatedWrites: 5,
};

/** The environment variables that limit what callers may ask for. */
export const limitsEnvironment = z.object({
  LIMIT_DEPTH: integer({ min: 1, max: 1_000, fallback: DEFAULT_LIMITS.depth }).describe(
    'Maximum selection depth of an operation.',
  ),
  LIMIT_ALIASES: integer({ min: 0, max: 10_000, fallback: DEFAULT_LIMITS.aliases }).describe(
    'Maximum number of aliases in an operation.',
  ),
  LIMIT_TOKENS: integer({ min: 1, max: 100_000, fallback: DEFAULT_LIMITS.tokens }).describe(
    'Maximum number of tokens in a document.',
  ),
  LIMIT_DIRECTIVES: integer({ min: 0, max: 10_000, fallback: DEFAULT_LIMITS.directives }).describe(
    'Maximum number of directives in an operation.',
  ),
  LIMIT_COST: integer({ min: 1, max: 1_000_000, fallback: DEFAULT_LIMITS.cost }).describe(
    "Maximum cost of an operation. A read or write costs 150, a field that leads to another object 150, or 20 if such objects are read together, an object 2, a field 1, a field with arguments 10, an expensive field (a key set) up to 600, the evaluation of a mapping 3,400, a comparison or sync of keys 2,700, and a check of sign-in 3,500. For a page, the cost of an item's selection plus 12 is multiplied by the page size; for any other list, the cost of the selection is multiplied by 5.",
  ),
  LIMIT_REPEATED_WRITES: integer({
    min: 1,
    max: 1_000,
    fallback: DEFAULT_LIMITS.repeatedWrites,
  }).describe('How many times an operation may run the same mutation field, using aliases.'),
  LIMIT_VALUES: integer({ min: 100, max: 10_000_000, fallback: 10_000 }).describe(
    'Maximum number of values in the variables of a request: objects, lists, and everything in them.',
  ),
  LIMIT_BODY_BYTES: integer({ min: 1_024, max: 16_777_216, fallback: 262_144 }).describe(
    'Maximum size of a request body, in bytes.',
  ),
  LIMIT_IN_FLIGHT: integer({ min: 1, max: 100_000, fallback: 1_024 }).describe(
    'Maximum number of requests served at the same time. Additional requests are refused immediately with 503. If several upstreams are configured, calls to one of them take at most three quarters of these slots.',
  ),
  LIMIT_OPERATIONS_PER_MINUTE: integer({ min: 1, max: 10_000_000, fallback: 6_000 }).describe(
    'Maximum number of operations of one caller per minute, in a burst or spread out. Additional operations get `OidcRateLimitedError`. Without inbound authentication, callers are identified by IP address.',
  ),
  LIMIT_ISSUER_FETCHES_PER_MINUTE: integer({ min: 1, max: 100_000, fallback: 30 }).describe(
    'Maximum number of issuers that the gateway reads, and probes that it sends, for one caller per minute; issuers in its cache do not count. More get `OidcRateLimitedError`.',
  ),
  LIMIT_HEADERS_MS: integer({ min: 100, max: 600_000, fallback: 10_000 }).describe(
    'How long the headers of a request may take to arrive, in milliseconds.',
  ),
  LIMIT_REQUEST_MS: integer({ min: 100, max: 600_000, fallback: 30_000 }).describe(
    'How long a whole request may take to arrive, and how long the caller may take to read the response, in milliseconds.',
  ),
});

/** What callers may ask for. */
export interface Limits extends DocumentLimits {
  /** Maximum number of JSON values in the variables of a request: objects, lists, and everything in them. */
  readonly values: number;
  readonly bodyBytes: number;
  readonly inFlight: number;
  readonly operationsPerMinute: number;
  /** Issuers that are read for one caller. */
  readonly issuerFetchesPerMinute: number;
  readonly headersMs: number;
  readonly requestMs: number;
}

export function limitsOf(environment: z.output<typeof limitsEnvironment>): Limits {
  return {
    depth: environment.LIMIT_DEPTH,
    aliases: environment.LIMIT_ALIASES,
    tokens: environment.LIMIT_TOKENS,
    directives: environment.LIMIT_DIRECTIVES,
    cost: environment.LIMIT_COST,
    repeatedWrites: environment.LIMIT_REPEATED_WRITES,
    values: environment.LIMIT_VALUES,
    bodyBytes: environment.LIMIT_BODY_BYTES,
    inFlight: environment.LIMIT_IN_FLIGHT,
    operationsPerMinute: environment.LIMIT_OPERATIONS_PER_MINUTE,
    issuerFetchesPerMinute: environment.LIMIT_ISSUER_FETCHES_PER_MINUTE,
    headersMs: environment.LIMIT_HEADERS_MS,
    requestMs: environment.LIMIT_REQUEST_MS,
  };
}
