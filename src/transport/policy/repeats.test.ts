import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import { TransportFailure } from '../http/http.ts';
import type { HttpResponse, Outcome, TransportFailureReason } from '../http/http.ts';
import { Repeats } from './repeats.ts';
import type { Patience } from '../waiting/time-limit.ts';

const respond = (status: number, retryAfter: string | null = null): HttpResponse => ({
  status,
  body: '',
  header: (name) => (name === 'retry-after' ? retryAfter : null),
});
const lost = (reason: TransportFailureReason, sent: boolean) =>
  new TransportFailure(reason, sent, null);
const patience = (changes: Partial<Patience> = {}): Patience => ({
  deadline: performance.now() + 60_000,
  signal: new AbortController().signal,
  ...changes,
});
const repeats = () => new Repeats(() => 0);

/** Gives one outcome after the other, the last one for ever, and counts. */
function script(...outcomes: Outcome[]) {
  let count = 0;
  return {
    count: () => count,
    attempt: (): Promise<Outcome> => {
      const outcome = outcomes[Math.min(count, outcomes.length - 1)] ?? respond(200);
      count += 1;
      return Promise.resolve(outcome);
    },
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
    ['429', true, respond(429), 3],
    ['502', true, respond(502), 3],
    ['503', true, respond(503), 3],
    ['504', true, respond(504), 3],
    ['a connection that broke', true, lost('CONNECTION_LOST', true), 3],
    ['a connection that was never made', true, lost('CONNECTION_LOST', false), 3],
    ['500', true, respond(500), 1],
    ['404', true, respond(404), 1],
    ['200', true, respond(200), 1],
    ['a deadline that passed', true, lost('TIMEOUT', true), 1],
    ['a response that is too large', true, lost('TOO_LARGE', true), 1],
    ['a caller who hung up', true, lost('CANCELLED', false), 1],
    ['429', false, respond(429), 1],
    ['503', false, respond(503), 1],
    ['a connection that broke', false, lost('CONNECTION_LOST', true), 1],
    ['a connection that was never made', false, lost('CONNECTION_LOST', false), 3],
  ])('after %s, repeatable %s', async (_what, repeatable, outcome, times) => {
    const { attempt, count } = script(outcome);
    const result = await repeats().run(repeatable, patience(), attempt);
    expect(result).toBe(outcome);
    expect(count()).toBe(times);
  });

  it('ends with the first outcome that stands', async () => {
    const { attempt, count } = script(respond(503), lost('CONNECTION_LOST', true), respond(200));
    expect((await repeats().run(true, patience(), attempt)).status).toBe(200);
    expect(count()).toBe(3);
  });

  it('waits as long as Retry-After says', async () => {
    const pass = stop();
    const { attempt, count } = script(respond(429, '1'), respond(200));
    const outcome = repeats().run(true, patience(), attempt);
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
  ])('is left to the caller if Retry-After %s', async (_what, retryAfter, ms) => {
    const { attempt, count } = script(respond(429, retryAfter));
    expect(
      (await repeats().run(true, patience({ deadline: performance.now() + ms }), attempt)).status,
    ).toBe(429);
    expect(count()).toBe(1);
  });

  it('stops if most calls need one: the budget is spent', async () => {
    const shared = repeats();
    const { attempt, count } = script(respond(503));
    for (let calls = 0; calls < 50; calls += 1) await shared.run(true, patience(), attempt);
    // 50 calls, 10 repeats that were saved up, and one for every five calls.
    expect(count()).toBeGreaterThanOrEqual(50 + 10);
    expect(count()).toBeLessThanOrEqual(50 + 10 + 10);
  });

  it('is not made once the caller has hung up', async () => {
    const caller = new AbortController();
    const { attempt, count } = script(respond(503));
    const result = await repeats().run(true, patience({ signal: caller.signal }), () => {
      caller.abort();
      return attempt();
    });
    expect(result.status).toBe(503);
    expect(count()).toBe(1);
  });
});
