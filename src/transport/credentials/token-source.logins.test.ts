import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  DOWN,
  FOREIGN,
  HOUR,
  many,
  openTokenSource,
  patient,
  pending,
  REFUSED,
  settled,
} from '../../../test/setup/token-source.ts';
import { UpstreamUnavailableError } from '../../domain/errors.ts';
import { Secret } from '../../domain/scrub/secret.ts';
import type { Wait } from './authenticator.ts';
import { createLoginGate } from './login-gate.ts';
import { TokenSource } from './token-source.ts';
import type { LoginEvent } from './token-source.ts';

describe('a login that fails', () => {
  it('is tried again when it is needed, after 1, 2, 4, 8, 16, 30 and 30 seconds', async () => {
    const { get, at, logins, events } = openTokenSource(() => DOWN);
    let time = 0;
    for (const [index, wait] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      expect(new Set(await many(get))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
      expect(logins()).toBe(index + 1);
      at(time + wait - 1);
      expect(await get(), 'nothing is sent before').toBe('UPSTREAM_UNAVAILABLE');
      expect(logins()).toBe(index + 1);
      expect(events.at(-1)).toEqual({
        kind: 'LOGIN_FAILED',
        error: DOWN,
        retryMs: wait,
        advice: 'look at the network',
        requests: { first: ['r1'], count: 1 },
      });
      time += wait;
      at(time);
    }
  });

  it('is forgotten after one that succeeds', async () => {
    const { get, at, logins, events } = openTokenSource((count) =>
      count === 3 ? 'token 3' : DOWN,
    );
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

  it('does not tell the caller why', async () => {
    const { source } = openTokenSource(() => new Error('canary-password'));
    const error = await (async () => source.token(patient()))().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UpstreamUnavailableError);
    expect(error).toMatchObject({
      upstream: null,
      message: expect.stringContaining('The shop') as unknown,
    });
    expect(String(error)).not.toContain('canary');
  });

  // An unhandled rejection would fail the run.
  it('elsewhere is not tried here', async () => {
    const gate = createLoginGate(() => 0);
    const events: LoginEvent[] = [];
    let logins = 0;
    const login = () => {
      logins += 1;
      return Promise.reject(REFUSED);
    };
    const sources = Array.from(
      { length: 5 },
      () =>
        new TokenSource({
          label: 'The shop',
          login,
          turn: () => gate.enter('SHOP'),
          advice: '',
          report: (event) => events.push(event),
        }),
    );
    for (const result of await Promise.allSettled(
      sources.map(async (source) => source.token(patient())),
    ))
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'UPSTREAM_UNAVAILABLE' },
      });
    expect(logins).toBe(1);
    const elsewhere = {
      kind: 'LOGIN_REFUSED',
      error: {
        message: 'refused to another process or instance of this gateway',
        advice: 'Its line in the log says what to fix.',
      },
    };
    expect(events).toMatchObject([
      { kind: 'LOGIN_REFUSED', error: REFUSED },
      elsewhere,
      elsewhere,
      elsewhere,
      elsewhere,
    ]);
  });

  it('in the background leaves the old token in use as long as it holds, and waits too before the next', async () => {
    const { get, at, logins } = openTokenSource((count) => (count === 1 ? 'token 1' : DOWN));
    await get();
    at(HOUR - 60_000);
    for (const [time, expected] of [
      [HOUR - 60_000, 2],
      [HOUR - 59_001, 2],
      [HOUR - 59_000, 3],
      [HOUR - 57_001, 3],
      [HOUR - 57_000, 4],
    ] as const) {
      at(time);
      expect(await get()).toBe('token 1');
      await settled();
      expect(logins()).toBe(expected);
    }
    at(HOUR - 5_000);
    expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
  });
});

