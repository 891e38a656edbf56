import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../../test/setup/clock.ts';
import { Breaker } from './breaker.ts';
import type { BreakerEvent, Verdict } from './breaker.ts';

const FAILED: Verdict = { kind: 'FAILED', reason: 'TIMEOUT' };
const RESPONDED: Verdict = { kind: 'RESPONDED' };
const NOTHING: Verdict = { kind: 'NOTHING' };

/** A breaker over a clock that the test moves, without jitter unless the test wants some. */
function create({
  maxFailures = 3,
  random = () => 0,
}: { readonly maxFailures?: number; readonly random?: () => number } = {}) {
  const { pass, restore } = stopClock({ fromMs: 0 });
  onTestFinished(restore);
  const events: BreakerEvent[] = [];
  const breaker = new Breaker(maxFailures, (event) => events.push(event), random);
  const start = (caller = 'one') => {
    const call = { caller, deadline: performance.now() + 10_000 };
    breaker.start(call, performance.now());
    return (verdict: Verdict) => {
      breaker.end(verdict, call, performance.now());
    };
  };
  /** One call from its start to its end. @returns whether it was let through */
  const call = (verdict: Verdict, caller = 'one') => {
    if (breaker.refusal() !== null) return false;
    start(caller)(verdict);
    return true;
  };
  const fail = (...callers: readonly string[]) => {
    for (const caller of callers) call(FAILED, caller);
  };
  return { breaker, events, pass, start, call, fail };
}

describe('a breaker', () => {
  it('opens after so many failures in a row, reports it once, and refuses calls', () => {
    const { breaker, events, fail } = create();
    fail('one', 'two');
    expect(breaker.refusal()).toBeNull();
    fail('one');
    expect(breaker.state).toBe('OPEN');
    expect(breaker.refusal()).toMatchObject({
      reason: 'BREAKER_OPEN',
      sent: false,
      retryAfterSeconds: 5,
    });
    expect(breaker.refusal()).not.toBeNull();
    expect(events).toEqual([
      { kind: 'BREAKER_OPENED', failures: 3, reason: 'TIMEOUT', retryMs: 5_000 },
    ]);
  });

  it.each<[string, Verdict, number]>([
    ['a response', RESPONDED, 3],
    ['what says nothing', NOTHING, 1],
  ])('counts from the beginning only after a response: after %s', (_what, verdict, needed) => {
    const { breaker, call, fail } = create();
    fail('one', 'two');
    call(verdict);
    for (let failures = 1; failures <= needed; failures += 1) {
      expect(breaker.state).toBe('CLOSED');
      fail(failures % 2 === 0 ? 'one' : 'two');
    }
    expect(breaker.state).toBe('OPEN');
  });

  it('never opens if it is turned off', () => {
    const { breaker, fail } = create({ maxFailures: 0 });
    fail(...Array.from({ length: 100 }, (_, index) => `caller ${index % 2}`));
    expect(breaker.state).toBe('CLOSED');
  });
});

describe('the callers whose calls fail', () => {
  it('may be a single caller if there are no others', () => {
    const { breaker, fail } = create();
    fail('one', 'one', 'one');
    expect(breaker.state).toBe('OPEN');
  });

  it('have to be two if another one has called in the last 30 s', () => {
    const { breaker, call, fail, pass } = create();
    call(RESPONDED, 'other');
    fail('one', 'one', 'one', 'one');
    expect(breaker.state).toBe('CLOSED');
    pass(30_000);
    fail('one');
    expect(breaker.state).toBe('CLOSED');
    pass(1);
    fail('one');
    expect(breaker.state).toBe('OPEN');
  });

  it('are two as soon as the other one fails as well', () => {
    const { breaker, call, fail } = create();
    call(RESPONDED, 'other');
    fail('one', 'one', 'one', 'one');
    fail('other');
    expect(breaker.state).toBe('OPEN');
  });

  it('have to be two if another one has sent a call that has not ended', () => {
    const { breaker, fail, start } = create();
    start('one');
    start('other');
    fail('one', 'one', 'one');
    expect(breaker.state).toBe('CLOSED');
    const end = start('other');
    fail('one');
    expect(breaker.state).toBe('CLOSED');
    end(FAILED);
    expect(breaker.state).toBe('OPEN');
  });

  it('are counted anew after a response', () => {
    const { breaker, call, fail } = create();
    fail('one', 'two');
    call(RESPONDED, 'two');
    fail('one', 'one', 'one');
    expect(breaker.state).toBe('CLOSED');
  });
});

