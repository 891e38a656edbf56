import { performance } from 'node:perf_hooks';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet, LocalJWKSet } from 'jose';
import { isObject, parseJson } from '../../domain/json/json.ts';
import { CancelSource } from '../../transport/waiting/cancel-signal.ts';
import { openPool, send, TransportFailure } from '../../transport/http/http.ts';
import { UnreadableBody } from '../../transport/http/response-body.ts';
import { systemErrorCode } from '../../domain/system-error.ts';

/** How long fetched keys are used before they are fetched again, in milliseconds. A key that the issuer revoked lives no longer. */
const FRESH_MS = 5 * 60_000;

/** How long fetched keys are used if newer ones cannot be fetched, in milliseconds. Tokens rarely live longer. */
const USABLE_MS = 60 * 60_000;

/** Minimum time between two attempts to fetch keys, in milliseconds: tokens with made-up key ids must not become requests to the issuer. */
const COOLDOWN_MS = 10_000;

/** Deadline of fetching keys, in milliseconds. Callers wait for it. */
const FETCH_TIMEOUT_MS = 2_000;

/** Maximum size of a document of the issuer, in bytes. */
const MAX_DOCUMENT_BYTES = 256 * 1024;

/** Maximum number of keys of an issuer: each token searches them. */
const MAX_KEYS = 200;

/** The keys that the issuer signs with. */
export interface IssuerKeys {
  /** @throws KeysUnavailable if there are none, or only old ones */
  readonly current: () => LocalJWKSet | Promise<LocalJWKSet>;
  /**
   * For a token whose key is not among the known ones. Returns the same keys if there are no newer ones.
   * @throws KeysUnavailable if they cannot be fetched
   */
  readonly newerThan: (known: LocalJWKSet) => Promise<LocalJWKSet>;
}

/** The issuer's keys cannot be fetched, and there are no usable ones. The message is for the log. */
export class KeysUnavailable extends Error {
  /** Whether the issuer responded at all. */
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
  /** How many callers may wait for the issuer at the same time. For all others there are no keys. */
  readonly maxWaiting: number;
}

/**
 * Keys at a URL. The library's own `createRemoteJWKSet` fetches again with every request while the issuer is down, drops
 * its keys as soon as they are not fresh, and reads responses of any size.
 */
export function fetchedKeys(url: URL, { now, maxWaiting }: FetchedKeysOptions): IssuerKeys {
  let keys: LocalJWKSet | null = null;
  let text: string | null = null;
  let fetchedAt = -Infinity;
  let attemptedAt = -Infinity;
  /** Why the last attempt failed; empty if it succeeded. */
  let failure = '';
  let underWay: Promise<void> | null = null;
  let waiting = 0;

  /** If the clock was set back, nothing is within. */
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

  /** Starts to fetch the keys, unless that is running or was just tried. @returns the running attempt */
  const begin = (): Promise<void> | null => {
    if (underWay === null && !isWithin(COOLDOWN_MS, attemptedAt))
      underWay = attempt().finally(() => {
        underWay = null;
      });
    return underWay;
  };

  /** Fetches the keys, unless that was just tried. Callers share one attempt. @throws KeysUnavailable if too many wait for it */
  const refresh = async () => {
    const coming = begin();
    if (coming === null) return;
    if (waiting >= maxWaiting)
      throw new KeysUnavailable(
        'too many requests wait for a response from the issuer (LIMIT_IN_FLIGHT)',
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
      // Callers do not wait for an issuer that failed the last time, as long as there are usable keys.
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
    signal: new CancelSource(),
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
        `${reason}: the response has more than ${MAX_DOCUMENT_BYTES / 1024} KiB`,
      );
    if (reason === 'TIMEOUT')
      throw new KeysUnavailable(
        `${reason}: there was no complete response within ${timeoutMs / 1000} seconds`,
        false,
      );
    if (reason === 'UNREADABLE' && cause instanceof UnreadableBody)
      throw new KeysUnavailable(`${reason} (${cause.message})`);
    const code = systemErrorCode(cause);
    throw new KeysUnavailable(code === null ? reason : `${reason} (${code})`, false);
  } finally {
    // The next time is minutes away: keep no connection for it.
    void pool.destroy();
  }
}

/** @throws KeysUnavailable */
function readKeySet(text: string): JSONWebKeySet {
  const value = parseJson(text);
  const keys = isObject(value) ? value['keys'] : undefined;
  // The library checks each key when it is used, and refuses all but public ones.
  if (!Array.isArray(keys) || !keys.every(isObject))
    throw new KeysUnavailable('the response is not a key set');
  if (keys.length > MAX_KEYS)
    throw new KeysUnavailable(`the response has more than ${MAX_KEYS} keys`);
  return { keys };
}
