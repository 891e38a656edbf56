import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import type { OidcError } from '../domain/errors.ts';
import { Scrubber } from '../domain/scrub.ts';
import { Secret } from '../domain/secret.ts';
import type { Authenticator, Pass } from './authenticator.ts';
import { ClockSkew } from './clock-skew.ts';
import type { ConnectOptions } from './connection.ts';
import type { CallerCredentials } from './credentials.ts';
import { Line } from './hang-up.ts';
import { asOutcome, send } from './http.ts';
import type { HttpAnswer, HttpRequest, TransportFailure, TransportFailureReason } from './http.ts';
import type { NoTurn, Turn } from './login-gate.ts';
import type { RequestIds } from './own-access.ts';
import { wordsForLost, wordsForUnsent } from './response-words.ts';
import { retryAfterSeconds } from './status.ts';
import { LoginFailedError, LoginRefusedError } from './token-source.ts';
import type { HeldToken, LoginEvent, TokenSource } from './token-source.ts';

/** What becomes of the gateway's own credentials, for the log of the operator. */
export type CredentialsEvent =
  | LoginEvent
  /** The upstream refused a call that carried them. `requests`: the one that was refused, and those that waited for it. */
  | {
      readonly kind: 'CALL_REFUSED';
      readonly error: OidcError;
      readonly advice: string;
      readonly requests: RequestIds;
    }
  /** This machine's clock is this far ahead of the upstream's, in milliseconds; 0: no longer. */
  | { readonly kind: 'CLOCK_SKEW'; readonly skewMs: number };

/** What an upstream's own credentials are opened with. */
export interface CredentialsTools {
  /** Name of the upstream, for messages. */
  readonly label: string;
  /** The base URL of the API. */
  readonly base: URL;
  /**
   * Sends a login, once, under a deadline of its own.
   * @throws LoginFailedError if there is no whole response
   */
  readonly send: (url: URL, request: Omit<HttpRequest, 'path'>) => Promise<HttpAnswer>;
  /** Waits for the turn of a login, or of the first request with a signature. */
  readonly turn: () => Promise<Turn | NoTurn>;
  readonly report: (event: CredentialsEvent) => void;
}

/** How the gateway comes by credentials of its own for an upstream. */
export interface OwnCredentials<Settings> {
  /** The variable that says whose credentials are used: `caller` or `gateway`. */
  readonly variable: string;
  /** Every variable, by name, with its description. */
  readonly variables: Readonly<Record<string, z.ZodType>>;
  /** A discriminated union of the modes: what belongs to another mode must not be set. */
  readonly env: z.ZodType<Settings>;
  /** Null where the settings leave credentials to the callers. */
  readonly open: (settings: Settings, tools: CredentialsTools) => Authenticator | null;
  /** What the operator has to mend when the upstream refuses a call that carried them. */
  readonly advice: (refusal: OidcError) => string;
}

/** The gateway's own access to an upstream, open. */
export interface OwnAccess {
  readonly authenticator: Authenticator;
  readonly advice: (refusal: OidcError) => string;
  readonly report: (event: CredentialsEvent) => void;
  /** Watches the upstream's clock, on each of its answers. */
  readonly clock: ClockSkew;
  readonly close: () => Promise<void>;
}

/** How much of a caller's time a login may take. */
const LOGIN_SHARE = 0.8;

/** Largest answer to a login, in bytes: Huawei Cloud's may list a catalogue. */
const MAX_LOGIN_BYTES = 1024 * 1024;