describe('an open breaker', () => {
  const opened = (random?: () => number) => {
    const made = create(random && { random });
    made.fail('one', 'two', 'one');
    return made;
  };

  it('lets one call through when its wait is over, and no other until that has ended', () => {
    const { breaker, start, pass } = opened();
    pass(4_999);
    expect(breaker.refusal()).toMatchObject({ retryAfterSeconds: 1 });
    pass(1);
    expect(breaker.refusal()).toBeNull();
    start();
    expect(breaker.state).toBe('TRYING');
    // By then at the latest it is known.
    expect(breaker.refusal()).toMatchObject({ reason: 'BREAKER_OPEN', retryAfterSeconds: 10 });
    // One that never ends must not hold up the others for good.
    pass(10_000);
    expect(breaker.refusal()).toBeNull();
  });

  it('closes if that succeeds, and reports it once', () => {
    const { breaker, events, call, fail, pass } = opened();
    pass(5_000);
    expect(call(RESPONDED)).toBe(true);
    expect(breaker.state).toBe('CLOSED');
    call(RESPONDED);
    expect(events.slice(1)).toEqual([{ kind: 'BREAKER_CLOSED', openMs: 5_000 }]);
    fail('one', 'two');
    expect(breaker.state).toBe('CLOSED');
    fail('one');
    expect(events.at(-1)).toMatchObject({ kind: 'BREAKER_OPENED', retryMs: 5_000 });
  });

  it('waits twice as long after each failure, up to 30 s, and says nothing more', () => {
    const { events, call, pass } = opened();
    for (const ms of [5_000, 10_000, 20_000, 30_000, 30_000]) {
      pass(ms - 1);
      expect(call(RESPONDED)).toBe(false);
      pass(1);
      expect(call(FAILED)).toBe(true);
    }
    expect(events).toHaveLength(1);
  });

  it('waits up to a fifth less, by chance', () => {
    const { events, call, pass } = opened(() => 1);
    expect(events).toMatchObject([{ retryMs: 4_000 }]);
    pass(4_000);
    expect(call(FAILED)).toBe(true);
    pass(7_999);
    expect(call(FAILED)).toBe(false);
    pass(1);
    expect(call(FAILED)).toBe(true);
  });

  it('tries the next call if the one that it tried says nothing, e.g. because its caller hung up', () => {
    const { breaker, call, pass } = opened();
    pass(5_000);
    expect(call(NOTHING)).toBe(true);
    expect(breaker.state).toBe('OPEN');
    expect(call(RESPONDED)).toBe(true);
    expect(breaker.state).toBe('CLOSED');
  });

  it('does not count what was sent before it opened, but a response to that closes it', () => {
    const { breaker, events, start, fail, pass } = create();
    const before = [start('one'), start('two'), start('two')];
    fail('one', 'two', 'one');
    before[0]?.(FAILED);
    pass(5_000);
    const tried = start();
    before[1]?.(FAILED);
    expect(breaker.state).toBe('TRYING');
    before[2]?.(RESPONDED);
    expect(breaker.state).toBe('CLOSED');
    tried(FAILED);
    expect(breaker.state).toBe('CLOSED');
    expect(events.map(({ kind }) => kind)).toEqual(['BREAKER_OPENED', 'BREAKER_CLOSED']);
  });
});
