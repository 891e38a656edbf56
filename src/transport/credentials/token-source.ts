import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Secret } from '../../domain/scrub/secret.ts';
import type { Wait } from './authenticator.ts';
import { LoginFailedError, LoginRefusedError } from './login.ts';
import type { IssuedToken } from './login.ts';
import { FOR_GOOD, WORKED } from './login-gate.ts';
import type { NoTurn, ReplacedToken, Turn } from './login-gate.ts';
import { NoAccess, unavailable, within } from './no-access.ts';
import { RequestCollector } from './request-collector.ts';
import type { RequestIds } from './request-collector.ts';

/** Longest token that is used, in characters: upstreams and proxies refuse longer headers. */
const MAX_TOKEN_LENGTH = 64 * 1024;

/** What the operator has to do about a token that is too large. */
const TOKEN_TOO_LARGE_ADVICE =
  'The token that is issued to the gateway is too large for a header: give the user or client that it logs in as fewer roles or groups, or leave out what the token need not list.';

/** The outcome of a login, for the log. */
export type LoginEvent =
  | { readonly kind: 'LOGGED_IN'; readonly lifetimeMs: number }
  /** Another instance had logged in, so this one did not have to. `lifetimeMs`: what is left of it. */
  | { readonly kind: 'TOKEN_SHARED'; readonly lifetimeMs: number }
  /** `retryMs`: until then nothing is sent. `advice`: what the operator has to check. `requests`: those that needed the login. */
  | {
      readonly kind: 'LOGIN_FAILED';
      readonly error: unknown;
      readonly retryMs: number;
      readonly advice: string;
      readonly requests: RequestIds;
    }
  /** `requests`: those that needed the login since this was last reported. */
  | {
      readonly kind: 'LOGIN_REFUSED';
      readonly error: LoginRefusedError;
      readonly requests: RequestIds;
    };

export interface TokenSourceOptions {
  /** Name of the upstream, for messages. */
  readonly label: string;
  /**
   * Asks for a token once, under a deadline of its own.
   * @throws LoginRefusedError if another attempt must not be made, LoginFailedError if it must wait, any other error if it may be made soon
   */
  readonly login: () => Promise<IssuedToken>;
  readonly turn: (replaces: ReplacedToken | null) => Promise<Turn | NoTurn>;
  /** What the operator has to check if a login fails without being refused. */
  readonly advice: string;
  readonly report: (event: LoginEvent) => void;
  /** A clock in milliseconds, `performance.now()` if left out. */
  readonly now?: () => number;
  /** A number from 0 to 1, for the jitter. */
  readonly random?: () => number;
}

/** A token in use. */
export interface HeldToken {
  readonly value: Secret;
  /** When the next one is fetched. */
  readonly renewAt: number;
  /** When it is not used any more. */
  readonly endsAt: number;
}

/**
 * Shortest use of a token, in milliseconds from its arrival: a token with a shorter or unreadable lifetime would cost a
 * login for every call.
 */
const MIN_LIFE_MS = 10_000;

/** Longest use of a token, in milliseconds: the longest lifetime that an upstream documents. */
const MAX_LIFE_MS = 86_400_000;

/** Logins in a row that may be refused in words that are not the upstream's. After that, it may well be the upstream that refuses, and accounts lock. */
const MAX_FOREIGN_REFUSALS = 3;

/** Messages between processes take time: if a pause is over, another process may report this much of it as left, in milliseconds. */
const LATE_MS = 100;

/** A token is renewed this long before its end, or a tenth of its lifetime before it if that is shorter; in milliseconds. */
const EARLY_MS = 60_000;

/** A token is not used in the last part of its lifetime, in milliseconds: it could expire on the way. */
const LAST_MS = 5_000;

/** Waits after failed logins, in milliseconds: the first, doubled each time up to the longest. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** A refusal is reported again after this time if a token is still needed, so that the reason is never far back in the log. In milliseconds. */
const REMINDER_MS = 300_000;

/** A token that replaced a refused one is not replaced within this time, in milliseconds: another one would be refused as well. */
const REPLACEMENT_PAUSE_MS = 30_000;

