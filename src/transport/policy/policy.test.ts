import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import { TransportFailure } from '../http/http.ts';
import type { HttpResponse, Outcome, TransportFailureReason } from '../http/http.ts';
import type { BreakerEvent } from './breaker.ts';
import { shareOf } from './options.ts';
import type { PolicyOptions } from './options.ts';
import { Policy } from './policy.ts';
import type { PolicyCall } from './policy.ts';

const respond = (status: number): HttpResponse => ({ status, body: '', header: () => null });
const call = (changes: Partial<PolicyCall> = {}): PolicyCall => ({
  deadline: performance.now() + 60_000,
  signal: new AbortController().signal,
  caller: 'one',
  ...changes,
});
const policy = (changes: Partial<PolicyOptions> = {}, events: BreakerEvent[] = []) =>
  new Policy(
    { maxInFlight: 8, maxWaiting: 8, maxPerSecond: null, breakerFailures: 10, ...changes },
    { onEvent: (event) => events.push(event), random: () => 0 },
  );

/** Responds with 200 to each attempt, and counts them. */
function responding() {
  let count = 0;
  return {
    count: () => count,
    attempt: (): Promise<Outcome> => {
      count += 1;
      return Promise.resolve(respond(200));
    },
  };
}

describe('the limits of several processes', () => {
  it.each([
    [1, [10, 7, 5], [10, 7, 5]],
    [3, [10, 7, 5], [3, 3, 1]],
    [4, [128, 256, null], [32, 64, null]],
    [8, [3, 0, 1], [1, 0, 1]],
    // Waiting calls are no load for the upstream.
    [8, [8, 1, 8], [1, 1, 1]],
  ] as const)(
    'are divided among %i of them',
    (processes, [maxInFlight, maxWaiting, maxPerSecond], [inFlight, waiting, perSecond]) => {
      expect(
        shareOf({ maxInFlight, maxWaiting, maxPerSecond, breakerFailures: 10 }, processes),
      ).toEqual({
        maxInFlight: inFlight,
        maxWaiting: waiting,
        maxPerSecond: perSecond,
        breakerFailures: 10,
      });
    },
  );
});

