import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { UpstreamUnavailableError } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';
import type { Wait } from './authenticator.ts';
import { LoginRefusedError, TokenSource } from './token-source.ts';
import type { HeldToken, IssuedToken, LoginEvent } from './token-source.ts';
import { createLoginGate } from './login-gate.ts';

const HOUR = 3_600_000;
const DOWN = new Error('the login is down');
const REFUSED = new LoginRefusedError('status 401', 'mend the password');

/** What a login gives, by its number, the first being 1. A text is a token that lives for an hour. */
type Login = (count: number) => IssuedToken | string | Error | Promise<string>;

/** A token source on a clock that stands still until the test moves it. */
function open(login: Login = (count) => `token ${count}`, random = 0) {
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
    at: (ms: number) => { time = ms; },
    held: async () => source.token(patient()),
    get: () => told(() => source.token(patient())),
    replace: (stale: HeldToken) => told(() => source.replacement(stale, patient())),
  };
}

/** Waits longer than any test takes. */
function patient(): Wait {
  return { deadline: performance.now() + 60_000, hangUp: new AbortController().signal };
}

/** A login that ends when the test says so. */
function pending() {
  let end: (token: string) => void = () => undefined;
  const promise = new Promise<string>((resolve) => { end = resolve; });
  return { promise, end };
}

const many = <Result>(action: () => Promise<Result>) => Promise.all(Array.from({ length: 1_000 }, action));
/** Lets all that has been decided happen. */
const settled = () => new Promise((resolve) => { setImmediate(resolve); });

describe('a token', () => {
  it('comes of one login, for however many callers', async () => {
    const { get, logins, events } = open();
    expect(new Set(await many(get))).toEqual(new Set(['token 1']));
    expect(new Set(await many(get))).toEqual(new Set(['token 1']));
    expect(logins()).toBe(1);
    expect(events).toEqual([{ kind: 'LOGGED_IN', lifetimeMs: HOUR }]);
  });

  it('is not asked for before it is needed', () => {
    expect(open().logins()).toBe(0);
  });

  it.each([
    ['an hour', HOUR, 0, HOUR - 60_000],
    ['an hour, at the most of the jitter', HOUR, 1, HOUR - 120_000],
    ['ten minutes', 600_000, 0, 540_000],
    ['one minute', 60_000, 0, 54_000],
    ['one minute, at the most of the jitter', 60_000, 1, 48_000],
    ['one second', 1_000, 0, 900],
  ])('that lives for %s is renewed in the background', async (_life, lifetimeMs, random, renewAt) => {
    const second = pending();
    const { get, at, logins } = open((count) => (count === 1 ? { value: new Secret('token 1'), lifetimeMs } : second.promise), random);
    await get();
    at(renewAt - 1);
    expect(await get()).toBe('token 1');
    expect(logins()).toBe(1);
    at(renewAt);
    if (renewAt < lifetimeMs - 6_000) expect(new Set(await many(get)), 'nobody waits').toEqual(new Set(['token 1']));
    else void get();
    await settled();
    expect(logins()).toBe(2);
    second.end('token 2');
    await settled();
    expect(await get()).toBe('token 2');
    expect(logins()).toBe(2);
  });

  it.each([
    ['an hour', HOUR, HOUR - 5_000],
    ['ten seconds', 10_000, 9_000],
    ['one second', 1_000, 900],
  ])('that lives for %s is not used in the last part of its life', async (_life, lifetimeMs, endsAt) => {
    const second = pending();
    const { get, at, logins } = open((count) => (count === 1 ? { value: new Secret('token 1'), lifetimeMs } : second.promise));
    await get();
    at(endsAt);
    const waiting = many(get);
    await settled();
    expect(logins()).toBe(2);
    second.end('token 2');
    expect(new Set(await waiting)).toEqual(new Set(['token 2']));
    expect(logins()).toBe(2);
  });

  it('lives from when it was asked for, not from when it came', async () => {
    const [first, second] = [pending(), pending()];
    const { get, at, logins } = open((count) => (count === 1 ? first.promise : second.promise));
    const waiting = get();
    await settled();
    at(30_000);
    first.end('token 1');
    await waiting;
    at(HOUR - 5_001);
    expect(await get()).toBe('token 1');
    at(HOUR - 5_000);
    const next = get();
    await settled();
    second.end('token 2');
    expect(await next).toBe('token 2');
    expect(logins()).toBe(2);
  });

  it.each([1_000, 60_000])('that lives for %i ms costs one login for each nine tenths of a life', async (lifetimeMs) => {
    const { get, at, logins } = open((count) => ({ value: new Secret(`token ${count}`), lifetimeMs }));
    for (let time = 0; time < 20 * lifetimeMs; time += lifetimeMs / 50) {
      at(time);
      expect(await get()).toMatch(/^token /);
      await settled();
    }
    expect(logins()).toBe(23);
  });

  it.each([0, -1, NaN])('that has ended when it comes (%d ms) is a failed login', async (lifetimeMs) => {
    const { get, logins, events } = open(() => ({ value: new Secret('token'), lifetimeMs }));
    expect(await many(get)).toContain('UPSTREAM_UNAVAILABLE');
    expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
    expect(logins()).toBe(1);
    expect(events).toMatchObject([{ kind: 'LOGIN_FAILED', retryMs: 1_000 }]);
  });
});