/**
 * The gateway's own token for one upstream: one login serves all requests, and the next token is fetched before the end
 * of the last. There is no timer: a token that no request needs is not renewed.
 */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  readonly #now: () => number;
  #held: HeldToken | null = null;
  /** The last token that was replaced because the upstream refused it. */
  #refused: HeldToken | null = null;
  #login: Promise<HeldToken | null> | null = null;
  #refusal: LoginRefusedError | null = null;
  #remindAt = 0;
  #failures = 0;
  #retryAt = 0;
  #replaceableFrom = 0;
  /** Requests that need a login, until its outcome is reported. */
  readonly #requests = new RequestCollector();

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @throws UpstreamUnavailableError if there is no token, or none in time */
  token(wait: Wait): HeldToken | Promise<HeldToken> {
    const now = this.#now();
    const held = this.#held;
    if (held === null || now >= held.endsAt) return this.#next(wait);
    if (now >= held.renewAt && this.#mayLogIn()) {
      this.#requests.add(wait.requestId);
      void this.#logIn();
    }
    return held;
  }

  /**
   * The token to use instead of one that the upstream calls stale.
   * @returns null if a new one would be no better
   * @throws UpstreamUnavailableError like `token`
   */
  async replacement(stale: HeldToken, wait: Wait): Promise<HeldToken | null> {
    if (this.#held === stale) {
      if (this.#login === null) {
        if (this.#now() < this.#replaceableFrom) return null;
        this.#replaceableFrom = this.#now() + REPLACEMENT_PAUSE_MS;
      }
      this.#held = null;
      this.#refused = stale;
    }
    return this.token(wait);
  }

  async #next(wait: Wait): Promise<HeldToken> {
    // In the pause after a failed login there is no login to wait for.
    if (this.#refusal !== null || this.#login !== null || this.#mayLogIn())
      this.#requests.add(wait.requestId);
    if (this.#refusal !== null && this.#now() >= this.#remindAt) this.#tell(this.#refusal);
    const held =
      this.#login === null && !this.#mayLogIn()
        ? null
        : await within(wait, this.#login ?? this.#logIn(), this.#options.label);
    if (held === null)
      throw unavailable(
        this.#options.label,
        new NoAccess(this.#refusal === null ? 'LOGIN_FAILED' : 'LOGIN_REFUSED'),
      );
    return held;
  }

  #mayLogIn(): boolean {
    return this.#refusal === null && this.#login === null && this.#now() >= this.#retryAt;
  }

  /** Never rejects: null if there is no token. */
  #logIn(): Promise<HeldToken | null> {
    this.#login = this.#logInOnce()
      .catch((error: unknown) => this.#giveUp(error))
      .finally(() => {
        this.#login = null;
      });
    return this.#login;
  }

  async #logInOnce(): Promise<HeldToken> {
    const replaced = this.#held ?? this.#refused;
    const replaces =
      replaced === null ? null : { value: replaced.value, isRefused: this.#held === null };
    let turn = await this.#options.turn(replaces);
    if ('pausedMs' in turn && turn.pausedMs <= LATE_MS) {
      await delay(turn.pausedMs);
      turn = await this.#options.turn(replaces);
    }
    if ('pausedMs' in turn) throw refusedElsewhere(turn);
    const asked = this.#now();
    if (turn.token !== undefined) {
      turn.end(0);
      const { value, lifetimeMs } = turn.token;
      return this.#keep(value, asked + lifetimeMs, { kind: 'TOKEN_SHARED', lifetimeMs });
    }
    let pauseMs = 0;
    let token: IssuedToken | undefined;
    try {
      const issued = await this.#options.login();
      if (issued.value.reveal().length > MAX_TOKEN_LENGTH) {
        throw new LoginFailedError(
          `the token has more than the ${MAX_TOKEN_LENGTH} characters that a header may have`,
          0,
          { advice: TOKEN_TOO_LARGE_ADVICE },
        );
      }
      pauseMs = WORKED;
      const lifetimeMs = usableLifetime(issued.lifetimeMs);
      const now = this.#now();
      const end = Math.max(now + MIN_LIFE_MS, asked + lifetimeMs);
      token = { value: issued.value, lifetimeMs: end - now };
      return this.#keep(issued.value, end, { kind: 'LOGGED_IN', lifetimeMs });
    } catch (thrown) {
      const error =
        thrown instanceof LoginFailedError && thrown.refused
          ? afterRefusals(thrown, turn.refusals + 1)
          : thrown;
      if (error instanceof LoginRefusedError) pauseMs = FOR_GOOD;
      else if (error instanceof LoginFailedError && error.refused) pauseMs = error.pauseMs;
      throw error;
    } finally {
      turn.end(pauseMs, token);
    }
  }

  #keep(value: Secret, end: number, event: LoginEvent): HeldToken {
    const early = Math.min(EARLY_MS, (end - this.#now()) / 10);
    // So that gateways that were started together do not all renew at once.
    const renewAt = end - early * (1 + (this.#options.random ?? Math.random)());
    this.#held = { value, renewAt, endsAt: end - Math.min(LAST_MS, early) };
    this.#refused = null;
    this.#failures = 0;
    this.#requests.take();
    this.#options.report(event);
    return this.#held;
  }

  #giveUp(error: unknown): null {
    if (error instanceof LoginRefusedError) {
      this.#refusal = error;
      this.#tell(error);
      return null;
    }
    const retryMs = Math.max(
      Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures),
      error instanceof LoginFailedError ? error.pauseMs : 0,
    );
    this.#failures += 1;
    this.#retryAt = this.#now() + retryMs;
    this.#options.report({
      kind: 'LOGIN_FAILED',
      error,
      retryMs,
      advice: (error instanceof LoginFailedError ? error.advice : null) ?? this.#options.advice,
      requests: this.#requests.take(),
    });
    return null;
  }

  #tell(error: LoginRefusedError): void {
    this.#remindAt = this.#now() + REMINDER_MS;
    this.#options.report({ kind: 'LOGIN_REFUSED', error, requests: this.#requests.take() });
  }
}

/** How long a token may be used, in milliseconds, by what the upstream states. */
function usableLifetime(stated: number): number {
  return Math.min(MAX_LIFE_MS, Math.max(MIN_LIFE_MS, Number.isNaN(stated) ? 0 : stated));
}

function refusedElsewhere({ pausedMs }: NoTurn): LoginRefusedError | LoginFailedError {
  if (pausedMs === FOR_GOOD)
    return new LoginRefusedError(
      'refused to another process or instance of this gateway',
      'Its line in the log says what to fix.',
    );
  const error = new LoginFailedError(
    'a login of another process or instance of this gateway was refused',
    pausedMs,
    { advice: 'Its line in the log says what to look at.' },
  );
  // It happened elsewhere: where this process learned of it says nothing.
  delete error.stack;
  return error;
}

/** The error for a refusal that is not in the upstream's error format, if it is the nth in a row. */
function afterRefusals(
  error: LoginFailedError,
  refusals: number,
): LoginRefusedError | LoginFailedError {
  if (refusals < MAX_FOREIGN_REFUSALS) return error;
  return new LoginRefusedError(`${error.message}, ${refusals} times in a row`, error.advice ?? '');
}
