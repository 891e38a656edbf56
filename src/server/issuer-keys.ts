import { performance } from 'node:perf_hooks';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet, LocalJWKSet } from 'jose';
import { isObject, parseJson } from '../domain/json.ts';
import { Line } from '../transport/hang-up.ts';
import { openPool, send, TransportFailure } from '../transport/http.ts';
import { UnreadableBody } from '../transport/response-body.ts';

/** How long fetched keys are used before they are fetched again, in milliseconds: no longer does a key live on that the issuer took back. */
const FRESH_MS = 5 * 60_000;

/** How long fetched keys are used where newer ones cannot be had, in milliseconds. Tokens rarely live longer. */
const USABLE_MS = 60 * 60_000;

/** Keys are fetched no more often, in milliseconds, whether or not it succeeds: tokens with made-up key ids must not become requests to the issuer. */
const COOLDOWN_MS = 10_000;

/** Deadline of fetching keys, in milliseconds: callers wait for it. */
const FETCH_TIMEOUT_MS = 2_000;

/** Largest document that is read, in bytes. */
const MAX_DOCUMENT_BYTES = 256 * 1024;

/** Most keys that an issuer may have: they are gone through for each token. */
const MAX_KEYS = 200;

/** The keys that the issuer signs with. */
export interface IssuerKeys {
  /** @throws KeysUnavailable where there are none, or only old ones */
  readonly current: () => LocalJWKSet | Promise<LocalJWKSet>;
  /**
   * For a token whose key is not among the known ones; the same ones where there are no newer ones.
   * @throws KeysUnavailable where nobody can tell
   */
  readonly newerThan: (known: LocalJWKSet) => Promise<LocalJWKSet>;
}

/** The issuer's keys cannot be had, and those at hand do not do. The message is for the log. */
export class KeysUnavailable extends Error {
  /** Whether the issuer has answered at all. */
  readonly isAnswered: boolean;

  constructor(message: string, isAnswered = true) {
    super(message);
    this.isAnswered = isAnswered;
  }
}

/** Keys that were given at start. */
export function givenKeys(set: JSONWebKeySet): IssuerKeys {
  const keys = createLocalJWKSet(set);
  return { current: () => keys, newerThan: () => Promise.resolve(keys) };
}

export interface FetchedKeysOptions {
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
  /** How many callers may wait for a response of the issuer at the same time; the others are told that there are no keys. */
  readonly maxWaiting: number;
}

/**
 * Keys at a URL. The library's own `createRemoteJWKSet` asks again with every request while the issuer is down, drops
 * the keys that it has as soon as they are not fresh, and reads answers of any size.
 */
export function fetchedKeys(url: URL, { now, maxWaiting }: FetchedKeysOptions): IssuerKeys {
  let keys: LocalJWKSet | null = null;
  let text: string | null = null;
  let fetchedAt = -Infinity;
  let attemptedAt = -Infinity;
  /** Of the last attempt, empty where it succeeded. */
  let failure = '';
  let underWay: Promise<void> | null = null;
  let waiting = 0;

  /** A clock that was set back does not make anything younger. */
  const isWithin = (duration: number, since: number) => {
    const age = now() - since;
    return age >= 0 && age < duration;
  };

  const attempt = async () => {
    attemptedAt = now();
    try {
      const body = await fetchText(url, {
        accept: 'application/jwk-set+json, application/json',
        timeoutMs: FETCH_TIMEOUT_MS,
      });
      // The same keys stay the same object: what was verified with them need not be verified again.
      if (body !== text) keys = createLocalJWKSet(readKeySet(body));
      text = body;
      fetchedAt = now();
      failure = '';
    } catch (error) {
      if (!(error instanceof KeysUnavailable)) throw error;
      failure = error.message;
    }
  };

  /** Begins to fetch the keys, unless that is under way, or was tried a moment ago. @returns what is under way */
  const begin = (): Promise<void> | null => {
    if (underWay === null && !isWithin(COOLDOWN_MS, attemptedAt))
      underWay = attempt().finally(() => {
        underWay = null;
      });
    return underWay;
  };

  /** Fetches the keys, unless that was tried a moment ago; callers that come meanwhile wait for the same response. @throws KeysUnavailable if too many do */
  const refresh = async () => {
    const coming = begin();
    if (coming === null) return;
    if (waiting >= maxWaiting)
      throw new KeysUnavailable(
        'too many requests wait for a response of the issuer (LIMIT_IN_FLIGHT)',
      );
    waiting += 1;
    await coming.finally(() => {
      waiting -= 1;
    });
  };

  const isUsable = () => keys !== null && isWithin(USABLE_MS, fetchedAt);

  const refreshed = async () => {
    await refresh();
    if (keys === null || !isUsable()) throw new KeysUnavailable(failure);
    return keys;
  };

  return {
    current: () => {
      if (keys === null || !isUsable()) return refreshed();
      if (isWithin(FRESH_MS, fetchedAt)) return keys;
      // Callers whose key is known do not wait for an issuer that did not respond the last time either.
      if (failure === '' && waiting < maxWaiting) return refreshed();
      void begin();
      return keys;
    },
    newerThan: async (known) => {
      await refresh();
      if (failure !== '') throw new KeysUnavailable(failure);
      return keys ?? known;
    },
  };
}

/** Reads a document of the issuer. @throws KeysUnavailable */
export async function fetchText(
  url: URL,
  { accept, timeoutMs }: { readonly accept: string; readonly timeoutMs: number },
): Promise<string> {
  const pool = openPool(url.origin);
  const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'oidc-config-gateway' };
  const limits = {
    deadline: performance.now() + timeoutMs,
    maxBytes: MAX_DOCUMENT_BYTES,
    hangUp: new Line(),
    cancellable: true,
  };
  try {
    const { status, body } = await send(
      pool,
      { method: 'GET', path: `${url.pathname}${url.search}`, headers },
      limits,
    );
    if (status !== 200)
      throw new KeysUnavailable(
        `status ${status}${status >= 300 && status <= 399 ? ': redirects are not followed' : ''}`,
      );
    return body;
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    const { reason, cause } = error;
    if (reason === 'TOO_LARGE')
      throw new KeysUnavailable(
        `${reason}: the answer has more than ${MAX_DOCUMENT_BYTES / 1024} KiB`,
      );
    if (reason === 'TIMEOUT')
      throw new KeysUnavailable(
        `${reason}: there was no whole answer within ${timeoutMs / 1000} seconds`,
        false,
      );
    if (reason === 'UNREADABLE' && cause instanceof UnreadableBody)
      throw new KeysUnavailable(`${reason} (${cause.message})`);
    throw new KeysUnavailable(
      cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
        ? `${reason} (${cause.code})`
        : reason,
      false,
    );
  } finally {
    // Minutes go by until the next time: no connection is kept for it.
    void pool.destroy();
  }
}

/** @throws KeysUnavailable */
function readKeySet(text: string): JSONWebKeySet {
  const value = parseJson(text);
  const keys = isObject(value) ? value['keys'] : undefined;
  // The library looks at each key when it is used, and refuses what is not a public one.
  if (!Array.isArray(keys) || !keys.every(isObject))
    throw new KeysUnavailable('the answer is not a key set');
  if (keys.length > MAX_KEYS)
    throw new KeysUnavailable(`the answer has more than ${MAX_KEYS} keys`);
  return { keys };
}