describe('a login that fails', () => {
  it('is tried again when it is needed, after 1, 2, 4, 8, 16, 30 and 30 seconds', async () => {
    const { get, at, logins, events } = open(() => DOWN);
    let time = 0;
    for (const [index, wait] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      expect(new Set(await many(get))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
      expect(logins()).toBe(index + 1);
      at(time + wait - 1);
      expect(await get(), 'nothing is sent before').toBe('UPSTREAM_UNAVAILABLE');
      expect(logins()).toBe(index + 1);
      expect(events.at(-1)).toEqual({ kind: 'LOGIN_FAILED', error: DOWN, retryMs: wait, advice: 'look at the network' });
      time += wait;
      at(time);
    }
  });

  it('is forgotten after one that succeeds', async () => {
    const { get, at, logins, events } = open((count) => (count === 3 ? 'token 3' : DOWN));
    for (const time of [0, 1_000, 3_000]) {
      at(time);
      await get();
    }
    expect(await get()).toBe('token 3');
    expect(logins()).toBe(3);
    at(2 * HOUR);
    expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
    expect(events.at(-1)).toMatchObject({ kind: 'LOGIN_FAILED', retryMs: 1_000 });
    expect(logins()).toBe(4);
  });

  it('tells the caller neither why nor what', async () => {
    const { source } = open(() => new Error('canary-password'));
    const error = await (async () => source.token(patient()))().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UpstreamUnavailableError);
    expect(error).toMatchObject({ upstream: null, message: expect.stringContaining('The shop') as unknown });
    expect(String(error)).not.toContain('canary');
  });

  // A rejection that nobody handles would fail the run.
  it('elsewhere is not tried here', async () => {
    const gate = createLoginGate(() => 0);
    const events: LoginEvent[] = [];
    let logins = 0;
    const login = () => {
      logins += 1;
      return Promise.reject(REFUSED);
    };
    const sources = Array.from({ length: 5 }, () => new TokenSource({ label: 'The shop', login, turn: () => gate.enter('SHOP'), advice: '', report: (event) => events.push(event) }));
    for (const result of await Promise.allSettled(sources.map(async (source) => source.token(patient())))) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'UPSTREAM_UNAVAILABLE' } });
    expect(logins).toBe(1);
    const elsewhere = { kind: 'LOGIN_REFUSED', error: { message: 'refused to another process of this gateway', advice: 'The line of that process says what to mend.' } };
    expect(events).toMatchObject([{ kind: 'LOGIN_REFUSED', error: REFUSED }, elsewhere, elsewhere, elsewhere, elsewhere]);
  });

  it('in the background leaves the old token in use as long as it holds, and waits too before the next', async () => {
    const { get, at, logins } = open((count) => (count === 1 ? 'token 1' : DOWN));
    await get();
    at(HOUR - 60_000);
    for (const [time, expected] of [[HOUR - 60_000, 2], [HOUR - 59_001, 2], [HOUR - 59_000, 3], [HOUR - 57_001, 3], [HOUR - 57_000, 4]] as const) {
      at(time);
      expect(await get()).toBe('token 1');
      await settled();
      expect(logins()).toBe(expected);
    }
    at(HOUR - 5_000);
    expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
  });
});

