import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import { IssuerError, RateLimitedError } from '../domain/errors.ts';
import type { IssuerReason } from '../domain/errors.ts';
import type { Issuer } from '../domain/sign-in/issuer.ts';
import type { IssuerRequest, IssuerResponse } from '../domain/sign-in/probes/probe.ts';
import { CancelSource } from '../transport/waiting/cancel-signal.ts';
import { Semaphore } from '../transport/waiting/semaphore.ts';
import type { AllowedHost } from './allowed-hosts.ts';
import { guardedFetch, guardedRequest, issuerError } from './guarded-fetch.ts';
import type { FetchedDocument, Guard } from './guarded-fetch.ts';
import { readKeySet } from './key-set.ts';
import { lifetimeOf } from './lifetime.ts';
import { metadataUrl, readMetadata } from './metadata.ts';
import { resolveByDns } from './public-lookup.ts';

/** How long reading an issuer may take, its keys included, and how long a probe, in milliseconds. */
const TIMEOUT_MS = 5_000;

const MAX_METADATA_BYTES = 64 * 1024;
const MAX_KEY_SET_BYTES = 256 * 1024;
const MAX_PROBE_BYTES = 64 * 1024;

/** How many issuers are read or probed at the same time. */
const MAX_AT_ONCE = 16;

/** How many issuers, and failures, are remembered. */
const MAX_KNOWN = 100;
const MAX_FAILURES = 1_000;

/** How long a failure is remembered, in milliseconds. */
const FAILURE_MS = 30_000;

/** A document that was fetched, or a probe that was sent, or why not, for metrics. */
export interface IssuerFetch {
  readonly document: 'metadata' | 'keys' | 'probe';
  readonly reason: IssuerReason | null;
  readonly durationMs: number;
}

export interface IssuersOptions {
  /** Null if reading issuers is turned off. */
  readonly allowedHosts: readonly AllowedHost[] | null;
  /** Whether callers may have endpoints of issuers probed. */
  readonly probes?: boolean;
  /** Counts an issuer that a caller causes to be read, or probed. @returns null if that is allowed, else when the next one is, in seconds */
  readonly takeFetch: (callerKey: string) => number | null;
  /** Called after each attempt to fetch a document, and after each probe. */
  readonly onFetch?: ((fetch: IssuerFetch) => void) | undefined;
  readonly resolve?: Guard['resolve'];
  readonly tls?: Guard['tls'];
  /** The clock of the cache, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Reads OpenID Providers that callers name. What they publish is public, so all callers share what was read. Nothing of a
 * caller but the issuer goes into a request.
 */
export class Issuers {
  readonly #options: IssuersOptions;
  readonly #guard: Guard;
  readonly #now: () => number;
  readonly #slots = new Semaphore(MAX_AT_ONCE);
  readonly #known = new LRUCache<string, Remembered<Issuer>>({ max: MAX_KNOWN });
  readonly #failures = new LRUCache<string, Remembered<IssuerError>>({ max: MAX_FAILURES });
  readonly #underWay = new Map<string, Promise<Issuer>>();

  /**
   * Sends a request to an endpoint of an issuer for a caller, once.
   * @throws IssuerError, RateLimitedError
   */
  readonly probe: ((request: IssuerRequest, callerKey: string) => Promise<IssuerResponse>) | null;

  constructor(options: IssuersOptions) {
    const { allowedHosts, resolve = resolveByDns, tls, now = () => performance.now() } = options;
    this.#options = options;
    this.#guard = { allowedHosts: allowedHosts ?? [], resolve, ...(tls !== undefined && { tls }) };
    this.#now = now;
    this.probe =
      options.probes === true && allowedHosts !== null
        ? (request, callerKey) => this.#probe(request, callerKey)
        : null;
  }

