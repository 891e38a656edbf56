import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import type { HttpAnswer, Outcome } from '../http.ts';
import type { BreakerEvent } from './breaker.ts';
import { Policy, shareOf } from './policy.ts';
import type { PolicyCall, PolicyOptions } from './policy.ts';

const answer = (status: number): HttpAnswer => ({ status, body: '', header: () => null });
const call = (changes: Partial<PolicyCall> = {}): PolicyCall => ({ deadline: performance.now() + 60_000, hangUp: new AbortController().signal, caller: 'one', ...changes });
const policy = (changes: Partial<PolicyOptions> = {}, events: BreakerEvent[] = []) =>
  new Policy({ maxInFlight: 8, maxWaiting: 8, maxPerSecond: null, breakerFailures: 10, ...changes }, { onBreaker: (event) => events.push(event), random: () => 0 });

/** Answers 200 to each attempt, and counts them. */
function answering() {
  let count = 0;
  return {
    count: () => count,
    attempt: (): Promise<Outcome> => {
      count += 1;
      return Promise.resolve(answer(200));
    },
  };
}

describe('the limits of several processes', () => {
  it.each([
    [1, [10, 7, 5], [10, 7, 5]],
    [3, [10, 7, 5], [3, 3, 1]],
    [4, [128, 256, null], [32, 64, null]],
    [8, [3, 0, 1], [1, 0, 1]],
    // Who waits is no load for the upstream.
    [8, [8, 1, 8], [1, 1, 1]],
  ] as const)('are divided among %i of them', (processes, [maxInFlight, maxWaiting, maxPerSecond], [inFlight, waiting, perSecond]) => {
    expect(shareOf({ maxInFlight, maxWaiting, maxPerSecond, breakerFailures: 10 }, processes)).toEqual({ maxInFlight: inFlight, maxWaiting: waiting, maxPerSecond: perSecond, breakerFailures: 10 });
  });
});

/** An attempt that ends when it is told to. */
function held() {
  let started = 0;
  const ends: (() => void)[] = [];
  return {
    started: () => started,
    endOne: () => ends.shift()?.(),
    attempt: () =>
      new Promise<HttpAnswer>((resolve) => {
        started += 1;
        ends.push(() => { resolve(answer(200)); });
      }),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Every wait is over when the test says so. */
function stop(): (ms: number) => void {
  const { pass, restore } = stopClock({ fromMs: 0 });
  onTestFinished(restore);
  return pass;
}

describe('the number in flight', () => {
  it('has a limit: others wait, first come, first served', async () => {
    const shared = policy({ maxInFlight: 2 });
    const work = held();
    const order: number[] = [];
    const calls = [1, 2, 3, 4].map((number) => shared.attempt(call(), () => {
      order.push(number);
      return work.attempt();
    }));
    await turn();
    expect(order).toEqual([1, 2]);
    work.endOne();
    await calls[0];
    await turn();
    expect(order).toEqual([1, 2, 3]);
    for (let rest = 0; rest < 3; rest += 1) {
      work.endOne();
      await turn();
    }
    await Promise.all(calls);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('lets nothing out that waited past its deadline, and gives its place on', async () => {
    const shared = policy({ maxInFlight: 1 });
    const work = held();
    const first = shared.attempt(call(), work.attempt);
    const pass = stop();
    const late = shared.attempt(call({ deadline: performance.now() + 30 }), work.attempt);
    pass(30);
    expect(await late).toMatchObject({ reason: 'TIMEOUT', sent: false });
    const third = shared.attempt(call(), work.attempt);
    work.endOne();
    await first;
    await turn();
    expect(work.started()).toBe(2);
    work.endOne();
    expect((await third).status).toBe(200);
  });

  it('lets nothing out whose caller hung up while it waited', async () => {
    const shared = policy({ maxInFlight: 1 });
    const work = held();
    const first = shared.attempt(call(), work.attempt);
    const caller = new AbortController();
    const gone = shared.attempt(call({ hangUp: caller.signal }), work.attempt);
    caller.abort();
    expect(await gone).toMatchObject({ reason: 'CANCELLED', sent: false });
    work.endOne();
    await first;
    expect(work.started()).toBe(1);
  });

  it('is given back also when an attempt throws something else', async () => {
    const shared = policy({ maxInFlight: 1 });
    await expect(shared.attempt(call(), () => Promise.reject(new Error('a defect')))).rejects.toThrow('a defect');
    expect((await shared.attempt(call(), answering().attempt)).status).toBe(200);
  });
});

describe('the pace', () => {
  it('spreads calls', async () => {
    const pass = stop();
    const shared = policy({ maxPerSecond: 50 });
    const { attempt, count } = answering();
    const calls = Array.from({ length: 6 }, () => shared.attempt(call(), attempt));
    // The first starts at once, the sixth five fiftieths of a second later.
    for (let started = 1; started <= 6; started += 1) {
      await turn();
      expect(count()).toBe(started);
      pass(20);
    }
    await Promise.all(calls);
  });

  it('lets nothing out whose turn comes after its deadline', async () => {
    stop();
    const shared = policy({ maxPerSecond: 1 });
    const { attempt, count } = answering();
    await shared.attempt(call(), attempt);
    expect(await shared.attempt(call({ deadline: performance.now() + 100 }), attempt)).toMatchObject({ reason: 'TIMEOUT', sent: false });
    expect(count()).toBe(1);
  });

  it('keeps no place for those that it refused', async () => {
    const pass = stop();
    const shared = policy({ maxPerSecond: 20 });
    const { attempt, count } = answering();
    const burst = Array.from({ length: 200 }, () => shared.attempt(call({ deadline: performance.now() + 120 }), attempt));
    for (let times = 0; times < 3; times += 1) {
      await turn();
      pass(50);
    }
    expect((await Promise.all(burst)).filter(({ status }) => status === 200)).toHaveLength(3);
    // A place is free at once.
    expect((await shared.attempt(call({ deadline: performance.now() + 1 }), attempt)).status).toBe(200);
    expect(count()).toBe(4);
  });
});