/** Opens the gateway's own access for these settings; null where they leave credentials to the callers. */
export function openOwnAccess<Settings>(
  { open, advice }: OwnCredentials<Settings>,
  settings: Settings,
  { id, label, base }: { readonly id: string; readonly label: string; readonly base: URL },
  { timeoutMs, userAgent, openDispatcher, loginGate, ownSecrets, onCredentials }: ConnectOptions,
): OwnAccess | null {
  const scrubber = new Scrubber(ownSecrets);
  ownSecrets.add(...secretsAmong(settings));
  const report = (event: CredentialsEvent) => {
    onCredentials(event, id, scrubber);
  };
  const clock = new ClockSkew((skewMs) => {
    report({ kind: 'CLOCK_SKEW', skewMs });
  });
  const dispatchers = new Map<string, Dispatcher>();
  const dispatcherOf = (origin: string) => {
    const dispatcher = dispatchers.get(origin) ?? openDispatcher(origin);
    dispatchers.set(origin, dispatcher);
    return dispatcher;
  };

  const authenticator = open(settings, {
    label,
    base,
    report,
    turn: () => loginGate.enter(id),
    send: async ({ origin, pathname, search }, request) => {
      const answer = await send(
        dispatcherOf(origin),
        {
          ...request,
          path: `${pathname}${search}`,
          headers: {
            accept: 'application/json',
            'accept-encoding': 'identity',
            ...request.headers,
            'user-agent': userAgent,
          },
        },
        // A caller who hangs up does not end it: others wait for the same token. It ends before their time does, so that the reason is told.
        {
          deadline: performance.now() + timeoutMs * LOGIN_SHARE,
          maxBytes: MAX_LOGIN_BYTES,
          hangUp: new Line(),
          cancellable: false,
        },
      ).catch((error: unknown) => {
        throw loginFailure(asOutcome(error), label);
      });
      clock.look(answer.header('date'));
      return answer;
    },
  });
  if (authenticator === null) return null;
  return {
    authenticator,
    advice,
    report,
    clock,
    close: async () => {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/** What the operator has to look at if a login failed by more than a lost connection. */
const FAILURE_ADVICE: Readonly<Partial<Record<TransportFailureReason, string>>> = {
  // Not every token comes in a header, and other headers may be the large ones.
  HEADERS_TOO_LARGE:
    'The token that is issued to the gateway may be too large, if it comes in a header: give the user or client that it logs in as fewer roles or groups. If it is not, something in between may add headers: check the URL, and proxies on the way.',
  TLS_FAILED:
    'The code of the error says what is wrong with the secure connection (TLS): check the certificate there, and give this process the certificate authority of a proxy by NODE_EXTRA_CA_CERTS.',
  PROTOCOL_ERROR:
    'What answers there is not an HTTP/1.1 server, or something in between changes what it sends: check the URL, and proxies on the way.',
  UNREADABLE:
    'Something in between may change what the upstream sends: check the URL, and proxies on the way.',
};

/** A login without a response that can be read, in words. It may be tried again: it was not refused. */
function loginFailure(failure: TransportFailure, label: string): LoginFailedError {
  const unsent = failure.sent ? null : wordsForUnsent(failure, label);
  return new LoginFailedError(unsent ?? `${label} ${wordsForLost(failure).what}`, 0, {
    cause: failure,
    advice: FAILURE_ADVICE[failure.reason],
  });
}

/** The secrets among settings. */
export function secretsAmong(settings: unknown): Secret[] {
  return typeof settings === 'object' && settings !== null
    ? Object.values(settings).filter((value) => value instanceof Secret)
    : [];
}

/** Statuses by which a login is refused as such, by the upstream or by something in between. */
const REFUSING = new Set([400, 401, 403]);

/** Pause after a refusal that is not in the upstream's words: something in between may have given it, and let the next one pass. In milliseconds. */
const FOREIGN_REFUSAL_PAUSE_MS = 300_000;

/** Longest pause that an upstream may ask for, in milliseconds. */
const LONGEST_PAUSE_MS = 300_000;

/** How an upstream refused a login. */
interface RefusalWords {
  /** What it said, empty if the response is not a refusal in its own words. */
  readonly said: string;
  /** What the operator has to fix. */
  readonly advice: string;
}

/** Looks whether an upstream refused a login in its own words, also by a response that has the status of a success. @throws LoginRefusedError if so */
export function checkWords({ status }: HttpAnswer, { said, advice }: RefusalWords): void {
  if (said !== '') throw new LoginRefusedError(`status ${status}: ${said}`, advice);
}

/**
 * Looks at the status of a response to a login.
 * @throws LoginRefusedError if the upstream refused it in its own words, LoginFailedError if there is no token for another reason
 */
export function checkLogin(answer: HttpAnswer, words: () => RefusalWords): void {
  const { status } = answer;
  if (status >= 200 && status <= 299) return;
  const failed = `the login was answered with status ${status}`;
  if (!REFUSING.has(status))
    throw new LoginFailedError(
      failed,
      Math.min(LONGEST_PAUSE_MS, (retryAfterSeconds(answer.header('retry-after')) ?? 0) * 1000),
    );
  const refusal = words();
  checkWords(answer, refusal);
  throw new LoginFailedError(
    `${failed}, which is not in the words of the upstream`,
    FOREIGN_REFUSAL_PAUSE_MS,
    {
      refused: true,
      advice: `Look first at what stands between the gateway and the upstream, such as a proxy: it may have refused the login. If it did not: ${refusal.advice}`,
    },
  );
}

/** Credentials that are a token of a token source. `isStale` says whether a 401 is about the token itself. */
export function tokenAuthenticator(
  source: TokenSource,
  { toUpstream }: Pick<CallerCredentials, 'toUpstream'>,
  isStale: (answer: HttpAnswer) => boolean,
): Authenticator {
  const passes = new WeakMap<HeldToken, Pass>();
  const tokens = new WeakMap<Pass, HeldToken>();
  const passWith = (token: HeldToken): Pass => {
    const pass = passes.get(token) ?? {
      headers: toUpstream(token.value),
      secrets: [token.value],
      isShared: true,
    };
    passes.set(token, pass);
    tokens.set(pass, token);
    return pass;
  };
  return {
    owner: 'gateway',
    pass: (_request, wait) => {
      const token = source.token(wait);
      return token instanceof Promise ? token.then(passWith) : passWith(token);
    },
    refused: async (pass, answer, _request, wait) => {
      const token = tokens.get(pass);
      if (token === undefined || !isStale(answer)) return null;
      const next = await source.replacement(token, wait);
      return next === null ? null : passWith(next);
    },
  };
}
