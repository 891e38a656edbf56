import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../domain/scrub/secret.ts';
import { createLoginGate, FOR_GOOD, WORKED } from '../transport/credentials/login-gate.ts';
import type { LoginAnswer, LoginOutcome, LoginStore } from './login-store.ts';
import { RedisFailure } from './redis.ts';
import { shareLogins } from './shared-login-gate.ts';

const LOGIN = { credentials: new Secret('password'), replaces: null };
const TOKEN = { value: new Secret('token'), lifetimeMs: 3_600_000 };

/** An instance whose store answers what the test says. */
function instance(answer: () => LoginAnswer | Error) {
  const told: (LoginOutcome | number)[] = [];
  let asked = 0;
  let time = 0;
  const store: LoginStore = {
    ask: () => {
      asked += 1;
      const said = answer();
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
    },
    end: (_attempt, outcome) => {
      told.push(outcome);
      return Promise.reject(new RedisFailure('UNREACHABLE'));
    },
    keepRefusal: (_attempt, ms) => {
      told.push(ms);
      return Promise.reject(new RedisFailure('UNREACHABLE'));
    },
  };
  const local = createLoginGate(() => time);
  const gate = shareLogins({ local, store, timeoutMs: 10_000, now: () => time });
  const enter = async () => {
    const turn = await gate.enter('SHOP', LOGIN);
    if ('pausedMs' in turn) throw new Error(`paused for ${turn.pausedMs} ms`);
    return turn;
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { gate, enter, told, asked: () => asked, pass };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a gate that instances share', () => {
  it('gives the turn, counts the refusals of all, and tells how it ended', async () => {
    const { enter, told } = instance(() => ({ kind: 'TURN', refusals: 2 }));
    const first = await enter();
    expect(first).toMatchObject({ refusals: 2 });
    first.end(WORKED, TOKEN);
    (await enter()).end(0);
    (await enter()).end(5);
    expect(told).toEqual([
      { kind: 'WORKED', token: TOKEN },
      { kind: 'UNKNOWN' },
      { kind: 'REFUSED', pauseMs: 5 },
    ]);
  });

  it('gives the token of another instance', async () => {
    const { enter, told } = instance(() => ({ kind: 'TOKEN', token: TOKEN }));
    const turn = await enter();
    expect(turn.token).toBe(TOKEN);
    turn.end(0);
    expect(await enter(), 'the turn of this machine is over').toBeDefined();
    expect(told).toEqual([]);
  });

  it('waits for the login of another one, but not long', async () => {
    const { enter, asked, pass } = instance(() => {
      pass(asked() === 1 ? 1_999 : 1);
      return { kind: 'TAKEN' };
    });
    expect(await enter()).toMatchObject({ refusals: 0 });
    expect(asked()).toBe(2);
  });

  it('passes on for how long another one was refused', async () => {
    let answer: LoginAnswer = { kind: 'REFUSED', pausedMs: 40 };
    const { gate } = instance(() => answer);
    expect(await gate.enter('SHOP', LOGIN)).toEqual({ pausedMs: 40 });
    answer = { kind: 'TURN', refusals: 1 };
    expect(await gate.enter('SHOP', LOGIN)).toMatchObject({ refusals: 1 });
  });

  it('is that of this machine if the store fails', async () => {
    const { gate, enter } = instance(() => new RedisFailure('TIMEOUT'));
    (await enter()).end(60_000);
    expect(await gate.enter('SHOP', LOGIN)).toEqual({ pausedMs: 60_000 });
  });

  it('keeps a refusal for good as long as it is open, also one to another process of this machine', async () => {
    const { gate, enter, told } = instance(() => ({ kind: 'TURN', refusals: 0 }));
    (await enter()).end(FOR_GOOD);
    expect(await gate.enter('SHOP', LOGIN)).toEqual({ pausedMs: FOR_GOOD });
    vi.advanceTimersByTime(40_000);
    await gate.close();
    vi.advanceTimersByTime(40_000);
    expect(told).toEqual([{ kind: 'REFUSED', pauseMs: 60_000 }, 60_000, 60_000, 0]);
  });
});