/** An attempt that the test ends. */
function held() {
  let started = 0;
  const ends: (() => void)[] = [];
  return {
    started: () => started,
    endOne: () => ends.shift()?.(),
    attempt: () =>
      new Promise<HttpResponse>((resolve) => {
        started += 1;
        ends.push(() => {
          resolve(respond(200));
        });
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
    const calls = [1, 2, 3, 4].map((number) =>
      shared.attempt(call(), () => {
        order.push(number);
        return work.attempt();
      }),
    );
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

  it('does not let a caller wait who hung up before', async () => {
    const shared = policy({ maxInFlight: 1 });
    const work = held();
    const first = shared.attempt(call(), work.attempt);
    const gone = shared.attempt(call({ signal: AbortSignal.abort() }), work.attempt);
    expect(shared.state.waiting).toBe(0);
    expect(await gone).toMatchObject({ reason: 'CANCELLED', sent: false });
    work.endOne();
    await first;
  });

  it('lets nothing out whose caller hung up while it waited', async () => {
    const shared = policy({ maxInFlight: 1 });
    const work = held();
    const first = shared.attempt(call(), work.attempt);
    const caller = new AbortController();
    const gone = shared.attempt(call({ signal: caller.signal }), work.attempt);
    caller.abort();
    expect(await gone).toMatchObject({ reason: 'CANCELLED', sent: false });
    work.endOne();
    await first;
    expect(work.started()).toBe(1);
  });

  it('is not waited for by requests that share the slot of a call', async () => {
    const shared = policy({ maxInFlight: 1 });
    const work = responding();
    const held = call();
    const outcome = await shared.hold(held, async () => {
      await shared.paced(held, work.attempt);
      return shared.observe(held, work.attempt);
    });
    expect([outcome.status, work.count(), shared.state.running]).toEqual([200, 2, 0]);
  });

  it('is given back also when an attempt throws something else', async () => {
    const shared = policy({ maxInFlight: 1 });
    await expect(
      shared.attempt(call(), () => Promise.reject(new Error('a defect'))),
    ).rejects.toThrow('a defect');
    expect((await shared.attempt(call(), responding().attempt)).status).toBe(200);
  });
});

describe('the pace', () => {
  it('spreads calls', async () => {
    const pass = stop();
    const shared = policy({ maxPerSecond: 50 });
    const { attempt, count } = responding();
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
    const { attempt, count } = responding();
    await shared.attempt(call(), attempt);
    expect(
      await shared.attempt(call({ deadline: performance.now() + 100 }), attempt),
    ).toMatchObject({ reason: 'TIMEOUT', sent: false });
    expect(count()).toBe(1);
  });

  it('keeps no place for those that it refused', async () => {
    const pass = stop();
    const shared = policy({ maxPerSecond: 20 });
    const { attempt, count } = responding();
    const burst = Array.from({ length: 200 }, () =>
      shared.attempt(call({ deadline: performance.now() + 120 }), attempt),
    );
    for (let times = 0; times < 3; times += 1) {
      await turn();
      pass(50);
    }
    expect((await Promise.all(burst)).filter(({ status }) => status === 200)).toHaveLength(3);
    // A place is free at once.
    expect((await shared.attempt(call({ deadline: performance.now() + 1 }), attempt)).status).toBe(
      200,
    );
    expect(count()).toBe(4);
  });
});

describe('the calls under way', () => {
  it.each([
    [5, 3, 8],
    [5, 0, 5],
  ])(
    'are at most %i on the way and %i that wait: the next one is refused',
    (maxInFlight, maxWaiting, most) => {
      const shared = policy({ maxInFlight, maxWaiting });
      expect(shared.refusal(most - 1)).toBeNull();
      expect(shared.refusal(most)).toMatchObject({
        reason: 'QUEUE_FULL',
        sent: false,
        retryAfterSeconds: null,
      });
    },
  );

  it("do not exceed the gateway's share for one upstream", () => {
    const shared = new Policy(
      { maxInFlight: 5, maxWaiting: 5, maxPerSecond: null, breakerFailures: 10 },
      { maxCalls: 7, onEvent: () => undefined },
    );
    expect(shared.refusal(6)).toBeNull();
    expect(shared.refusal(7)).not.toBeNull();
  });
});

/** A policy over an upstream that takes this long, whose clock the test moves. */
function timed(options: Partial<PolicyOptions> = {}) {
  const pass = stop();
  const events: BreakerEvent[] = [];
  const shared = policy(options, events);
  let sent = 0;
  const send =
    (ms: number, outcome: Outcome = respond(200)) =>
    () => {
      sent += 1;
      return new Promise<Outcome>((resolve) => {
        setTimeout(() => {
          resolve(outcome);
        }, ms);
      });
    };
  /** One attempt from its start to its end. */
  const take = async (ms: number, outcome?: Outcome, changes?: Partial<PolicyCall>) => {
    const ended = shared.attempt(call(changes), send(ms, outcome));
    await turn();
    pass(ms);
    return ended;
  };
  return { shared, events, pass, send, take, sent: () => sent };
}

const within = (ms: number) => call({ deadline: performance.now() + ms });
const lost = (reason: TransportFailureReason, sent = true) =>
  new TransportFailure(reason, sent, null);

describe('the time that is left', () => {
  it('has to be enough for a response, as long as most take', async () => {
    const { shared, take, send, pass, sent } = timed();
    await take(5_000);
    const other = shared.attempt(call(), send(5_000));
    expect(await shared.attempt(within(4_990), send(1))).toMatchObject({
      reason: 'TOO_LATE',
      sent: false,
      retryAfterSeconds: null,
    });
    const enough = shared.attempt(within(5_010), send(5_000));
    await turn();
    pass(5_000);
    expect(await Promise.all([other, enough])).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(sent()).toBe(3);
  });

  it('does not matter if no other call is in flight: one call must find out whether the upstream is faster again', async () => {
    const { shared, take, send } = timed();
    for (let times = 0; times < 3; times += 1) await take(5_000);
    // One that is sent brings a sample, and holds up the next.
    const one = take(10, respond(200), { deadline: performance.now() + 1_000 });
    expect(await shared.attempt(within(1_000), send(10))).toMatchObject({ reason: 'TOO_LATE' });
    expect(await one).toMatchObject({ status: 200 });
    for (let times = 0; times < 3; times += 1)
      await take(10, respond(200), { deadline: performance.now() + 1_000 });
    const other = shared.attempt(call(), send(10));
    expect(
      await Promise.all([other, take(10, respond(200), { deadline: performance.now() + 1_000 })]),
    ).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  it('does not let those behind pass while the one that goes has not been sent: it may wait for something else in its slot', async () => {
    const { shared, take, send, pass, sent } = timed();
    await take(5_000);
    const other = within(1_000);
    const one = shared.hold(other, async () => {
      await turn();
      return shared.observe(other, send(10));
    });
    expect(await shared.attempt(within(1_000), send(10))).toMatchObject({ reason: 'TOO_LATE' });
    await turn();
    await turn();
    pass(10);
    expect(await one).toMatchObject({ status: 200 });
    expect(sent()).toBe(2);
  });

  it('is looked at again before another request in the slot', async () => {
    const { shared, take, send, pass } = timed();
    await take(5_000);
    const other = shared.attempt(call(), send(20_000));
    const held = within(9_000);
    const one = shared.hold(held, async () => {
      expect(shared.lateness(held)).toBeNull();
      const read = shared.paced(held, send(5_000));
      await turn();
      pass(5_000);
      await read;
      return shared.lateness(held) ?? respond(200);
    });
    expect(await one).toMatchObject({ reason: 'TOO_LATE', sent: false });
    pass(15_000);
    await other;
  });

  it('is looked at when the turn comes, and those behind get theirs', async () => {
    const { shared, take, send, pass, sent } = timed({ maxInFlight: 2 });
    await take(5_000);
    const running = [shared.attempt(call(), send(5_000)), shared.attempt(call(), send(6_000))];
    const late = Array.from({ length: 5 }, () => shared.attempt(within(9_000), send(5_000)));
    const fresh = shared.attempt(within(20_000), send(5_000));
    pass(5_000);
    for (const one of late) expect(await one).toMatchObject({ reason: 'TOO_LATE' });
    await turn();
    expect(sent()).toBe(4);
    pass(5_000);
    for (const one of [...running, fresh]) expect(await one).toMatchObject({ status: 200 });
  });

  it('is what is left when the pace lets a call start; one that is refused takes no start from others', async () => {
    const { shared, take, send, pass } = timed({ maxPerSecond: 1 });
    await take(2_000);
    const first = shared.attempt(call(), send(2_000));
    await turn();
    expect(await shared.attempt(within(2_500), send(2_000))).toMatchObject({ reason: 'TOO_LATE' });
    const second = shared.attempt(within(3_100), send(2_000));
    for (let times = 0; times < 3; times += 1) {
      await turn();
      pass(1_000);
    }
    expect(await Promise.all([first, second])).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  it('counts timeouts as at least as long as they had, but no call with all of its time is refused for them', async () => {
    const { shared, take, send, pass } = timed();
    for (let times = 0; times < 3; times += 1) await take(10_000, lost('TIMEOUT'));
    const other = shared.attempt(call(), send(10));
    expect(await shared.attempt(within(8_900), send(10))).toMatchObject({ reason: 'TOO_LATE' });
    const whole = shared.attempt(within(9_999), send(10));
    await turn();
    pass(10);
    expect(await Promise.all([other, whole])).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  it('is not judged by timeouts of calls that had hardly any', async () => {
    const { shared, take, send } = timed();
    await take(5_000);
    for (let times = 0; times < 3; times += 1) await take(100, lost('TIMEOUT'));
    void shared.attempt(call(), send(5_000));
    expect(await shared.attempt(within(4_000), send(1))).toMatchObject({ reason: 'TOO_LATE' });
  });
});

describe('calls that are not responded to', () => {
  it.each<[string, Outcome, boolean]>([
    ['a timeout', lost('TIMEOUT'), true],
    ['a timeout while connecting', lost('TIMEOUT', false), true],
    ['a lost connection', lost('CONNECTION_LOST'), true],
    ['a connection that was never made', lost('CONNECTION_LOST', false), true],
    ['a failed TLS handshake', lost('TLS_FAILED', false), true],
    ['a caller who hung up', lost('CANCELLED'), false],
    ['a shutdown', lost('CLOSED'), false],
    ['a response that is no HTTP', lost('PROTOCOL_ERROR'), false],
    ['a response that is too large', lost('TOO_LARGE'), false],
    ['a response that cannot be read', lost('UNREADABLE'), false],
    ['500', respond(500), false],
    ['503', respond(503), false],
    ['200', respond(200), false],
  ])('pause the next ones, or not: %s', async (_what, outcome, pauses) => {
    const { shared, events, take } = timed();
    for (let times = 0; times < 10; times += 1) await take(1_000, outcome);
    expect(shared.state.breaker).toBe(pauses ? 'OPEN' : 'CLOSED');
    expect(events).toHaveLength(pauses ? 1 : 0);
  });

  it('are none if the deadline passed while they waited for their turn', async () => {
    const { shared, pass, send } = timed({ maxInFlight: 1, breakerFailures: 1 });
    void shared.attempt(call(), send(50_000));
    const waiting = Array.from({ length: 5 }, () => shared.attempt(within(1_000), send(1)));
    pass(1_000);
    for (const one of waiting) expect(await one).toMatchObject({ reason: 'TIMEOUT', sent: false });
    expect(shared.state).toEqual({ running: 1, waiting: 0, readBacks: 0, breaker: 'CLOSED' });
  });

  it('are none if they had less time than others take', async () => {
    const { shared, take } = timed({ breakerFailures: 2 });
    for (let times = 0; times < 3; times += 1) await take(5_000);
    for (let times = 0; times < 5; times += 1) await take(1_000, lost('TIMEOUT'));
    expect(shared.state.breaker).toBe('CLOSED');
    for (let times = 0; times < 2; times += 1) await take(6_000, lost('TIMEOUT'));
    expect(shared.state.breaker).toBe('OPEN');
  });

  it('end the wait of all others at once, unsent; after a while one is tried, and then they go on', async () => {
    const { shared, take, send, pass, sent } = timed({ maxInFlight: 2, breakerFailures: 2 });
    const first = [
      shared.attempt(call(), send(10_000, lost('TIMEOUT'))),
      shared.attempt(call({ caller: 'two' }), send(10_000, lost('TIMEOUT'))),
    ];
    const waiting = Array.from({ length: 6 }, () => shared.attempt(call(), send(10)));
    expect(shared.state).toMatchObject({ running: 2, waiting: 6 });
    pass(10_000);
    await Promise.all(first);
    for (const one of waiting)
      expect(await one).toMatchObject({
        reason: 'BREAKER_OPEN',
        sent: false,
        retryAfterSeconds: 5,
      });
    expect(await shared.attempt(call(), send(10))).toMatchObject({ reason: 'BREAKER_OPEN' });
    pass(5_000);
    const tried = take(10);
    expect(await shared.attempt(call(), send(10))).toMatchObject({ reason: 'BREAKER_OPEN' });
    expect(await tried).toMatchObject({ status: 200 });
    expect(await take(10)).toMatchObject({ status: 200 });
    expect(sent()).toBe(4);
  });

  it('refuse also what waits for the pace', async () => {
    const { shared, pass, send } = timed({ maxPerSecond: 1, breakerFailures: 1 });
    const first = shared.attempt(call(), send(500, lost('CONNECTION_LOST')));
    const second = shared.attempt(call(), send(1));
    await turn();
    pass(500);
    await first;
    pass(500);
    expect(await second).toMatchObject({ reason: 'BREAKER_OPEN', sent: false });
  });

  it('let the next one be tried if the one that is tried throws something else', async () => {
    const { shared, pass, take } = timed({ breakerFailures: 1 });
    await take(1_000, lost('TIMEOUT'));
    pass(5_000);
    await expect(
      shared.attempt(call(), () => Promise.reject(new Error('a defect'))),
    ).rejects.toThrow('a defect');
    expect(await take(10)).toMatchObject({ status: 200 });
  });
});

describe('reading back', () => {
  const back = (changes: Partial<PolicyCall> = {}) => call({ lane: 'READ_BACK', ...changes });

  it('does not wait behind other calls, and has 16 slots', async () => {
    const shared = policy({ maxInFlight: 1 });
    const [others, own] = [held(), held()];
    const running = [
      shared.attempt(call(), others.attempt),
      shared.attempt(call(), others.attempt),
    ];
    const reads = Array.from({ length: 17 }, () => shared.attempt(back(), own.attempt));
    await turn();
    expect([others.started(), own.started()]).toEqual([1, 16]);
    expect(shared.state).toMatchObject({ running: 1, waiting: 1, readBacks: 16 });
    own.endOne();
    await turn();
    expect(own.started()).toBe(17);
    for (let rest = 0; rest < 17; rest += 1) {
      own.endOne();
      others.endOne();
      await turn();
    }
    await Promise.all([...running, ...reads]);
  });

  it.each([
    [1, 16],
    [3, 5],
    [64, 1],
  ])('shares its slots among %i processes: %i each', async (processes, slots) => {
    const shared = new Policy(
      { maxInFlight: 1, maxWaiting: 1, maxPerSecond: null, breakerFailures: 10 },
      { processes, onEvent: () => undefined },
    );
    const own = held();
    for (let reads = 0; reads < 20; reads += 1) void shared.attempt(back(), own.attempt);
    await turn();
    expect(own.started()).toBe(slots);
  });

  it('waits for a slot no longer than its deadline', async () => {
    const { shared, pass, send } = timed();
    for (let reads = 0; reads < 16; reads += 1) void shared.attempt(back(), send(5_000));
    const late = shared.attempt(back({ deadline: performance.now() + 3_000 }), send(1));
    pass(3_000);
    expect(await late).toMatchObject({ reason: 'TIMEOUT', sent: false });
  });

  it('keeps to the pace', async () => {
    const { shared, pass, send, sent } = timed({ maxPerSecond: 1 });
    void shared.attempt(call(), send(1));
    void shared.attempt(back(), send(1));
    await turn();
    expect(sent()).toBe(1);
    pass(1_000);
    await turn();
    expect(sent()).toBe(2);
  });

  it('goes also when calls are paused or would come too late, and says nothing about others', async () => {
    const { shared, take } = timed({ breakerFailures: 2 });
    for (let times = 0; times < 2; times += 1) await take(5_000, lost('TIMEOUT'));
    expect(shared.state.breaker).toBe('OPEN');
    expect(
      await take(10, respond(200), { lane: 'READ_BACK', deadline: performance.now() + 3_000 }),
    ).toMatchObject({ status: 200 });
    expect(shared.state.breaker).toBe('OPEN');
  });
});
