import { describe, expect, it } from 'vitest';
import {
  DOWN,
  HOUR,
  many,
  openTokenSource,
  pending,
  settled,
} from '../../../test/setup/token-source.ts';
import { Secret } from '../../domain/scrub/secret.ts';

describe('a token', () => {
  it('comes of one login, for however many callers', async () => {
    const { get, logins, events } = openTokenSource();
    expect(new Set(await many(get))).toEqual(new Set(['token 1']));
    expect(new Set(await many(get))).toEqual(new Set(['token 1']));
    expect(logins()).toBe(1);
    expect(events).toEqual([{ kind: 'LOGGED_IN', lifetimeMs: HOUR }]);
  });

  it('is not asked for before it is needed', () => {
    expect(openTokenSource().logins()).toBe(0);
  });

  it.each([
    ['an hour', HOUR, 0, HOUR - 60_000],
    ['an hour, at the most of the jitter', HOUR, 1, HOUR - 120_000],
    ['ten minutes', 600_000, 0, 540_000],
    ['one minute', 60_000, 0, 54_000],
    ['one minute, at the most of the jitter', 60_000, 1, 48_000],
    ['ten seconds', 10_000, 0, 9_000],
    ['one second, which counts as ten', 1_000, 0, 9_000],
  ])(
    'that lives for %s is renewed in the background',
    async (_life, lifetimeMs, random, renewAt) => {
      const second = pending();
      const { get, at, logins } = openTokenSource(
        (count) => (count === 1 ? { value: new Secret('token 1'), lifetimeMs } : second.promise),
        random,
      );
      await get();
      at(renewAt - 1);
      expect(await get()).toBe('token 1');
      expect(logins()).toBe(1);
      at(renewAt);
      if (renewAt < lifetimeMs - 5_000)
        expect(new Set(await many(get)), 'nobody waits').toEqual(new Set(['token 1']));
      else void get();
      await settled();
      expect(logins()).toBe(2);
      second.end('token 2');
      await settled();
      expect(await get()).toBe('token 2');
      expect(logins()).toBe(2);
    },
  );

  it.each([
    ['an hour', HOUR, HOUR - 5_000],
    ['ten seconds', 10_000, 9_000],
    ['one second, which counts as ten', 1_000, 9_000],
  ])(
    'that lives for %s is not used in the last part of its life',
    async (_life, lifetimeMs, endsAt) => {
      const second = pending();
      const { get, at, logins } = openTokenSource((count) =>
        count === 1 ? { value: new Secret('token 1'), lifetimeMs } : second.promise,
      );
      await get();
      at(endsAt);
      const waiting = many(get);
      await settled();
      expect(logins()).toBe(2);
      second.end('token 2');
      expect(new Set(await waiting)).toEqual(new Set(['token 2']));
      expect(logins()).toBe(2);
    },
  );

  it('lives from when it was asked for, not from when it came', async () => {
    const [first, second] = [pending(), pending()];
    const { get, at, logins } = openTokenSource((count) =>
      count === 1 ? first.promise : second.promise,
    );
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

  it.each([10_000, 60_000])(
    'that lives for %i ms costs one login for each nine tenths of a life',
    async (lifetimeMs) => {
      const { get, at, logins } = openTokenSource((count) => ({
        value: new Secret(`token ${count}`),
        lifetimeMs,
      }));
      for (let time = 0; time < 20 * lifetimeMs; time += lifetimeMs / 50) {
        at(time);
        expect(await get()).toMatch(/^token /);
        await settled();
      }
      expect(logins()).toBe(23);
    },
  );

  it.each([1e-6, 0, -1, -1e308, -Infinity, NaN, 3_000])(
    'that lives for %d ms by what the upstream says is used for ten seconds: no login for each call',
    async (lifetimeMs) => {
      const { get, at, logins, events } = openTokenSource((count) => ({
        value: new Secret(`token ${count}`),
        lifetimeMs,
      }));
      expect(new Set(await many(get))).toEqual(new Set(['token 1']));
      for (let time = 0; time < 100_000; time += 50) {
        at(time);
        expect(await get()).toMatch(/^token /);
        await settled();
      }
      expect(logins()).toBe(12);
      expect(
        new Set(events.map((event) => (event.kind === 'LOGGED_IN' ? event.lifetimeMs : event))),
      ).toEqual(new Set([10_000]));
    },
  );

  it.each([1e308, Infinity])(
    'that lives for %d ms by what the upstream says is used for a day',
    async (lifetimeMs) => {
      const { get, at, logins, events } = openTokenSource((count) => ({
        value: new Secret(`token ${count}`),
        lifetimeMs,
      }));
      await get();
      at(24 * HOUR - 60_001);
      expect(await get()).toBe('token 1');
      await settled();
      expect(logins()).toBe(1);
      at(24 * HOUR - 5_000);
      expect(await get()).toBe('token 2');
      expect(events[0]).toEqual({ kind: 'LOGGED_IN', lifetimeMs: 24 * HOUR });
    },
  );

  it('that has ended when it comes, because the login took so long, is used for ten seconds all the same', async () => {
    const first = pending();
    const { get, at, logins } = openTokenSource((count) =>
      count === 1
        ? first.promise.then((value) => ({ value: new Secret(value), lifetimeMs: 10_000 }))
        : `token ${count}`,
    );
    const waiting = many(get);
    await settled();
    at(30_000);
    first.end('token 1');
    expect(new Set(await waiting)).toEqual(new Set(['token 1']));
    at(37_999);
    expect(new Set(await many(get))).toEqual(new Set(['token 1']));
    expect(logins()).toBe(1);
    at(39_000);
    expect(await get()).toBe('token 2');
  });
});

describe('a stale token', () => {
  it('is replaced by one login, and all get the same new one', async () => {
    const { held, replace, get, logins } = openTokenSource();
    const stale = await held();
    expect(new Set(await many(() => replace(stale)))).toEqual(new Set(['token 2']));
    expect(await get()).toBe('token 2');
    expect(logins()).toBe(2);
  });

  it('costs no login if it was replaced already', async () => {
    const { held, replace, logins } = openTokenSource();
    const stale = await held();
    await replace(stale);
    expect(await replace(stale)).toBe('token 2');
    expect(logins()).toBe(2);
  });

  it('is replaced again if its replacement has expired meanwhile', async () => {
    const { held, replace, at, logins } = openTokenSource();
    const stale = await held();
    await replace(stale);
    at(2 * HOUR);
    expect(await replace(stale)).toBe('token 3');
    expect(logins()).toBe(3);
  });

  it('is not replaced within 30 seconds of the last time', async () => {
    const { held, replace, at, logins } = openTokenSource();
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
    const { held, replace, get, at, logins } = openTokenSource((count) =>
      count === 2 ? second.promise : `token ${count}`,
    );
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
    const { held, replace, get, at, logins } = openTokenSource((count) =>
      count === 2 ? DOWN : `token ${count}`,
    );
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
    const { held, replace, at, logins } = openTokenSource();
    for (let time = 0; time < 600_000; time += 500) {
      at(time);
      const token = await held();
      for (const next of await Promise.all([replace(token), replace(token)]))
        if (next !== null) expect(next).toBe(`token ${logins()}`);
    }
    expect(logins()).toBe(21);
  });

  it('that came of a renewal in the background may be replaced at once', async () => {
    const second = pending();
    const { held, get, replace, at, logins } = openTokenSource((count) =>
      count === 2 ? second.promise : `token ${count}`,
    );
    const first = await held();
    at(HOUR - 60_000);
    await get();
    const replaced = replace(first);
    second.end('token 2');
    expect(await replaced).toBe('token 2');
    expect(await replace(await held())).toBe('token 3');
    expect(logins()).toBe(3);
  });
});