describe('the requests that a login is reported with', () => {
  const ask = async ({ source }: ReturnType<typeof openTokenSource>, ids: readonly string[]) => {
    await Promise.all(
      ids.map((requestId) =>
        (async () => source.token({ ...patient(), requestId }))().catch(() => null),
      ),
    );
  };
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `request-${index}`);

  it('are those that waited for it, the first ten by name', async () => {
    const failing = openTokenSource(() => DOWN);
    await ask(failing, [...ids(12), 'request-0']);
    expect(failing.events).toMatchObject([
      { kind: 'LOGIN_FAILED', requests: { first: ids(10), count: 12 } },
    ]);
  });

  it('are counted up to a thousand', async () => {
    const failing = openTokenSource(() => DOWN);
    await ask(failing, ids(1_500));
    expect(failing.events).toMatchObject([{ requests: { first: ids(10), count: 1_000 } }]);
  });

  it('are not those of the pause after it, nor of a login before it', async () => {
    const failing = openTokenSource((count) => (count === 2 ? 'token 2' : DOWN));
    await ask(failing, ['one']);
    await ask(failing, ['in the pause']);
    failing.at(1_000);
    await ask(failing, ['two']);
    failing.at(2 * HOUR);
    await ask(failing, ['three']);
    expect(failing.events).toMatchObject([
      { requests: { first: ['one'], count: 1 } },
      { kind: 'LOGGED_IN' },
      { requests: { first: ['three'], count: 1 } },
    ]);
  });

  it('are those that began it in the background', async () => {
    const failing = openTokenSource((count) => (count === 1 ? 'token 1' : DOWN));
    await ask(failing, ['one']);
    failing.at(HOUR - 60_000);
    await ask(failing, ['two', 'three']);
    await settled();
    expect(failing.events.at(-1)).toMatchObject({
      kind: 'LOGIN_FAILED',
      requests: { first: ['two'], count: 1 },
    });
  });

  it('are those since the last report, if a refusal is reported again', async () => {
    const refused = openTokenSource(() => REFUSED);
    await ask(refused, ['one', 'two']);
    await ask(refused, ['three']);
    refused.at(300_000);
    await ask(refused, ['four']);
    expect(refused.events).toMatchObject([
      { requests: { first: ['one', 'two'] } },
      { requests: { first: ['three', 'four'], count: 2 } },
    ]);
  });

  it('give the reason to the log, and not to callers', async () => {
    for (const [login, reason] of [
      [DOWN, 'LOGIN_FAILED'],
      [REFUSED, 'LOGIN_REFUSED'],
    ] as const) {
      const { source } = openTokenSource(() => login);
      const error = await (async () => source.token(patient()))().catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({
        code: 'UPSTREAM_UNAVAILABLE',
        cause: { reason },
        message: expect.not.stringContaining('LOGIN') as unknown,
      });
    }
  });
});