  /**
   * The metadata and keys of an issuer, from the cache if they are fresh. Callers share a read that is under way.
   * @param issuer a URL that was checked as an issuer
   * @param maxAgeMs nothing that was read longer ago is used
   * @throws IssuerError, RateLimitedError
   */
  async read(issuer: string, callerKey: string, maxAgeMs = Infinity): Promise<Issuer> {
    if (this.#options.allowedHosts === null)
      throw issuerError(
        'NOT_ALLOWED',
        issuer,
        'Reading issuers is turned off in this gateway: its operator must set ISSUER_DISCOVERY=true.',
      );
    const known = this.#fresh(this.#known.get(issuer), maxAgeMs);
    if (known !== null) return known;
    const failure = this.#fresh(this.#failures.get(issuer), maxAgeMs);
    if (failure !== null) throw failure;
    const running = this.#underWay.get(issuer);
    if (running !== undefined) return running;
    this.#take(callerKey);
    const read = this.#read(issuer).finally(() => this.#underWay.delete(issuer));
    this.#underWay.set(issuer, read);
    return read;
  }

  async #probe(request: IssuerRequest, callerKey: string): Promise<IssuerResponse> {
    this.#take(callerKey);
    return this.#inSlot((deadline) =>
      this.#reported('probe', () =>
        guardedRequest(request, { maxBytes: MAX_PROBE_BYTES, deadline }, this.#guard),
      ),
    );
  }

  #fresh<Value>(remembered: Remembered<Value> | undefined, maxAgeMs: number): Value | null {
    if (remembered === undefined) return null;
    const { value, since, until } = remembered;
    const now = this.#now();
    return now < until && now - since <= maxAgeMs ? value : null;
  }

  #take(callerKey: string): void {
    const wait = this.#options.takeFetch(callerKey);
    if (wait !== null)
      throw new RateLimitedError(
        'The gateway has read too many issuers for this caller within a minute (LIMIT_ISSUER_FETCHES_PER_MINUTE). Nothing was sent.',
        wait,
      );
  }

  async #inSlot<Value>(run: (deadline: number) => Promise<Value>): Promise<Value> {
    const deadline = performance.now() + TIMEOUT_MS;
    const gaveUp = await this.#slots.enter({ deadline, signal: new CancelSource() });
    if (gaveUp !== null)
      throw new RateLimitedError(
        `The gateway is reading ${MAX_AT_ONCE} other issuers, its maximum. Nothing was sent.`,
        1,
      );
    try {
      return await run(deadline);
    } finally {
      this.#slots.leave();
    }
  }

  async #read(issuer: string): Promise<Issuer> {
    try {
      return await this.#inSlot((deadline) => this.#fetch(issuer, deadline));
    } catch (error) {
      if (error instanceof IssuerError) this.#remember(this.#failures, issuer, error, FAILURE_MS);
      throw error;
    }
  }

  #remember<Value>(
    cache: LRUCache<string, Remembered<Value>>,
    issuer: string,
    value: Value,
    lifetimeMs: number,
  ): void {
    const since = this.#now();
    cache.set(issuer, { value, since, until: since + lifetimeMs });
  }

  async #fetch(issuer: string, deadline: number): Promise<Issuer> {
    const about = await this.#document(metadataUrl(issuer), 'metadata', deadline, (document) =>
      readMetadata(issuer, document),
    );
    const metadata = about.value;
    const keys = await this.#document(metadata.jwksUri, 'keys', deadline, (document) =>
      readKeySet(document, metadata.idTokenSigningAlgValuesSupported),
    );
    const value = { metadata, keys: keys.value };
    const lifetimeS = Math.min(lifetimeOf(about.header), lifetimeOf(keys.header));
    this.#remember(this.#known, issuer, value, lifetimeS * 1_000);
    this.#failures.delete(issuer);
    return value;
  }

  /** Fetches and reads a document. */
  #document<Value>(
    url: string,
    document: 'metadata' | 'keys',
    deadline: number,
    read: (fetched: FetchedDocument) => Value | Promise<Value>,
  ): Promise<{ readonly value: Value; readonly header: FetchedDocument['header'] }> {
    const maxBytes = document === 'metadata' ? MAX_METADATA_BYTES : MAX_KEY_SET_BYTES;
    return this.#reported(document, async () => {
      const fetched = await guardedFetch(url, { maxBytes, deadline }, this.#guard);
      return { value: await read(fetched), header: fetched.header };
    });
  }

  async #reported<Value>(
    document: IssuerFetch['document'],
    run: () => Promise<Value>,
  ): Promise<Value> {
    const began = performance.now();
    let reason: IssuerReason | null = null;
    try {
      return await run();
    } catch (error) {
      if (error instanceof IssuerError) reason = error.issuerReason;
      throw error;
    } finally {
      this.#options.onFetch?.({ document, reason, durationMs: performance.now() - began });
    }
  }
}

/** Something that is used until a time on the clock of the cache, and since when it is known. */
interface Remembered<Value> {
  readonly value: Value;
  readonly since: number;
  readonly until: number;
}