it('a token that came of a renewal in the background may be replaced as soon as it is stale', async () => {
  const second = pending();
  const { held, get, replace, at, logins } = open((count) => (count === 2 ? second.promise : `token ${count}`));
  const first = await held();
  at(HOUR - 60_000);
  await get();
  const replaced = replace(first);
  second.end('token 2');
  expect(await replaced).toBe('token 2');
  expect(await replace(await held())).toBe('token 3');
  expect(logins()).toBe(3);
});

describe('a login that is refused', () => {
  it('is never tried again', async () => {
    const { get, at, logins } = open(() => REFUSED);
    expect(new Set(await many(get))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    for (const time of [1, 60_000, HOUR, 1_000 * HOUR]) {
      at(time);
      expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
    }
    expect(logins()).toBe(1);
  });

  it('is told again from time to time, as long as somebody needs it', async () => {
    const { get, at, events } = open(() => REFUSED);
    await many(get);
    for (const [time, told] of [[0, 1], [299_999, 1], [300_000, 2], [300_001, 2], [599_999, 2], [HOUR, 3], [HOUR + 300_000, 4]] as const) {
      at(time);
      await many(get);
      expect(events).toEqual(Array.from({ length: told }, () => ({ kind: 'LOGIN_REFUSED', error: REFUSED })));
    }
  });

  it('in the background leaves the old token in use to its end', async () => {
    const { get, at, logins } = open((count) => (count === 1 ? 'token 1' : REFUSED));
    await get();
    at(HOUR - 60_000);
    await get();
    await settled();
    at(HOUR - 5_001);
    expect(await get()).toBe('token 1');
    at(HOUR - 5_000);
    expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
    expect(logins()).toBe(2);
  });

  it('after a stale token ends it', async () => {
    const { held, replace, get, logins } = open((count) => (count === 1 ? 'token 1' : REFUSED));
    const stale = await held();
    expect(new Set(await many(() => replace(stale)))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    expect(await replace(stale)).toBe('UPSTREAM_UNAVAILABLE');
    expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
    expect(logins()).toBe(2);
  });
});

describe('a wait for a login', () => {
  it.each<[string, string | Error, AbortController?]>([
    ['comes', 'token 1'],
    ['does not come', DOWN],
    ['is not waited for', 'token 1', new AbortController()],
  ])('leaves nothing behind where the token %s', async (_what, login, leaving) => {
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    onTestFinished(() => { cleared.mockRestore(); });
    const listening = new Set<() => void>();
    const hangUp = { aborted: false, addEventListener: (_type: 'abort', listener: () => void) => listening.add(listener), removeEventListener: (_type: 'abort', listener: () => void) => listening.delete(listener) };
    const first = pending();
    const { source } = open(() => (typeof login === 'string' ? first.promise : login));
    const waiting = Promise.resolve(source.token({ deadline: performance.now() + 60_000, hangUp })).catch(() => null);
    expect(listening.size).toBe(1);
    if (leaving !== undefined) for (const listener of listening) listener();
    first.end('token 1');
    await waiting;
    expect(listening.size).toBe(0);
    expect(cleared).toHaveBeenCalledTimes(1);
  });
});

describe('a login that takes long', () => {
  it.each<[string, (wait: AbortController) => Wait, string]>([
    ['the deadline passes', ({ signal }) => ({ deadline: performance.now() + 20, hangUp: signal }), 'The deadline passed while the gateway waited for its own access to The shop.'],
    ['the deadline has passed', ({ signal }) => ({ deadline: performance.now() - 1, hangUp: signal }), 'The deadline passed while the gateway waited for its own access to The shop.'],
    ['the caller hangs up', (wait) => {
      setImmediate(() => { wait.abort(); });
      return { ...patient(), hangUp: wait.signal };
    }, 'The caller hung up.'],
    ['the caller has hung up', () => ({ ...patient(), hangUp: AbortSignal.abort() }), 'The caller hung up.'],
  ])('is given up where %s, goes on, and serves the next', async (_end, waitOf, said) => {
    const login = pending();
    const { source, get, logins } = open(() => login.promise);
    const error = await (async () => source.token(waitOf(new AbortController())))().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UpstreamUnavailableError);
    expect(error).toMatchObject({ message: `${said} Nothing was applied: it is safe to send it again.`, upstream: null });
    const next = get();
    login.end('token 1');
    expect(await next).toBe('token 1');
    expect(logins()).toBe(1);
  });
});

describe('a stale token', () => {
  it('is replaced by one login, and all get the same new one', async () => {
    const { held, replace, get, logins } = open();
    const stale = await held();
    expect(new Set(await many(() => replace(stale)))).toEqual(new Set(['token 2']));
    expect(await get()).toBe('token 2');
    expect(logins()).toBe(2);
  });

  it('costs no login where it was replaced already', async () => {
    const { held, replace, logins } = open();
    const stale = await held();
    await replace(stale);
    expect(await replace(stale)).toBe('token 2');
    expect(logins()).toBe(2);
  });

  it('is replaced anew where what replaced it has ended meanwhile', async () => {
    const { held, replace, at, logins } = open();
    const stale = await held();
    await replace(stale);
    at(2 * HOUR);
    expect(await replace(stale)).toBe('token 3');
    expect(logins()).toBe(3);
  });

  it('is not replaced within 30 seconds of the last time', async () => {
    const { held, replace, at, logins } = open();
    await replace(await held());
    const next = await held();
    at(29_999);
    expect(new Set(await many(() => replace(next)))).toEqual(new Set([null]));
    expect(logins()).toBe(2);
    at(30_000);
    expect(new Set(await many(() => replace(next)))).toEqual(new Set(['token 3']));
    expect(logins()).toBe(3);
  });

  it('shares the login of a renewal under way', async () => {
    const second = pending();
    const { held, replace, get, at, logins } = open((count) => (count === 2 ? second.promise : `token ${count}`));
    const stale = await held();
    at(HOUR - 60_000);
    await get();
    const waiting = [...Array.from({ length: 10 }, () => replace(stale)), get()];
    await settled();
    second.end('token 2');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['token 2']));
    expect(logins()).toBe(2);
  });

  it('whose replacement fails is unavailable, late reports too, until the wait is over', async () => {
    const { held, replace, get, at, logins } = open((count) => (count === 2 ? DOWN : `token ${count}`));
    const stale = await held();
    expect(new Set(await many(() => replace(stale)))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    expect(await replace(stale)).toBe('UPSTREAM_UNAVAILABLE');
    expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
    expect(logins()).toBe(2);
    at(1_000);
    expect(await replace(stale)).toBe('token 3');
    expect(logins()).toBe(3);
  });

  it('after the other, from an upstream that takes none, costs a login every 30 seconds', async () => {
    const { held, replace, at, logins } = open();
    for (let time = 0; time < 600_000; time += 500) {
      at(time);
      const token = await held();
      for (const next of await Promise.all([replace(token), replace(token)])) if (next !== null) expect(next).toBe(`token ${logins()}`);
    }
    expect(logins()).toBe(21);
  });
});