describe('a login that is refused', () => {
  it('is never tried again', async () => {
    const { get, at, logins } = openTokenSource(() => REFUSED);
    expect(new Set(await many(get))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    for (const time of [1, 60_000, HOUR, 1_000 * HOUR]) {
      at(time);
      expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
    }
    expect(logins()).toBe(1);
  });

  it('is reported again from time to time, as long as a request needs it', async () => {
    const { get, at, events } = openTokenSource(() => REFUSED);
    await many(get);
    for (const [time, reports] of [
      [0, 1],
      [299_999, 1],
      [300_000, 2],
      [300_001, 2],
      [599_999, 2],
      [HOUR, 3],
      [HOUR + 300_000, 4],
    ] as const) {
      at(time);
      await many(get);
      expect(events).toEqual(
        Array.from({ length: reports }, () => ({
          kind: 'LOGIN_REFUSED',
          error: REFUSED,
          requests: { first: ['r1'], count: 1 },
        })),
      );
    }
  });

  it('in the background leaves the old token in use to its end', async () => {
    const { get, at, logins } = openTokenSource((count) => (count === 1 ? 'token 1' : REFUSED));
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
    const { held, replace, get, logins } = openTokenSource((count) =>
      count === 1 ? 'token 1' : REFUSED,
    );
    const stale = await held();
    expect(new Set(await many(() => replace(stale)))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
    expect(await replace(stale)).toBe('UPSTREAM_UNAVAILABLE');
    expect(await get()).toBe('UPSTREAM_UNAVAILABLE');
    expect(logins()).toBe(2);
  });
});

describe('a login that is refused in words that are not those of the upstream', () => {
  it('is tried again after five minutes, and after the third in a row never', async () => {
    const { get, at, logins, events } = openTokenSource(() => FOREIGN);
    for (const [time, expected] of [
      [0, 1],
      [299_999, 1],
      [300_000, 2],
      [599_999, 2],
      [600_000, 3],
      [900_000, 3],
      [1_000 * HOUR, 3],
    ] as const) {
      at(time);
      expect(new Set(await many(get))).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
      expect(logins()).toBe(expected);
    }
    expect(events.slice(0, 3)).toMatchObject([
      { kind: 'LOGIN_FAILED', error: FOREIGN, retryMs: 300_000, advice: 'look between' },
      { kind: 'LOGIN_FAILED', error: FOREIGN, retryMs: 300_000, advice: 'look between' },
      {
        kind: 'LOGIN_REFUSED',
        error: { message: 'status 401 of whoever, 3 times in a row', advice: 'look between' },
      },
    ]);
  });

  it('is forgotten after one that succeeds, and not after one that fails for another reason', async () => {
    const outcomes = [FOREIGN, FOREIGN, 'token 3', FOREIGN, DOWN, FOREIGN, FOREIGN, 'token 8'];
    const { get, at, logins, events } = openTokenSource((count) => outcomes[count - 1] ?? DOWN);
    for (let time = 0; time < 20 * HOUR; time += 300_000) {
      at(time);
      await get();
    }
    expect(logins()).toBe(7);
    expect(events.find(({ kind }) => kind === 'LOGIN_REFUSED')).toMatchObject({
      error: { message: 'status 401 of whoever, 3 times in a row' },
    });
  });

  it('stops at once if the upstream refuses it in its own words then', async () => {
    const { get, at, logins, events } = openTokenSource((count) =>
      count === 1 ? FOREIGN : REFUSED,
    );
    for (const time of [0, 300_000, 600_000, HOUR]) {
      at(time);
      await get();
    }
    expect(logins()).toBe(2);
    expect(events[1]).toMatchObject({ kind: 'LOGIN_REFUSED', error: REFUSED });
  });

  it('in the background leaves the old token in use', async () => {
    const { get, at, logins } = openTokenSource((count) => (count === 1 ? 'token 1' : FOREIGN));
    await get();
    for (const time of [HOUR - 60_000, HOUR - 30_000, HOUR - 5_001]) {
      at(time);
      expect(await get()).toBe('token 1');
      await settled();
    }
    expect(logins()).toBe(2);
  });

  it('is tried again at the end of the pause, also if the gate learned of it a moment later', async () => {
    let asked = 0;
    const events: LoginEvent[] = [];
    const turn = () => {
      asked += 1;
      return Promise.resolve(asked === 1 ? { pausedMs: 3 } : { refusals: 1, end: () => undefined });
    };
    const source = new TokenSource({
      label: 'The shop',
      login: () => Promise.resolve({ value: new Secret('token 1'), lifetimeMs: HOUR }),
      turn,
      advice: '',
      report: (event) => events.push(event),
    });
    expect((await source.token(patient())).value.reveal()).toBe('token 1');
    expect([asked, events]).toEqual([2, [{ kind: 'LOGGED_IN', lifetimeMs: HOUR }]]);
  });

  it('counts in all processes together, and its pause holds for all', async () => {
    let time = 0;
    let logins = 0;
    const gate = createLoginGate(() => time);
    const events: LoginEvent[] = [];
    const login = () => {
      logins += 1;
      return Promise.reject(FOREIGN);
    };
    const sources = Array.from(
      { length: 5 },
      () =>
        new TokenSource({
          label: 'The shop',
          login,
          turn: () => gate.enter('SHOP'),
          advice: '',
          report: (event) => events.push(event),
          now: () => time,
        }),
    );
    const askAll = async () => {
      for (const result of await Promise.allSettled(
        sources.map(async (source) => source.token(patient())),
      ))
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { code: 'UPSTREAM_UNAVAILABLE' },
        });
    };
    await askAll();
    expect(events).toMatchObject([
      { kind: 'LOGIN_FAILED', error: FOREIGN, retryMs: 300_000 },
      ...Array.from({ length: 4 }, () => ({
        kind: 'LOGIN_FAILED',
        retryMs: 300_000,
        error: { message: 'a login of another process or instance of this gateway was refused' },
        advice: 'Its line in the log says what to look at.',
      })),
    ]);
    // It would say where this process learned of it.
    expect(events[1]).not.toHaveProperty('error.stack');
    for (const [at, expected] of [
      [299_999, 1],
      [300_000, 2],
      [600_000, 3],
      [900_000, 3],
      [10 * HOUR, 3],
    ] as const) {
      time = at;
      await askAll();
      expect(logins).toBe(expected);
    }
    expect(new Set(events.slice(-5).map(({ kind }) => kind))).toEqual(new Set(['LOGIN_REFUSED']));
  });
});

