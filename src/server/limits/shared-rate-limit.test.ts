import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../domain/scrub/secret.ts';
import { createKeyRing } from '../../redis/key-ring.ts';
import { RedisFailure } from '../../redis/redis.ts';
import { createSharedRateLimit } from './shared-rate-limit.ts';

/** Instances that share a Redis, which does what the script says, on a clock that is moved by hand. */
function simulated(perMinute: number, processes: number) {
  const full = new Map<string, number>();
  const state = { time: 0, isReachable: true, reply: (left: readonly string[]): unknown => left };
  let batches = 0;
  const redis = {
    keyRing: createKeyRing(new Secret(randomBytes(32).toString('base64')), null),
    isReachable: () => state.isReachable,
    run: (
      _script: unknown,
      names: readonly string[],
      [cost = 0, ...counts]: readonly (string | number)[],
    ) => {
      batches += 1;
      const left = names.map((name, at) => {
        const until = Math.max(full.get(name) ?? 0, state.time) + Number(counts[at]) * Number(cost);
        full.set(name, until);
        return (until - state.time).toFixed(3);
      });
      return Promise.resolve().then(() => state.reply(left));
    },
  };
  const limits = Array.from({ length: processes }, () =>
    createSharedRateLimit({ what: 'test', perMinute, redis, processes, now: () => state.time }),
  );
  /** Takes as often as it may, at each instance in turn, until none lets anything start. */
  const exhaust = async (key: string): Promise<number> => {
    let taken = 0;
    for (;;) {
      const before = taken;
      for (const { take } of limits) while (take(key) === null) taken += 1;
      if (taken === before) return taken;
      const told = batches;
      await expect.poll(() => batches, { interval: 5 }).toBeGreaterThan(told);
      // What Redis replied is known.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { limits, exhaust, state, names: () => [...full.keys()], batches: () => batches };
}

describe('a rate over all instances', () => {
  it.each([
    [600, 3],
    [6_000, 2],
    [60, 1],
  ])(
    'lets %d start at %d instances together, and no more than a tenth above',
    async (rate, count) => {
      const { exhaust, state } = simulated(rate, count);
      const taken = await exhaust('caller');
      expect(taken).toBeGreaterThanOrEqual(rate);
      expect(taken).toBeLessThanOrEqual(rate * 1.1);
      state.time += 30_000;
      const later = await exhaust('caller');
      expect(taken + later).toBeGreaterThanOrEqual(rate * 1.5 - 1);
      expect(taken + later).toBeLessThanOrEqual(rate * 1.5 * 1.1);
    },
  );

  it('says when the next one may start, and counts callers apart, under names that hide them', async () => {
    const { exhaust, limits, names } = simulated(60, 1);
    await exhaust('canary-caller');
    expect(limits[0]?.take('canary-caller')).toBe(1);
    expect(limits[0]?.take('other')).toBeNull();
    expect(names().join()).toMatch(/^oidc-gateway:rate:test:[\w-]{43}$/);
  });

  it('goes to Redis for many callers at a time', async () => {
    const { limits, batches, names } = simulated(600, 1);
    for (let caller = 0; caller < 400; caller += 1) limits[0]?.take(`caller-${caller}`);
    await expect.poll(() => names().length).toBe(400);
    expect(batches()).toBe(1);
  });
});

describe('without Redis', () => {
  it.each<[string, (state: ReturnType<typeof simulated>['state']) => void]>([
    [
      'that cannot be reached',
      (state) => {
        state.isReachable = false;
      },
    ],
    [
      'that fails',
      (state) => {
        state.reply = () => {
          throw new RedisFailure('TIMEOUT');
        };
      },
    ],
    [
      'that replies something else',
      (state) => {
        state.reply = () => ['nothing'];
      },
    ],
  ])('%s, each instance lets its share start', async (_what, fail) => {
    const { limits, state } = simulated(600, 3);
    fail(state);
    const [limit] = limits;
    if (limit === undefined) throw new Error('no instance');
    // Until the first failure is known.
    let taken = 0;
    while (limit.take('caller') === null) taken += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
    while (limit.take('caller') === null) taken += 1;
    expect(taken).toBeGreaterThanOrEqual(200);
    expect(taken).toBeLessThanOrEqual(200 + 20);
  });

  it('it is asked again after a while', async () => {
    const { limits, state, names } = simulated(600, 1);
    state.reply = () => [];
    limits[0]?.take('caller');
    await expect.poll(names).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    state.reply = (left) => left;
    limits[0]?.take('second');
    state.time += 1_000;
    limits[0]?.take('third');
    await expect.poll(names).toHaveLength(2);
  });
});

it('remembers a bounded number of callers, and counts the others with its share', () => {
  const { limits } = simulated(600, 3);
  for (let caller = 0; caller < 10_000; caller += 1) limits[0]?.take(`caller-${caller}`);
  let taken = 0;
  while (limits[0]?.take('one more') === null) taken += 1;
  expect(taken).toBe(200);
});
