import { UpstreamUnavailableError } from '../../src/domain/errors.ts';
import { Secret } from '../../src/domain/scrub/secret.ts';
import type { Wait } from '../../src/transport/credentials/authenticator.ts';
import { createLoginGate } from '../../src/transport/credentials/login-gate.ts';
import { LoginFailedError, LoginRefusedError } from '../../src/transport/credentials/login.ts';
import type { IssuedToken } from '../../src/transport/credentials/login.ts';
import { TokenSource } from '../../src/transport/credentials/token-source.ts';
import type { HeldToken, LoginEvent } from '../../src/transport/credentials/token-source.ts';

/** In milliseconds, like all times here. */
export const HOUR = 3_600_000;
export const DOWN = new Error('the login is down');
export const REFUSED = new LoginRefusedError('status 401', 'mend the password');

/** A refusal that something in between may have given. */
export const FOREIGN = new LoginFailedError('status 401 of whoever', 300_000, {
  refused: true,
  advice: 'look between',
});

/** What a login gives, by its number, the first being 1. A text is a token that lives for an hour. */
type Login = (count: number) => IssuedToken | string | Error | Promise<IssuedToken | string>;

/** A token source on a clock that stands still until the test moves it. */
export function openTokenSource(login: Login = (count) => `token ${count}`, random = 0) {
  let time = 0;
  let logins = 0;
  const gate = createLoginGate(() => time);
  const events: LoginEvent[] = [];
  const source = new TokenSource({
    label: 'The shop',
    login: async () => {
      logins += 1;
      const given = await login(logins);
      if (given instanceof Error) throw given;
      return typeof given === 'string' ? { value: new Secret(given), lifetimeMs: HOUR } : given;
    },
    turn: () => gate.enter('SHOP'),
    advice: 'look at the network',
    report: (event) => events.push(event),
    now: () => time,
    random: () => random,
  });
  /** The token in words, or the code of the error. */
  const told = async (ask: () => HeldToken | Promise<HeldToken | null>) => {
    try {
      return (await ask())?.value.reveal() ?? null;
    } catch (error) {
      if (error instanceof UpstreamUnavailableError) return error.code;
      throw error;
    }
  };
  return {
    source,
    events,
    logins: () => logins,
    at: (ms: number) => {
      time = ms;
    },
    held: async () => source.token(patient()),
    get: () => told(() => source.token(patient())),
    replace: (stale: HeldToken) => told(() => source.replacement(stale, patient())),
  };
}

/** Waits longer than any test takes. */
export function patient(): Wait {
  return {
    deadline: performance.now() + 60_000,
    signal: new AbortController().signal,
    requestId: 'r1',
  };
}

/** A login that ends when the test says so. */
export function pending() {
  let end: (token: string) => void = () => undefined;
  const promise = new Promise<string>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}

/** A thousand at once. */
export const many = <Result>(action: () => Promise<Result>) =>
  Promise.all(Array.from({ length: 1_000 }, action));
/** Lets all that has been decided happen. */
export const settled = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