describe('a wait for a login', () => {
  it.each<[string, string | Error, AbortController?]>([
    ['comes', 'token 1'],
    ['does not come', DOWN],
    ['is not waited for', 'token 1', new AbortController()],
  ])('leaves nothing behind if the token %s', async (_what, login, leaving) => {
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    onTestFinished(() => {
      cleared.mockRestore();
    });
    const listening = new Set<() => void>();
    const signal = {
      aborted: false,
      addEventListener: (_type: 'abort', listener: () => void) => listening.add(listener),
      removeEventListener: (_type: 'abort', listener: () => void) => listening.delete(listener),
    };
    const first = pending();
    const { source } = openTokenSource(() => (typeof login === 'string' ? first.promise : login));
    const waiting = Promise.resolve(
      source.token({ deadline: performance.now() + 60_000, signal, requestId: 'r1' }),
    ).catch(() => null);
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
    [
      'the deadline passes',
      ({ signal }) => ({ deadline: performance.now() + 20, signal, requestId: 'r1' }),
      'The deadline passed while the gateway waited for its own access to The shop.',
    ],
    [
      'the deadline has passed',
      ({ signal }) => ({ deadline: performance.now() - 1, signal, requestId: 'r1' }),
      'The deadline passed while the gateway waited for its own access to The shop.',
    ],
    [
      'the caller hangs up',
      (wait) => {
        setImmediate(() => {
          wait.abort();
        });
        return { ...patient(), signal: wait.signal };
      },
      'The caller hung up.',
    ],
    [
      'the caller has hung up',
      () => ({ ...patient(), signal: AbortSignal.abort() }),
      'The caller hung up.',
    ],
  ])('is given up if %s, continues, and serves the next', async (_end, waitOf, said) => {
    const login = pending();
    const { source, get, logins } = openTokenSource(() => login.promise);
    const error = await (async () => source.token(waitOf(new AbortController())))().catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UpstreamUnavailableError);
    expect(error).toMatchObject({
      message: `${said} Nothing was applied: it is safe to send the request again.`,
      upstream: null,
    });
    const next = get();
    login.end('token 1');
    expect(await next).toBe('token 1');
    expect(logins()).toBe(1);
  });
});

describe('a token of another instance', () => {
  it('is used without a login, tells what it replaces, and is renewed before its end', async () => {
    let time = 0;
    const [asked, events]: [unknown[], LoginEvent[]] = [[], []];
    const source = new TokenSource({
      label: 'The shop',
      login: () => Promise.reject(DOWN),
      turn: (replaces) => {
        const count = asked.push(
          replaces === null ? null : [replaces.value.reveal(), replaces.isRefused],
        );
        const token = { value: new Secret(`token ${count}`), lifetimeMs: HOUR };
        return Promise.resolve({ refusals: 0, token, end: () => undefined });
      },
      advice: '',
      report: (event) => events.push(event),
      now: () => time,
      random: () => 0,
    });
    const first = await source.token(patient());
    const second = await source.replacement(first, patient());
    expect(second?.value.reveal()).toBe('token 2');
    time = HOUR - 60_000;
    expect(await source.token(patient())).toBe(second);
    await settled();
    expect((await source.token(patient())).value.reveal()).toBe('token 3');
    expect(asked).toEqual([null, ['token 1', true], ['token 2', false]]);
    expect(events).toEqual(Array(3).fill({ kind: 'TOKEN_SHARED', lifetimeMs: HOUR }));
  });
});
