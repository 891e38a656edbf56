import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../test/setup/clock.ts';
import { TransportFailure } from './http.ts';
import type { HttpAnswer, Outcome, TransportFailureReason } from './http.ts';
import { Policy, shareOf } from './policy.ts';
import type { PolicyCall } from './policy.ts';

const answer = (status: number, retryAfter: string | null = null): HttpAnswer => ({ status, body: '', header: (name) => (name === 'retry-after' ? retryAfter : null) });
const lost = (reason: TransportFailureReason, sent: boolean) => new TransportFailure(reason, sent, null);
const call = (changes: Partial<PolicyCall> = {}): PolicyCall => ({ repeatable: true, deadline: performance.now() + 60_000, hangUp: new AbortController().signal, ...changes });
const policy = (changes: object = {}) => new Policy({ maxInFlight: 8, maxPerSecond: null, random: () => 0, ...changes });

/** Gives one outcome after the other, the last one for ever, and counts. */
function script(...outcomes: Outcome[]) {
  let count = 0;
  return {
    count: () => count,
    attempt: (): Promise<Outcome> => {
      const outcome = outcomes[Math.min(count, outcomes.length - 1)] ?? answer(200);
      count += 1;
      return Promise.resolve(outcome);
    },
  };
}

describe('the limits of several processes', () => {
  it.each([
    [1, 10, 5, 10, 5],
    [3, 10, 5, 3, 1],
    [4, 128, null, 32, null],
    [8, 3, 1, 1, 1],
  ])('are divided among %i of them', (processes, maxInFlight, maxPerSecond, inFlight, perSecond) => {
    const random = () => 0;
    expect(shareOf({ maxInFlight, maxPerSecond, random }, processes)).toEqual({ maxInFlight: inFlight, maxPerSecond: perSecond, random });
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

describe('a repeat', () => {
  it.each([
    ['429', true, answer(429), 3],
    ['502', true, answer(502), 3],
    ['503', true, answer(503), 3],
    ['504', true, answer(504), 3],
    ['a connection that broke', true, lost('CONNECTION_LOST', true), 3],
    ['a connection that was never made', true, lost('CONNECTION_LOST', false), 3],
    ['500', true, answer(500), 1],
    ['404', true, answer(404), 1],
    ['200', true, answer(200), 1],
    ['a deadline that passed', true, lost('TIMEOUT', true), 1],
    ['an answer that is too large', true, lost('TOO_LARGE', true), 1],
    ['a caller who hung up', true, lost('CANCELLED', false), 1],
    ['429', false, answer(429), 1],
    ['503', false, answer(503), 1],
    ['a connection that broke', false, lost('CONNECTION_LOST', true), 1],
    ['a connection that was never made', false, lost('CONNECTION_LOST', false), 3],
  ])('after %s, repeatable %s', async (_what, repeatable, outcome, times) => {
    const { attempt, count } = script(outcome);
    const result = await policy().run(call({ repeatable }), attempt);
    expect(result).toBe(outcome);
    expect(count()).toBe(times);
  });

  it('ends with the first outcome that stands', async () => {
    const { attempt, count } = script(answer(503), lost('CONNECTION_LOST', true), answer(200));
    expect((await policy().run(call(), attempt)).status).toBe(200);
    expect(count()).toBe(3);
  });

  it('waits as long as Retry-After says', async () => {
    const pass = stop();
    const { attempt, count } = script(answer(429, '1'), answer(200));
    const outcome = policy().run(call(), attempt);
    await turn();
    pass(999);
    await turn();
    expect(count()).toBe(1);
    pass(1);
    expect((await outcome).status).toBe(200);
  });

  it.each([
    ['is longer than the gateway waits', '6', 60_000],
    ['goes beyond the deadline', '1', 500],
  ])('is left to the caller where Retry-After %s', async (_what, retryAfter, ms) => {
    const { attempt, count } = script(answer(429, retryAfter));
    expect((await policy().run(call({ deadline: performance.now() + ms }), attempt)).status).toBe(429);
    expect(count()).toBe(1);
  });

  it('is made no more where most calls need one: the budget is spent', async () => {
    const shared = policy();
    const { attempt, count } = script(answer(503));
    for (let calls = 0; calls < 50; calls += 1) await shared.run(call(), attempt);
    // 50 calls, 10 repeats that were saved up, and one for every five calls.
    expect(count()).toBeGreaterThanOrEqual(50 + 10);
    expect(count()).toBeLessThanOrEqual(50 + 10 + 10);
  });

  it('is not made once the caller has hung up', async () => {
    const caller = new AbortController();
    const { attempt, count } = script(answer(503));
    const result = await policy().run(call({ hangUp: caller.signal }), () => {
      caller.abort();
      return attempt();
    });
    expect(result.status).toBe(503);
    expect(count()).toBe(1);
  });
});

describe('the number in flight', () => {
  it('has a limit: others wait, first come, first served', async () => {
    const shared = policy({ maxInFlight: 2 });
    const work = held();
    const order: number[] = [];
    const calls = [1, 2, 3, 4].map((number) => shared.run(call(), () => {
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
    const first = shared.run(call(), work.attempt);
    const pass = stop();
    const late = shared.run(call({ deadline: performance.now() + 30 }), work.attempt);
    pass(30);
    expect(await late).toMatchObject({ reason: 'TIMEOUT', sent: false });
    const third = shared.run(call(), work.attempt);
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
    const first = shared.run(call(), work.attempt);
    const caller = new AbortController();
    const gone = shared.run(call({ hangUp: caller.signal }), work.attempt);
    caller.abort();
    expect(await gone).toMatchObject({ reason: 'CANCELLED', sent: false });
    work.endOne();
    await first;
    expect(work.started()).toBe(1);
  });

  it('is given back also when an attempt throws something else', async () => {
    const shared = policy({ maxInFlight: 1 });
    await expect(shared.run(call(), () => Promise.reject(new Error('a defect')))).rejects.toThrow('a defect');
    expect((await shared.run(call(), script(answer(200)).attempt)).status).toBe(200);
  });
});

describe('the pace', () => {
  it('spreads calls', async () => {
    const pass = stop();
    const shared = policy({ maxPerSecond: 50 });
    const { attempt, count } = script(answer(200));
    const calls = Array.from({ length: 6 }, () => shared.run(call(), attempt));
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
    const { attempt, count } = script(answer(200));
    await shared.run(call(), attempt);
    expect(await shared.run(call({ deadline: performance.now() + 100 }), attempt)).toMatchObject({ reason: 'TIMEOUT', sent: false });
    expect(count()).toBe(1);
  });

  it('keeps no place for those that it refused', async () => {
    const pass = stop();
    const shared = policy({ maxPerSecond: 20 });
    const { attempt, count } = script(answer(200));
    const burst = Array.from({ length: 200 }, () => shared.run(call({ deadline: performance.now() + 120 }), attempt));
    for (let times = 0; times < 3; times += 1) {
      await turn();
      pass(50);
    }
    expect((await Promise.all(burst)).filter(({ status }) => status === 200)).toHaveLength(3);
    // A place is free at once.
    expect((await shared.run(call({ deadline: performance.now() + 1 }), attempt)).status).toBe(200);
    expect(count()).toBe(4);
  });
});
