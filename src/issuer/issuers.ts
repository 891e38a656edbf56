import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import { IssuerError, RateLimitedError } from '../domain/errors.ts';
import type { IssuerReason } from '../domain/errors.ts';
import type { Issuer } from '../domain/sign-in/issuer.ts';
import { CancelSource } from '../transport/waiting/cancel-signal.ts';
import { Semaphore } from '../transport/waiting/semaphore.ts';
import type { AllowedHost } from './allowed-hosts.ts';
import { guardedFetch, issuerError } from './guarded-fetch.ts';
import type { FetchedDocument, Guard } from './guarded-fetch.ts';
import { readKeySet } from './key-set.ts';
import { lifetimeOf } from './lifetime.ts';
import { metadataUrl, readMetadata } from './metadata.ts';
import { resolveByDns } from './public-lookup.ts';

/** How long reading an issuer may take, its keys included, in milliseconds. */
const TIMEOUT_MS = 5_000;

const MAX_METADATA_BYTES = 64 * 1024;
const MAX_KEY_SET_BYTES = 256 * 1024;

/** How many issuers are read at the same time. */
const MAX_AT_ONCE = 16;

/** How many issuers, and failures, are remembered. */
const MAX_KNOWN = 100;
const MAX_FAILURES = 1_000;

/** How long a failure is remembered, in milliseconds. */
const FAILURE_MS = 30_000;

/** A document that was fetched, or why not, for metrics. */
export interface IssuerFetch {
  readonly document: 'metadata' | 'keys';
  readonly reason: IssuerReason | null;
  readonly durationMs: number;
}

export interface IssuersOptions {
  /** Null if reading issuers is turned off. */
  readonly allowedHosts: readonly AllowedHost[] | null;
  /** Counts an issuer that a caller causes to be read. @returns null if that is allowed, else when the next one is, in seconds */
  readonly takeFetch: (callerKey: string) => number | null;
  /** Called after each attempt to fetch a document. */
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

  constructor(options: IssuersOptions) {
    const { allowedHosts, resolve = resolveByDns, tls, now = () => performance.now() } = options;
    this.#options = options;
    this.#guard = { allowedHosts: allowedHosts ?? [], resolve, ...(tls !== undefined && { tls }) };
    this.#now = now;
  }

  /**
   * The metadata and keys of an issuer, from the cache if they are fresh. Callers share a read that is under way.
   * @param issuer a URL that was checked as an issuer
   * @throws IssuerError, RateLimitedError
   */
  async read(issuer: string, callerKey: string): Promise<Issuer> {
    if (this.#options.allowedHosts === null)
      throw issuerError(
        'NOT_ALLOWED',
        issuer,
        'Reading issuers is turned off in this gateway: its operator must set ISSUER_DISCOVERY=true.',
      );
    const known = this.#fresh(this.#known.get(issuer));
    if (known !== null) return known;
    const failure = this.#fresh(this.#failures.get(issuer));
    if (failure !== null) throw failure;
    const running = this.#underWay.get(issuer);
    if (running !== undefined) return running;
    const wait = this.#options.takeFetch(callerKey);
    if (wait !== null)
      throw new RateLimitedError(
        'The gateway has read too many issuers for this caller within a minute (LIMIT_ISSUER_FETCHES_PER_MINUTE). Nothing was sent.',
        wait,
      );
    const read = this.#read(issuer).finally(() => this.#underWay.delete(issuer));
    this.#underWay.set(issuer, read);
    return read;
  }

  #fresh<Value>(remembered: Remembered<Value> | undefined): Value | null {
    return remembered !== undefined && this.#now() < remembered.until ? remembered.value : null;
  }

  async #read(issuer: string): Promise<Issuer> {
    const deadline = performance.now() + TIMEOUT_MS;
    const gaveUp = await this.#slots.enter({ deadline, signal: new CancelSource() });
    if (gaveUp !== null)
      throw new RateLimitedError(
        `The gateway is reading ${MAX_AT_ONCE} other issuers, its maximum. Nothing was sent.`,
        1,
      );
    try {
      return await this.#fetch(issuer, deadline);
    } catch (error) {
      if (error instanceof IssuerError)
        this.#failures.set(issuer, { value: error, until: this.#now() + FAILURE_MS });
      throw error;
    } finally {
      this.#slots.leave();
    }
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
    this.#known.set(issuer, { value, until: this.#now() + lifetimeS * 1_000 });
    this.#failures.delete(issuer);
    return value;
  }

  /** Fetches and reads a document. */
  async #document<Value>(
    url: string,
    document: IssuerFetch['document'],
    deadline: number,
    read: (fetched: FetchedDocument) => Value | Promise<Value>,
  ): Promise<{ readonly value: Value; readonly header: FetchedDocument['header'] }> {
    const began = performance.now();
    const maxBytes = document === 'metadata' ? MAX_METADATA_BYTES : MAX_KEY_SET_BYTES;
    let reason: IssuerReason | null = null;
    try {
      const fetched = await guardedFetch(url, { maxBytes, deadline }, this.#guard);
      return { value: await read(fetched), header: fetched.header };
    } catch (error) {
      if (error instanceof IssuerError) reason = error.issuerReason;
      throw error;
    } finally {
      this.#options.onFetch?.({ document, reason, durationMs: performance.now() - began });
    }
  }
}

/** Something that is used until a time on the clock of the cache. */
interface Remembered<Value> {
  readonly value: Value;
  readonly until: number;
}
