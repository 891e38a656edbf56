import type { Secret } from '../../domain/scrub/secret.ts';
import { isSuccess } from '../http/http.ts';
import type { HttpResponse, TransportFailure, TransportFailureReason } from '../http/http.ts';
import { describeLost, describeUnsent } from '../response/transport-failure.ts';
import { retryAfterSeconds } from '../response/retry-after.ts';

/** A token as an upstream issued it. */
export interface IssuedToken {
  readonly value: Secret;
  /** Lifetime that the upstream states, in milliseconds from the request; NaN if it is unreadable. */
  readonly lifetimeMs: number;
}

/** The upstream refused a login. It is never tried again, because accounts lock. */
export class LoginRefusedError extends Error {
  /** What the operator has to fix. */
  readonly advice: string;

  constructor(said: string, advice: string) {
    super(said);
    this.name = 'LoginRefusedError';
    this.advice = advice;
  }
}

/** A login that returned no token, and may be tried again after a pause. */
export class LoginFailedError extends Error {
  /** Shortest time until the next try, in milliseconds. */
  readonly pauseMs: number;
  /** What the operator has to check, if it differs from the usual advice. */
  readonly advice: string | null;
  /** Whether it was refused, but not in the upstream's error format. No process tries again during the pause, and after a few in a row none tries again at all. */
  readonly refused: boolean;

  constructor(
    message: string,
    pauseMs: number,
    {
      advice,
      refused = false,
      cause,
    }: {
      readonly advice?: string | undefined;
      readonly refused?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LoginFailedError';
    this.pauseMs = pauseMs;
    this.advice = advice ?? null;
    this.refused = refused;
  }
}

/** What the operator has to check if a login failed by more than a lost connection. */
const FAILURE_ADVICE: Readonly<Partial<Record<TransportFailureReason, string>>> = {
  // The large header need not be the token.
  HEADERS_TOO_LARGE:
    'The token that is issued to the gateway may be too large, if it comes in a header: give the user or client that the gateway logs in as fewer roles or groups. If the token is not the cause, something in between may add headers: check the URL and any proxies.',
  TLS_FAILED:
    'The error code says what is wrong with the secure connection (TLS): check the certificate there. If a proxy has its own certificate authority, name its file in NODE_EXTRA_CA_CERTS.',
  PROTOCOL_ERROR:
    'What responds there is not an HTTP/1.1 server, or something in between changes what it sends: check the URL and any proxies.',
  UNREADABLE:
    'Something in between may change what the upstream sends: check the URL and any proxies.',
};

/** The error for a login without a readable response. It was not refused, so it may be tried again. */
export function loginFailure(failure: TransportFailure, label: string): LoginFailedError {
  const unsent = failure.sent ? null : describeUnsent(failure, label);
  return new LoginFailedError(unsent ?? `${label} ${describeLost(failure).what}`, 0, {
    cause: failure,
    advice: FAILURE_ADVICE[failure.reason],
  });
}

/** Statuses that refuse a login, whether the upstream or a proxy sends them. */
const REFUSING = new Set([400, 401, 403]);

/** Pause after a refusal that is not in the upstream's error format, in milliseconds: a proxy may have refused this login, and let the next one pass. */
const FOREIGN_REFUSAL_PAUSE_MS = 300_000;

/** Maximum `Retry-After` that the gateway respects after a failed login, in milliseconds. */
const MAX_PAUSE_MS = 300_000;

/** How an upstream refused a login. */
interface RefusalWords {
  /** The codes and message of the upstream; empty if the response is not in its error format. */
  readonly said: string;
  /** What the operator has to fix. */
  readonly advice: string;
}

/** Checks whether the upstream refused a login in its error format, which may come with any status. @throws LoginRefusedError if so */
export function checkWords({ status }: HttpResponse, { said, advice }: RefusalWords): void {
  if (said !== '') throw new LoginRefusedError(`status ${status}: ${said}`, advice);
}

/**
 * Checks the status of a response to a login.
 * @throws LoginRefusedError if the upstream refused it in its error format, LoginFailedError if there is no token for another reason
 */
export function checkLogin(response: HttpResponse, words: () => RefusalWords): void {
  const { status } = response;
  if (isSuccess(status)) return;
  const failed = `the login returned status ${status}`;
  if (!REFUSING.has(status))
    throw new LoginFailedError(
      failed,
      Math.min(MAX_PAUSE_MS, (retryAfterSeconds(response.header('retry-after')) ?? 0) * 1000),
    );
  const refusal = words();
  checkWords(response, refusal);
  throw new LoginFailedError(
    `${failed}, and the response is not in the format of the upstream`,
    FOREIGN_REFUSAL_PAUSE_MS,
    {
      refused: true,
      advice: `First check anything between the gateway and the upstream, such as a proxy: it may have refused the login. If it did not: ${refusal.advice}`,
    },
  );
}
